/* The pool of relays, driven through time: when a connection may begin and how many messages it may
 * take, through ramp-up, failure, probing, failover, throttling and rates. */
#include "base/clock.h"
#include "base/error.h"
#include "mailer/pacing.h"
#include "mailer/relay_pool.h"

#define START (INT64_C(5000) * CLOCK_SECOND_US)

enum { MIDDLE = 500 }; /* the random number that neither adds nor takes away */

static RelayPool *pool_of(const RelayLimits *relays, guint count, const char *domain_rates) {
    const RelayPoolSettings settings = {.messages_per_connection = 200,
                                        .domain_rates = domain_rates};
    g_autoptr(GError) error = NULL;
    RelayPool *pool = relay_pool_new(&settings, relays, count, &error);
    g_assert_no_error(error);
    return pool;
}

static void end(RelayPool *pool, guint relay, RelayVerdict verdict, guint sent, guint transient,
                int64_t now_us) {
    const RelayUse use = {
        .verdict = verdict, .sent = sent, .transient = transient, .elapsed_us = sent};
    relay_pool_end(pool, relay, &use, MIDDLE, now_us);
}

/* One good connection of the relay. */
static guint use_once(RelayPool *pool, guint relay, int64_t now_us) {
    RelayTurn turn = relay_pool_begin(pool, relay, now_us);
    g_assert_cmpuint(turn.max, >, 0);
    end(pool, relay, RELAY_GOOD, turn.max, 0, now_us);
    return turn.max;
}

/* Each message that was taken allows a connection more, and batches grow with them. */
static void test_ramp_up(void) {
    const RelayLimits relay = {.priority = 10, .connections = 5};
    g_autoptr(RelayPool) pool = pool_of(&relay, 1, "");
    static const guint max[] = {5, 10, 15, 20, 200};
    for (guint open = 1; open <= relay.connections; open++) {
        g_assert_cmpuint(relay_pool_begin(pool, 0, START).max, ==, max[open - 1]);
        RelayTurn turn = relay_pool_begin(pool, 0, START);
        g_assert_cmpuint(turn.max, ==, 0);
        g_assert_cmpint(turn.until_us, ==, INT64_MAX);
        g_assert_cmpint(relay_pool_taken(pool, 0), ==, open < relay.connections);
    }
}

/* Where each batch is one message, the end of it tells that it was taken. */
static void test_ramp_up_by_one(void) {
    const RelayLimits relay = {.priority = 10, .connections = 2};
    g_autoptr(RelayPool) pool = pool_of(&relay, 1, "");
    relay_pool_begin(pool, 0, START);
    end(pool, 0, RELAY_GOOD, 1, 0, START);
    g_assert_cmpuint(relay_pool_begin(pool, 0, START).max, >, 0);
    g_assert_cmpuint(relay_pool_begin(pool, 0, START).max, >, 0);
    g_assert_cmpuint(relay_pool_begin(pool, 0, START).max, ==, 0);
}

static void test_breaker(void) {
    const RelayLimits relay = {.priority = 10, .connections = 4};
    g_autoptr(RelayPool) pool = pool_of(&relay, 1, "");
    int64_t now_us = START;
    int64_t pause_us = CLOCK_SECOND_US;
    for (guint failures = 1; failures < 12; failures++) {
        RelayTurn turn = relay_pool_begin(pool, 0, now_us);
        g_assert_cmpuint(turn.max, >, 0);
        g_assert_cmpuint(relay_pool_begin(pool, 0, now_us).max, ==, 0); /* nobody else meanwhile */
        end(pool, 0, RELAY_FAILED, 0, 0, now_us);
        g_assert_true(relay_pool_exhausted(pool, now_us));
        RelayTurn closed = relay_pool_begin(pool, 0, now_us);
        g_assert_cmpuint(closed.max, ==, 0);
        g_assert_cmpint(closed.until_us, ==, now_us + pacing_reconnect_us(failures, MIDDLE));
        g_assert_cmpint(closed.until_us - now_us, >=, pause_us * 9 / 10);
        pause_us = MIN(2 * pause_us, 5 * CLOCK_MINUTE_US);
        now_us = closed.until_us;
        g_assert_false(relay_pool_exhausted(pool, now_us));
    }
    g_assert_cmpuint(relay_pool_begin(pool, 0, now_us).max, ==, 1); /* a probe is one message */
    end(pool, 0, RELAY_GOOD, 1, 0, now_us);
    g_assert_cmpuint(use_once(pool, 0, now_us), ==, 5);
    g_assert_cmpuint(use_once(pool, 0, now_us), ==, 10);
}

static void test_probe_without_mail(void) {
    const RelayLimits relay = {.priority = 10, .connections = 4};
    g_autoptr(RelayPool) pool = pool_of(&relay, 1, "");
    g_assert_cmpuint(relay_pool_begin(pool, 0, START).max, >, 0);
    end(pool, 0, RELAY_FAILED, 0, 0, START);
    int64_t later_us = START + CLOCK_MINUTE_US;
    for (guint i = 0; i < 3; i++) {
        g_assert_cmpuint(relay_pool_begin(pool, 0, later_us).max, ==, 1);
        end(pool, 0, RELAY_UNUSED, 0, 0, later_us);
    }
}

static void test_failover(void) {
    const RelayLimits relays[] = {{.priority = 10, .connections = 2},
                                  {.priority = 20, .connections = 2},
                                  {.priority = 20, .connections = 2}};
    g_autoptr(RelayPool) pool = pool_of(relays, G_N_ELEMENTS(relays), "");
    g_assert_cmpuint(relay_pool_begin(pool, 1, START).max, ==, 0);
    g_assert_cmpuint(relay_pool_begin(pool, 0, START).max, >, 0);
    end(pool, 0, RELAY_FAILED, 0, 0, START);
    use_once(pool, 1, START);
    use_once(pool, 2, START);
    g_assert_false(relay_pool_exhausted(pool, START));
    /* The first is tried again beside them, and takes over when it answers. */
    int64_t later_us = START + CLOCK_MINUTE_US;
    g_assert_cmpuint(relay_pool_begin(pool, 0, later_us).max, ==, 1);
    use_once(pool, 1, later_us);
    end(pool, 0, RELAY_GOOD, 1, 0, later_us);
    g_assert_cmpuint(relay_pool_begin(pool, 1, later_us).max, ==, 0);
    g_assert_cmpuint(relay_pool_begin(pool, 2, later_us).max, ==, 0);
}

static void test_throttled(void) {
    const RelayLimits relay = {.priority = 10, .connections = 1};
    g_autoptr(RelayPool) pool = pool_of(&relay, 1, "");
    int64_t now_us = START;
    /* Twenty greylisted people are not a relay in trouble if somebody got mail. */
    g_assert_cmpuint(relay_pool_begin(pool, 0, now_us).max, >, 0);
    end(pool, 0, RELAY_GOOD, 1, 20, now_us);
    for (guint times = 1; times < 8; times++) {
        g_assert_cmpuint(relay_pool_begin(pool, 0, now_us).max, >, 0);
        end(pool, 0, RELAY_GOOD, 0, 20, now_us);
        RelayTurn turn = relay_pool_begin(pool, 0, now_us);
        g_assert_cmpuint(turn.max, ==, 0);
        g_assert_cmpint(turn.until_us, ==, now_us + pacing_throttle_us(times, MIDDLE));
        now_us = turn.until_us;
    }
    g_assert_cmpint(pacing_throttle_us(8, 1000), <=, 18 * CLOCK_MINUTE_US);
    use_once(pool, 0, now_us);
    /* It counts through small batches, and none of them makes it go faster. */
    for (guint batch = 0; batch < 4; batch++) {
        g_assert_cmpuint(relay_pool_begin(pool, 0, now_us).max, >, 0);
        end(pool, 0, RELAY_GOOD, 0, 5, now_us);
    }
    g_assert_cmpint(relay_pool_begin(pool, 0, now_us).until_us, ==,
                    now_us + pacing_throttle_us(1, MIDDLE));
}

static void test_slow_relay_small_batches(void) {
    const RelayLimits relay = {.priority = 10, .connections = 1};
    g_autoptr(RelayPool) pool = pool_of(&relay, 1, "");
    RelayTurn turn = relay_pool_begin(pool, 0, START);
    const RelayUse use = {
        .verdict = RELAY_GOOD, .sent = turn.max, .elapsed_us = turn.max * CLOCK_SECOND_US};
    relay_pool_end(pool, 0, &use, MIDDLE, START);
    g_assert_cmpuint(relay_pool_begin(pool, 0, START).max, ==, 10); /* ten seconds' worth */
}

static void test_rate(void) {
    const RelayLimits relay = {.priority = 10, .connections = 3, .per_minute = 60};
    g_autoptr(RelayPool) pool = pool_of(&relay, 1, "");
    use_once(pool, 0, START);
    g_assert_cmpuint(relay_pool_begin(pool, 0, START).max, ==,
                     5); /* ten seconds' of two at a time */
    for (guint i = 0; i < 10; i++) {
        g_assert_cmpint(relay_pool_slot(pool, 0, START), ==, START + i * CLOCK_SECOND_US);
    }
    end(pool, 0, RELAY_GOOD, 10, 0, START);
    RelayTurn turn = relay_pool_begin(pool, 0, START + 4 * CLOCK_SECOND_US);
    g_assert_cmpuint(turn.max, ==, 0);
    g_assert_cmpint(turn.until_us, ==, START + 10 * CLOCK_SECOND_US);
    /* What was not used is not saved up. */
    int64_t later_us = START + CLOCK_HOUR_US / 2;
    g_assert_cmpint(relay_pool_slot(pool, 0, later_us), ==, later_us);
    g_assert_cmpint(relay_pool_slot(pool, 0, later_us), ==, later_us + CLOCK_SECOND_US);
}

/* In ten minutes from a tenth of the rate to all of it: a message every 10 s, then every second. */
static void test_rate_ramp(void) {
    const RelayLimits relay = {.priority = 10, .connections = 1, .per_minute = 60};
    const RelayPoolSettings settings = {
        .messages_per_connection = 200, .ramp_up_minutes = 10, .domain_rates = ""};
    g_autoptr(RelayPool) pool = relay_pool_new(&settings, &relay, 1, NULL);
    g_assert_cmpuint(relay_pool_begin(pool, 0, START).max, ==, 1);
    guint sent = 0;
    int64_t slot_us = START;
    while ((slot_us = relay_pool_slot(pool, 0, slot_us)) < START + 10 * CLOCK_MINUTE_US) {
        sent++;
    }
    g_assert_cmpuint(sent, >, 300); /* the mean of a tenth and one, of 600 */
    g_assert_cmpuint(sent, <, 345);
    int64_t after_us = START + 11 * CLOCK_MINUTE_US;
    relay_pool_slot(pool, 0, after_us);
    g_assert_cmpint(relay_pool_slot(pool, 0, after_us), ==, after_us + CLOCK_SECOND_US);
}

static void test_domains(void) {
    const RelayLimits relay = {.priority = 10, .connections = 1};
    g_autoptr(RelayPool) pool = pool_of(&relay, 1, "GMAIL.com=60, *=600");
    g_assert_cmpuint(relay_pool_grant(pool, "gmail.com", 100, START), ==, 10);
    g_assert_cmpuint(relay_pool_grant(pool, "gmail.com", 100, START), ==, 0);
    g_assert_cmpint(relay_pool_domain_ready(pool, "gmail.com", START), ==, START + CLOCK_SECOND_US);
    g_assert_cmpuint(relay_pool_grant(pool, "gmail.com", 100, START + 3 * CLOCK_SECOND_US), ==, 3);
    g_assert_cmpuint(relay_pool_grant(pool, "kommun.example", 500, START), ==, 100);
    g_assert_cmpuint(relay_pool_grant(pool, "other.example", 5, START), ==, 5);
    /* An hour of one domain: its rate, and the burst at the beginning. */
    guint sent = 0;
    for (int64_t t = 0; t < CLOCK_HOUR_US; t += CLOCK_SECOND_US / 2) {
        sent += relay_pool_grant(pool, "gmail.com", 7, START + CLOCK_HOUR_US + t);
    }
    g_assert_cmpuint(sent, >=, 3600);
    g_assert_cmpuint(sent, <=, 3610);
    g_autoptr(RelayPool) free = pool_of(&relay, 1, "");
    g_assert_cmpuint(relay_pool_grant(free, "gmail.com", 100, START), ==, 100);
    g_assert_cmpint(relay_pool_domain_ready(free, "gmail.com", START), ==, START);
}

static void test_bad_rates(void) {
    static const char *const wrong[] = {"gmail.com",   "=5",   "gmail.com=0",
                                        "gmail.com=x", "*=-1", "a=1 b"};
    const RelayLimits relay = {.priority = 10, .connections = 1};
    for (guint i = 0; i < G_N_ELEMENTS(wrong); i++) {
        const RelayPoolSettings settings = {.messages_per_connection = 1, .domain_rates = wrong[i]};
        g_autoptr(GError) error = NULL;
        g_assert_null(relay_pool_new(&settings, &relay, 1, &error));
        g_assert_error(error, VK_ERROR, VK_ERROR_INPUT);
    }
}

static void test_hints(void) {
    static const struct {
        const char *reply;
        int64_t seconds;
    } hints[] = {
        {"4.2.0 <a@x.se>: Recipient address rejected: Greylisted, see http://postgrey.example", 0},
        {"4.7.1 Greylisted for 300 seconds", 300},
        {"Greylisting in action, please try again in 7 minutes", 420},
        {"Graylisted - please come back in 00:05:00", 300},
        {"Please retry in 05:30", 330},
        {"try again later (1 hour)", 3600},
        {"Too many connections, 5 minutes", 0},
        {"greylisted, retry in 99999999999999999999 seconds", 4 * 3600},
        {"", 0},
    };
    for (guint i = 0; i < G_N_ELEMENTS(hints); i++) {
        g_test_message("%s", hints[i].reply);
        g_assert_cmpint(pacing_hint_us(hints[i].reply), ==, hints[i].seconds * CLOCK_SECOND_US);
    }
}

int main(int argc, char **argv) {
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/relay-pool/ramp-up", test_ramp_up);
    g_test_add_func("/relay-pool/ramp-up-by-one", test_ramp_up_by_one);
    g_test_add_func("/relay-pool/breaker", test_breaker);
    g_test_add_func("/relay-pool/probe-without-mail", test_probe_without_mail);
    g_test_add_func("/relay-pool/failover", test_failover);
    g_test_add_func("/relay-pool/throttled", test_throttled);
    g_test_add_func("/relay-pool/slow-relay-small-batches", test_slow_relay_small_batches);
    g_test_add_func("/relay-pool/rate", test_rate);
    g_test_add_func("/relay-pool/rate-ramp", test_rate_ramp);
    g_test_add_func("/relay-pool/domains", test_domains);
    g_test_add_func("/relay-pool/bad-rates", test_bad_rates);
    g_test_add_func("/pacing/hints", test_hints);
    return g_test_run();
}
