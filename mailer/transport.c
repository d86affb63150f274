#include "mailer/transport.h"

#include "base/error.h"
#include "base/lang.h"
#include "mailer/relay_tls.h"
#include "mailer/transport_private.h"

#include <string.h>

bool tls_policy_parse(const char *text, TlsPolicy *out, GError **error) {
    static const struct {
        const char *text;
        TlsPolicy policy;
    } policies[] = {
        {"required", TLS_REQUIRED}, {"opportunistic", TLS_OPPORTUNISTIC}, {"off", TLS_OFF}};
    for (size_t i = 0; i < G_N_ELEMENTS(policies); i++) {
        if (g_strcmp0(text, policies[i].text) == 0) {
            *out = policies[i].policy;
            return true;
        }
    }
    return error_set(error, VK_ERROR_INPUT,
                     tr("mail.tls = ”%s”: skriv required, opportunistic eller off.",
                        "mail.tls = “%s”: write required, opportunistic or off."),
                     text);
}

bool login_method_parse(const char *text, LoginMethod *out, GError **error) {
    static const struct {
        const char *text;
        LoginMethod method;
    } methods[] = {{"auto", LOGIN_AUTO},
                   {"plain", LOGIN_PLAIN},
                   {"login", LOGIN_LOGIN},
                   {"cram-md5", LOGIN_CRAM_MD5},
                   {"xoauth2", LOGIN_XOAUTH2}};
    for (size_t i = 0; i < G_N_ELEMENTS(methods); i++) {
        if (g_strcmp0(text, methods[i].text) == 0) {
            *out = methods[i].method;
            return true;
        }
    }
    return error_set(error, VK_ERROR_INPUT,
                     tr("mail.auth = ”%s”: skriv auto, plain, login, cram-md5 eller xoauth2.",
                        "mail.auth = “%s”: write auto, plain, login, cram-md5 or xoauth2."),
                     text);
}

Transport *transport_open(const TransportSettings *settings, GError **error) {
    g_auto(RelayUrl) url = {0};
    if (!relay_url_parse(settings->relay, &url, error)) {
        return NULL;
    }
    switch (url.kind) {
    case RELAY_SMTP:
        /* libesmtp knows no XOAUTH2, and looks for its CRAM-MD5 under another file name than the
         * one it is installed by. */
        return settings->login == LOGIN_XOAUTH2 || settings->login == LOGIN_CRAM_MD5
                   ? transport_open_curl(settings, &url, error)
                   : relay_transport_open(settings, &url, error);
    case RELAY_SMTPS:
        return transport_open_curl(settings, &url, error);
    case RELAY_MAILDIR:
        return maildir_transport_open(&url, error);
    }
    g_assert_not_reached();
}

void transport_close(Transport *transport) {
    if (transport != NULL) {
        g_free(transport->name);
        transport->kind->close(transport);
    }
}

const char *transport_name(const Transport *transport) {
    return transport->name;
}

bool transport_send(Transport *transport, const TransportBatch *batch, GError **error) {
    return transport->kind->send(transport, batch, error);
}

static void copy_text(const char **text) {
    *text = g_strdup(*text != NULL ? *text : "");
}

static void clear_text(const char **text) {
    g_free((char *)(uintptr_t)*text);
    *text = NULL;
}

static void clear_secret(const char **text) {
    if (*text != NULL) {
        explicit_bzero((char *)(uintptr_t)*text, strlen(*text));
    }
    clear_text(text);
}

void transport_settings_copy(TransportSettings *out, const TransportSettings *settings) {
    *out = *settings;
    out->relay = "";
    copy_text(&out->ca_file);
    copy_text(&out->client_cert_file);
    copy_text(&out->client_key_file);
    copy_text(&out->username);
    copy_text(&out->password);
    copy_text(&out->token_url);
    copy_text(&out->client_id);
    copy_text(&out->client_secret);
    copy_text(&out->scope);
    copy_text(&out->helo_name);
}

void transport_settings_clear(TransportSettings *copy) {
    clear_text(&copy->ca_file);
    clear_text(&copy->client_cert_file);
    clear_text(&copy->client_key_file);
    clear_text(&copy->username);
    clear_secret(&copy->password);
    clear_text(&copy->token_url);
    clear_text(&copy->client_id);
    clear_secret(&copy->client_secret);
    clear_text(&copy->scope);
    clear_text(&copy->helo_name);
}

static bool is_loopback(const char *host) {
    return g_strcmp0(host, "localhost") == 0 || g_str_has_prefix(host, "127.");
}

bool transport_choose_tls(const TransportSettings *settings, const char *host, TlsPolicy *out,
                          GError **error) {
    bool secret = settings->username != NULL && settings->username[0] != '\0';
    if (secret && !is_loopback(host)) {
        if (settings->tls == TLS_OFF) {
            return error_set(error, VK_ERROR_INPUT,
                             tr("mail.tls = off: lösenordet skulle gå i klartext till %s. Sätt "
                                "mail.tls = required eller ta bort mail.username.",
                                "mail.tls = off: the password would go in clear text to %s. Set "
                                "mail.tls = required or remove mail.username."),
                             host);
        }
        *out = TLS_REQUIRED;
    } else {
        *out = settings->tls;
    }
    return true;
}

bool transport_refuses_us(int smtp_code) {
    return smtp_code == 530 || smtp_code == 534 || smtp_code == 535 || smtp_code == 538;
}

bool transport_certificate_refused(const char *name, GError **error) {
    return error_set(error, VK_ERROR_DENIED,
                     tr("%s: certifikatet godtas inte: %s", "%s: its certificate is refused: %s"),
                     name, relay_tls_fault());
}

bool transport_starttls_missing(const char *name, GError **error) {
    return error_set(error, VK_ERROR_DENIED,
                     tr("%s: mejlservern erbjuder inte STARTTLS, som mail.tls = required kräver; "
                        "någon på vägen kan ha tagit bort det. Använd porten för inskickning (587) "
                        "eller smtps:// (465).",
                        "%s: the relay does not offer STARTTLS, which mail.tls = required asks "
                        "for; somebody on the way may have removed it. Use the submission port "
                        "(587) or smtps:// (465)."),
                     name);
}

typedef struct {
    const TransportBatch *batch;
    const GArray *indices;
} Part;

static Envelope part_envelope(gpointer data, guint index) {
    const Part *part = data;
    return part->batch->envelope(part->batch->data, g_array_index(part->indices, guint, index));
}

static bool part_body(gpointer data, guint index, GString *out) {
    const Part *part = data;
    return part->batch->body(part->batch->data, g_array_index(part->indices, guint, index), out);
}

static bool part_commit(gpointer data, guint index) {
    const Part *part = data;
    return part->batch->commit(part->batch->data, g_array_index(part->indices, guint, index));
}

static void part_outcome(gpointer data, guint index, const Delivery *delivery) {
    const Part *part = data;
    part->batch->outcome(part->batch->data, g_array_index(part->indices, guint, index), delivery);
}

bool transport_send_part(Transport *transport, const TransportBatch *batch, const GArray *indices,
                         GError **error) {
    Part part = {batch, indices};
    const TransportBatch chosen = {.count = indices->len,
                                   .data = &part,
                                   .envelope = part_envelope,
                                   .body = part_body,
                                   .commit = part_commit,
                                   .outcome = part_outcome};
    return transport_send(transport, &chosen, error);
}
