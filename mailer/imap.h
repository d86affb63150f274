/* One session with one mailbox over IMAPS (RFC 9051, 3501), by libcurl: what a reader needs, and no
 * more. The server's certificate is always verified.
 *
 * Errors: INPUT (a bad address), DENIED (login or certificate refused), NOT_FOUND (no such mailbox,
 * or its UIDVALIDITY changed), CONFLICT (the server said NO or BAD to this one command; the session
 * goes on), BUSY (connection: end the session, try later). One thread a session. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

enum { IMAP_LIST_MAX = 100000 };

typedef struct {
    const char *url;      /* imaps://user@host[:993]/MAILBOX; '@' in the user as %40 */
    const char *password; /* "" where bearer is given */
    const char *bearer;   /* XOAUTH2 access token, NULL or "" for none */
    const char *ca_file;  /* "" for the system's */
    guint timeout_s;      /* how long the server may say nothing; 0: 60 */
    const gint *stop; /* set to 1 by another thread: ends the command under way; NULL for never */
} ImapSettings;

typedef struct ImapSession ImapSession;

/* Whether the address can be one: INPUT says why not. Nothing is connected to. */
bool imap_check(const char *url, GError **error);

/* Connects, logs in and looks at the mailbox. `out_uidvalidity` names its numbering of messages. */
ImapSession *imap_open(const ImapSettings *settings, uint32_t *out_uidvalidity, GError **error);
void imap_close(ImapSession *session);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ImapSession, imap_close)

/* The UIDs in the mailbox, ascending, at most IMAP_LIST_MAX; those marked \Deleted are left out. */
GArray *imap_list(ImapSession *session, GError **error); /* of uint32_t */

/* The first `max` bytes of a message. NOT_FOUND if it is gone. */
GByteArray *imap_fetch(ImapSession *session, uint32_t uid, guint max, GError **error);

/* Moves a message; `folder` (UTF-8) is made if it does not exist. By UID MOVE (RFC 6851) where it
 * is offered, else copied, marked \Deleted and expunged (RFC 4315). A stop in between leaves a
 * copy. */
bool imap_move(ImapSession *session, uint32_t uid, const char *folder, GError **error);

/* `name` in modified UTF-7 (RFC 3501 section 5.1.3). `name` is valid UTF-8. */
char *imap_utf7(const char *name);
