/* Addresses: what RFC 5321 and RFC 6531 allow is taken, what they do not is refused, and two
 * spellings of one mailbox fold to the same text. */
#include "people/email.h"

#include "people/limits.h"

#include <string.h>

static const char *const good[] = {
    "anna@sjostad.example",
    "anna.berg@vard.sjostad.example",
    "o'brien@sjostad.example",
    "anna+vetkoll@sjostad.example",
    "-@sjostad.example",
    "a@b.co",
    "!#$%&'*+-/=?^_`{|}~@sjostad.example",
    "åsa@sjöstad.example",
    "李@例え.テスト",
    "Jörgen.Ångström@räksmörgås.example",
    "anna@xn--sjstad-xxa.example",
    "\"anna berg\"@sjostad.example",
    "\"a@b\"@sjostad.example",
    "\"\\\"\"@sjostad.example",
    "anna@[192.0.2.1]",
    "anna@[IPv6:2001:db8::1]",
};

static const char *const bad[] = {
    "",
    "anna",
    "@sjostad.example",
    "anna@",
    "anna@sjostad",
    "anna@localhost",
    "anna@@sjostad.example",
    "anna@sjostad..example",
    "anna@.sjostad.example",
    "anna@-sjostad.example",
    "anna@sjostad-.example",
    "anna@sjo_stad.example",
    "anna@192.0.2.1",
    "anna@[192.0.2]",
    "anna@[IPv6:192.0.2.1]",
    "anna@[2001:db8::1]",
    "anna@[192.0.2.1",
    ".anna@sjostad.example",
    "anna.@sjostad.example",
    "an..na@sjostad.example",
    "anna berg@sjostad.example",
    "anna@sjo stad.example",
    "anna(x)@sjostad.example",
    "anna,bo@sjostad.example",
    "anna;bo@sjostad.example",
    "Anna <anna@sjostad.example>",
    "\"anna@sjostad.example",
    "\"\"@sjostad.example",
    "\"an\"na\"@sjostad.example",
    "\"anna\\\"@sjostad.example",
    "anna@sjostad.example\r\nBcc: x@y.example",
    "an\u00a0na@sjostad.example",
    "anna\u200b@sjostad.example",
    "\u202eanna\u202c@sjostad.example",
    "an\ufffdna@sjostad.example",
};

static void test_good(void) {
    for (guint i = 0; i < G_N_ELEMENTS(good); i++) {
        g_test_message("%s", good[i]);
        g_assert_cmpstr(email_fault(good[i]), ==, NULL);
    }
}

static void test_bad(void) {
    for (guint i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_test_message("%s", bad[i]);
        g_assert_nonnull(email_fault(bad[i]));
    }
}

static void test_lengths(void) {
    g_autofree char *local = g_strnfill(LIMIT_LOCAL_PART_BYTES, 'a');
    g_autofree char *label = g_strnfill(63, 'b');
    g_autofree char *fits = g_strdup_printf("%s@%s.example", local, label);
    g_autofree char *long_local = g_strdup_printf("a%s@%s.example", local, label);
    g_autofree char *long_label = g_strdup_printf("%s@b%s.example", local, label);
    g_autofree char *longest =
        g_strdup_printf("%s@%s.%s.%.53s.example", local, label, label, label);
    g_autofree char *too_long =
        g_strdup_printf("%s@%s.%s.%.54s.example", local, label, label, label);
    g_assert_cmpuint(strlen(longest), ==, LIMIT_EMAIL_BYTES);
    g_assert_cmpstr(email_fault(fits), ==, NULL);
    g_assert_cmpstr(email_fault(longest), ==, NULL);
    g_assert_nonnull(email_fault(long_local));
    g_assert_nonnull(email_fault(long_label));
    g_assert_nonnull(email_fault(too_long));
}

static const struct {
    const char *address;
    const char *folded;
} folds[] = {
    {"Anna.Berg@Sjostad.Example", "anna.berg@sjostad.example"},
    {"Åsa@Sjöstad.example", "åsa@xn--sjstad-xxa.example"},
    {"ÅSA@xn--sjstad-xxa.EXAMPLE", "åsa@xn--sjstad-xxa.example"},
    {"strauß@x.example", "strauß@x.example"},
    {"\"Anna Berg\"@X.example", "\"anna berg\"@x.example"},
    {"a@[IPv6:2001:DB8::1]", "a@[ipv6:2001:db8::1]"},
};

static void test_folds(void) {
    for (guint i = 0; i < G_N_ELEMENTS(folds); i++) {
        g_assert_cmpstr(email_fault(folds[i].address), ==, NULL);
        g_autofree char *folded = email_fold(folds[i].address);
        g_assert_cmpstr(folded, ==, folds[i].folded);
    }
}

int main(int argc, char **argv) {
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/email/good", test_good);
    g_test_add_func("/email/bad", test_bad);
    g_test_add_func("/email/lengths", test_lengths);
    g_test_add_func("/email/folds", test_folds);
    return g_test_run();
}
