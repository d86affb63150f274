/* Whom a request is from: what a client says of itself counts for nothing unless a proxy of ours
 * hands it on, and then only what that proxy saw; and how often a network may guess, in memory that
 * does not grow. */
#include "base/error.h"
#include "web/network.h"
#include "web/rate_limit.h"

#include <string.h>

static Network network(const char *text) {
    Network out;
    g_assert_true(network_parse(text, &out));
    return out;
}

static void assert_same(const Network *got, const char *want) {
    Network wanted = network(want);
    g_assert_true(memcmp(got, &wanted, sizeof wanted) == 0);
}

static void test_parse(void) {
    static const char *const bad[] = {"",        "1.2.3",   "1.2.3.4.5",  "1.2.3.256",
                                      "x",       "[::1",    ":::",        "1.2.3.4, 5.6.7.8",
                                      "unknown", "_hidden", "00001.2.3.4"};
    for (guint i = 0; i < G_N_ELEMENTS(bad); i++) {
        Network out;
        if (g_str_equal(bad[i], "[::1")) {
            g_assert_true(network_parse(bad[i], &out)); /* cut short, still one address */
        } else {
            g_assert_false(network_parse(bad[i], &out));
        }
    }
    Network four = network("192.0.2.1:8080");
    assert_same(&four, "192.0.2.1");
    assert_same(&four, "::ffff:192.0.2.1");
    Network six = network("[2001:db8:1:2:3::4]:443");
    assert_same(&six, "2001:db8:1:2:3::4");
    Network site = network_site(&six);
    assert_same(&site, "2001:db8:1:2::");
    site = network_site(&four);
    assert_same(&site, "192.0.2.1");
    static const char *const own[] = {"127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"};
    for (guint i = 0; i < G_N_ELEMENTS(own); i++) {
        Network each = network(own[i]);
        g_assert_true(network_is_loopback(&each));
    }
    g_assert_false(network_is_loopback(&four) || network_is_loopback(&six));
}

static void test_client(void) {
    static const struct {
        const char *proxies, *peer, *forwarded, *client;
    } cases[] = {
        {"", "203.0.113.5", "198.51.100.1", "203.0.113.5"},
        {"", "127.0.0.1", "198.51.100.1", "127.0.0.1"},
        {"127.0.0.1", "127.0.0.1", NULL, "127.0.0.1"},
        {"127.0.0.1", "127.0.0.1", "198.51.100.1", "198.51.100.1"},
        {"127.0.0.1", "203.0.113.5", "198.51.100.1", "203.0.113.5"},
        /* What the client sent itself stands before what the proxy saw. */
        {"127.0.0.1", "127.0.0.1", "127.0.0.1, 6.6.6.6, 198.51.100.1", "198.51.100.1"},
        {"127.0.0.1, 10.0.0.0/8", "127.0.0.1", "6.6.6.6, 198.51.100.1, 10.2.3.4", "198.51.100.1"},
        {"127.0.0.1,10.0.0.0/8", "127.0.0.1", "10.0.0.1", "10.0.0.1"},
        {"127.0.0.1", "127.0.0.1", "198.51.100.1, rubbish", "127.0.0.1"},
        {"2001:db8::/32", "2001:db8:9::1", "2a00::77", "2a00::77"},
        {"2001:db8::/32", "2001:db9::1", "2a00::77", "2001:db9::1"},
        {"10.0.0.0/9", "10.128.0.1", "1.1.1.1", "10.128.0.1"},
        {"0.0.0.0/0", "::1", "1.1.1.1", "::1"},
    };
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(Proxies) proxies = proxies_parse(cases[i].proxies, &error);
        g_assert_no_error(error);
        Network peer = network(cases[i].peer);
        Network client = proxies_client(proxies, &peer, cases[i].forwarded);
        assert_same(&client, cases[i].client);
    }
}

static void test_proxies_faults(void) {
    static const char *const bad[] = {"proxy.example", "10.0.0.0/33", "::/129",
                                      "10.0.0.0/",     "10.0.0.0/x",  "1.2.3"};
    for (guint i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autoptr(GError) error = NULL;
        g_assert_null(proxies_parse(bad[i], &error));
        g_assert_error(error, VK_ERROR, VK_ERROR_INPUT);
    }
}

static void test_rate(void) {
    enum { BURST = 10, PER_MINUTE = 30, SECOND = G_USEC_PER_SEC };
    RateLimit *limit = rate_limit_new(BURST, PER_MINUTE);
    Network guesser = network("2001:db8::1"), neighbour = network("2001:db8::2"),
            other = network("192.0.2.1");
    int64_t now = INT64_C(1767225600) * SECOND;
    for (int i = 0; i < BURST; i++) {
        g_assert_true(rate_limit_take(limit, i % 2 ? &guesser : &neighbour, now));
    }
    g_assert_false(rate_limit_take(limit, &guesser, now));
    g_assert_false(rate_limit_take(limit, &neighbour, now + SECOND)); /* the same /64 */
    g_assert_true(rate_limit_take(limit, &other, now));
    g_assert_true(rate_limit_take(limit, &guesser, now + 2 * SECOND));
    g_assert_false(rate_limit_take(limit, &guesser, now + 2 * SECOND));
    for (int i = 0; i < BURST; i++) {
        g_assert_true(rate_limit_take(limit, &guesser, now + 3600 * (int64_t)SECOND));
    }
    g_assert_true(rate_limit_take(limit, &guesser,
                                  now - 3600 * (int64_t)SECOND)); /* the clock was set back */
    rate_limit_free(limit);
}

/* However many networks come, one that guesses on is stopped and memory stays as it is. */
static void test_rate_crowd(void) {
    RateLimit *limit = rate_limit_new(5, 5);
    int64_t now = INT64_C(1767225600) * G_USEC_PER_SEC;
    Network guesser = network("192.0.2.1");
    guint let = 0;
    for (guint i = 0; i < 200000; i++) {
        g_autofree char *text = g_strdup_printf("10.%u.%u.%u", i >> 16, i >> 8 & 255, i & 255);
        Network each = network(text);
        g_assert_true(rate_limit_take(limit, &each, now + i));
        let += i % 10 == 0 && rate_limit_take(limit, &guesser, now + i);
    }
    g_assert_cmpuint(let, <, 100); /* of 20,000 */
    rate_limit_free(limit);
}

int main(int argc, char **argv) {
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/network/parse", test_parse);
    g_test_add_func("/network/client", test_client);
    g_test_add_func("/network/proxies-faults", test_proxies_faults);
    g_test_add_func("/network/rate", test_rate);
    g_test_add_func("/network/rate-crowd", test_rate_crowd);
    return g_test_run();
}
