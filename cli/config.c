#include "cli/config.h"

#include "base/error.h"
#include "base/file.h"
#include "base/lang.h"
#include "base/nearest.h"

#include <string.h>

typedef enum { KEY_TEXT, KEY_INT, KEY_BOOL } KeyType;

typedef struct {
    const char *key; /* "section.key" */
    KeyType type;
    const char *fallback;
    int64_t min;
    int64_t max;
    const char *help_sv;
    const char *help_en;
} ConfigKey;

static const ConfigKey keys[] = {
    {"organisation.name_sv", KEY_TEXT, "Organisationen", 0, 0,
     "namnet på svenska, i mejl och på sidor", "the name in Swedish, in mail and on pages"},
    {"organisation.name_en", KEY_TEXT, "", 0, 0, "namnet på engelska; tomt: som på svenska",
     "the name in English; empty: as in Swedish"},
    {"organisation.contact", KEY_TEXT, "", 0, 0, "vart medarbetare vänder sig med frågor",
     "where employees turn with questions"},
    {"organisation.logo", KEY_TEXT, "", 0, 0,
     "bild överst i mejlen (PNG, JPEG eller GIF); tomt: ingen",
     "picture at the top of mail (PNG, JPEG or GIF); empty: none"},
    {"web.listen", KEY_TEXT, "127.0.0.1:8080", 0, 0, "adress och port att lyssna på",
     "address and port to listen on"},
    {"web.base_url", KEY_TEXT, "http://127.0.0.1:8080", 0, 0,
     "vad länkarna i mejlen börjar med, utan snedstreck sist",
     "what links in mail begin with, without a final slash"},
    {"web.threads", KEY_INT, "0", 0, 64, "trådar som svarar; 0: en per processor",
     "answering threads; 0: one a processor"},
    {"web.proxies", KEY_TEXT, "", 0, 0,
     "omvända proxyservrar vars X-Forwarded-For gäller, t.ex. 127.0.0.1, 10.0.0.0/8; tomt: inga",
     "reverse proxies whose X-Forwarded-For is believed, e.g. 127.0.0.1, 10.0.0.0/8; empty: none"},
    {"web.tls_certificate", KEY_TEXT, "", 0, 0,
     "certifikat med kedja (PEM) för HTTPS utan proxy; tomt: HTTP",
     "certificate with its chain (PEM) for HTTPS without a proxy; empty: HTTP"},
    {"web.tls_key", KEY_TEXT, "", 0, 0, "certifikatets nyckel (PEM)",
     "the certificate's key (PEM)"},
    {"mail.relay", KEY_TEXT, "maildir:mail", 0, 0,
     "smtp://värd:port, smtps://värd:port eller maildir:mapp; flera med blanksteg emellan, prövas "
     "i "
     "ordning. Det som skiljer dem skrivs efter ?: smtps://m2.example?priority=20&username=x (även "
     "connections, per_minute, tls, ca_file, password_file, auth, client_cert_file, "
     "client_key_file, token_url, client_id, client_secret_file, scope, dsn)",
     "smtp://host:port, smtps://host:port or maildir:folder; several with blanks between, tried in "
     "order. What differs is written after ?: smtps://m2.example?priority=20&username=x (also "
     "connections, per_minute, tls, ca_file, password_file, auth, client_cert_file, "
     "client_key_file, token_url, client_id, client_secret_file, scope, dsn)"},
    {"mail.from", KEY_TEXT, "vetkoll@localhost", 0, 0, "avsändaradress", "sender address"},
    {"mail.from_name", KEY_TEXT, "", 0, 0, "avsändarens namn; tomt: organisationens",
     "sender's name; empty: the organisation's"},
    {"mail.reply_to", KEY_TEXT, "", 0, 0, "svarsadress; tomt: ingen", "reply address; empty: none"},
    {"mail.return_path", KEY_TEXT, "", 0, 0, "dit studsar går; tomt: avsändaradressen",
     "where bounces go; empty: the sender address"},
    {"mail.tls", KEY_TEXT, "required", 0, 0, "STARTTLS: required, opportunistic eller off",
     "STARTTLS: required, opportunistic or off"},
    {"mail.ca_file", KEY_TEXT, "", 0, 0, "betrodda certifikat; tomt: systemets",
     "trusted certificates; empty: the system's"},
    {"mail.username", KEY_TEXT, "", 0, 0, "inloggning hos mejlservern; tomt: ingen",
     "login at the relay; empty: none"},
    {"mail.password_file", KEY_TEXT, "", 0, 0, "fil med lösenordet på en rad",
     "file with the password on one line"},
    {"mail.auth", KEY_TEXT, "auto", 0, 0,
     "sätt att logga in: auto, plain, login, cram-md5 eller xoauth2",
     "way to log in: auto, plain, login, cram-md5 or xoauth2"},
    {"mail.token_url", KEY_TEXT, "", 0, 0,
     "xoauth2: tokenserverns adress, https://login.microsoftonline.com/KATALOG/oauth2/v2.0/token",
     "xoauth2: the token server's address, "
     "https://login.microsoftonline.com/TENANT/oauth2/v2.0/token"},
    {"mail.client_id", KEY_TEXT, "", 0, 0, "xoauth2: programmets id", "xoauth2: the client's id"},
    {"mail.client_secret_file", KEY_TEXT, "", 0, 0, "xoauth2: fil med hemligheten på en rad",
     "xoauth2: file with the secret on one line"},
    {"mail.scope", KEY_TEXT, "https://outlook.office365.com/.default", 0, 0,
     "xoauth2: vad token ska gälla för", "xoauth2: what the token is for"},
    {"mail.client_cert_file", KEY_TEXT, "", 0, 0,
     "eget certifikat i PEM att visa mejlservern; tomt: inget",
     "own certificate in PEM to show the relay; empty: none"},
    {"mail.client_key_file", KEY_TEXT, "", 0, 0, "dess nyckel; tomt: i samma fil",
     "its key; empty: in the same file"},
    {"mail.dsn", KEY_BOOL, "true", 0, 0, "begär besked om brev som inte når fram",
     "ask for notices of mail that does not arrive"},
    {"mail.helo", KEY_TEXT, "", 0, 0, "namnet i EHLO; tomt: maskinens",
     "the name in EHLO; empty: the machine's"},
    {"mail.connections", KEY_INT, "4", 1, 64, "samtidiga förbindelser", "connections at a time"},
    {"mail.messages_per_connection", KEY_INT, "200", 1, 1000, "mejl per förbindelse",
     "messages a connection"},
    {"mail.per_minute", KEY_INT, "0", 0, 1000000,
     "mejl i minuten till varje server; 0: ingen gräns",
     "messages a minute to each relay; 0: no limit"},
    {"mail.domain_per_minute", KEY_TEXT, "", 0, 0,
     "mejl i minuten efter mottagarens domän: gmail.com=60 *=300",
     "messages a minute by the recipient's domain: gmail.com=60 *=300"},
    {"mail.ramp_up_minutes", KEY_INT, "0", 0, 1440,
     "minuter tills takten når per_minute; 0: genast",
     "minutes until the rate reaches per_minute; 0: at once"},
    {"mail.bounce_mailbox", KEY_TEXT, "", 0, 0,
     "brevlådan dit studsar och svar går: imaps://användare@värd/INBOX; tomt: ingen läses",
     "the mailbox that bounces and replies go to: imaps://user@host/INBOX; empty: none is read"},
    {"mail.bounce_auth", KEY_TEXT, "password", 0, 0,
     "inloggning i den: password eller xoauth2 (med mail.token_url, mail.client_id…)",
     "login to it: password or xoauth2 (with mail.token_url, mail.client_id…)"},
    {"mail.bounce_password_file", KEY_TEXT, "", 0, 0, "fil med dess lösenord på en rad",
     "file with its password on one line"},
    {"mail.bounce_ca_file", KEY_TEXT, "", 0, 0, "betrodda certifikat för den; tomt: mail.ca_file",
     "certificates trusted for it; empty: mail.ca_file"},
    {"mail.bounce_poll", KEY_INT, "60", 1, 86400, "sekunder mellan läsningarna",
     "seconds between readings"},
    {"mail.bounce_done_folder", KEY_TEXT, "Vetkoll-done", 0, 0, "mapp dit lästa returer flyttas",
     "folder that returns are moved to when read"},
    {"mail.bounce_unknown_folder", KEY_TEXT, "Vetkoll-unknown", 0, 0,
     "mapp för det som en människa bör se", "folder for what a person should see"},
    {"mail.verp", KEY_BOOL, "false", 0, 0,
     "egen returadress för varje mejl (studs+…@), så att studsar kan kopplas till rätt mejl",
     "a return path of its own for each message (bounce+…@), so that bounces find it"},
    {"mail.dkim_key_file", KEY_TEXT, "", 0, 0, "privat DKIM-nyckel (PEM); tomt: ingen signatur",
     "private DKIM key (PEM); empty: no signature"},
    {"mail.dkim_selector", KEY_TEXT, "vetkoll", 0, 0, "nyckelns namn i DNS",
     "the key's name in DNS"},
    {"mail.dkim_domain", KEY_TEXT, "", 0, 0, "domänen som signerar; tomt: avsändarens",
     "the signing domain; empty: the sender's"},
    {"privacy.k", KEY_INT, "5", 5, 100,
     "minsta grupp som en rapport visar. Högre gäller genast; lägre gäller bara kampanjer som "
     "startas efteråt, för de som bjudits in har lovats den förra",
     "smallest group that a report shows. Higher holds at once; lower holds only for campaigns "
     "launched afterwards, as those invited were promised the earlier one"},
    {"privacy.k_anonymous", KEY_INT, "10", 10, 200, "detsamma i en anonym enkät",
     "the same in an anonymous survey"},
    {"privacy.keep_answers", KEY_INT, "12", 1, 120,
     "månader efter stängning: vad var och en valde och skrev raderas",
     "months after closing: what each one chose and wrote is erased"},
    {"privacy.keep_scores", KEY_INT, "26", 1, 120,
     "månader efter stängning: resultat per person raderas (under 25 räcker inte till underlagen)",
     "months after closing: results by person are erased (less than 25 is not enough for "
     "evidence)"},
    {"privacy.keep_anonymous", KEY_INT, "1", 0, 120,
     "månader efter stängning: vem som bjöds in till en anonym enkät raderas",
     "months after closing: who was invited to an anonymous survey is erased"},
    {"privacy.keep_mail", KEY_INT, "6", 0, 120,
     "månader efter stängning: adresser, namn och mejlservrars svar raderas",
     "months after closing: addresses, names and relays' replies are erased"},
    {"privacy.keep_bounces", KEY_INT, "6", 0, 120,
     "månader efter stängning: vad studsar och frånvarosvar sade raderas",
     "months after closing: what bounces and absence replies said is erased"},
    {"privacy.keep_left", KEY_INT, "6", 0, 120,
     "månader efter att någon lämnat personalfilen: allt om personen raderas",
     "months after somebody left the staff file: everything about the person is erased"},
    {"privacy.result_days", KEY_INT, "30", 0, 3650,
     "dagar efter stängning som den egna länken visar resultatet",
     "days after closing that one's own link shows the result"},
    {"practice.enabled", KEY_BOOL, "true", 0, 0,
     "det som någon missar i en utbildning kommer tillbaka i korta mejl (docs/spacing.md)",
     "what somebody misses in a training comes back in short mails (docs/spacing.md)"},
    {"accessibility.status", KEY_TEXT, "", 0, 0,
     "hur webbplatsen uppfyller DOS-lagen enligt er bedömning: full, partial, none; tomt: inte "
     "bedömt ännu. Sidan /accessibility är tillgänglighetsredogörelsen",
     "how the website meets the accessibility act as you have assessed it: full, partial, none; "
     "empty: not assessed yet. The page /accessibility is the statement"},
    {"accessibility.assessed_on", KEY_TEXT, "", 0, 0, "dag för bedömningen, 2026-11-20",
     "day of the assessment, 2026-11-20"},
    {"accessibility.updated_on", KEY_TEXT, "", 0, 0, "dag då redogörelsen senast ändrades",
     "day on which the statement was last changed"},
    {"accessibility.method_sv", KEY_TEXT, "", 0, 0, "hur den gjordes och av vem",
     "how it was done and by whom, in Swedish"},
    {"accessibility.method_en", KEY_TEXT, "", 0, 0, "detsamma på engelska; tomt: som på svenska",
     "the same in English; empty: as in Swedish"},
    {"accessibility.issues_sv", KEY_TEXT, "", 0, 0,
     "det som inte är tillgängligt och varför, med | emellan",
     "what is not accessible and why, with | between, in Swedish"},
    {"accessibility.issues_en", KEY_TEXT, "", 0, 0, "detsamma på engelska; tomt: som på svenska",
     "the same in English; empty: as in Swedish"},
    {"accessibility.burdens_sv", KEY_TEXT, "", 0, 0,
     "det som vore oskäligt betungande att anpassa (12 §) och varför, med | emellan",
     "what would be a disproportionate burden to adapt (section 12) and why, with | between, in "
     "Swedish"},
    {"accessibility.burdens_en", KEY_TEXT, "", 0, 0, "detsamma på engelska; tomt: som på svenska",
     "the same in English; empty: as in Swedish"},
    {"accessibility.exemptions_sv", KEY_TEXT, "", 0, 0,
     "det som lagen inte omfattar (9 §), med | emellan",
     "what the act does not cover (section 9), with | between, in Swedish"},
    {"accessibility.exemptions_en", KEY_TEXT, "", 0, 0,
     "detsamma på engelska; tomt: som på svenska", "the same in English; empty: as in Swedish"},
    {"accessibility.contact", KEY_TEXT, "", 0, 0,
     "dit brister rapporteras; tomt: organisation.contact",
     "where shortcomings are reported; empty: organisation.contact"},
    {"accessibility.phone", KEY_TEXT, "", 0, 0, "telefon för den som behöver hjälp; tomt: ingen",
     "telephone for who needs help; empty: none"},
    {"accessibility.reply_days", KEY_INT, "2", 1, 30, "arbetsdagar tills den som frågar får svar",
     "working days until who asks gets an answer"},
    {"accessibility.supervisor_sv", KEY_TEXT, "Digg (Myndigheten för digital förvaltning)", 0, 0,
     "tillsynsmyndigheten", "the supervising authority in Swedish"},
    {"accessibility.supervisor_en", KEY_TEXT, "Digg (the Agency for Digital Government)", 0, 0,
     "detsamma på engelska", "the same in English"},
    {"accessibility.supervisor_url", KEY_TEXT, "https://www.digg.se/tdosanmalan", 0, 0,
     "där en anmälan görs", "where a report is made"},
    {"templates.dir", KEY_TEXT, "", 0, 0, "mapp med egna mallar; tomt: bara de inbyggda",
     "folder of own templates; empty: only the embedded ones"},
    {"demo.dir", KEY_TEXT, "", 0, 0, "mapp som visas under /demo/; tomt: ingen",
     "folder shown under /demo/; empty: none"},
};

struct Config {
    char *values[G_N_ELEMENTS(keys)];
};

static guint key_index(const char *key) {
    for (guint i = 0; i < G_N_ELEMENTS(keys); i++) {
        if (strcmp(keys[i].key, key) == 0) {
            return i;
        }
    }
    return G_N_ELEMENTS(keys);
}

static bool value_check(const ConfigKey *key, const char *value, const char *where,
                        GError **error) {
    gint64 number = 0;
    switch (key->type) {
    case KEY_TEXT:
        return g_utf8_validate(value, -1, NULL) ||
               error_set(error, VK_ERROR_INPUT, tr("%s: %s är inte UTF-8", "%s: %s is not UTF-8"),
                         where, key->key);
    case KEY_INT:
        return g_ascii_string_to_signed(value, 10, key->min, key->max, &number, NULL) ||
               error_set(error, VK_ERROR_INPUT,
                         tr("%s: %s = %s ska vara ett heltal %d–%d",
                            "%s: %s = %s must be a whole number %d–%d"),
                         where, key->key, value, (int)key->min, (int)key->max);
    case KEY_BOOL:
        return strcmp(value, "true") == 0 || strcmp(value, "false") == 0 ||
               error_set(
                   error, VK_ERROR_INPUT,
                   tr("%s: %s = %s ska vara true eller false", "%s: %s = %s must be true or false"),
                   where, key->key, value);
    }
    g_assert_not_reached();
}

static bool unknown_fault(const char *name, const char *where, GError **error) {
    const char *known[G_N_ELEMENTS(keys) + 1] = {NULL};
    for (guint i = 0; i < G_N_ELEMENTS(keys); i++) {
        known[i] = keys[i].key;
    }
    const char *meant = nearest_word(name, known);
    return meant != NULL
               ? error_set(error, VK_ERROR_INPUT,
                           tr("%s: okänd inställning %s; menade du %s?",
                              "%s: unknown setting %s; did you mean %s?"),
                           where, name, meant)
               : error_set(error, VK_ERROR_INPUT,
                           tr("%s: okänd inställning %s; `vetkoll init --print-config` visar alla",
                              "%s: unknown setting %s; `vetkoll init --print-config` shows all"),
                           where, name);
}

static bool config_set(Config *config, const char *name, const char *value, const char *where,
                       GError **error) {
    guint index = key_index(name);
    if (index == G_N_ELEMENTS(keys)) {
        return unknown_fault(name, where, error);
    }
    if (!value_check(&keys[index], value, where, error)) {
        return false;
    }
    g_free(config->values[index]);
    config->values[index] = g_strdup(value);
    return true;
}

static bool config_read_file(Config *config, const char *path, GError **error) {
    g_autoptr(GKeyFile) file = g_key_file_new();
    g_autoptr(GError) fault = NULL;
    gsize length = 0;
    g_autofree char *text = file_read(path, FILE_SMALL, &length, &fault);
    if (g_error_matches(fault, VK_ERROR, VK_ERROR_NOT_FOUND)) {
        return error_set(
            error, VK_ERROR_NOT_FOUND,
            tr("här finns ingen installation (%s saknas); kör `vetkoll --dir MAPP init`",
               "there is no installation here (%s is missing); run `vetkoll --dir DIR init`"),
            path);
    }
    if (text == NULL) {
        g_propagate_error(error, g_steal_pointer(&fault));
        return false;
    }
    if (!g_key_file_load_from_data(file, text, length, G_KEY_FILE_NONE, &fault)) {
        return error_set(
            error, VK_ERROR_INPUT,
            tr("%s kan inte tolkas: %s. Varje rad ska vara [avsnitt], namn=värde eller "
               "# kommentar.",
               "%s cannot be parsed: %s. Each line must be [section], name=value or # "
               "comment."),
            path, fault->message);
    }
    g_auto(GStrv) sections = g_key_file_get_groups(file, NULL);
    for (guint i = 0; sections[i] != NULL; i++) {
        g_auto(GStrv) names = g_key_file_get_keys(file, sections[i], NULL, NULL);
        for (guint j = 0; names != NULL && names[j] != NULL; j++) {
            g_autofree char *name = g_strconcat(sections[i], ".", names[j], NULL);
            g_autofree char *value = g_key_file_get_string(file, sections[i], names[j], error);
            if (value == NULL || !config_set(config, name, value, path, error)) {
                return false;
            }
        }
    }
    return true;
}

/* "mail.relay" is VETKOLL_MAIL_RELAY; here without VETKOLL_. */
static char *key_variable(const char *key) {
    return g_strdelimit(g_ascii_strup(key, -1), ".", '_');
}

/* VETKOLL_MAIL_RELAY overrides mail.relay. */
static bool config_read_environment(Config *config, GError **error) {
    for (guint i = 0; i < G_N_ELEMENTS(keys); i++) {
        g_autofree char *name = key_variable(keys[i].key);
        g_autofree char *variable = g_strconcat("VETKOLL_", name, NULL);
        const char *value = g_getenv(variable);
        if (value != NULL && !config_set(config, keys[i].key, value, variable, error)) {
            return false;
        }
    }
    return true;
}

/* All that may follow VETKOLL_: the settings, and what main() reads. */
static char **variables_known(void) {
    GPtrArray *names = g_ptr_array_new();
    g_ptr_array_add(names, g_strdup("DIR"));
    g_ptr_array_add(names, g_strdup("LANG"));
    for (guint i = 0; i < G_N_ELEMENTS(keys); i++) {
        g_ptr_array_add(names, key_variable(keys[i].key));
    }
    g_ptr_array_add(names, NULL);
    return (char **)g_ptr_array_free(names, FALSE);
}

static gint name_compare(gconstpointer a, gconstpointer b) {
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The variables of the environment that begin with VETKOLL_ and are not `known`, whole, by name. */
static char **variables_unknown(char **known) {
    g_auto(GStrv) all = g_listenv();
    GPtrArray *names = g_ptr_array_new();
    for (guint i = 0; all[i] != NULL; i++) {
        if (g_str_has_prefix(all[i], "VETKOLL_") &&
            !g_strv_contains((const char *const *)known, all[i] + strlen("VETKOLL_"))) {
            g_ptr_array_add(names, g_strdup(all[i]));
        }
    }
    g_ptr_array_sort(names, name_compare);
    g_ptr_array_add(names, NULL);
    return (char **)g_ptr_array_free(names, FALSE);
}

/* A setting that is misspelt would be its default in silence. */
static bool environment_check(GError **error) {
    g_auto(GStrv) known = variables_known();
    g_auto(GStrv) unknown = variables_unknown(known);
    for (guint i = 0; unknown[i] != NULL; i++) {
        const char *meant =
            nearest_word(unknown[i] + strlen("VETKOLL_"), (const char *const *)known);
        if (meant != NULL) {
            return error_set(error, VK_ERROR_INPUT,
                             tr("miljövariabeln %s är ingen inställning; menade du VETKOLL_%s?",
                                "the environment variable %s is no setting; did you mean "
                                "VETKOLL_%s?"),
                             unknown[i], meant);
        }
    }
    return true;
}

char *config_strangers(void) {
    g_auto(GStrv) known = variables_known();
    g_auto(GStrv) unknown = variables_unknown(known);
    return unknown[0] != NULL ? g_strjoinv(", ", unknown) : NULL;
}

Config *config_load(const char *path, GError **error) {
    g_autoptr(Config) config = g_new0(Config, 1);
    for (guint i = 0; i < G_N_ELEMENTS(keys); i++) {
        config->values[i] = g_strdup(keys[i].fallback);
    }
    if (!environment_check(error) || !config_read_file(config, path, error) ||
        !config_read_environment(config, error)) {
        return NULL;
    }
    return g_steal_pointer(&config);
}

void config_free(Config *config) {
    if (config == NULL) {
        return;
    }
    for (guint i = 0; i < G_N_ELEMENTS(keys); i++) {
        g_free(config->values[i]);
    }
    g_free(config);
}

const char *config_text(const Config *config, const char *key) {
    guint index = key_index(key);
    g_assert(index < G_N_ELEMENTS(keys));
    return config->values[index];
}

int64_t config_int(const Config *config, const char *key) {
    return g_ascii_strtoll(config_text(config, key), NULL, 10);
}

bool config_bool(const Config *config, const char *key) {
    return strcmp(config_text(config, key), "true") == 0;
}

char *config_template(void) {
    g_autoptr(GString) text = g_string_new(NULL);
    g_autofree char *section = g_strdup("");
    for (guint i = 0; i < G_N_ELEMENTS(keys); i++) {
        g_auto(GStrv) parts = g_strsplit(keys[i].key, ".", 2);
        if (strcmp(parts[0], section) != 0) {
            g_free(section);
            section = g_strdup(parts[0]);
            g_string_append_printf(text, "%s[%s]\n", i == 0 ? "" : "\n", section);
        }
        g_string_append_printf(text, "# %s\n%s=%s\n", tr(keys[i].help_sv, keys[i].help_en),
                               parts[1], keys[i].fallback);
    }
    return g_string_free(g_steal_pointer(&text), FALSE);
}
