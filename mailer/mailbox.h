/* Reads the mailbox that bounces and replies come back to.
 *
 * Of each mail, what it does and that it was read are written in one transaction; then it is moved
 * to the folder of what is done, or of what a person should see. A stop in between leaves it in the
 * mailbox: it is moved the next time, and counts no more. What cannot be fetched or moved is left
 * for later, behind the rest: one bad mail holds up nobody. */
#pragma once

#include "base/keyring.h"
#include "mailer/oauth.h"
#include "store/writer.h"

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct {
    const char *url; /* imaps://user@host/INBOX */
    const char *password;
    Oauth *oauth;            /* logs in with its tokens (XOAUTH2) instead; NULL: password */
    const char *ca_file;     /* "" for the system's */
    const char *done_folder; /* UTF-8 names */
    const char *unknown_folder;
    guint poll_s;
    guint timeout_s;          /* how long the server may say nothing; 0: 60 */
    const char *return_path;  /* as the sender's */
    const char *from_address; /* as the sender's */
} MailboxSettings;

typedef struct {
    int64_t read;                                     /* for the first time */
    int64_t repeated;                                 /* known already: only moved */
    int64_t unknown;                                  /* of `read`: for a person to see */
    int64_t hard, soft, absent, complaint, challenge; /* of `read` */
    int64_t left;                                     /* could not be fetched or moved now */
} MailboxCounts;

/* Reads what is there, once. Settings as for mailbox_reader_start. */
bool mailbox_read(const MailboxSettings *settings, const char *db_path, Writer *writer,
                  const Keyring *keyring, MailboxCounts *out, GError **error);

/* One mail from elsewhere; adds to `counts`, and says whether it was about a message of ours or is
 * for a person to see. Of the settings, return_path and from_address. */
bool mailbox_take(const MailboxSettings *settings, Writer *writer, const Keyring *keyring,
                  const void *bytes, gsize size, MailboxCounts *counts, bool *out_known,
                  GError **error);

typedef struct MailboxReader MailboxReader;

/* Starts a thread that reads every `poll_s` seconds; settings are copied, the rest must outlive it.
 * INPUT for a bad address. A server that is away or refuses is logged and tried again. */
MailboxReader *mailbox_reader_start(const MailboxSettings *settings, const char *db_path,
                                    Writer *writer, const Keyring *keyring, GError **error);

/* Ends the command under way and the thread. Call before the writer closes. */
void mailbox_reader_stop(MailboxReader *reader);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MailboxReader, mailbox_reader_stop)
