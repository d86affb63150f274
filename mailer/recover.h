/* One sender a database, and what the one before has left behind. */
#pragma once

#include "store/writer.h"

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

/* The lock beside the database, held until `out_fd` is closed or the process dies. BUSY if another
 * process has it. */
bool recover_lock(const char *db_path, int *out_fd, GError **error);

/* Enters what dead senders have noted, and ends their leases: with the lock, those of every owner
 * but `owner`. `out_in_doubt`: messages of which nobody knows whether they went. These are more if
 * the machine died with the sender, which the lock file can tell: it holds the kernel's boot_id. */
bool recover_notes(const char *db_path, int lock_fd, Writer *writer, int64_t owner,
                   int64_t *out_in_doubt, GError **error);

/* The same for one who does not send. Nothing to do while another process is at it. */
bool recover_sender(const char *db_path, Writer *writer, GError **error);
