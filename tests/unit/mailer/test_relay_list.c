/* The line that names the relays: what is read from it, in which order, and that what is wrong is
 * said with the address and the key. Secrets come from files that not everybody can read. */
#include "mailer/relay_list.h"

#include "base/error.h"
#include "base/lang.h"

#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

static const Relay common = {.connections = 4,
                             .per_minute = 90,
                             .transport = {.tls = TLS_REQUIRED,
                                           .ca_file = "own.pem",
                                           .username = "utskick",
                                           .password = "hemligt",
                                           .helo_name = "vetkoll.example",
                                           .dsn = true}};

static const Relay *at(const GPtrArray *relays, guint index) {
    return g_ptr_array_index(relays, index);
}

static void test_one(void) {
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) relays =
        relay_list_parse("  smtp://mx.example \n", &common, "/etc/vetkoll", &error);
    g_assert_no_error(error);
    g_assert_cmpuint(relays->len, ==, 1);
    const Relay *relay = at(relays, 0);
    g_assert_cmpuint(relay->priority, ==, 10);
    g_assert_cmpuint(relay->connections, ==, 4);
    g_assert_cmpuint(relay->per_minute, ==, 90);
    g_assert_cmpstr(relay->transport.relay, ==, "smtp://mx.example");
    g_assert_cmpstr(relay->transport.ca_file, ==, "/etc/vetkoll/own.pem");
    g_assert_cmpstr(relay->transport.username, ==, "utskick");
    g_assert_cmpstr(relay->transport.password, ==, "hemligt");
    g_assert_cmpstr(relay->transport.scope, ==, "");
    g_assert_true(relay->transport.dsn);
}

static void test_several(void) {
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) relays = relay_list_parse(
        "smtp://a.example:25?tls=off&username=&connections=2, smtps://b.example?priority=5&auth="
        "xoauth2&scope=https%3A%2F%2Fx.example%2F.default&per_minute=30&dsn=false "
        "maildir:a folder/for mail",
        &common, "/srv/vetkoll", &error);
    g_assert_no_error(error);
    g_assert_cmpuint(relays->len, ==, 3);
    const Relay *first = at(relays, 0);
    g_assert_cmpstr(first->transport.relay, ==, "smtps://b.example");
    g_assert_cmpuint(first->priority, ==, 5);
    g_assert_cmpuint(first->per_minute, ==, 30);
    g_assert_cmpint(first->transport.login, ==, LOGIN_XOAUTH2);
    g_assert_cmpstr(first->transport.scope, ==, "https://x.example/.default");
    g_assert_false(first->transport.dsn);
    g_assert_cmpstr(first->transport.username, ==, "utskick");
    const Relay *second = at(relays, 1);
    g_assert_cmpstr(second->transport.relay, ==, "smtp://a.example:25");
    g_assert_cmpuint(second->connections, ==, 2);
    g_assert_cmpint(second->transport.tls, ==, TLS_OFF);
    g_assert_cmpstr(second->transport.username, ==, "");
    const Relay *third = at(relays, 2);
    g_assert_cmpstr(third->transport.relay, ==, "maildir:/srv/vetkoll/a folder/for mail");
    g_assert_cmpuint(third->priority, ==, 30);
}

static void test_equal_priorities(void) {
    g_autoptr(GPtrArray) relays = relay_list_parse(
        "smtp://c.example?priority=1 smtp://a.example?priority=1 smtp://b.example?priority=0",
        &common, NULL, NULL);
    g_assert_cmpstr(at(relays, 0)->transport.relay, ==, "smtp://b.example");
    g_assert_cmpstr(at(relays, 1)->transport.relay, ==, "smtp://c.example");
    g_assert_cmpstr(at(relays, 2)->transport.relay, ==, "smtp://a.example");
}

static void test_wrong(void) {
    static const struct {
        const char *line;
        const char *said;
    } wrong[] = {
        {"", "the value is missing"},
        {"mx.example", "unknown way"},
        {"smtp://", "cannot be read"},
        {"smtp://user:pass@mx.example", "mail.username"},
        {"smtp://mx.example/path", "may follow the port"},
        {"smtp://mx.example smtp:/typo", "smtp:/typo"},
        {"smtp://mx.example foo://b.example", "foo://b.example"},
        {"maildir:", "folder is missing"},
        {"smtp://mx.example?colour=red", "unknown key"},
        {"smtp://mx.example?tls=maybe", "tls=maybe"},
        {"smtp://mx.example?auth=ntlm", "auth=ntlm"},
        {"smtp://mx.example?connections=0", "1–64"},
        {"smtp://mx.example?connections=4x", "1–64"},
        {"smtp://mx.example?priority=-1", "priority=-1"},
        {"smtp://mx.example?dsn=yes", "true or false"},
        {"smtp://mx.example?tls", "key=value"},
        {"smtp://mx.example?username=%FF", "key=value"},
        {"smtp://mx.example?password_file=/nonexistent/x", "password_file"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(wrong); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(GPtrArray) relays = relay_list_parse(wrong[i].line, &common, NULL, &error);
        g_assert_null(relays);
        g_assert_error(error, VK_ERROR, VK_ERROR_INPUT);
        g_test_message("%s: %s", wrong[i].line, error->message);
        g_assert_nonnull(strstr(error->message, wrong[i].said));
    }
}

static void test_too_many(void) {
    g_autoptr(GString) line = g_string_new(NULL);
    for (guint i = 0; i <= RELAYS_MAX; i++) {
        g_string_append(line, "smtp://mx.example ");
    }
    g_autoptr(GError) error = NULL;
    g_assert_null(relay_list_parse(line->str, &common, NULL, &error));
    g_assert_error(error, VK_ERROR, VK_ERROR_INPUT);
}

static void test_secret(void) {
    g_autofree char *dir = g_dir_make_tmp("vetkoll-test-XXXXXX", NULL);
    g_autofree char *path = g_build_filename(dir, "secret", NULL);
    g_assert_true(g_file_set_contents(path, "  lösen ord \r\nmore\n", -1, NULL));
    g_assert_cmpint(g_chmod(path, 0640), ==, 0);
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) relays =
        relay_list_parse("smtp://mx.example?password_file=secret", &common, dir, &error);
    g_assert_no_error(error);
    g_assert_cmpstr(at(relays, 0)->transport.password, ==, "lösen ord");
    g_assert_cmpint(g_chmod(path, 0644), ==, 0);
    g_assert_null(relay_secret_read(path, "mail.password_file", &error));
    g_assert_error(error, VK_ERROR, VK_ERROR_DENIED);
    g_assert_nonnull(strstr(error->message, "chmod 600"));
    g_clear_error(&error);
    g_assert_true(g_file_set_contents(path, "\nsecond\n", -1, NULL));
    g_assert_cmpint(g_chmod(path, 0600), ==, 0);
    g_assert_null(relay_secret_read(path, "mail.password_file", &error));
    g_assert_error(error, VK_ERROR, VK_ERROR_INPUT);
    g_unlink(path);
    g_rmdir(dir);
}

int main(int argc, char **argv) {
    g_test_init(&argc, &argv, NULL);
    lang_set(LANG_EN);
    g_test_add_func("/relay-list/one", test_one);
    g_test_add_func("/relay-list/several", test_several);
    g_test_add_func("/relay-list/equal-priorities", test_equal_priorities);
    g_test_add_func("/relay-list/wrong", test_wrong);
    g_test_add_func("/relay-list/too-many", test_too_many);
    g_test_add_func("/relay-list/secret", test_secret);
    return g_test_run();
}
