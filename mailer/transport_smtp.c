/* Mail to a relay through libesmtp: the only file that knows it.
 *
 * A session is one connection with many messages; libesmtp runs it in one blocking call and tells
 * of each step by an event. The phase of the message in progress decides what a lost connection
 * means:
 *
 *   IDLE   --MAIL taken--> BEGUN --commit() said yes, the final dot follows--> GIVEN --reply-->
 * IDLE IDLE:  nothing was begun: no outcome.           BEGUN: transient, or what RCPT was answered.
 *   GIVEN: in doubt.                                MAIL refused: the relay refuses us, not the
 * person: no outcome, the connection ends with an error.
 *
 * Messages go by DATA, never by BDAT (RFC 3030), which libesmtp would choose where it is offered:
 * there it keeps the last reply of a message sent in pieces, so that a first "452 disk full"
 * becomes the "551 discarded after earlier error" that follows it, and a person who could be
 * reached later is given up.
 *
 * libesmtp trusts the relay's patience and length of speech; the monitor callback ends a connection
 * whose reply is endless, comes too slowly, or continues in clear text after STARTTLS was agreed (a
 * command injected by somebody between us, as CVE-2011-0411). */
#include "mailer/transport_private.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/lang.h"
#include "mailer/beginning.h"
#include "mailer/relay_tls.h"
#include "mailer/reply_watch.h"
#include "mailer/socket_guard.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/types.h>

#include <openssl/ssl.h>

#include <auth-client.h>
#include <libesmtp.h>

enum {
    CONNECT_TIMEOUT_MS = 30 * 1000,
    QUIT_LIMIT_MS = 2000,
    FINAL_TIMEOUT_MS = 10 * 60 * 1000, /* RFC 5321 section 4.5.3.2.6 */
};

typedef struct {
    Transport base;
    char *server;               /* host:port */
    TransportSettings settings; /* texts are this struct's, `relay` is not kept */
    TlsPolicy tls;
    SSL_CTX *context;                     /* NULL with TLS_OFF */
    const char *hidden[REPLY_HIDDEN_MAX]; /* words that libesmtp must not act upon */
    Transport *wide;                      /* for the addresses that need SMTPUTF8 */
} RelayTransport;

typedef enum { PHASE_IDLE, PHASE_BEGUN, PHASE_GIVEN } Phase;

typedef struct Session Session;

/* One message of the session, as libesmtp's callbacks find it. */
typedef struct {
    Session *session;
    guint index;
    smtp_message_t message;
    smtp_recipient_t recipient;
} Slot;

struct Session {
    const RelayTransport *relay;
    const TransportBatch *batch;
    Slot *slots;
    guint count;   /* of slots */
    guint current; /* the slot in progress, or the next */
    Phase phase;
    bool body_read;      /* libesmtp has the message in progress */
    bool body_failed;    /* it could not be made */
    bool commit_refused; /* it must not be given over */
    bool tls;            /* STARTTLS has been asked for */
    Beginning beginning; /* nothing is foretold under TLS */
    GString *body;
    SocketGuard guard;
    bool starttls_sent;                   /* the latest that we wrote */
    bool ehlo_sent;                       /* the latest that we wrote */
    bool quit_sent;                       /* what the relay says to that tells nothing */
    guint hide_matched[REPLY_HIDDEN_MAX]; /* characters of each hidden word that have just come */
    bool logged_in;
    bool login_missing; /* none that libesmtp can use was offered */
    bool starttls_missing;
    ReplyWatch watch;
    char reply[DELIVERY_TEXT_MAX]; /* the relay's latest line */
    VkErrorCode fault_code;
    char fault[DELIVERY_TEXT_MAX]; /* why the session must end, "" while it need not */
};

/* Ends the session at its next step. The first reason is kept. */
static void session_end(Session *session, VkErrorCode code, const char *why) {
    if (session->fault[0] == '\0') {
        session->fault_code = code;
        Delivery line = delivery_make(DELIVERY_TRANSIENT, why);
        memcpy(session->fault, line.text, sizeof session->fault);
    }
    if (session->guard.fd >= 0) {
        shutdown(session->guard.fd, SHUT_RDWR);
    }
}

static void session_tell(Session *session, const Delivery *delivery) {
    session->batch->outcome(session->batch->data, session->slots[session->current].index, delivery);
    session->current++;
    session->phase = PHASE_IDLE;
}

static Delivery from_status(const smtp_status_t *status) {
    return delivery_from_reply(status->code, status->enh_class, status->enh_subject,
                               status->enh_detail, status->text);
}

static bool is_refusal(const smtp_status_t *status) {
    return status != NULL && status->code != 0 && status->code / 100 != 2;
}

static void mail_answered(Session *session, smtp_message_t message) {
    const smtp_status_t *status = smtp_reverse_path_status(message);
    if (session->fault[0] != '\0') {
        return;
    }
    if (status == NULL || status->code / 100 != 2) {
        bool permanent = status != NULL && status->code / 100 == 5;
        g_autofree char *why =
            g_strdup_printf("MAIL FROM: %d %s", status != NULL ? status->code : 0,
                            status != NULL && status->text != NULL ? status->text : "");
        session_end(session, permanent ? VK_ERROR_DENIED : VK_ERROR_BUSY, why);
        return;
    }
    g_assert(session->current < session->count &&
             session->slots[session->current].message == message);
    session->phase = PHASE_BEGUN;
    session->body_read = false;
}

static void message_answered(Session *session, smtp_message_t message) {
    if (session->phase == PHASE_IDLE || session->fault[0] != '\0') {
        return;
    }
    const Slot *slot = &session->slots[session->current];
    g_assert(slot->message == message);
    const smtp_status_t *recipient = smtp_recipient_status(slot->recipient);
    const smtp_status_t *transfer = smtp_message_transfer_status(message);
    if (!is_refusal(recipient) && (transfer == NULL || transfer->code == 0)) {
        return; /* the connection broke: settle_rest */
    }
    const smtp_status_t *status = is_refusal(recipient) ? recipient : transfer;
    if (!reply_watch_is_whole(&session->watch) ||
        (!is_refusal(status) && session->phase != PHASE_GIVEN)) {
        session_end(session, VK_ERROR_BUSY, "the relay's reply is not to what was said");
        return;
    }
    Delivery delivery = from_status(status);
    bool refused = transport_refuses_us(status->code);
    if (refused && session->phase == PHASE_BEGUN) {
        session->phase = PHASE_IDLE; /* nothing was given */
    } else {
        delivery.outcome = refused ? DELIVERY_TRANSIENT : delivery.outcome;
        session_tell(session, &delivery);
    }
    if (refused) {
        g_autofree char *why = g_strdup_printf("%d %s", status->code, delivery.text);
        session_end(session, VK_ERROR_DENIED, why);
    }
}

static void on_event(smtp_session_t handle, int event, void *data, ...) {
    Session *session = data;
    va_list arguments;
    (void)handle;
    va_start(arguments, data);
    if (event == SMTP_EV_MAILSTATUS) {
        (void)va_arg(arguments, const char *);
        mail_answered(session, va_arg(arguments, smtp_message_t));
    } else if (event == SMTP_EV_MESSAGESENT) {
        message_answered(session, va_arg(arguments, smtp_message_t));
    } else if (event == SMTP_EV_WRONG_PEER_CERTIFICATE) {
        /* OpenSSL has matched the certificate with the configured name (relay_tls.c); libesmtp
         * compares it with the canonical name that DNS gave, which anybody on the way can choose.
         */
        int *accept = va_arg(arguments, int *);
        *accept = 1;
    } else if (event == SMTP_EV_INVALID_PEER_CERTIFICATE || event == SMTP_EV_NO_PEER_CERTIFICATE ||
               event == SMTP_EV_WEAK_CIPHER) {
        session_end(session, VK_ERROR_DENIED,
                    "the relay's certificate or cipher is not acceptable");
    } else if (event == SMTP_EV_EXTNA_STARTTLS) {
        session->starttls_missing = session->fault[0] == '\0';
        session_end(session, VK_ERROR_DENIED, "the relay does not offer STARTTLS");
    }
    va_end(arguments);
}

static guint reply_limit_ms(const RelayTransport *relay) {
    return relay->settings.timeout_ms > 0 ? 4 * relay->settings.timeout_ms
                                          : FINAL_TIMEOUT_MS + 60 * 1000;
}

/* None was offered that libesmtp can use, or the relay cannot say now. */
static void login_missed(Session *session) {
    bool later = session->reply[0] == '4';
    g_autofree char *why = g_strdup_printf(
        tr("inloggningen godtas inte: %s", "the login is refused: %s"), session->reply);
    session->login_missing = !later && session->fault[0] == '\0';
    session_end(session, later ? VK_ERROR_BUSY : VK_ERROR_DENIED, why);
}

static Envelope slot_envelope(const Session *session, guint slot) {
    return session->batch->envelope(session->batch->data, session->slots[slot].index);
}

/* The next message's beginning, if it may go with the end of this one. */
static char *next_beginning(const Session *session) {
    if (!session->batch->ahead || session->current + 1 >= session->count) {
        return NULL;
    }
    Envelope envelope = slot_envelope(session, session->current + 1);
    return beginning_foretell(&session->beginning, &envelope);
}

static bool begins_with(const char *bytes, size_t size, const char *word) {
    return size >= strlen(word) && memcmp(bytes, word, strlen(word)) == 0;
}

static void note_written(Session *session, const char *bytes, size_t size) {
    if (!reply_watch_is_whole(&session->watch)) { /* libesmtp has enough of it */
        session_end(session, VK_ERROR_BUSY, "the relay's reply took too long");
    }
    reply_watch_written(&session->watch);
    session->starttls_sent = begins_with(bytes, size, "STARTTLS\r\n");
    session->tls = session->tls || session->starttls_sent;
    session->ehlo_sent = begins_with(bytes, size, "EHLO ");
    session->quit_sent = begins_with(bytes, size, "QUIT\r\n");
    int64_t limit_ms = session->quit_sent ? QUIT_LIMIT_MS : reply_limit_ms(session->relay);
    session->guard.until_us = g_get_monotonic_time() + limit_ms * 1000;
    bool mail = begins_with(bytes, size, "MAIL ");
    if (session->current == 0 && !session->tls) {
        Envelope envelope = slot_envelope(session, 0);
        beginning_learn(&session->beginning, &envelope, bytes, size);
    }
    if (mail && session->relay->settings.username[0] != '\0' && !session->logged_in) {
        login_missed(session); /* libesmtp would go on without */
    }
}

static void note_read(Session *session, const char *bytes, size_t size) {
    if (session->ehlo_sent) { /* libesmtp's own buffer, const only in the callback's type */
        reply_hide_words((char *)(uintptr_t)bytes, size, session->relay->hidden,
                         session->hide_matched);
    }
    if (!session->quit_sent) {
        reply_last_line(bytes, size, session->reply);
    }
    const char *wrong = reply_watch_add(&session->watch, bytes, size);
    session->logged_in = session->logged_in || session->watch.code == 235;
    if (session->starttls_sent && reply_watch_has_more(&session->watch)) {
        session_end(session, VK_ERROR_DENIED, "clear text after the answer to STARTTLS");
    } else if (wrong != NULL) {
        session_end(session, VK_ERROR_BUSY, wrong);
    } else if (g_get_monotonic_time() > session->guard.until_us) {
        session_end(session, VK_ERROR_BUSY, "the relay's reply took too long");
    } else if (g_str_has_prefix(session->reply, "535") || g_str_has_prefix(session->reply, "534") ||
               g_str_has_prefix(session->reply, "538")) {
        g_autofree char *why = g_strdup_printf(
            tr("inloggningen godtas inte: %s", "the login is refused: %s"), session->reply);
        session_end(session, VK_ERROR_DENIED, why);
    }
}

static void on_traffic(const char *bytes, int size, int writing, void *data) {
    Session *session = data;
    if (size > 0 && writing == SMTP_CB_WRITING) {
        note_written(session, bytes, (size_t)size);
    } else if (size > 0 && writing == SMTP_CB_READING) {
        note_read(session, bytes, (size_t)size);
    }
}

/* Nothing more of this session may reach the relay: libesmtp has what it took in its buffer. */
static const char *end_body(Session *session) {
    session_end(session, VK_ERROR_BUSY,
                session->body_failed ? "a message could not be made" : "stopped");
    errno = ECANCELED;
    return NULL;
}

/* libesmtp asks for the message piece by piece. NULL with errno 0 is the end: it writes the final
 * dot; with errno set it drops the connection before that. */
static const char *on_body(void **context, int *out_size, void *data) {
    Slot *slot = data;
    Session *session = slot->session;
    const TransportBatch *batch = session->batch;
    (void)context;
    if (out_size == NULL) { /* from the beginning */
        session->body_read = false;
        return NULL;
    }
    *out_size = 0;
    if (!session->body_read) {
        session->body_read = true;
        if (session->watch.code != 354 || !reply_watch_is_whole(&session->watch) ||
            socket_guard_has_more(&session->guard)) {
            session_end(session, VK_ERROR_BUSY, "DATA was answered out of order");
            return end_body(session);
        }
        g_string_truncate(session->body, 0);
        session->body_failed = !batch->body(batch->data, slot->index, session->body);
        if (session->body_failed) {
            return end_body(session);
        }
        *out_size = (int)session->body->len;
        errno = 0;
        return session->body->str;
    }
    if (session->phase == PHASE_BEGUN && session->fault[0] == '\0') {
        g_autofree char *ahead = next_beginning(session);
        session->commit_refused = !batch->commit(batch->data, slot->index);
        session->phase = session->commit_refused ? PHASE_BEGUN : PHASE_GIVEN;
        socket_guard_end_message(ahead);
        session->guard.until_us =
            g_get_monotonic_time() + (int64_t)reply_limit_ms(session->relay) * 1000;
    }
    if (session->phase != PHASE_GIVEN) {
        return end_body(session);
    }
    errno = 0;
    return NULL;
}

static int on_credentials(auth_client_request_t request, char **result, int fields, void *data) {
    const RelayTransport *relay = data;
    for (int i = 0; i < fields; i++) {
        if ((request[i].flags & AUTH_PASS) != 0) {
            result[i] = (char *)(uintptr_t)relay->settings.password;
        } else if ((request[i].flags & AUTH_USER) != 0) {
            result[i] = (char *)(uintptr_t)relay->settings.username;
        } else {
            result[i] = NULL;
        }
    }
    return 1;
}

static void set_timeouts(smtp_session_t handle, guint timeout_ms) {
    static const int steps[] = {Timeout_GREETING, Timeout_ENVELOPE, Timeout_DATA, Timeout_TRANSFER,
                                Timeout_DATA2};
    if (timeout_ms == 0) {
        return; /* libesmtp's own are those of the RFC */
    }
    for (size_t i = 0; i < G_N_ELEMENTS(steps); i++) {
        smtp_set_timeout(handle, steps[i] | Timeout_OVERRIDE_RFC2822_MINIMUM, (long)timeout_ms);
    }
}

static void set_security(smtp_session_t handle, const RelayTransport *relay) {
    switch (relay->tls) {
    case TLS_REQUIRED:
        smtp_starttls_enable(handle, Starttls_REQUIRED);
        break;
    case TLS_OPPORTUNISTIC:
        smtp_starttls_enable(handle, Starttls_ENABLED);
        break;
    case TLS_OFF:
        smtp_starttls_enable(handle, Starttls_DISABLED);
        break;
    }
    if (relay->context != NULL) {
        smtp_starttls_set_ctx(handle, relay->context); /* takes a reference of its own */
    }
}

static auth_context_t set_credentials(smtp_session_t handle, RelayTransport *relay) {
    if (relay->settings.username[0] == '\0') {
        return NULL;
    }
    auth_context_t credentials = auth_create_context();
    auth_set_mechanism_flags(credentials, AUTH_PLUGIN_PLAIN, 0);
    auth_set_interact_cb(credentials, on_credentials, relay);
    smtp_auth_set_context(handle, credentials);
    return credentials;
}

/* libesmtp cannot ask for SMTPUTF8: what needs it goes by another way, after the rest. */
static bool is_narrow(const TransportBatch *batch, guint index) {
    Envelope envelope = batch->envelope(batch->data, index);
    return g_str_is_ascii(envelope.to) && g_str_is_ascii(envelope.return_path);
}

static void add_slots(Session *session) {
    for (guint i = 0; i < session->batch->count; i++) {
        if (is_narrow(session->batch, i)) {
            session->slots[session->count++] = (Slot){.session = session, .index = i};
        }
    }
}

static void add_messages(smtp_session_t handle, Session *session) {
    const TransportBatch *batch = session->batch;
    for (guint i = 0; i < session->count; i++) {
        Slot *slot = &session->slots[i];
        Envelope envelope = batch->envelope(batch->data, slot->index);
        slot->message = smtp_add_message(handle);
        smtp_set_reverse_path(slot->message, envelope.return_path);
        slot->recipient = smtp_add_recipient(slot->message, envelope.to);
        smtp_set_messagecb(slot->message, on_body, slot);
        if (session->relay->settings.dsn) { /* said only to a relay that offers it */
            smtp_dsn_set_ret(slot->message, Ret_HDRS);
            smtp_dsn_set_notify(slot->recipient, Notify_FAILURE);
            if (envelope.envid != NULL && envelope.envid[0] != '\0') {
                smtp_dsn_set_envid(slot->message, envelope.envid);
            }
        }
    }
}

/* Why the connection did not last, in the relay's words where it said any. */
static bool session_error(const Session *session, bool connected, GError **error) {
    const char *name = session->relay->base.name;
    char text[DELIVERY_TEXT_MAX] = "";
    smtp_strerror(smtp_errno(), text, sizeof text);
    if (relay_tls_fault()[0] != '\0') {
        return transport_certificate_refused(name, error);
    }
    if (session->starttls_missing) {
        return transport_starttls_missing(name, error);
    }
    if (session->fault[0] != '\0') {
        return error_set(error, session->fault_code, "%s: %s", name, session->fault);
    }
    if (!connected) {
        return error_set(error, VK_ERROR_BUSY,
                         tr("%s: ingen förbindelse: %s", "%s: no connection: %s"), name, text);
    }
    return error_set(error, VK_ERROR_BUSY,
                     tr("%s: förbindelsen bröts: %s (senaste svar: %s)",
                        "%s: the connection was lost: %s (latest reply: %s)"),
                     name, text, session->reply);
}

/* What the message in progress has come to when the connection is over. */
static void settle_rest(Session *session) {
    if (session->phase == PHASE_IDLE ||
        (session->phase == PHASE_BEGUN && session->commit_refused)) {
        return;
    }
    const smtp_status_t *status = smtp_recipient_status(session->slots[session->current].recipient);
    const char *why =
        session->fault[0] != '\0' ? session->fault : "the connection was lost during the message";
    Delivery delivery;
    if (is_refusal(status) && reply_watch_is_whole(&session->watch)) {
        delivery = from_status(status);
    } else if (session->phase == PHASE_GIVEN && socket_guard_has_sent(&session->guard)) {
        delivery =
            delivery_make(DELIVERY_IN_DOUBT, "the connection was lost before the relay answered");
    } else {
        delivery = delivery_make(DELIVERY_TRANSIENT, why);
    }
    session_tell(session, &delivery);
}

static smtp_session_t session_start(Session *session, RelayTransport *relay) {
    smtp_session_t handle = smtp_create_session();
    smtp_set_server(handle, relay->server);
    if (relay->settings.helo_name[0] != '\0') {
        smtp_set_hostname(handle, relay->settings.helo_name);
    }
    smtp_set_eventcb(handle, on_event, session);
    smtp_set_monitorcb(handle, on_traffic, session, 0);
    set_timeouts(handle, relay->settings.timeout_ms);
    set_security(handle, relay);
    add_messages(handle, session);
    return handle;
}

static bool send_narrow(RelayTransport *relay, Session *session, GError **error) {
    smtp_session_t handle = session_start(session, relay);
    auth_context_t credentials = set_credentials(handle, relay);

    relay_tls_forget_fault();
    socket_guard_begin(&session->guard);
    smtp_start_session(handle);
    socket_guard_end();

    bool connected = session->guard.fd >= 0;
    session->guard.fd = -1; /* closed by libesmtp */
    settle_rest(session);
    bool done = session->current == session->count || session_error(session, connected, error);
    smtp_destroy_session(handle);
    if (credentials != NULL) {
        auth_destroy_context(credentials);
    }
    return done;
}

static bool send_wide(RelayTransport *relay, const TransportBatch *batch, GError **error) {
    g_autoptr(GArray) indices = g_array_new(FALSE, FALSE, sizeof(guint));
    for (guint i = 0; i < batch->count; i++) {
        if (!is_narrow(batch, i)) {
            g_array_append_val(indices, i);
        }
    }
    return indices->len == 0 || transport_send_part(relay->wide, batch, indices, error);
}

static bool relay_send(Transport *transport, const TransportBatch *batch, GError **error) {
    RelayTransport *relay = (RelayTransport *)transport;
    g_autofree Slot *slots = g_new0(Slot, batch->count);
    g_autoptr(GString) body = g_string_sized_new(16 * 1024);
    Session session = {.relay = relay, .batch = batch, .slots = slots, .body = body};
    guint timeout_ms = relay->settings.timeout_ms;
    session.guard.timeout_ms = timeout_ms > 0 ? (int)timeout_ms : CONNECT_TIMEOUT_MS;
    session.guard.until_us = g_get_monotonic_time() + (int64_t)reply_limit_ms(relay) * 1000;
    add_slots(&session);
    g_autoptr(GError) fault = NULL;
    bool done = session.count == 0 || send_narrow(relay, &session, &fault);
    if (session.login_missing) {
        return transport_send(relay->wide, batch, error); /* libcurl may know another */
    }
    if (!done) {
        g_propagate_error(error, g_steal_pointer(&fault));
    }
    return done && (session.count == batch->count || send_wide(relay, batch, error));
}

static void relay_close(Transport *transport) {
    RelayTransport *relay = (RelayTransport *)transport;
    transport_close(relay->wide);
    SSL_CTX_free(relay->context);
    transport_settings_clear(&relay->settings);
    g_free(relay->server);
    g_free(relay);
}

static const TransportKind relay_kind = {.send = relay_send, .close = relay_close};

/* BDAT is not wanted (see above), nor NTLM, whose plug-in takes a domain that we do not have; nor
 * the way to log in that the configuration does not name. libesmtp takes the first offered. */
static void choose_hidden(RelayTransport *relay) {
    relay->hidden[0] = "CHUNKING";
    relay->hidden[1] = "NTLM";
    relay->hidden[2] = relay->settings.login == LOGIN_PLAIN   ? "LOGIN"
                       : relay->settings.login == LOGIN_LOGIN ? "PLAIN"
                                                              : NULL;
}

/* libesmtp's PLAIN copies both into buffers of this size, unasked. */
static bool login_fits(const TransportSettings *settings) {
    enum { LOGIN_MAX = 255 };
    return strlen(settings->username) <= LOGIN_MAX && strlen(settings->password) <= LOGIN_MAX;
}

static bool open_parts(RelayTransport *relay, const TransportSettings *settings,
                       const RelayUrl *url, GError **error) {
    const RelayTls tls = {.host = url->host,
                          .ca_file = relay->settings.ca_file,
                          .cert_file = relay->settings.client_cert_file,
                          .key_file = relay->settings.client_key_file};
    if (!transport_choose_tls(settings, url->host, &relay->tls, error)) {
        return false;
    }
    if (!login_fits(&relay->settings)) {
        return error_set(error, VK_ERROR_INPUT,
                         tr("mail.username och lösenordet får ha högst 255 byte",
                            "mail.username and the password may have at most 255 bytes"));
    }
    if (relay->tls != TLS_OFF && (relay->context = relay_tls_new(&tls, error)) == NULL) {
        return false;
    }
    relay->wide = transport_open_curl(settings, url, error);
    return relay->wide != NULL;
}

Transport *relay_transport_open(const TransportSettings *settings, const RelayUrl *url,
                                GError **error) {
    RelayTransport *relay = g_new0(RelayTransport, 1);
    relay->server = g_strdup_printf("%s:%u", url->host, url->port);
    relay->base = (Transport){.kind = &relay_kind, .name = g_strdup(relay->server)};
    transport_settings_copy(&relay->settings, settings);
    choose_hidden(relay);
    if (!open_parts(relay, settings, url, error)) {
        transport_close(&relay->base);
        return NULL;
    }
    /* libesmtp writes to sockets that the relay may have closed. */
    signal(SIGPIPE, SIG_IGN);
    auth_client_init();
    return &relay->base;
}
