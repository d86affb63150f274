/* Return paths of one message: what is made is read, in whatever case and domain it comes back, and
 * nothing else is: every single changed character is refused, and so are other rows, other keys and
 * what merely looks like one. */
#include "mailer/verp.h"

#include <inttypes.h>
#include <string.h>

static const uint8_t key_one[KEYRING_KEY_BYTES] = {1, 2, 3};
static const uint8_t key_two[KEYRING_KEY_BYTES] = {1, 2, 4};

static void test_made_is_read(void) {
    static const struct {
        const char *return_path;
        int64_t id;
        const char *prefix;
        const char *suffix;
    } cases[] = {
        {"studs@kommun.se", 1, "studs+1-", "@kommun.se"},
        {"studs@kommun.se", 4711, "studs+4711-", "@kommun.se"},
        {"Vet.koll@mejl.kommun.se", INT64_MAX, "Vet.koll+9223372036854775807-", "@mejl.kommun.se"},
        {"studs-@kommun.se", 12, "studs-12-", "@kommun.se"},
        {"studs=@kommun.se", 12, "studs=12-", "@kommun.se"},
    };
    g_autoptr(Keyring) keyring = keyring_new(key_one);
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *made = verp_make(keyring, cases[i].return_path, cases[i].id);
        int64_t id = 0;
        g_test_message("%s", made);
        g_assert_true(g_str_has_prefix(made, cases[i].prefix));
        g_assert_true(g_str_has_suffix(made, cases[i].suffix));
        g_assert_cmpuint((gsize)(strchr(made, '@') - made), <=, 64);
        g_assert_true(verp_read(keyring, cases[i].return_path, made, &id));
        g_assert_cmpint(id, ==, cases[i].id);
        g_autofree char *upper = g_ascii_strup(made, -1);
        g_assert_true(verp_read(keyring, cases[i].return_path, upper, &id));
        g_autofree char *moved =
            g_strdup_printf("%.*s@mx.annan.example", (int)(strchr(made, '@') - made), made);
        g_assert_true(verp_read(keyring, cases[i].return_path, moved, &id));
    }
}

static void test_every_change_is_refused(void) {
    g_autoptr(Keyring) keyring = keyring_new(key_one);
    g_autofree char *made = verp_make(keyring, "studs@kommun.se", 4711);
    size_t local = (size_t)(strchr(made, '@') - made);
    for (size_t i = 0; i < local; i++) {
        for (int c = 1; c < 256; c++) {
            g_autofree char *changed = g_strdup(made);
            int64_t id = 0;
            changed[i] = (char)c;
            if (g_ascii_tolower(changed[i]) != g_ascii_tolower(made[i])) {
                g_assert_false(verp_read(keyring, "studs@kommun.se", changed, &id));
                g_assert_cmpint(id, ==, 0);
            }
        }
        g_autofree char *cut = g_strndup(made, i);
        int64_t id = 0;
        g_assert_false(verp_read(keyring, "studs@kommun.se", cut, &id));
    }
}

static void test_other_is_refused(void) {
    g_autoptr(Keyring) keyring = keyring_new(key_one);
    g_autoptr(Keyring) other = keyring_new(key_two);
    g_autofree char *made = verp_make(keyring, "studs@kommun.se", 4711);
    g_autofree char *foreign = verp_make(other, "studs@kommun.se", 4711);
    int64_t id = 0;
    g_assert_false(verp_read(keyring, "studs@kommun.se", foreign, &id));
    g_assert_false(verp_read(keyring, "annan@kommun.se", made, &id));
    g_assert_false(verp_read(keyring, "studs-@kommun.se", made, &id));
    static const char *const lookalikes[] = {
        "",
        "@",
        "studs@kommun.se",
        "studs+@kommun.se",
        "studs+1@kommun.se",
        "studs+1-@kommun.se",
        "studs+0-010000000000000000@kommun.se",
        "studs+01-010000000000000000@kommun.se",
        "studs+1-010000000000000000@kommun.se",
        "studs+1-ff0000000000000000@kommun.se",
        "studs+18446744073709551617-010000000000000000@kommun.se",
        "studs+9999999999999999999-010000000000000000@kommun.se",
        "studs+-1-010000000000000000@kommun.se",
    };
    for (guint i = 0; i < G_N_ELEMENTS(lookalikes); i++) {
        g_test_message("%s", lookalikes[i]);
        g_assert_false(verp_read(keyring, "studs@kommun.se", lookalikes[i], &id));
    }
}

static void test_too_long_is_plain(void) {
    static const char path[] = "ett-langt-namn-som-redan-nastan-fyller-hela-lokaldelen@kommun.se";
    g_autoptr(Keyring) keyring = keyring_new(key_one);
    g_autofree char *made = verp_make(keyring, path, 4711);
    int64_t id = 0;
    g_assert_cmpstr(made, ==, path);
    g_assert_false(verp_read(keyring, path, made, &id));
}

int main(int argc, char **argv) {
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/verp/made-is-read", test_made_is_read);
    g_test_add_func("/verp/every-change-is-refused", test_every_change_is_refused);
    g_test_add_func("/verp/other-is-refused", test_other_is_refused);
    g_test_add_func("/verp/too-long-is-plain", test_too_long_is_plain);
    return g_test_run();
}
