/* The mails of one mailing, from its stored text: templates rendered for one recipient after the
 * other, and made into messages.
 *
 * What the recipients share is prepared once. A Letter belongs to one thread. */
#pragma once

#include "base/keyring.h"
#include "mailer/outbox.h"
#include "mailer/sender.h"
#include "templates/catalog.h"

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct Letter Letter;

/* `text` is copied; the rest must outlive the letter. The addresses of `settings` are as
 * address_for_smtp makes them. */
Letter *letter_new(const MailingText *text, const SenderSettings *settings, const Catalog *catalog,
                   const Keyring *keyring);
void letter_free(Letter *letter);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Letter, letter_free)

typedef struct {
    int64_t link_id; /* the id inside the personal link; 0: a link that leads to no one */
    Lang locale;
    const char *to_address; /* as address_for_smtp makes them */
    const char *to_name;
    const char *greeting_name;
    const char *message_id;
    const char *subject_mark; /* what the subject begins with; "" for nothing */
    int64_t date_us;
} LetterTo;

/* What the recipient reads. Borrowed, until the next call. */
typedef struct {
    const char *subject;
    const char *text;
    const char *html;
} LetterWords;

/* The template's errors. */
bool letter_render(Letter *letter, const LetterTo *to, LetterWords *out, GError **error);

/* Renders, and appends the message to `out`. INTERNAL if it cannot be signed. */
bool letter_write(Letter *letter, const LetterTo *to, GString *out, GError **error);
