#include "cli/settings.h"

#include "base/error.h"
#include "base/file.h"
#include "base/lang.h"

#include <string.h>

static const char *organisation(const App *app, Lang lang) {
    const char *name =
        config_text(app->config, lang == LANG_SV ? "organisation.name_sv" : "organisation.name_en");
    return *name != '\0' ? name : config_text(app->config, "organisation.name_sv");
}

static bool read_password(const App *app, char **out_password, GError **error) {
    g_autofree char *path = app_path(app, config_text(app->config, "mail.password_file"));
    if (path == NULL) {
        *out_password = g_strdup("");
        return true;
    }
    char *password = file_read(path, FILE_SMALL, NULL, error);
    if (password == NULL) {
        g_prefix_error(error, "mail.password_file: ");
        return false;
    }
    *out_password = g_strchomp(password);
    return true;
}

/* A maildir's folder is relative to the installation. */
static char *relay_address(const App *app) {
    const char *relay = config_text(app->config, "mail.relay");
    if (!g_str_has_prefix(relay, "maildir:")) {
        return g_strdup(relay);
    }
    g_autofree char *folder = app_path(app, relay + strlen("maildir:"));
    return g_strconcat("maildir:", folder, NULL);
}

bool settings_sender(const App *app, SenderSettings *out, char **out_relay, char **out_password,
                     GError **error) {
    const Config *config = app->config;
    TlsPolicy tls = TLS_REQUIRED;
    if (!tls_policy_parse(config_text(config, "mail.tls"), &tls, error) ||
        !read_password(app, out_password, error)) {
        return false;
    }
    const char *from_name = config_text(config, "mail.from_name");
    *out_relay = relay_address(app);
    *out = (SenderSettings){
        .transport = {.relay = *out_relay,
                      .tls = tls,
                      .ca_file = config_text(config, "mail.ca_file"),
                      .username = config_text(config, "mail.username"),
                      .password = *out_password,
                      .helo_name = config_text(config, "mail.helo")},
        .from_address = config_text(config, "mail.from"),
        .from_name = *from_name != '\0' ? from_name : organisation(app, LANG_SV),
        .reply_to = config_text(config, "mail.reply_to"),
        .return_path = config_text(config, "mail.return_path"),
        .base_url = config_text(config, "web.base_url"),
        .connections = (guint)config_int(config, "mail.connections"),
        .messages_per_connection = (guint)config_int(config, "mail.messages_per_connection"),
    };
    return true;
}

void settings_runner(const App *app, RunnerSettings *out) {
    *out = (RunnerSettings){
        .k_anonymous = (guint)config_int(app->config, "privacy.k_anonymous"),
        .organisation = {organisation(app, LANG_SV), organisation(app, LANG_EN)},
        .contact = config_text(app->config, "organisation.contact"),
        .base_url = config_text(app->config, "web.base_url"),
    };
}

bool settings_server(const App *app, ServerSettings *out, char **out_host, char **out_demo_dir,
                     GError **error) {
    const char *listen = config_text(app->config, "web.listen");
    const char *colon = strrchr(listen, ':');
    guint64 port = 0;
    if (colon == NULL || !g_ascii_string_to_unsigned(colon + 1, 10, 0, 65535, &port, NULL)) {
        return error_set(error, VK_ERROR_INPUT,
                         tr("web.listen = %s ska vara adress:port, t.ex. 127.0.0.1:8080",
                            "web.listen = %s must be address:port, for example 127.0.0.1:8080"),
                         listen);
    }
    *out_host = g_strndup(listen, (gsize)(colon - listen));
    *out_demo_dir = app_path(app, config_text(app->config, "demo.dir"));
    *out = (ServerSettings){
        .listen_host = *out_host,
        .port = (uint16_t)port,
        .threads = (guint)config_int(app->config, "web.threads"),
        .base_url = config_text(app->config, "web.base_url"),
        .db_path = app->db_path,
        .demo_dir = *out_demo_dir,
        .organisation = {organisation(app, LANG_SV), organisation(app, LANG_EN)},
        .contact = config_text(app->config, "organisation.contact"),
        .from_address = config_text(app->config, "mail.from"),
        .k = (guint)config_int(app->config, "privacy.k"),
        .k_anonymous = (guint)config_int(app->config, "privacy.k_anonymous"),
    };
    return true;
}
