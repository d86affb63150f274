/* The open connections: no more than there may be, of all and of one network, whoever comes in
 * whatever order; and who takes too long is shut down, however often a byte comes. */
#include "base/error.h"
#include "web/guests.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

typedef struct {
    struct sockaddr_in in;
    const struct sockaddr *any;
} Address;

static void address_set(Address *address, const char *text) {
    *address = (Address){.in.sin_family = AF_INET};
    g_assert_cmpint(inet_pton(AF_INET, text, &address->in.sin_addr), ==, 1);
    address->any = (const struct sockaddr *)(gconstpointer)&address->in;
}

static Proxies *proxies(const char *list) {
    g_autoptr(GError) error = NULL;
    Proxies *made = proxies_parse(list, &error);
    g_assert_no_error(error);
    return made;
}

static void test_limits(void) {
    enum { MAX = 10, EACH = 4 };
    g_autoptr(Proxies) ours = proxies("10.0.0.0/8");
    Guests *guests = guests_new(MAX, EACH, ours);
    Guest *in[MAX] = {0};
    Address one, other, proxy, own;
    address_set(&one, "192.0.2.1");
    address_set(&other, "192.0.2.2");
    address_set(&proxy, "10.9.9.9");
    address_set(&own, "127.0.0.1");
    for (guint i = 0; i < EACH; i++) {
        g_assert_true(guests_admit(guests, one.any));
        in[i] = guests_enter(guests, -1, one.any, 0);
    }
    g_assert_false(guests_admit(guests, one.any));
    g_assert_true(guests_admit(guests, other.any));
    for (guint i = EACH; i < MAX; i++) { /* behind them is everybody */
        g_assert_true(guests_admit(guests, i % 2 ? proxy.any : own.any));
        in[i] = guests_enter(guests, -1, i % 2 ? proxy.any : own.any, 0);
    }
    g_assert_cmpuint(guests_count(guests), ==, MAX);
    g_assert_false(guests_admit(guests, other.any));
    guests_leave(guests, in[2]);
    g_assert_true(guests_admit(guests, one.any));
    in[2] = guests_enter(guests, -1, other.any, 0);
    g_assert_false(guests_admit(guests, one.any));
    static const guint order[MAX] = {9, 0, 5, 1, 8, 2, 7, 3, 6, 4};
    for (guint i = 0; i < MAX; i++) {
        guests_leave(guests, in[order[i]]);
    }
    g_assert_cmpuint(guests_count(guests), ==, 0);
    guests_free(guests);
}

/* Whether the other end of the pair has been shut down within the time. */
static bool is_shut(int fd, int timeout_ms) {
    struct pollfd wait = {.fd = fd, .events = POLLIN};
    char byte;
    return poll(&wait, 1, timeout_ms) == 1 && recv(fd, &byte, 1, 0) == 0;
}

static void test_time(void) {
    g_autoptr(Proxies) none = proxies("");
    Guests *guests = guests_new(10, 10, none);
    Address from;
    address_set(&from, "192.0.2.1");
    int slow[2], answered[2], forgiven[2];
    g_assert_cmpint(socketpair(AF_UNIX, SOCK_STREAM, 0, slow), ==, 0);
    g_assert_cmpint(socketpair(AF_UNIX, SOCK_STREAM, 0, answered), ==, 0);
    g_assert_cmpint(socketpair(AF_UNIX, SOCK_STREAM, 0, forgiven), ==, 0);
    Guest *late = guests_enter(guests, slow[0], from.any, 1);
    Guest *ours = guests_enter(guests, answered[0], from.any, 1);
    Guest *again = guests_enter(guests, forgiven[0], from.any, 1);
    guest_give(ours, 0); /* now it waits for us */
    guest_give(again, 60);
    g_assert_cmpint(send(slow[1], "G", 1, 0), ==, 1); /* a byte does not help */
    g_assert_true(is_shut(slow[1], 10000));
    g_assert_false(is_shut(answered[1], 1500) || is_shut(forgiven[1], 0));
    guests_leave(guests, again);
    guests_leave(guests, late);
    guests_leave(guests, ours);
    guests_free(guests);
    int fds[] = {slow[0], slow[1], answered[0], answered[1], forgiven[0], forgiven[1]};
    for (guint i = 0; i < G_N_ELEMENTS(fds); i++) {
        close(fds[i]);
    }
}

int main(int argc, char **argv) {
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/guests/limits", test_limits);
    g_test_add_func("/guests/time", test_time);
    return g_test_run();
}
