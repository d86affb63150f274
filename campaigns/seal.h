/* The key that an anonymous round's ballots are sealed to.
 *
 * The public half and a random salt stand with the round. The secret half is derived, whenever a
 * batch is opened, from the installation's key file and the salt, and is stored nowhere: the
 * database alone opens nothing. When the last ballot is open the salt is erased, and what may be
 * left of sealed ballots on a disk or in memory cannot be opened by anyone. */
#pragma once

#include "base/box.h"
#include "base/keyring.h"
#include "store/db.h"

/* Gives the round a key, if it has none. */
bool seal_ensure(DbTx *tx, const Keyring *keyring, int64_t round_id, GError **error);

/* The round's pair. INPUT if the key file lacks the key that the round was opened with. */
bool seal_key(Db *db, const Keyring *keyring, int64_t round_id, BoxKey *out, GError **error);

/* No more ballots are opened. `forget` erases the key: then none can be. */
bool seal_end(DbTx *tx, int64_t round_id, bool forget, GError **error);
