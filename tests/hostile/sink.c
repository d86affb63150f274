/* sink PORT FILE: takes mail on 127.0.0.1 until it is killed. For every message that came in full
 * FILE gets a line "recipient<TAB>Message-ID", before the reply: what is answered is counted. */
#include <arpa/inet.h>
#include <fcntl.h>
#include <glib.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

typedef struct {
    int fd;
    int log; /* of all, opened to append */
    char recipient[512];
    char message_id[512];
    bool in_body;
} Peer;

/* What stands between `from` and `to` in the line. */
static void keep(char out[512], const char *line, const char *from, const char *to) {
    const char *begin = strstr(line, from);
    begin = begin != NULL ? begin + strlen(from) : line;
    g_snprintf(out, 512, "%.*s", (int)strcspn(begin, to), begin);
}

static void note_message(const Peer *peer) {
    g_autofree char *text = g_strdup_printf("%s\t%s\n", peer->recipient, peer->message_id);
    bool written = write(peer->log, text, strlen(text)) == (ssize_t)strlen(text);
    g_assert_true(written);
}

static const char *body_line(Peer *peer, const char *line) {
    if (strcmp(line, ".\r\n") == 0) {
        peer->in_body = false;
        note_message(peer);
        return "250 2.0.0 queued\r\n";
    }
    if (peer->message_id[0] == '\0' && g_ascii_strncasecmp(line, "Message-ID:", 11) == 0) {
        keep(peer->message_id, line, "<", ">\r\n");
    }
    return NULL;
}

static const char *command(Peer *peer, const char *line) {
    if (g_str_has_prefix(line, "EHLO")) {
        return "250-sink\r\n250-PIPELINING\r\n250 8BITMIME\r\n";
    }
    if (g_str_has_prefix(line, "RCPT")) {
        keep(peer->recipient, line, "<", ">");
    }
    if (g_str_has_prefix(line, "DATA")) {
        peer->in_body = true;
        peer->message_id[0] = '\0';
        return "354 go on\r\n";
    }
    return g_str_has_prefix(line, "QUIT") ? "221 2.0.0 bye\r\n" : "250 2.0.0 ok\r\n";
}

static gpointer peer_run(gpointer data) {
    Peer *peer = data;
    const int on = 1;
    char line[2048];
    setsockopt(peer->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    FILE *in = fdopen(peer->fd, "r");
    const char *reply = "220 sink ESMTP\r\n";
    do {
        if (reply != NULL && send(peer->fd, reply, strlen(reply), MSG_NOSIGNAL) < 0) {
            break;
        }
        if (fgets(line, sizeof line, in) == NULL) {
            break;
        }
        reply = peer->in_body ? body_line(peer, line) : command(peer, line);
    } while (true);
    fclose(in);
    g_free(peer);
    return NULL;
}

int main(int argc, char **argv) {
    g_assert_cmpint(argc, ==, 3);
    int log = open(argv[2], O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const int on = 1;
    const struct sockaddr_in address = {.sin_family = AF_INET,
                                        .sin_port =
                                            htons((guint16)g_ascii_strtoull(argv[1], NULL, 10)),
                                        .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    g_assert_cmpint(bind(listener, (const struct sockaddr *)&address, sizeof address), ==, 0);
    g_assert_cmpint(listen(listener, 64), ==, 0);
    for (int fd; (fd = accept(listener, NULL, NULL)) >= 0;) {
        Peer *peer = g_new0(Peer, 1);
        *peer = (Peer){.fd = fd, .log = log};
        g_thread_unref(g_thread_new("peer", peer_run, peer));
    }
    return 1;
}
