#include "base/keyring.h"

#include "base/error.h"
#include "base/file.h"
#include "base/lang.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { KEYRING_KEYS_MAX = 16 };

typedef struct {
    uint8_t id;
    uint8_t key[KEYRING_KEY_BYTES];
} KeyringKey;

struct Keyring {
    guint count;
    KeyringKey keys[KEYRING_KEYS_MAX];
};

static void keyring_init_library(void) {
    int status = sodium_init(); /* idempotent; picks the fastest code for this processor */
    g_assert(status >= 0);
}

bool keyring_create(const char *path, GError **error) {
    uint8_t key[KEYRING_KEY_BYTES];
    char hex[2 * KEYRING_KEY_BYTES + 1];
    keyring_init_library();
    randombytes_buf(key, sizeof key);
    sodium_bin2hex(hex, sizeof hex, key, sizeof key);
    g_autofree char *line = g_strdup_printf("1 %s\n", hex);
    size_t length = strlen(line);

    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0) {
        int code = errno;
        return error_set(
            error, code == EEXIST ? VK_ERROR_CONFLICT : VK_ERROR_DENIED,
            tr("nyckelfilen %s kunde inte skapas: %s", "the key file %s could not be created: %s"),
            path, error_reason(code));
    }
    bool written = write(fd, line, length) == (ssize_t)length && fsync(fd) == 0;
    int code = errno;
    close(fd);
    sodium_memzero(line, length);
    sodium_memzero(hex, sizeof hex);
    sodium_memzero(key, sizeof key);
    if (!written) {
        unlink(path);
        return error_set(
            error, VK_ERROR_INTERNAL,
            tr("nyckelfilen %s kunde inte skrivas: %s", "the key file %s could not be written: %s"),
            path, error_reason(code));
    }
    return true;
}

static bool keyring_read_line(Keyring *keyring, const char *line) {
    char *end = NULL;
    guint64 id = g_ascii_strtoull(line, &end, 10);
    size_t size = 0;
    if (id < 1 || id > 255 || *end != ' ' || keyring->count == KEYRING_KEYS_MAX) {
        return false;
    }
    KeyringKey *key = &keyring->keys[keyring->count];
    if (strlen(end + 1) != 2 * KEYRING_KEY_BYTES ||
        sodium_hex2bin(key->key, sizeof key->key, end + 1, 2 * KEYRING_KEY_BYTES, NULL, &size,
                       NULL) != 0 ||
        size != KEYRING_KEY_BYTES) {
        return false;
    }
    for (guint i = 0; i < keyring->count; i++) {
        if (keyring->keys[i].id == id) {
            return false;
        }
    }
    key->id = (uint8_t)id;
    keyring->count++;
    return true;
}

static bool keyring_check_file(const char *path, GError **error) {
    struct stat status;
    if (stat(path, &status) != 0) {
        return error_set(
            error, errno == ENOENT ? VK_ERROR_NOT_FOUND : VK_ERROR_DENIED,
            tr("nyckelfilen %s kan inte läsas: %s. Lägg tillbaka den från en säkerhetskopia; "
               "`vetkoll init` gör annars en ny, och då gäller inga länkar som redan har skickats",
               "the key file %s cannot be read: %s. Put it back from a backup; `vetkoll init` else "
               "makes a new one, and then no link that has been sent is valid"),
            path, error_reason(errno));
    }
    if ((status.st_mode & 077) != 0) {
        return error_set(error, VK_ERROR_DENIED,
                         tr("nyckelfilen %s kan läsas av andra; kör: chmod 600 %s",
                            "the key file %s can be read by others; run: chmod 600 %s"),
                         path, path);
    }
    return true;
}

Keyring *keyring_open(const char *path, GError **error) {
    keyring_init_library();
    if (!keyring_check_file(path, error)) {
        return NULL;
    }
    gsize size = 0;
    g_autofree char *text = file_read(path, FILE_SMALL, &size, error);
    if (text == NULL) {
        return NULL;
    }
    g_autoptr(Keyring) keyring = g_new0(Keyring, 1);
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (guint i = 0; lines[i] != NULL; i++) {
        g_strstrip(lines[i]);
        if (lines[i][0] != '\0' && lines[i][0] != '#' && !keyring_read_line(keyring, lines[i])) {
            error_set(
                error, VK_ERROR_INPUT,
                tr("%s:%u: raden ska vara \"ID HEX\" med ett nytt ID 1–255 och 64 hexsiffror",
                   "%s:%u: the line must be \"ID HEX\" with a new ID 1–255 and 64 hex digits"),
                path, i + 1);
            return NULL;
        }
    }
    sodium_memzero(text, size);
    if (keyring->count == 0) {
        error_set(error, VK_ERROR_INPUT, tr("%s: ingen nyckel", "%s: no key"), path);
        return NULL;
    }
    return g_steal_pointer(&keyring);
}

Keyring *keyring_new(const uint8_t key[KEYRING_KEY_BYTES]) {
    keyring_init_library();
    Keyring *keyring = g_new0(Keyring, 1);
    keyring->count = 1;
    keyring->keys[0].id = 1;
    memcpy(keyring->keys[0].key, key, KEYRING_KEY_BYTES);
    return keyring;
}

void keyring_free(Keyring *keyring) {
    if (keyring != NULL) {
        sodium_memzero(keyring, sizeof *keyring);
        g_free(keyring);
    }
}

uint8_t keyring_current(const Keyring *keyring) {
    return keyring->keys[0].id;
}

bool keyring_derive(const Keyring *keyring, uint8_t key_id, const char *use,
                    uint8_t out_key[KEYRING_KEY_BYTES]) {
    for (guint i = 0; i < keyring->count; i++) {
        if (keyring->keys[i].id == key_id) {
            crypto_generichash(out_key, KEYRING_KEY_BYTES, (const uint8_t *)use, strlen(use),
                               keyring->keys[i].key, KEYRING_KEY_BYTES);
            return true;
        }
    }
    return false;
}
