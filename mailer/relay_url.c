#include "mailer/relay_url.h"

#include "base/error.h"
#include "base/lang.h"

#include <string.h>

enum { SUBMISSION_PORT = 587, SUBMISSIONS_PORT = 465 };

static bool wrong(const char *text, const char *why, GError **error) {
    return error_set(error, VK_ERROR_INPUT,
                     tr("mail.relay = ”%s”: %s. Skriv smtp://värd:port, smtps://värd:port eller "
                        "maildir:mapp.",
                        "mail.relay = “%s”: %s. Write smtp://host:port, smtps://host:port or "
                        "maildir:folder."),
                     text, why);
}

static bool parse_smtp(const char *text, RelayKind kind, RelayUrl *out, GError **error) {
    g_autoptr(GUri) uri = g_uri_parse(text, G_URI_FLAGS_NONE, NULL);
    const char *host = uri != NULL ? g_uri_get_host(uri) : NULL;
    if (host == NULL || host[0] == '\0') {
        return wrong(text, tr("adressen går inte att läsa", "the address cannot be read"), error);
    }
    if (g_uri_get_userinfo(uri) != NULL) {
        return wrong(text,
                     tr("namn och lösenord hör hemma i mail.username och mail.password_file",
                        "name and password belong in mail.username and mail.password_file"),
                     error);
    }
    if (strlen(g_uri_get_path(uri)) > 1 || g_uri_get_query(uri) != NULL ||
        g_uri_get_fragment(uri) != NULL) {
        return wrong(text, tr("det får inte stå något efter porten", "nothing may follow the port"),
                     error);
    }
    g_autofree char *ascii = strchr(host, ':') == NULL ? g_hostname_to_ascii(host) : NULL;
    if (ascii == NULL) {
        return wrong(text,
                     tr("värden ska vara ett namn eller en IPv4-adress",
                        "the host must be a name or an IPv4 address"),
                     error);
    }
    int port = g_uri_get_port(uri);
    guint16 usual = kind == RELAY_SMTPS ? SUBMISSIONS_PORT : SUBMISSION_PORT;
    *out = (RelayUrl){
        .kind = kind, .host = g_steal_pointer(&ascii), .port = port > 0 ? (guint16)port : usual};
    return true;
}

bool relay_url_parse(const char *text, RelayUrl *out, GError **error) {
    if (g_str_has_prefix(text, "maildir:")) {
        const char *folder = text + strlen("maildir:");
        if (folder[0] == '\0') {
            return wrong(text, tr("mappen saknas", "the folder is missing"), error);
        }
        *out = (RelayUrl){.kind = RELAY_MAILDIR, .folder = g_strdup(folder)};
        return true;
    }
    if (g_str_has_prefix(text, "smtp://")) {
        return parse_smtp(text, RELAY_SMTP, out, error);
    }
    if (g_str_has_prefix(text, "smtps://")) {
        return parse_smtp(text, RELAY_SMTPS, out, error);
    }
    return wrong(text,
                 text[0] == '\0' ? tr("värdet saknas", "the value is missing")
                                 : tr("okänt sätt att skicka", "an unknown way to send"),
                 error);
}

void relay_url_clear(RelayUrl *url) {
    g_clear_pointer(&url->host, g_free);
    g_clear_pointer(&url->folder, g_free);
}
