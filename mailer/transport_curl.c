/* Mail to a relay through libcurl: TLS from the first byte, XOAUTH2, and addresses outside ASCII.
 *
 * libcurl makes the connection: TLS, EHLO, STARTTLS and AUTH (CURLOPT_CONNECT_ONLY). The messages
 * are given over it by submission.c and not by curl_easy_perform, which would drop the connection
 * after each refused recipient, cannot ask for notices of failure, and does not say how far it
 * came. */
#include "mailer/transport_private.h"

#include "base/error.h"
#include "base/lang.h"
#include "mailer/dialogue.h"
#include "mailer/oauth.h"
#include "mailer/relay_tls.h"
#include "mailer/submission.h"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>

#include <curl/curl.h>

enum {
    CONNECT_TIMEOUT_MS = 2 * 60 * 1000, /* with TLS, EHLO and AUTH */
    HEARD_MAX_BYTES = 64 * 1024,
};

typedef struct {
    Transport base;
    char *url; /* with the name for EHLO as its path */
    char *host;
    TransportSettings settings; /* texts are this struct's, `relay` is not kept */
    TlsPolicy tls;
    bool implicit; /* TLS from the first byte */
    Oauth *oauth;  /* NULL without XOAUTH2 */
} CurlTransport;

typedef struct {
    const CurlTransport *relay;
    CURL *handle;
    curl_socket_t socket;
    RelayOffer offer;
    size_t heard; /* bytes of replies while connecting */
    bool logged_in;
    bool endless;
    int code;     /* of the latest reply */
    bool put_off; /* a 4xx came, which libcurl takes for no EHLO */
    char latest[DELIVERY_TEXT_MAX];
    char fault[CURL_ERROR_SIZE];
} Session;

/* --- the connection ------------------------------------------------------------------------------
 */

static size_t on_reply_line(char *bytes, size_t unit, size_t size, void *data) {
    Session *session = data;
    (void)unit; /* always 1 */
    session->heard += size;
    session->endless = session->heard > HEARD_MAX_BYTES;
    g_autofree char *line = g_strndup(bytes, size);
    Delivery shown = delivery_make(DELIVERY_TRANSIENT, line);
    memcpy(session->latest, shown.text, sizeof session->latest);
    session->code = g_ascii_isdigit(line[0]) ? (int)g_ascii_strtoull(line, NULL, 10) : 0;
    if (session->code == 220) {
        session->offer = (RelayOffer){0}; /* what was said before TLS does not count */
    }
    session->logged_in = session->logged_in || session->code == 235;
    session->put_off = session->put_off || session->code / 100 == 4 || session->code == 354;
    relay_offer_add(&session->offer, line);
    return session->endless ? 0 : size;
}

static CURLcode on_context(CURL *handle, void *context, void *data) {
    const CurlTransport *relay = data;
    (void)handle;
    relay_tls_guard(context, relay->host);
    return CURLE_OK;
}

static const char *login_options(LoginMethod method) {
    switch (method) {
    case LOGIN_AUTO:
        return "AUTH=PLAIN;AUTH=LOGIN;AUTH=CRAM-MD5";
    case LOGIN_PLAIN:
        return "AUTH=PLAIN";
    case LOGIN_LOGIN:
        return "AUTH=LOGIN";
    case LOGIN_CRAM_MD5:
        return "AUTH=CRAM-MD5";
    case LOGIN_XOAUTH2:
        return "AUTH=XOAUTH2";
    }
    g_assert_not_reached();
}

static bool has_text(const char *text) {
    return text != NULL && text[0] != '\0';
}

static void set_login(CURL *handle, const CurlTransport *relay, const char *token) {
    if (!has_text(relay->settings.username)) {
        return;
    }
    curl_easy_setopt(handle, CURLOPT_USERNAME, relay->settings.username);
    curl_easy_setopt(handle, CURLOPT_LOGIN_OPTIONS, login_options(relay->settings.login));
    if (token != NULL) {
        curl_easy_setopt(handle, CURLOPT_XOAUTH2_BEARER, token);
    } else {
        curl_easy_setopt(handle, CURLOPT_PASSWORD, relay->settings.password);
    }
}

static void set_security(CURL *handle, const CurlTransport *relay) {
    long use = relay->tls == TLS_REQUIRED ? CURLUSESSL_ALL
               : relay->tls == TLS_OFF    ? CURLUSESSL_NONE
                                          : CURLUSESSL_TRY;
    curl_easy_setopt(handle, CURLOPT_USE_SSL, use);
    curl_easy_setopt(handle, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    curl_easy_setopt(handle, CURLOPT_SSL_CTX_FUNCTION, on_context);
    curl_easy_setopt(handle, CURLOPT_SSL_CTX_DATA, (void *)(uintptr_t)relay);
    if (has_text(relay->settings.ca_file)) {
        curl_easy_setopt(handle, CURLOPT_CAINFO, relay->settings.ca_file);
        curl_easy_setopt(handle, CURLOPT_CAPATH, NULL); /* and no other */
    }
    if (has_text(relay->settings.client_cert_file)) {
        curl_easy_setopt(handle, CURLOPT_SSLCERT, relay->settings.client_cert_file);
        curl_easy_setopt(handle, CURLOPT_SSLKEY,
                         has_text(relay->settings.client_key_file)
                             ? relay->settings.client_key_file
                             : relay->settings.client_cert_file);
    }
}

static void session_prepare(Session *session, const char *token) {
    const CurlTransport *relay = session->relay;
    CURL *handle = session->handle;
    guint timeout_ms = relay->settings.timeout_ms;
    long limit_ms = timeout_ms > 0 ? 4 * (long)timeout_ms : CONNECT_TIMEOUT_MS;
    curl_easy_setopt(handle, CURLOPT_ERRORBUFFER, session->fault);
    curl_easy_setopt(handle, CURLOPT_URL, relay->url);
    curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
    curl_easy_setopt(handle, CURLOPT_PROXY, "");
    curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(handle, CURLOPT_CONNECT_ONLY, 1L);
    curl_easy_setopt(handle, CURLOPT_CONNECTTIMEOUT_MS, limit_ms);
    curl_easy_setopt(handle, CURLOPT_TIMEOUT_MS, limit_ms);
    curl_easy_setopt(handle, CURLOPT_TCP_KEEPALIVE, 1L);
    curl_easy_setopt(handle, CURLOPT_HEADERFUNCTION, on_reply_line);
    curl_easy_setopt(handle, CURLOPT_HEADERDATA, session);
    set_security(handle, relay);
    set_login(handle, relay, token);
}

/* The token server's view of a refused token comes as base64 JSON after 334. */
static char *latest_words(const Session *session) {
    if (!g_str_has_prefix(session->latest, "334 ")) {
        return g_strdup(session->latest);
    }
    gsize size = 0;
    g_autofree guchar *bytes = g_base64_decode(session->latest + 4, &size);
    g_autofree char *text = g_strndup((const char *)bytes, size);
    Delivery shown = delivery_make(DELIVERY_TRANSIENT, text);
    return g_strdup(shown.text);
}

static bool login_refused(const Session *session, GError **error) {
    const CurlTransport *relay = session->relay;
    g_autofree char *words = latest_words(session);
    if (session->code == 250) { /* EHLO's: nothing was tried */
        return error_set(
            error, VK_ERROR_DENIED,
            tr("%s: mejlservern erbjuder ingen inloggning som går att använda (AUTH: %s; mail.auth "
               "avgör)",
               "%s: the relay offers no login that can be used (AUTH: %s; see mail.auth)"),
            relay->base.name, session->offer.login);
    }
    return error_set(error, session->code / 100 == 4 ? VK_ERROR_BUSY : VK_ERROR_DENIED,
                     tr("%s: inloggningen godtas inte: %s", "%s: the login is refused: %s"),
                     relay->base.name, words);
}

static bool connect_failed(const Session *session, CURLcode result, GError **error) {
    const char *name = session->relay->base.name;
    if (relay_tls_fault()[0] != '\0') {
        return transport_certificate_refused(name, error);
    }
    if (result == CURLE_LOGIN_DENIED) {
        return login_refused(session, error);
    }
    if (result == CURLE_USE_SSL_FAILED && !session->offer.starttls) {
        return transport_starttls_missing(name, error);
    }
    if (session->endless || strstr(session->fault, "Too large") != NULL) {
        return error_set(error, VK_ERROR_BUSY, "%s: the relay's reply has no end", name);
    }
    if (result == CURLE_WEIRD_SERVER_REPLY && session->code == 220) {
        return error_set(error, VK_ERROR_DENIED, "%s: clear text after the answer to STARTTLS",
                         name);
    }
    const char *why = session->fault[0] != '\0' ? session->fault : curl_easy_strerror(result);
    if (result == CURLE_RECV_ERROR) {
        why = tr("mejlservern stängde den", "the relay closed it");
    }
    bool denied = result == CURLE_PEER_FAILED_VERIFICATION || result == CURLE_USE_SSL_FAILED ||
                  result == CURLE_SSL_CERTPROBLEM;
    denied = denied && session->code / 100 != 4;
    return error_set(error, denied ? VK_ERROR_DENIED : VK_ERROR_BUSY,
                     tr("%s: ingen förbindelse: %s (senaste svar: %s)",
                        "%s: no connection: %s (latest reply: %s)"),
                     name, why, session->latest);
}

/* Not before it is needed: it starts OpenSSL, which takes longer than many a run has to do. */
static void start_libcurl(void) {
    curl_global_init(CURL_GLOBAL_ALL);
}

static bool connect_once(Session *session, const char *token, GError **error) {
    const CurlTransport *relay = session->relay;
    session->heard = 0;
    session->code = 0;
    session->latest[0] = '\0';
    session->logged_in = false;
    session->put_off = false;
    static pthread_once_t started = PTHREAD_ONCE_INIT;
    pthread_once(&started, start_libcurl);
    session->handle = curl_easy_init();
    g_assert(session->handle != NULL);
    session_prepare(session, token);
    relay_tls_forget_fault();
    CURLcode result = curl_easy_perform(session->handle);
    if (result == CURLE_OK && has_text(relay->settings.username) && !session->logged_in) {
        return login_refused(session, error); /* no AUTH offered: libcurl would go on without */
    }
    const RelayOffer *offer = &session->offer;
    if (result == CURLE_OK && session->put_off && !offer->pipelining && !offer->eightbitmime &&
        !offer->starttls) { /* libcurl has gone on by HELO, as if the relay could do nothing */
        return error_set(error, VK_ERROR_BUSY, "%s: EHLO was put off", relay->base.name);
    }
    if (result == CURLE_OK) {
        result = curl_easy_getinfo(session->handle, CURLINFO_ACTIVESOCKET, &session->socket);
    }
    return result == CURLE_OK || connect_failed(session, result, error);
}

/* A token may be refused before its time, when rights were changed: then once more with another. */
static bool session_connect(Session *session, GError **error) {
    Oauth *oauth = session->relay->oauth;
    if (oauth == NULL) {
        return connect_once(session, NULL, error);
    }
    bool fresh = true;
    g_autofree char *token = oauth_token(oauth, &fresh, error);
    if (token == NULL) {
        return false;
    }
    g_autoptr(GError) refused = NULL;
    if (connect_once(session, token, &refused)) {
        return true;
    }
    bool by_login = g_error_matches(refused, VK_ERROR, VK_ERROR_DENIED) &&
                    (session->code == 535 || session->code == 334);
    if (by_login) {
        oauth_forget(oauth, token);
    }
    if (!by_login || fresh) {
        g_propagate_error(error, g_steal_pointer(&refused));
        return false;
    }
    g_autofree char *another = oauth_token(oauth, NULL, error);
    curl_easy_cleanup(g_steal_pointer(&session->handle));
    return another != NULL && connect_once(session, another, error);
}

/* --- bytes ---------------------------------------------------------------------------------------
 */

static bool wait_ready(const Session *session, short events, int64_t deadline_us) {
    int64_t left_ms = (deadline_us - g_get_monotonic_time()) / 1000;
    struct pollfd watched = {.fd = session->socket, .events = events};
    return left_ms > 0 && poll(&watched, 1, (int)MIN(left_ms, G_MAXINT)) >= 0;
}

static gssize stream_read(gpointer data, char *bytes, size_t size, int64_t deadline_us) {
    const Session *session = data;
    size_t got = 0;
    CURLcode result;
    while ((result = curl_easy_recv(session->handle, bytes, size, &got)) == CURLE_AGAIN) {
        if (!wait_ready(session, POLLIN, deadline_us)) {
            return -1;
        }
    }
    return result == CURLE_OK ? (gssize)got : -1;
}

static gssize stream_write(gpointer data, const char *bytes, size_t size, int64_t deadline_us) {
    const Session *session = data;
    size_t taken = 0;
    CURLcode result;
    while ((result = curl_easy_send(session->handle, bytes, size, &taken)) == CURLE_AGAIN) {
        if (!wait_ready(session, POLLOUT, deadline_us)) {
            return -1;
        }
    }
    return result == CURLE_OK && taken > 0 ? (gssize)taken : -1;
}

/* --- a batch -------------------------------------------------------------------------------------
 */

static bool curl_send(Transport *transport, const TransportBatch *batch, GError **error) {
    const CurlTransport *relay = (const CurlTransport *)transport;
    Session session = {.relay = relay, .socket = CURL_SOCKET_BAD};
    const DialogueStream stream = {&session, stream_read, stream_write};
    g_auto(Dialogue) dialogue = {0};
    dialogue_init(&dialogue, &stream);
    bool done = session_connect(&session, error);
    if (done) {
        const SubmissionRelay to = {.name = relay->base.name,
                                    .offer = &session.offer,
                                    .dsn = relay->settings.dsn,
                                    .timeout_ms = relay->settings.timeout_ms};
        done = submission_run(&dialogue, &to, batch, error);
    }
    curl_easy_cleanup(session.handle);
    return done;
}

static void curl_close(Transport *transport) {
    CurlTransport *relay = (CurlTransport *)transport;
    oauth_close(relay->oauth);
    transport_settings_clear(&relay->settings);
    g_free(relay->url);
    g_free(relay->host);
    g_free(relay);
}

static const TransportKind curl_kind = {.send = curl_send, .close = curl_close};

/* The files and settings that libcurl would only look at when it connects. */
static bool open_checked(CurlTransport *relay, const TransportSettings *settings,
                         const RelayUrl *url, GError **error) {
    if (relay->implicit) {
        relay->tls = TLS_REQUIRED;
    } else if (!transport_choose_tls(settings, url->host, &relay->tls, error)) {
        return false;
    }
    const RelayTls tls = {.host = url->host,
                          .ca_file = relay->settings.ca_file,
                          .cert_file = relay->settings.client_cert_file,
                          .key_file = relay->settings.client_key_file};
    SSL_CTX *trial = relay->tls == TLS_OFF ? NULL : relay_tls_new(&tls, error);
    SSL_CTX_free(trial);
    if (relay->tls != TLS_OFF && trial == NULL) {
        return false;
    }
    if (settings->login != LOGIN_XOAUTH2) {
        return true;
    }
    if (!has_text(settings->username)) {
        return error_set(error, VK_ERROR_INPUT,
                         tr("mail.auth = xoauth2 kräver mail.username: brevlådan som skickar",
                            "mail.auth = xoauth2 needs mail.username: the mailbox that sends"));
    }
    const OauthSettings oauth = {.token_url = settings->token_url,
                                 .client_id = settings->client_id,
                                 .client_secret = settings->client_secret,
                                 .scope = settings->scope,
                                 .ca_file = settings->ca_file,
                                 .timeout_ms = settings->timeout_ms};
    relay->oauth = oauth_open(&oauth, error);
    return relay->oauth != NULL;
}

Transport *transport_open_curl(const TransportSettings *settings, const RelayUrl *url,
                               GError **error) {
    signal(SIGPIPE, SIG_IGN); /* OpenSSL writes to sockets that the relay may have closed */
    CurlTransport *relay = g_new0(CurlTransport, 1);
    relay->base =
        (Transport){.kind = &curl_kind, .name = g_strdup_printf("%s:%u", url->host, url->port)};
    relay->implicit = url->kind == RELAY_SMTPS;
    relay->host = g_strdup(url->host);
    transport_settings_copy(&relay->settings, settings);
    g_autofree char *helo = g_uri_escape_string(relay->settings.helo_name, NULL, FALSE);
    relay->url = g_strdup_printf("%s://%s:%u/%s", relay->implicit ? "smtps" : "smtp", url->host,
                                 url->port, helo);
    if (!open_checked(relay, settings, url, error)) {
        transport_close(&relay->base);
        return NULL;
    }
    return &relay->base;
}
