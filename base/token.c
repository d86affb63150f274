#include "base/token.h"

#include <sodium.h>
#include <string.h>

enum { TOKEN_HEAD = 10, TOKEN_MAC = 16, TOKEN_BYTES = TOKEN_HEAD + TOKEN_MAC };

static bool token_mac(const Keyring *keyring, uint8_t key_id, const uint8_t head[TOKEN_HEAD],
                      uint8_t out_mac[TOKEN_MAC]) {
    uint8_t key[KEYRING_KEY_BYTES];
    if (!keyring_derive(keyring, key_id, "token", key)) {
        return false;
    }
    crypto_generichash(out_mac, TOKEN_MAC, head, TOKEN_HEAD, key, sizeof key);
    sodium_memzero(key, sizeof key);
    return true;
}

char *token_make(const Keyring *keyring, TokenPurpose purpose, int64_t id) {
    uint8_t bytes[TOKEN_BYTES];
    for (int i = 0; i < 8; i++) {
        bytes[i] = (uint8_t)((uint64_t)id >> (56 - 8 * i));
    }
    bytes[8] = (uint8_t)purpose;
    bytes[9] = keyring_current(keyring);
    bool made = token_mac(keyring, bytes[9], bytes, bytes + TOKEN_HEAD);
    g_assert(made);
    char *text = g_malloc(TOKEN_CHARS + 1);
    sodium_bin2base64(text, TOKEN_CHARS + 1, bytes, sizeof bytes,
                      sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    return text;
}

/* libsodium takes some bytes beyond ASCII for letters of the alphabet. */
static bool is_base64url(const char *text, size_t length) {
    for (size_t i = 0; i < length; i++) {
        if (!g_ascii_isalnum(text[i]) && text[i] != '-' && text[i] != '_') {
            return false;
        }
    }
    return true;
}

bool token_read(const Keyring *keyring, TokenPurpose purpose, const char *text, size_t length,
                int64_t *out_id) {
    uint8_t bytes[TOKEN_BYTES];
    uint8_t mac[TOKEN_MAC];
    size_t size = 0;
    const char *end = NULL;
    if (length != TOKEN_CHARS || !is_base64url(text, length) ||
        sodium_base642bin(bytes, sizeof bytes, text, length, NULL, &size, &end,
                          sodium_base64_VARIANT_URLSAFE_NO_PADDING) != 0 ||
        size != sizeof bytes || end != text + length || bytes[8] != (uint8_t)purpose ||
        !token_mac(keyring, bytes[9], bytes, mac) ||
        sodium_memcmp(mac, bytes + TOKEN_HEAD, TOKEN_MAC) != 0) {
        return false;
    }
    uint64_t id = 0;
    for (int i = 0; i < 8; i++) {
        id = id << 8 | bytes[i];
    }
    *out_id = (int64_t)id;
    return true;
}
