/* The installation's secret keys: 32 random bytes each, with an id, the first in the file being
 * current.
 *
 * The file (mode 0600) has a line `ID HEX` for each key, ID 1..255. Older keys stay so that links
 * sent under them go on working. Every use derives its own subkey by name, so that no key serves
 * two ends. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

enum { KEYRING_KEY_BYTES = 32 };

typedef struct Keyring Keyring;

/* Writes a new file with one key; CONFLICT if it exists. */
bool keyring_create(const char *path, GError **error);

/* Reads the file. DENIED if others may read it; INPUT with the line if it is malformed. */
Keyring *keyring_open(const char *path, GError **error);

/* From one key in memory, for tests. */
Keyring *keyring_new(const uint8_t key[KEYRING_KEY_BYTES]);

void keyring_free(Keyring *keyring);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Keyring, keyring_free)

uint8_t keyring_current(const Keyring *keyring);

/* The subkey of key `key_id` for `use` (a short ASCII name such as "token"); false for an unknown
 * id. */
bool keyring_derive(const Keyring *keyring, uint8_t key_id, const char *use,
                    uint8_t out_key[KEYRING_KEY_BYTES]);
