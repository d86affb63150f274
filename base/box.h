/* A box that anyone with the public key can close and only the holder of the secret key can open
 * (libsodium's crypto_box_seal: X25519, XSalsa20-Poly1305). Closing the same bytes twice gives two
 * boxes that nothing ties together, and who closed it cannot open it again. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { BOX_KEY_BYTES = 32, BOX_OVERHEAD = 48 };

typedef struct {
    uint8_t public_key[BOX_KEY_BYTES];
    uint8_t secret_key[BOX_KEY_BYTES];
} BoxKey;

/* The pair that follows from a secret seed; always the same. */
void box_key_make(const uint8_t seed[BOX_KEY_BYTES], BoxKey *out);
void box_key_clear(BoxKey *key);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(BoxKey, box_key_clear)

/* `size` + BOX_OVERHEAD bytes. About 50 microseconds. */
GBytes *box_seal(const uint8_t public_key[BOX_KEY_BYTES], const uint8_t *data, size_t size);

/* What was sealed; NULL if it was sealed to another key, or altered. */
GBytes *box_open(const BoxKey *key, GBytes *sealed);
