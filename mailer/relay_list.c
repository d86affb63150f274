#include "mailer/relay_list.h"

#include "base/error.h"
#include "base/lang.h"
#include "mailer/relay_url.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

enum { PRIORITY_MAX = 65535, PER_MINUTE_MAX = 1000000, SECRET_MAX = 16 * 1024 };

typedef struct {
    Relay *relay;
    const char *address; /* as written, for messages */
    const char *base_dir;
} Entry;

static void relay_free(gpointer data) {
    Relay *relay = data;
    g_string_chunk_free(relay->texts);
    g_free(relay);
}

static const char *keep(Relay *relay, const char *text) {
    return g_string_chunk_insert_const(relay->texts, text != NULL ? text : "");
}

static const char *keep_path(Relay *relay, const char *path, const char *base_dir) {
    if (path == NULL || path[0] == '\0' || base_dir == NULL || g_path_is_absolute(path)) {
        return keep(relay, path);
    }
    g_autofree char *whole = g_build_filename(base_dir, path, NULL);
    return keep(relay, whole);
}

/* Everybody on the machine may read it. */
static bool is_open_to_all(const char *path) {
    GStatBuf about;
    return g_stat(path, &about) == 0 && S_ISREG(about.st_mode) && (about.st_mode & S_IROTH) != 0;
}

char *relay_secret_read(const char *path, const char *key, GError **error) {
    g_autofree char *text = NULL;
    if (is_open_to_all(path)) {
        error_set(error, VK_ERROR_DENIED,
                  tr("%s: alla på maskinen kan läsa %s; kör chmod 600 %s",
                     "%s: everybody on this machine can read %s; run chmod 600 %s"),
                  key, path, path);
        return NULL;
    }
    gsize size = 0;
    g_autoptr(GError) fault = NULL;
    if (!g_file_get_contents(path, &text, &size, &fault)) {
        error_set(error, VK_ERROR_INPUT, "%s: %s", key, fault->message);
        return NULL;
    }
    text[strcspn(text, "\r\n")] = '\0';
    g_strstrip(text);
    if (text[0] == '\0' || size > SECRET_MAX || !g_utf8_validate(text, -1, NULL)) {
        error_set(error, VK_ERROR_INPUT,
                  tr("%s: %s: första raden ska vara hemligheten, i UTF-8, högst 16 KB",
                     "%s: %s: its first line must be the secret, in UTF-8, at most 16 KB"),
                  key, path);
        return NULL;
    }
    return g_steal_pointer(&text);
}

static bool wrong_key(const Entry *entry, const char *key, const char *value, const char *why,
                      GError **error) {
    return error_set(error, VK_ERROR_INPUT, "mail.relay: %s: %s=%s: %s", entry->address, key, value,
                     why);
}

/* --- the keys after the question mark ------------------------------------------------------------
 */

static bool set_number(const Entry *entry, const char *key, const char *value, guint64 min,
                       guint64 max, guint *out, GError **error) {
    guint64 number = 0;
    if (!g_ascii_string_to_unsigned(value, 10, min, max, &number, NULL)) {
        g_autofree char *why = g_strdup_printf(
            tr("ska vara ett heltal %d–%d", "must be a whole number %d–%d"), (int)min, (int)max);
        return wrong_key(entry, key, value, why, error);
    }
    *out = (guint)number;
    return true;
}

static bool set_secret(const Entry *entry, const char *key, const char *value, const char **out,
                       GError **error) {
    const char *path = keep_path(entry->relay, value, entry->base_dir);
    g_autofree char *secret = relay_secret_read(path, key, error);
    if (secret == NULL) {
        g_prefix_error(error, "mail.relay: %s: ", entry->address);
        return false;
    }
    *out = keep(entry->relay, secret);
    return true;
}

static bool set_dsn(const Entry *entry, const char *value, GError **error) {
    entry->relay->transport.dsn = strcmp(value, "true") == 0;
    return entry->relay->transport.dsn || strcmp(value, "false") == 0 ||
           wrong_key(entry, "dsn", value, tr("ska vara true eller false", "must be true or false"),
                     error);
}

/* Where the value of a key that is plain text or a path belongs; NULL for the other keys. */
static const char **text_field(TransportSettings *transport, const char *key, bool *out_is_path) {
    const struct {
        const char *key;
        const char **field;
        bool is_path;
    } fields[] = {
        {"ca_file", &transport->ca_file, true},
        {"client_cert_file", &transport->client_cert_file, true},
        {"client_key_file", &transport->client_key_file, true},
        {"username", &transport->username, false},
        {"token_url", &transport->token_url, false},
        {"client_id", &transport->client_id, false},
        {"scope", &transport->scope, false},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(fields); i++) {
        if (strcmp(key, fields[i].key) == 0) {
            *out_is_path = fields[i].is_path;
            return fields[i].field;
        }
    }
    return NULL;
}

static bool set_key(const Entry *entry, const char *key, const char *value, GError **error) {
    Relay *relay = entry->relay;
    TransportSettings *transport = &relay->transport;
    bool is_path = false;
    const char **text = text_field(transport, key, &is_path);
    if (text != NULL) {
        *text = keep_path(relay, value, is_path ? entry->base_dir : NULL);
        return true;
    }
    if (strcmp(key, "priority") == 0) {
        return set_number(entry, key, value, 0, PRIORITY_MAX, &relay->priority, error);
    }
    if (strcmp(key, "connections") == 0) {
        return set_number(entry, key, value, 1, RELAY_CONNECTIONS_MAX, &relay->connections, error);
    }
    if (strcmp(key, "per_minute") == 0) {
        return set_number(entry, key, value, 0, PER_MINUTE_MAX, &relay->per_minute, error);
    }
    if (strcmp(key, "password_file") == 0) {
        return set_secret(entry, key, value, &transport->password, error);
    }
    if (strcmp(key, "client_secret_file") == 0) {
        return set_secret(entry, key, value, &transport->client_secret, error);
    }
    if (strcmp(key, "dsn") == 0) {
        return set_dsn(entry, value, error);
    }
    bool known = strcmp(key, "tls") == 0 || strcmp(key, "auth") == 0;
    if (strcmp(key, "tls") == 0 && tls_policy_parse(value, &transport->tls, NULL)) {
        return true;
    }
    if (strcmp(key, "auth") == 0 && login_method_parse(value, &transport->login, NULL)) {
        return true;
    }
    return wrong_key(entry, key, value,
                     known ? tr("okänt värde", "an unknown value")
                           : tr("okänd nyckel; de som finns: priority, connections, per_minute, "
                                "tls, ca_file, username, password_file, auth, client_cert_file, "
                                "client_key_file, token_url, client_id, client_secret_file, scope, "
                                "dsn",
                                "an unknown key; those there are: priority, connections, "
                                "per_minute, tls, ca_file, username, password_file, auth, "
                                "client_cert_file, client_key_file, token_url, client_id, "
                                "client_secret_file, scope, dsn"),
                     error);
}

static bool set_keys(const Entry *entry, const char *query, GError **error) {
    g_auto(GStrv) pairs = g_strsplit(query, "&", -1);
    for (guint i = 0; pairs[i] != NULL; i++) {
        char *equals = strchr(pairs[i], '=');
        g_autofree char *value = equals != NULL ? g_uri_unescape_string(equals + 1, NULL) : NULL;
        if (value == NULL || !g_utf8_validate(value, -1, NULL)) {
            return wrong_key(entry, pairs[i], "", tr("ska vara nyckel=värde", "must be key=value"),
                             error);
        }
        *equals = '\0';
        if (!set_key(entry, pairs[i], value, error)) {
            return false;
        }
    }
    return true;
}

/* --- an address ----------------------------------------------------------------------------------
 */

static void copy_common(const Entry *entry, const Relay *common) {
    Relay *relay = entry->relay;
    TransportSettings *to = &relay->transport;
    const TransportSettings *from = &common->transport;
    relay->connections = CLAMP(common->connections, 1, RELAY_CONNECTIONS_MAX);
    relay->per_minute = common->per_minute;
    *to = *from;
    to->ca_file = keep_path(relay, from->ca_file, entry->base_dir);
    to->client_cert_file = keep_path(relay, from->client_cert_file, entry->base_dir);
    to->client_key_file = keep_path(relay, from->client_key_file, entry->base_dir);
    to->username = keep(relay, from->username);
    to->password = keep(relay, from->password);
    to->token_url = keep(relay, from->token_url);
    to->client_id = keep(relay, from->client_id);
    to->client_secret = keep(relay, from->client_secret);
    to->scope = keep(relay, from->scope);
    to->helo_name = keep(relay, from->helo_name);
}

static bool parse_address(const Entry *entry, GError **error) {
    Relay *relay = entry->relay;
    if (g_str_has_prefix(entry->address, "maildir:")) {
        const char *folder = entry->address + strlen("maildir:");
        g_autofree char *whole =
            g_strconcat("maildir:", keep_path(relay, folder, entry->base_dir), NULL);
        relay->transport.relay = keep(relay, folder[0] != '\0' ? whole : entry->address);
    } else {
        const char *query = strchr(entry->address, '?');
        g_autofree char *bare =
            g_strndup(entry->address,
                      query != NULL ? (gsize)(query - entry->address) : strlen(entry->address));
        relay->transport.relay = keep(relay, bare);
        if (query != NULL && !set_keys(entry, query + 1, error)) {
            return false;
        }
    }
    g_auto(RelayUrl) url = {0};
    return relay_url_parse(relay->transport.relay, &url, error);
}

/* The next address begins where a blank or comma is followed by a kind of address: a maildir's path
 * may hold blanks. */
static char **split_addresses(const char *line) {
    return g_regex_split_simple("[\\s,]+(?=[a-z]+:)", line, G_REGEX_DEFAULT, G_REGEX_MATCH_DEFAULT);
}

static gint by_priority(gconstpointer a, gconstpointer b) {
    const Relay *first = *(const Relay *const *)a;
    const Relay *second = *(const Relay *const *)b;
    return (first->priority > second->priority) - (first->priority < second->priority);
}

GPtrArray *relay_list_parse(const char *line, const Relay *common, const char *base_dir,
                            GError **error) {
    g_autofree char *trimmed = g_strstrip(g_strdup(line));
    g_strdelimit(trimmed, "\t\r\n", ' ');
    for (size_t end = strlen(trimmed); end > 0 && strchr(" ,", trimmed[end - 1]) != NULL; end--) {
        trimmed[end - 1] = '\0';
    }
    g_auto(GStrv) addresses = split_addresses(trimmed);
    if (g_strv_length(addresses) > RELAYS_MAX) {
        error_set(error, VK_ERROR_INPUT,
                  tr("mail.relay: högst %d adresser", "mail.relay: at most %d addresses"),
                  RELAYS_MAX);
        return NULL;
    }
    g_autoptr(GPtrArray) relays = g_ptr_array_new_with_free_func(relay_free);
    for (guint i = 0; i == 0 || addresses[i] != NULL; i++) {
        Relay *relay = g_new0(Relay, 1);
        g_ptr_array_add(relays, relay);
        relay->texts = g_string_chunk_new(512);
        relay->priority = 10 * (i + 1);
        const Entry entry = {relay, addresses[i] != NULL ? addresses[i] : "", base_dir};
        copy_common(&entry, common);
        if (!parse_address(&entry, error)) {
            return NULL;
        }
    }
    g_ptr_array_sort(relays, by_priority); /* stable */
    return g_steal_pointer(&relays);
}
