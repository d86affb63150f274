#include "base/box.h"

#include <sodium.h>

G_STATIC_ASSERT((int)BOX_KEY_BYTES == (int)crypto_box_PUBLICKEYBYTES);
G_STATIC_ASSERT((int)BOX_KEY_BYTES == (int)crypto_box_SECRETKEYBYTES);
G_STATIC_ASSERT((int)BOX_KEY_BYTES == (int)crypto_box_SEEDBYTES);
G_STATIC_ASSERT((int)BOX_OVERHEAD == (int)crypto_box_SEALBYTES);

void box_key_make(const uint8_t seed[BOX_KEY_BYTES], BoxKey *out) {
    crypto_box_seed_keypair(out->public_key, out->secret_key, seed);
}

void box_key_clear(BoxKey *key) {
    sodium_memzero(key, sizeof *key);
}

GBytes *box_seal(const uint8_t public_key[BOX_KEY_BYTES], const uint8_t *data, size_t size) {
    uint8_t *sealed = g_malloc(size + BOX_OVERHEAD);
    if (crypto_box_seal(sealed, data, size, public_key) != 0) {
        g_error("box_seal: not a public key");
    }
    return g_bytes_new_take(sealed, size + BOX_OVERHEAD);
}

GBytes *box_open(const BoxKey *key, GBytes *sealed) {
    gsize size = 0;
    const uint8_t *data = g_bytes_get_data(sealed, &size);
    if (size < BOX_OVERHEAD) {
        return NULL;
    }
    uint8_t *opened = g_malloc(size - BOX_OVERHEAD + 1); /* never of no size */
    if (crypto_box_seal_open(opened, data, size, key->public_key, key->secret_key) != 0) {
        g_free(opened);
        return NULL;
    }
    return g_bytes_new_take(opened, size - BOX_OVERHEAD);
}
