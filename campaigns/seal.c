#include "campaigns/seal.h"

#include "base/error.h"
#include "base/id.h"
#include "base/lang.h"
#include "campaigns/queries.h"

#include <string.h>

enum { SALT_BYTES = 16 };

static const DbQuery q_find = {
    "seal.find", "SELECT seal_key_id, seal_salt, seal_public FROM round WHERE id = $1"};
static const DbQuery q_set = {"seal.set",
                              "UPDATE round SET seal_key_id = $1, seal_salt = $2, seal_public = $3,"
                              " unsealed = 0 WHERE id = $4 AND seal_key_id IS NULL"};
static const DbQuery q_end = {
    "seal.end", "UPDATE round SET unsealed = 1,"
                " seal_public = CASE WHEN $1 THEN NULL ELSE seal_public END,"
                " seal_salt = CASE WHEN $1 THEN NULL ELSE seal_salt END WHERE id = $2"};

const DbQuery *const seal_queries[] = {&q_find, &q_set, &q_end, NULL};

/* False if the key file has no such key. */
static bool pair_derive(const Keyring *keyring, uint8_t key_id, const uint8_t salt[SALT_BYTES],
                        BoxKey *out) {
    uint8_t seed[KEYRING_KEY_BYTES];
    g_autoptr(GString) use = g_string_new("ballots ");
    for (guint i = 0; i < SALT_BYTES; i++) {
        g_string_append_printf(use, "%02x", salt[i]);
    }
    G_STATIC_ASSERT((int)KEYRING_KEY_BYTES == (int)BOX_KEY_BYTES);
    bool known = keyring_derive(keyring, key_id, use->str, seed);
    if (known) {
        box_key_make(seed, out);
    }
    explicit_bzero(seed, sizeof seed);
    return known;
}

bool seal_ensure(DbTx *tx, const Keyring *keyring, int64_t round_id, GError **error) {
    g_autoptr(DbStmt) set = db_tx_query(tx, &q_set, error);
    if (set == NULL) {
        return false;
    }
    uint8_t salt[SALT_BYTES];
    g_auto(BoxKey) key = {0};
    uint8_t key_id = keyring_current(keyring);
    id_random(salt, sizeof salt);
    bool known = pair_derive(keyring, key_id, salt, &key);
    g_assert(known);
    db_bind_int(set, 1, key_id);
    db_bind_blob(set, 2, salt, sizeof salt);
    db_bind_blob(set, 3, key.public_key, sizeof key.public_key);
    db_bind_int(set, 4, round_id);
    return db_run(set, NULL, error);
}

bool seal_key(Db *db, const Keyring *keyring, int64_t round_id, BoxKey *out, GError **error) {
    g_autoptr(DbStmt) row = db_query(db, &q_find, error);
    if (row == NULL) {
        return false;
    }
    db_bind_int(row, 1, round_id);
    DbStep step = db_step(row, error);
    if (step == DB_ERROR) {
        return false;
    }
    size_t salt_size = 0;
    size_t public_size = 0;
    const void *salt = step == DB_ROW ? db_blob(row, "seal_salt", &salt_size) : NULL;
    const void *public = step == DB_ROW ? db_blob(row, "seal_public", &public_size) : NULL;
    if (salt_size != SALT_BYTES || public_size != BOX_KEY_BYTES) {
        return error_set(error, VK_ERROR_INTERNAL, "seal_key: the round has no key");
    }
    uint8_t key_id = (uint8_t)db_int(row, "seal_key_id");
    return (pair_derive(keyring, key_id, salt, out) &&
            memcmp(out->public_key, public, BOX_KEY_BYTES) == 0) ||
           error_set(error, VK_ERROR_INPUT,
                     tr("de anonyma svaren kan inte öppnas: nyckelfilen saknar nyckel %d som "
                        "omgången började med; lägg tillbaka den. Svaren ligger kvar",
                        "the anonymous answers cannot be opened: the key file lacks key %d that "
                        "the round began with; put it back. The answers are still there"),
                     key_id);
}

bool seal_end(DbTx *tx, int64_t round_id, bool forget, GError **error) {
    g_autoptr(DbStmt) end = db_tx_query(tx, &q_end, error);
    if (end == NULL) {
        return false;
    }
    db_tx_forget_order(tx); /* the log still has the salt */
    db_bind_bool(end, 1, forget);
    db_bind_int(end, 2, round_id);
    return db_run(end, NULL, error);
}
