/* Return paths of one message each (VERP): a bounce comes back to an address that names the outbox
 * row and proves that we made it.
 *
 * "studs@kommun.se" and row 4711 give "studs+4711-01" + 16 hexadecimal digits + "@kommun.se": the
 * row, the key's id and a BLAKE2b-64 MAC of both, keyed with the keyring's "verp" subkey. Digits
 * and lower case alone, for servers on the way may fold case. Whoever has seen one message's return
 * path can speak for that message only. */
#pragma once

#include "base/keyring.h"

#include <stdbool.h>
#include <stdint.h>

/* The address for row `outbox_id` (> 0). The delimiter is '+' unless the local part of
 * `return_path` ends in another one, as "studs-@kommun.se" does. A local part too long to take the
 * rest (RFC 5321 allows 64) gives `return_path` itself. `return_path` has an '@'. */
char *verp_make(const Keyring *keyring, const char *return_path, int64_t outbox_id);

/* True and the row if `address` is one that verp_make gave for `return_path`, with any key of the
 * ring; case and the domain may have changed on the way, and what stands around it ("<...>") not.
 * Takes the same time for every wrong MAC. */
bool verp_read(const Keyring *keyring, const char *return_path, const char *address,
               int64_t *out_outbox_id);
