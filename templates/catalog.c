#include "templates/catalog.h"

#include "base/error.h"
#include "templates/catalog_private.h"
#include "templates/languages.h"
#include "templates/source.h"

static void owned_free(gpointer t) {
    template_free(t);
}

static void bytes_free(gpointer bytes) {
    g_bytes_unref(bytes);
}

Catalog *catalog_open_from(const char *base_dir, const char *override_dir, GError **error) {
    g_autoptr(GHashTable) files = source_load(base_dir, override_dir, error);
    if (files == NULL || !languages_add(files, error)) {
        return NULL;
    }
    g_autoptr(Catalog) catalog = g_new0(Catalog, 1);
    catalog->owned = g_ptr_array_new_with_free_func(owned_free);
    catalog->statics = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, bytes_free);
    catalog->lang_count = lang_count();
    for (guint lang = 0; lang < catalog->lang_count; lang++) {
        catalog->fallen[lang] = g_hash_table_new(g_str_hash, g_str_equal);
        catalog->templates[lang] = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
        catalog->texts[lang] = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    }
    return catalog_load(catalog, files, error) ? g_steal_pointer(&catalog) : NULL;
}

Catalog *catalog_open(const char *override_dir, GError **error) {
    return catalog_open_from(NULL, override_dir, error);
}

void catalog_free(Catalog *catalog) {
    if (catalog == NULL) {
        return;
    }
    for (guint lang = 0; lang < catalog->lang_count; lang++) {
        g_hash_table_unref(catalog->fallen[lang]);
        g_hash_table_unref(catalog->templates[lang]);
        g_hash_table_unref(catalog->texts[lang]);
    }
    g_hash_table_unref(catalog->statics);
    g_ptr_array_unref(catalog->owned);
    g_free(catalog);
}

const Template *catalog_partial(const char *name, gpointer data) {
    return g_hash_table_lookup(data, name);
}

Lang catalog_told(const Catalog *catalog, Lang lang, const char *name) {
    bool has =
        (guint)lang < catalog->lang_count && !g_hash_table_contains(catalog->fallen[lang], name);
    return has ? lang : lang_spec(lang)->fallback;
}

bool catalog_render_over(const Catalog *catalog, Lang lang, const char *name, const cJSON *shared,
                         const cJSON *own, GString *out, GError **error) {
    GHashTable *templates = catalog->templates[catalog_told(catalog, lang, name)];
    const Template *t = g_hash_table_lookup(templates, name);
    if (t == NULL) {
        return error_set(error, VK_ERROR_NOT_FOUND,
                         tr("mallen ”%s” finns inte", "there is no template “%s”"), name);
    }
    return template_render_over(t, shared, own, catalog_partial, templates, out, error);
}

bool catalog_render(const Catalog *catalog, Lang lang, const char *name, const cJSON *values,
                    GString *out, GError **error) {
    return catalog_render_over(catalog, lang, name, values, NULL, out, error);
}

bool catalog_has(const Catalog *catalog, Lang lang, const char *name) {
    return g_hash_table_contains(catalog->templates[catalog_told(catalog, lang, name)], name);
}

const char *catalog_text(const Catalog *catalog, Lang lang, const char *key) {
    bool has = (guint)lang < catalog->lang_count;
    const char *text =
        g_hash_table_lookup(catalog->texts[has ? lang : lang_spec(lang)->fallback], key);
    if (text == NULL) {
        g_error("no text %s in texts.json", key);
    }
    return text;
}

GBytes *catalog_static(const Catalog *catalog, const char *name) {
    GBytes *bytes = g_hash_table_lookup(catalog->statics, name);
    return bytes == NULL ? NULL : g_bytes_ref(bytes);
}
