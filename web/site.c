#include "web/site.h"

#include <pthread.h>

#include "base/error.h"
#include "web/accessibility.h"
#include "web/request.h"

struct FormShelf {
    GHashTable *by_id; /* int64_t * -> Form * */
    pthread_mutex_t lock;
};

static void form_destroy(gpointer form) {
    form_free(form);
}

static struct FormShelf *shelf_new(void) {
    struct FormShelf *shelf = g_new0(struct FormShelf, 1);
    shelf->by_id = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, form_destroy);
    pthread_mutex_init(&shelf->lock, NULL);
    return shelf;
}

static void shelf_free(struct FormShelf *shelf) {
    g_hash_table_unref(shelf->by_id);
    pthread_mutex_destroy(&shelf->lock);
    g_free(shelf);
}

static const char *text_copy(GStringChunk *texts, const char *text) {
    return g_string_chunk_insert(texts, text ? text : "");
}

static ServerSettings settings_copy(const ServerSettings *from, GStringChunk *texts) {
    ServerSettings to = *from;
    to.listen_host = text_copy(texts, from->listen_host);
    to.base_url = text_copy(texts, from->base_url);
    to.db_path = text_copy(texts, from->db_path);
    to.proxies = text_copy(texts, from->proxies);
    to.tls_certificate = text_copy(texts, from->tls_certificate);
    to.tls_key = text_copy(texts, from->tls_key);
    to.demo_dir = from->demo_dir && *from->demo_dir ? text_copy(texts, from->demo_dir) : NULL;
    to.contact = text_copy(texts, from->contact);
    to.from_address = text_copy(texts, from->from_address);
    to.accessibility = accessibility_copy(&from->accessibility, texts);
    for (int lang = 0; lang < LANG_OWN_COUNT; lang++) {
        to.organisation[lang] = text_copy(texts, from->organisation[lang]);
    }
    return to;
}

/* "https://host/vetkoll/" -> "/vetkoll" */
static char *url_path(const char *url) {
    const char *host = strstr(url, "://");
    const char *slash = host ? strchr(host + 3, '/') : NULL;
    char *path = g_strdup(slash ? slash : "");
    gsize length = strlen(path);
    while (length > 0 && path[length - 1] == '/') {
        path[--length] = '\0';
    }
    return path;
}

static char *static_href(const Site *site, const char *name) {
    g_autoptr(GBytes) content = catalog_static(site->catalog, name);
    g_assert(content != NULL);
    g_autofree char *sum = g_compute_checksum_for_bytes(G_CHECKSUM_SHA256, content);
    return g_strdup_printf("%s/static/%s?v=%.12s", site->root, name, sum);
}

Site *site_new(const ServerSettings *settings, Writer *writer, const Catalog *catalog,
               const Keyring *keyring, guint readers) {
    Site *site = g_new0(Site, 1);
    site->texts = g_string_chunk_new(512);
    site->settings = settings_copy(settings, site->texts);
    site->root = url_path(site->settings.base_url);
    site->https = g_str_has_prefix(site->settings.base_url, "https://");
    site->catalog = catalog;
    site->keyring = keyring;
    site->writer = writer;
    site->readers = readers_new(site->settings.db_path, readers);
    site->forms = shelf_new();
    site->guesses = rate_limit_new(REQUEST_GUESSES, REQUEST_GUESSES);
    site->style_href = static_href(site, "app.css");
    site->script_href = static_href(site, "app.js");
    return site;
}

void site_free(Site *site) {
    if (!site) {
        return;
    }
    shelf_free(site->forms);
    readers_free(site->readers);
    rate_limit_free(site->guesses);
    g_string_chunk_free(site->texts);
    g_free(site->script_href);
    g_free(site->style_href);
    g_free(site->root);
    g_free(site);
}

const Form *site_form(const Site *site, Db *db, int64_t id, GError **error) {
    struct FormShelf *shelf = site->forms;
    pthread_mutex_lock(&shelf->lock);
    Form *form = g_hash_table_lookup(shelf->by_id, &id);
    pthread_mutex_unlock(&shelf->lock);
    if (form) {
        return form;
    }
    g_autoptr(Form) loaded = form_load(db, id, error);
    if (!loaded) {
        return NULL;
    }
    pthread_mutex_lock(&shelf->lock);
    form = g_hash_table_lookup(shelf->by_id, &id); /* another thread may have been first */
    if (!form) {
        form = g_steal_pointer(&loaded);
        g_hash_table_insert(shelf->by_id, g_memdup2(&id, sizeof id), form);
    }
    pthread_mutex_unlock(&shelf->lock);
    return form;
}
