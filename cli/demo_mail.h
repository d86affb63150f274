/* Reads the mail that a maildir holds, as a mail program would. */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef struct {
    char *to_address;
    char *to_name;
    char *subject;
    char *list_id; /* label of the List-Id: the campaign's name */
    char *text;    /* the plain part */
    char *html;    /* the HTML part */
    char *link;    /* the personal link in the plain part */
} DemoMail;

void demo_mail_free(DemoMail *mail);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(DemoMail, demo_mail_free)

/* How many messages have arrived. */
guint demo_mail_count(const char *maildir);

/* All of them: GPtrArray of DemoMail, in no order. INPUT for one that has no personal link below
 * `base_url`. */
GPtrArray *demo_mail_read(const char *maildir, const char *base_url, GError **error);
