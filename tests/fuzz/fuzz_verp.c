/* Whatever a bounce is addressed to: it is refused, or it names the row that verp_make gives that
 * address for. */
#include "base/keyring.h"
#include "mailer/verp.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const uint8_t key[KEYRING_KEY_BYTES] = {1, 2, 3};
    static const char path[] = "studs@kommun.se";
    g_autoptr(Keyring) keyring = keyring_new(key);
    g_autofree char *address = g_strndup((const char *)data, size);
    int64_t id = 0;
    if (verp_read(keyring, path, address, &id)) {
        g_autofree char *made = verp_make(keyring, path, id);
        size_t local = (size_t)(strchr(made, '@') - made);
        g_assert_cmpint(id, >, 0);
        g_assert_true(g_ascii_strncasecmp(made, address, local + 1) == 0);
    }
    return 0;
}
