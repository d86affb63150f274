/* give RELAY TO...: hands one message for each recipient to the relay, over one connection as a
 * campaign does, and prints a line for each: outcome, code, enhanced code and the relay's words;
 * then "done" or "error CODE words". Ends with 0 for "done". RELAY is as in mail.relay.
 *
 *   --return-path ADDRESS   else sender@kommun.example
 *   --twice SECONDS         all of it once more after so long, by the same transport */
#include "base/error.h"
#include "base/lang.h"
#include "mailer/relay_list.h"

#include <glib.h>
#include <stdio.h>

typedef struct {
    const char *return_path;
    char **to;
} Letters;

static Envelope letter_envelope(gpointer data, guint index) {
    const Letters *letters = data;
    return (Envelope){
        .return_path = letters->return_path, .to = letters->to[index], .envid = "row+1=2"};
}

static bool letter_body(gpointer data, guint index, GString *out) {
    const Letters *letters = data;
    g_string_append_printf(
        out,
        "From: <sender@kommun.example>\r\nTo: <%s>\r\nSubject: relay\r\n"
        "Message-ID: <%u.give@kommun.example>\r\n"
        "Date: Sat, 21 Nov 2026 09:00:00 +0000\r\nMIME-Version: 1.0\r\n"
        "Content-Type: text/plain; charset=utf-8\r\n\r\n.first\r\n..\r\nlast\r\n",
        letters->to[index], index);
    return true;
}

static bool letter_commit(gpointer data, guint index) {
    (void)data, (void)index;
    return true;
}

static void letter_outcome(gpointer data, guint index, const Delivery *delivery) {
    const Letters *letters = data;
    printf("%s %s %d %s %s\n", letters->to[index], delivery_class_name(delivery->outcome),
           delivery->smtp_code, delivery->enhanced, delivery->text);
}

static bool give(Transport *transport, Letters *letters) {
    static const char *const codes[] = {
        [VK_ERROR_INPUT] = "INPUT",         [VK_ERROR_NOT_FOUND] = "NOT_FOUND",
        [VK_ERROR_DENIED] = "DENIED",       [VK_ERROR_CONFLICT] = "CONFLICT",
        [VK_ERROR_LIMIT] = "LIMIT",         [VK_ERROR_BUSY] = "BUSY",
        [VK_ERROR_UNCERTAIN] = "UNCERTAIN", [VK_ERROR_INTERNAL] = "INTERNAL"};
    g_autoptr(GError) error = NULL;
    const TransportBatch batch = {.count = g_strv_length(letters->to),
                                  .data = letters,
                                  .envelope = letter_envelope,
                                  .body = letter_body,
                                  .commit = letter_commit,
                                  .outcome = letter_outcome};
    bool done = transport_send(transport, &batch, &error);
    if (done) {
        printf("done\n");
    } else {
        printf("error %s %s\n", codes[error->code], error->message);
    }
    return done;
}

int main(int argc, char **argv) {
    Letters letters = {.return_path = "sender@kommun.example"};
    const Relay common = {.connections = 1, .transport = {.tls = TLS_REQUIRED, .dsn = true}};
    g_autoptr(GError) error = NULL;
    g_autofree char *return_path = NULL;
    int twice_s = 0;
    const GOptionEntry entries[] = {
        {"return-path", 0, 0, G_OPTION_ARG_STRING, &return_path, "envelope sender", "ADDRESS"},
        {"twice", 0, 0, G_OPTION_ARG_INT, &twice_s, "once more after", "SECONDS"},
        {0},
    };
    g_autoptr(GOptionContext) context = g_option_context_new("RELAY TO...");
    g_option_context_add_main_entries(context, entries, NULL);
    lang_set(LANG_EN);
    setvbuf(stdout, NULL, _IOLBF, 0);
    if (!g_option_context_parse(context, &argc, &argv, &error) || argc < 3) {
        fprintf(stderr, "give: %s\n", error != NULL ? error->message : "RELAY TO...");
        return 2;
    }
    letters.return_path = return_path != NULL ? return_path : letters.return_path;
    letters.to = argv + 2;
    g_autoptr(GPtrArray) relays = relay_list_parse(argv[1], &common, NULL, &error);
    g_autoptr(Transport) transport =
        relays != NULL
            ? transport_open(&((const Relay *)g_ptr_array_index(relays, 0))->transport, &error)
            : NULL;
    if (transport == NULL) {
        printf("error INPUT %s\n", error->message);
        return 1;
    }
    bool done = give(transport, &letters);
    if (done && twice_s > 0) {
        g_usleep((gulong)twice_s * G_USEC_PER_SEC);
        done = give(transport, &letters);
    }
    return done ? 0 : 1;
}
