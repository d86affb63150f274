/* Returns from files: for those whose mail server delivers them to a pipe or a maildir. */
#pragma once

#include "cli/app.h"
#include "mailer/mailbox.h"

/* One file, "-" for standard input. What a person should see is kept as a file in `unknown_dir`
 * (made if need be), if that is not NULL: before this returns, so that a pipe can be told that it
 * is safe. */
bool mailbox_file_read(App *app, const MailboxSettings *settings, const char *path,
                       const char *unknown_dir, MailboxCounts *counts, GError **error);

/* Every mail in `dir`/new and `dir`/cur; each is then moved to the subfolder (Maildir++) of what is
 * done, or of what a person should see. One that cannot be read or moved is left, and counted so.
 */
bool mailbox_maildir_read(App *app, const MailboxSettings *settings, const char *dir,
                          MailboxCounts *counts, GError **error);
