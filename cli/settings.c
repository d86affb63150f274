#include "cli/settings.h"

#include "base/error.h"
#include "base/file.h"
#include "base/lang.h"
#include "mailer/address.h"

#include <string.h>

static const char *organisation(const App *app, Lang lang) {
    const char *name =
        config_text(app->config, lang == LANG_SV ? "organisation.name_sv" : "organisation.name_en");
    return *name != '\0' ? name : config_text(app->config, "organisation.name_sv");
}

/* The first line of the file that `key` names; "" if it names none. */
static char *read_secret(const App *app, const char *key, GError **error) {
    g_autofree char *path = app_path(app, config_text(app->config, key));
    return path == NULL ? g_strdup("") : relay_secret_read(path, key, error);
}

bool settings_relays(const App *app, GPtrArray **out, GError **error) {
    const Config *config = app->config;
    Relay common = {.connections = (guint)config_int(config, "mail.connections"),
                    .per_minute = (guint)config_int(config, "mail.per_minute"),
                    .transport = {.ca_file = config_text(config, "mail.ca_file"),
                                  .client_cert_file = config_text(config, "mail.client_cert_file"),
                                  .client_key_file = config_text(config, "mail.client_key_file"),
                                  .username = config_text(config, "mail.username"),
                                  .token_url = config_text(config, "mail.token_url"),
                                  .client_id = config_text(config, "mail.client_id"),
                                  .scope = config_text(config, "mail.scope"),
                                  .helo_name = config_text(config, "mail.helo"),
                                  .dsn = config_bool(config, "mail.dsn")}};
    g_autofree char *password = read_secret(app, "mail.password_file", error);
    if (password == NULL) {
        return false;
    }
    g_autofree char *secret = read_secret(app, "mail.client_secret_file", error);
    if (secret == NULL ||
        !tls_policy_parse(config_text(config, "mail.tls"), &common.transport.tls, error) ||
        !login_method_parse(config_text(config, "mail.auth"), &common.transport.login, error)) {
        return false;
    }
    common.transport.password = password;
    common.transport.client_secret = secret;
    *out = relay_list_parse(config_text(config, "mail.relay"), &common, app->dir, error);
    return *out != NULL;
}

static bool read_logo(const App *app, MailSettings *out, GError **error) {
    g_autofree char *path = app_path(app, config_text(app->config, "organisation.logo"));
    out->logo = path != NULL ? logo_load(path, error) : NULL;
    return path == NULL || out->logo != NULL;
}

static bool read_dkim(const App *app, MailSettings *out, GError **error) {
    const Config *config = app->config;
    g_autofree char *path = app_path(app, config_text(config, "mail.dkim_key_file"));
    if (path == NULL) {
        return true;
    }
    const char *domain = config_text(config, "mail.dkim_domain");
    const char *from = config_text(config, "mail.from");
    const char *at = strrchr(from, '@');
    out->dkim_domain =
        *domain != '\0' || at == NULL ? g_strdup(domain) : g_hostname_to_ascii(at + 1);
    SignerSettings settings = {.key_file = path,
                               .selector = config_text(config, "mail.dkim_selector"),
                               .domain = out->dkim_domain != NULL ? out->dkim_domain : ""};
    out->dkim = signer_open(&settings, error);
    return out->dkim != NULL;
}

bool settings_mail(const App *app, MailSettings *out, GError **error) {
    const Config *config = app->config;
    const char *from_name = config_text(config, "mail.from_name");
    if (!settings_relays(app, &out->relays, error) || !read_logo(app, out, error) ||
        !read_dkim(app, out, error)) {
        return false;
    }
    out->sender = (SenderSettings){
        .relays = out->relays,
        .from_address = config_text(config, "mail.from"),
        .from_name = *from_name != '\0' ? from_name : organisation(app, LANG_SV),
        .reply_to = config_text(config, "mail.reply_to"),
        .return_path = config_text(config, "mail.return_path"),
        .verp = config_bool(config, "mail.verp"),
        .base_url = config_text(config, "web.base_url"),
        .logo = out->logo,
        .dkim = out->dkim,
        .messages_per_connection = (guint)config_int(config, "mail.messages_per_connection"),
        .ramp_up_minutes = (guint)config_int(config, "mail.ramp_up_minutes"),
        .domain_rates = config_text(config, "mail.domain_per_minute"),
    };
    return true;
}

void mail_settings_clear(MailSettings *settings) {
    g_clear_pointer(&settings->relays, g_ptr_array_unref);
    g_clear_pointer(&settings->logo, logo_free);
    g_clear_pointer(&settings->dkim, signer_free);
    g_clear_pointer(&settings->dkim_domain, g_free);
}

static bool read_bounce_login(const App *app, BounceSettings *out, GError **error) {
    const Config *config = app->config;
    const char *login = config_text(config, "mail.bounce_auth");
    if (strcmp(login, "password") == 0) {
        out->password = read_secret(app, "mail.bounce_password_file", error);
        return out->password != NULL;
    }
    if (strcmp(login, "xoauth2") != 0) {
        return error_set(error, VK_ERROR_INPUT,
                         tr("mail.bounce_auth = %s ska vara password eller xoauth2",
                            "mail.bounce_auth = %s must be password or xoauth2"),
                         login);
    }
    g_autofree char *secret = read_secret(app, "mail.client_secret_file", error);
    if (secret == NULL) {
        return false;
    }
    const OauthSettings settings = {.token_url = config_text(config, "mail.token_url"),
                                    .client_id = config_text(config, "mail.client_id"),
                                    .client_secret = secret,
                                    .scope = config_text(config, "mail.scope"),
                                    .ca_file = out->ca_file};
    out->password = g_strdup("");
    out->oauth = oauth_open(&settings, error);
    return out->oauth != NULL;
}

/* As the sender reads them: bounces name messages that it made. */
static bool read_bounce_addresses(const App *app, BounceSettings *out, GError **error) {
    const char *from = config_text(app->config, "mail.from");
    const char *path = config_text(app->config, "mail.return_path");
    out->from_address = address_for_smtp(from, NULL, error);
    out->return_path = out->from_address != NULL
                           ? address_for_smtp(*path != '\0' ? path : from, NULL, error)
                           : NULL;
    return out->return_path != NULL;
}

bool settings_bounces(const App *app, BounceSettings *out, GError **error) {
    const Config *config = app->config;
    const char *url = config_text(config, "mail.bounce_mailbox");
    const char *ca_file = config_text(config, "mail.bounce_ca_file");
    g_autofree char *path =
        app_path(app, *ca_file != '\0' ? ca_file : config_text(config, "mail.ca_file"));
    out->ca_file = g_strdup(path != NULL ? path : "");
    if (!read_bounce_addresses(app, out, error) ||
        (*url != '\0' && !read_bounce_login(app, out, error))) {
        return false;
    }
    out->reader = (MailboxSettings){
        .url = url,
        .password = out->password,
        .oauth = out->oauth,
        .ca_file = out->ca_file,
        .done_folder = config_text(config, "mail.bounce_done_folder"),
        .unknown_folder = config_text(config, "mail.bounce_unknown_folder"),
        .poll_s = (guint)config_int(config, "mail.bounce_poll"),
        .return_path = out->return_path,
        .from_address = out->from_address,
    };
    return true;
}

void bounce_settings_clear(BounceSettings *settings) {
    g_clear_pointer(&settings->oauth, oauth_close);
    g_clear_pointer(&settings->password, g_free);
    g_clear_pointer(&settings->ca_file, g_free);
    g_clear_pointer(&settings->return_path, g_free);
    g_clear_pointer(&settings->from_address, g_free);
}

void settings_runner(const App *app, RunnerSettings *out) {
    *out = (RunnerSettings){
        .k_anonymous = (guint)config_int(app->config, "privacy.k_anonymous"),
        .organisation = {organisation(app, LANG_SV), organisation(app, LANG_EN)},
        .contact = config_text(app->config, "organisation.contact"),
        .base_url = config_text(app->config, "web.base_url"),
        .keyring = app->keyring,
        .no_practice = !config_bool(app->config, "practice.enabled"),
        .retain = true,
        .retention = settings_retention(app),
    };
}

RetentionSettings settings_retention(const App *app) {
    const Config *config = app->config;
    return (RetentionSettings){
        .answers_months = (guint)config_int(config, "privacy.keep_answers"),
        .scores_months = (guint)config_int(config, "privacy.keep_scores"),
        .anonymous_months = (guint)config_int(config, "privacy.keep_anonymous"),
        .mail_months = (guint)config_int(config, "privacy.keep_mail"),
        .bounces_months = (guint)config_int(config, "privacy.keep_bounces"),
        .left_months = (guint)config_int(config, "privacy.keep_left"),
        .result_days = (guint)config_int(config, "privacy.result_days"),
    };
}

/* The Swedish text, or the English where there is one. */
static const char *in_language(const App *app, const char *swedish, const char *english,
                               Lang lang) {
    const char *text = config_text(app->config, english);
    return lang == LANG_EN && *text ? text : config_text(app->config, swedish);
}

static bool accessibility_check(const AccessibilitySettings *says, GError **error) {
    static const char *const known[] = {"", "full", "partial", "none", NULL};
    if (!g_strv_contains(known, says->status)) {
        return error_set(error, VK_ERROR_INPUT,
                         tr("accessibility.status = %s ska vara full, partial, none eller tomt",
                            "accessibility.status = %s must be full, partial, none or empty"),
                         says->status);
    }
    bool short_of = g_str_equal(says->status, "partial") || g_str_equal(says->status, "none");
    if (short_of != (*says->issues[LANG_SV] != '\0') && *says->status) {
        return error_set(
            error, VK_ERROR_INPUT,
            tr("accessibility.status = %s: brister (accessibility.issues_sv) ska stå där för "
               "partial och none, och inte för full",
               "accessibility.status = %s: shortcomings (accessibility.issues_sv) must stand there "
               "for partial and none, and not for full"),
            says->status);
    }
    return true;
}

static void settings_accessibility(const App *app, AccessibilitySettings *out) {
    *out = (AccessibilitySettings){
        .status = config_text(app->config, "accessibility.status"),
        .assessed_on = config_text(app->config, "accessibility.assessed_on"),
        .updated_on = config_text(app->config, "accessibility.updated_on"),
        .contact = config_text(app->config, "accessibility.contact"),
        .phone = config_text(app->config, "accessibility.phone"),
        .reply_days = (guint)config_int(app->config, "accessibility.reply_days"),
        .supervisor_url = config_text(app->config, "accessibility.supervisor_url"),
    };
    for (Lang lang = LANG_SV; lang <= LANG_EN; lang++) {
        out->method[lang] =
            in_language(app, "accessibility.method_sv", "accessibility.method_en", lang);
        out->issues[lang] =
            in_language(app, "accessibility.issues_sv", "accessibility.issues_en", lang);
        out->burdens[lang] =
            in_language(app, "accessibility.burdens_sv", "accessibility.burdens_en", lang);
        out->exemptions[lang] =
            in_language(app, "accessibility.exemptions_sv", "accessibility.exemptions_en", lang);
        out->supervisor[lang] =
            in_language(app, "accessibility.supervisor_sv", "accessibility.supervisor_en", lang);
    }
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
        .proxies = config_text(app->config, "web.proxies"),
        .tls_certificate = config_text(app->config, "web.tls_certificate"),
        .tls_key = config_text(app->config, "web.tls_key"),
        .base_url = config_text(app->config, "web.base_url"),
        .db_path = app->db_path,
        .demo_dir = *out_demo_dir,
        .organisation = {organisation(app, LANG_SV), organisation(app, LANG_EN)},
        .contact = config_text(app->config, "organisation.contact"),
        .from_address = config_text(app->config, "mail.from"),
    };
    settings_accessibility(app, &out->accessibility);
    return accessibility_check(&out->accessibility, error);
}
