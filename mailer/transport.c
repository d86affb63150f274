#include "mailer/transport.h"

#include "base/error.h"
#include "base/lang.h"
#include "mailer/transport_private.h"

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
        return relay_transport_open(settings, &url, error);
    case RELAY_SMTPS:
        error_set(error, VK_ERROR_INPUT, "smtps://");
        return NULL;
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
