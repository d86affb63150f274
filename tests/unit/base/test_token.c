/* Tokens: the same id gives the same link; no altered, foreign or other-purpose token is read; old
 * keys go on working; a key file that others can read is refused. */
#include "base/token.h"

#include "base/error.h"
#include "base/id.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

static const uint8_t key_a[KEYRING_KEY_BYTES] = {1, 2, 3};
static const uint8_t key_b[KEYRING_KEY_BYTES] = {1, 2, 4};

static bool reads(const Keyring *keyring, const char *text, int64_t *out_id) {
    return token_read(keyring, TOKEN_SURVEY, text, strlen(text), out_id);
}

static void test_round_trip(void) {
    g_autoptr(Keyring) keyring = keyring_new(key_a);
    for (int i = 0; i < 1000; i++) {
        int64_t id = id_new();
        int64_t read = 0;
        g_autofree char *token = token_make(keyring, TOKEN_SURVEY, id);
        g_autofree char *again = token_make(keyring, TOKEN_SURVEY, id);
        g_assert_cmpuint(strlen(token), ==, TOKEN_CHARS);
        g_assert_cmpstr(token, ==, again);
        g_assert_true(reads(keyring, token, &read));
        g_assert_cmpint(read, ==, id);
    }
}

static void test_forged(void) {
    g_autoptr(Keyring) keyring = keyring_new(key_a);
    g_autoptr(Keyring) other = keyring_new(key_b);
    g_autofree char *token = token_make(keyring, TOKEN_SURVEY, 42);
    int64_t id = -1;
    g_assert_false(reads(other, token, &id));
    g_assert_false(token_read(keyring, (TokenPurpose)'x', token, TOKEN_CHARS, &id));
    g_assert_false(reads(keyring, "", &id));
    for (size_t i = 0; i < TOKEN_CHARS; i++) {
        for (int c = 1; c < 256; c++) {
            g_autofree char *altered = g_strdup(token);
            altered[i] = (char)c;
            if ((char)c != token[i]) {
                g_assert_false(reads(keyring, altered, &id));
            }
        }
        g_assert_false(token_read(keyring, TOKEN_SURVEY, token, i, &id));
    }
    g_autofree char *longer = g_strconcat(token, "A", NULL);
    g_assert_false(reads(keyring, longer, &id));
    g_assert_cmpint(id, ==, -1);
}

static char *keys_path(char **out_folder) {
    *out_folder = g_dir_make_tmp("vetkoll-XXXXXX", NULL);
    return g_build_filename(*out_folder, "vetkoll.keys", NULL);
}

static void test_rotation(void) {
    g_autofree char *folder = NULL;
    g_autofree char *path = keys_path(&folder);
    g_autoptr(GError) error = NULL;
    g_assert_true(keyring_create(path, &error));
    g_autoptr(Keyring) first = keyring_open(path, &error);
    g_assert_no_error(error);
    g_autofree char *token = token_make(first, TOKEN_SURVEY, 7);

    g_autofree char *old = NULL;
    g_assert_true(g_file_get_contents(path, &old, NULL, NULL));
    g_autofree char *hex = g_strnfill(2 * KEYRING_KEY_BYTES, 'a');
    g_autofree char *rotated = g_strdup_printf("# current first\n2 %s\n%s", hex, old);
    g_assert_true(g_file_set_contents(path, rotated, -1, NULL));
    g_assert_cmpint(g_chmod(path, 0600), ==, 0);
    g_autoptr(Keyring) second = keyring_open(path, &error);
    g_assert_no_error(error);
    int64_t id = 0;
    g_assert_true(reads(second, token, &id));
    g_autofree char *fresh = token_make(second, TOKEN_SURVEY, 7);
    g_assert_cmpstr(fresh, !=, token);
    g_assert_false(reads(first, fresh, &id));
    g_remove(path);
    g_rmdir(folder);
}

static void test_file_faults(void) {
    static const char *const faulty[] = {"", "1 abc\n", "0 %s\n", "256 %s\n", "1 %s\n1 %s\n"};
    g_autofree char *folder = NULL;
    g_autofree char *path = keys_path(&folder);
    g_autoptr(GError) missing = NULL;
    g_assert_null(keyring_open(path, &missing));
    g_assert_error(missing, VK_ERROR, VK_ERROR_NOT_FOUND);
    g_autofree char *hex = g_strnfill(2 * KEYRING_KEY_BYTES, 'a');
    for (guint i = 0; i < G_N_ELEMENTS(faulty); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(GString) text = g_string_new(faulty[i]);
        g_string_replace(text, "%s", hex, 0);
        g_assert_true(g_file_set_contents(path, text->str, -1, NULL));
        g_assert_cmpint(g_chmod(path, 0600), ==, 0);
        g_assert_null(keyring_open(path, &error));
        g_assert_error(error, VK_ERROR, VK_ERROR_INPUT);
    }
    g_autoptr(GError) exposed = NULL;
    g_assert_cmpint(g_chmod(path, 0644), ==, 0);
    g_assert_null(keyring_open(path, &exposed));
    g_assert_error(exposed, VK_ERROR, VK_ERROR_DENIED);
    g_autoptr(GError) exists = NULL;
    g_assert_false(keyring_create(path, &exists));
    g_assert_error(exists, VK_ERROR, VK_ERROR_CONFLICT);
    g_remove(path);
    g_rmdir(folder);
}

int main(int argc, char **argv) {
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/token/round-trip", test_round_trip);
    g_test_add_func("/token/forged", test_forged);
    g_test_add_func("/keyring/rotation", test_rotation);
    g_test_add_func("/keyring/file-faults", test_file_faults);
    return g_test_run();
}
