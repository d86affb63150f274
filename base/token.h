/* Personal links: tokens that are MACs, so that nothing usable is stored and a forged one is
 * refused before the database is touched.
 *
 * token = base64url( id, 8 bytes big-endian | purpose, 1 | key id, 1 | BLAKE2b-128 MAC, 16 ), keyed
 * with the keyring's "token" subkey: 26 bytes, 35 characters. The same id and purpose give the same
 * token as long as the key is current, so that a reminder carries the same link. */
#pragma once

#include "base/keyring.h"

#include <stddef.h>

enum { TOKEN_CHARS = 35 };

typedef enum {
    TOKEN_SURVEY = 'k', /* answers an invitation: /k/<token> */
} TokenPurpose;

char *token_make(const Keyring *keyring, TokenPurpose purpose, int64_t id);

/* True and the id if `text` is a token of that purpose made with a key of the ring. Takes the same
 * time for every wrong MAC; anything else about a bad token is equally just "false". */
bool token_read(const Keyring *keyring, TokenPurpose purpose, const char *text, size_t length,
                int64_t *out_id);
