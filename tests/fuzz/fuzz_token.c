/* Whatever stands in a link: it is refused, or it is to the letter the token that we make for that
 * id. */
#include "base/keyring.h"
#include "base/token.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const uint8_t key[KEYRING_KEY_BYTES] = {1, 2, 3};
    g_autoptr(Keyring) keyring = keyring_new(key);
    const char *text = (const char *)data;
    int64_t id = 0;
    if (token_read(keyring, TOKEN_SURVEY, text, size, &id)) {
        g_autofree char *made = token_make(keyring, TOKEN_SURVEY, id);
        g_assert_cmpuint(size, ==, TOKEN_CHARS);
        g_assert_true(memcmp(made, text, size) == 0);
    }
    return 0;
}
