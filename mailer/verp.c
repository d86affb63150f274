#include "mailer/verp.h"

#include <inttypes.h>
#include <sodium.h>
#include <string.h>

enum {
    LOCAL_MAX = 64,
    ID_DIGITS_MAX = 19, /* INT64_MAX */
    MAC_BYTES = 8,
    MARK_BYTES = 1 + MAC_BYTES, /* key id, MAC */
    MARK_HEX = 2 * MARK_BYTES,
    HEAD_BYTES = 9, /* outbox id, key id */
    HASH_BYTES = crypto_generichash_BYTES_MIN,
};

/* The key id and the MAC; false for a key that is not in the ring. */
static bool verp_mark(const Keyring *keyring, uint8_t key_id, int64_t outbox_id,
                      uint8_t out_mark[MARK_BYTES]) {
    uint8_t key[KEYRING_KEY_BYTES];
    uint8_t head[HEAD_BYTES];
    uint8_t hash[HASH_BYTES];
    if (!keyring_derive(keyring, key_id, "verp", key)) {
        return false;
    }
    for (int i = 0; i < 8; i++) {
        head[i] = (uint8_t)((uint64_t)outbox_id >> (56 - 8 * i));
    }
    head[8] = key_id;
    crypto_generichash(hash, sizeof hash, head, sizeof head, key, sizeof key);
    sodium_memzero(key, sizeof key);
    out_mark[0] = key_id;
    memcpy(out_mark + 1, hash, MAC_BYTES);
    return true;
}

/* The local part of `return_path` without its delimiter, and the delimiter. */
static size_t verp_base(const char *return_path, char *out_delimiter) {
    const char *at = strrchr(return_path, '@');
    g_assert(at != NULL);
    size_t size = (size_t)(at - return_path);
    *out_delimiter = '+';
    if (size > 1 && strchr("+-=_#", return_path[size - 1]) != NULL) {
        size--;
        *out_delimiter = return_path[size];
    }
    return size;
}

char *verp_make(const Keyring *keyring, const char *return_path, int64_t outbox_id) {
    char delimiter = '+';
    size_t size = verp_base(return_path, &delimiter);
    uint8_t mark[MARK_BYTES];
    char hex[MARK_HEX + 1];
    g_assert(outbox_id > 0);
    bool marked = verp_mark(keyring, keyring_current(keyring), outbox_id, mark);
    g_assert(marked);
    sodium_bin2hex(hex, sizeof hex, mark, sizeof mark);
    g_autofree char *local =
        g_strdup_printf("%.*s%c%" PRId64 "-%s", (int)size, return_path, delimiter, outbox_id, hex);
    return strlen(local) <= LOCAL_MAX ? g_strconcat(local, strrchr(return_path, '@'), NULL)
                                      : g_strdup(return_path);
}

/* The digits of a row's number, without a leading 0, and what follows them. */
static bool read_id(const char *text, int64_t *out_id, const char **out_end) {
    size_t digits = strspn(text, "0123456789");
    if (digits == 0 || digits > ID_DIGITS_MAX || text[0] == '0') {
        return false;
    }
    guint64 id = g_ascii_strtoull(text, NULL, 10);
    *out_id = (int64_t)id;
    *out_end = text + digits;
    return id <= INT64_MAX;
}

bool verp_read(const Keyring *keyring, const char *return_path, const char *address,
               int64_t *out_outbox_id) {
    char delimiter = '+';
    size_t size = verp_base(return_path, &delimiter);
    const char *end = NULL;
    int64_t id = 0;
    uint8_t mark[MARK_BYTES];
    uint8_t right[MARK_BYTES];
    size_t bytes = 0;
    if (g_ascii_strncasecmp(address, return_path, size) != 0 || address[size] != delimiter ||
        !read_id(address + size + 1, &id, &end) || *end != '-' || strlen(end + 1) <= MARK_HEX ||
        end[1 + MARK_HEX] != '@' ||
        sodium_hex2bin(mark, sizeof mark, end + 1, MARK_HEX, NULL, &bytes, NULL) != 0 ||
        bytes != sizeof mark || !verp_mark(keyring, mark[0], id, right) ||
        sodium_memcmp(mark, right, sizeof mark) != 0) {
        return false;
    }
    *out_outbox_id = id;
    return true;
}
