#include <string.h>

#include "base/error.h"
#include "base/lang.h"
#include "templates/catalog_private.h"
#include "templates/source.h"
#include "templates/tree.h"

static const struct {
    const char *ending;
    Escape escape;
} endings[] = {{".html", ESCAPE_HTML}, {".txt", ESCAPE_TEXT}, {".subject", ESCAPE_HEADER}};

static const char texts_name[] = "texts.json";
static const char shared_folder[] = "shared";

enum { FAULTS_SHOWN = 20 };

typedef struct {
    Catalog *catalog;
    GHashTable *files;
    GHashTable *samples; /* template name without ending -> cJSON, or NULL for a faulty one */
    GString *faults;
    guint fault_count;
} Load;

/* A shared template fails in both languages: the same fault is told once. */
static void fault_take(Load *load, GError *fault) {
    if (strstr(load->faults->str, fault->message) == NULL && load->fault_count++ < FAULTS_SHOWN) {
        g_string_append_printf(load->faults, "%s%s", load->faults->len > 0 ? "\n" : "",
                               fault->message);
    }
    g_error_free(fault);
}

#define FAULT(load, ...)                                                                           \
    do {                                                                                           \
        GError *fault = NULL;                                                                      \
        error_set(&fault, VK_ERROR_INPUT, __VA_ARGS__);                                            \
        fault_take(load, fault);                                                                   \
    } while (0)

static gint name_compare(gconstpointer a, gconstpointer b) {
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The keys in the order of the alphabet, so that faults come in the same order every time. */
static GPtrArray *keys_sorted(GHashTable *table) {
    GPtrArray *keys = g_ptr_array_new();
    GHashTableIter iter;
    gpointer key;
    g_hash_table_iter_init(&iter, table);
    while (g_hash_table_iter_next(&iter, &key, NULL)) {
        g_ptr_array_add(keys, key);
    }
    g_ptr_array_sort(keys, name_compare);
    return keys;
}

/* The ending's number in `endings`, or -1. */
static int ending_find(const char *name) {
    for (int i = 0; i < (int)G_N_ELEMENTS(endings); i++) {
        if (g_str_has_suffix(name, endings[i].ending)) {
            return i;
        }
    }
    return -1;
}

static bool is_partial(const char *name) {
    const char *slash = strrchr(name, '/');
    return (slash == NULL ? name : slash + 1)[0] == '_';
}

static guint line_of(const char *text, const char *at) {
    guint line = 1;
    for (; text < at; text++) {
        line += *text == '\n';
    }
    return line;
}

/* An object; NULL, and a fault, for anything else. */
static cJSON *json_read(Load *load, const char *shown, GBytes *bytes) {
    gsize length;
    const char *text = g_bytes_get_data(bytes, &length);
    const char *end = text;
    cJSON *json = cJSON_ParseWithLengthOpts(text, length, &end, false);
    gsize rest = json == NULL ? 0 : length - (gsize)(end - text);
    while (rest > 0 && g_ascii_isspace(*end)) {
        end++;
        rest--;
    }
    if (json != NULL && cJSON_IsObject(json) && rest == 0) {
        return json;
    }
    FAULT(load, tr("%s:%u: filen är inte ett JSON-objekt", "%s:%u: the file is not a JSON object"),
          shown, line_of(text, end == NULL ? text : end));
    cJSON_Delete(json);
    return NULL;
}

/* Adds the strings of the file; an override may only change those that are there, and an added
 * language has only those that it can fall back on. */
static void texts_add(Load *load, Lang lang, const char *shown, GBytes *bytes, bool overrides) {
    cJSON *json = json_read(load, shown, bytes);
    GHashTable *texts = load->catalog->texts[lang];
    GHashTable *known = overrides ? texts : NULL;
    if (lang >= LANG_OWN_COUNT) {
        known = load->catalog->texts[lang_spec(lang)->fallback];
    }
    const cJSON *text = NULL;
    cJSON_ArrayForEach(text, json) {
        if (!cJSON_IsString(text)) {
            FAULT(load,
                  tr("%s: värdet för ”%s” är inte en text", "%s: the value of “%s” is no text"),
                  shown, text->string);
        } else if (known != NULL && !g_hash_table_contains(known, text->string)) {
            FAULT(load, tr("%s: texten ”%s” finns inte", "%s: there is no text “%s”"), shown,
                  text->string);
        } else if (!overrides && g_hash_table_contains(texts, text->string)) {
            FAULT(load, tr("%s: ”%s” står två gånger", "%s: “%s” stands there twice"), shown,
                  text->string);
        } else {
            g_hash_table_replace(texts, g_strdup(text->string), g_strdup(text->valuestring));
        }
    }
    cJSON_Delete(json);
}

static void texts_load(Load *load, Lang lang) {
    const SourceFile *file = source_find(load->files, lang_code(lang), texts_name);
    if (file == NULL) {
        return;
    }
    if (file->covered != NULL) {
        g_autofree char *shown = g_strconcat("templates/", lang_code(lang), "/", texts_name, NULL);
        texts_add(load, lang, shown, file->covered, false);
    }
    texts_add(load, lang, file->shown, file->bytes, file->overrides);
}

static void texts_compare(Load *load) {
    for (guint lang = 0; lang < LANG_OWN_COUNT; lang++) {
        guint other = (lang + 1) % LANG_OWN_COUNT;
        g_autoptr(GPtrArray) keys = keys_sorted(load->catalog->texts[lang]);
        for (guint i = 0; i < keys->len; i++) {
            if (!g_hash_table_contains(load->catalog->texts[other], keys->pdata[i])) {
                FAULT(load,
                      tr("templates/%s/%s: texten ”%s” saknas; den finns i templates/%s/%s",
                         "templates/%s/%s: the text “%s” is missing; it is in templates/%s/%s"),
                      lang_code((Lang)other), texts_name, (const char *)keys->pdata[i],
                      lang_code((Lang)lang), texts_name);
            }
        }
    }
}

/* Whether the name stands in what an override may replace. */
static bool is_known(const Load *load, const char *name) {
    const char *const folders[] = {lang_code(LANG_SV), lang_code(LANG_EN), shared_folder};
    for (gsize i = 0; i < G_N_ELEMENTS(folders); i++) {
        const SourceFile *file = source_find(load->files, folders[i], name);
        if (file != NULL && (!file->overrides || file->covered != NULL)) {
            return true;
        }
    }
    return false;
}

static void template_load(Load *load, const char *folder, const char *name,
                          const SourceFile *file) {
    int ending = ending_find(name);
    if (ending < 0) {
        FAULT(load,
              tr("%s: en mall slutar på .html, .txt eller .subject",
                 "%s: a template ends in .html, .txt or .subject"),
              file->shown);
        return;
    }
    if (file->overrides && !is_partial(name) && !is_known(load, name)) {
        FAULT(load,
              tr("%s: det finns ingen mall ”%s” att ersätta; egna delmallar börjar med _",
                 "%s: there is no template “%s” to replace; partials of your own begin with _"),
              file->shown, name);
        return;
    }
    gsize length;
    const char *text = g_bytes_get_data(file->bytes, &length);
    if (length > 0 && memchr(text, '\0', length) != NULL) {
        FAULT(load, tr("%s: filen är inte en textfil", "%s: not a text file"), file->shown);
        return;
    }
    GError *fault = NULL;
    Template *t =
        template_compile(file->shown, length == 0 ? "" : text, endings[ending].escape, &fault);
    if (t == NULL) {
        fault_take(load, fault);
        return;
    }
    g_ptr_array_add(load->catalog->owned, t);
    for (guint lang = 0; lang < load->catalog->lang_count; lang++) {
        GHashTable *templates = load->catalog->templates[lang];
        bool is_shared = strcmp(folder, shared_folder) == 0;
        bool own_wins = is_shared && g_hash_table_contains(templates, name);
        if (!own_wins && (is_shared || strcmp(folder, lang_code((Lang)lang)) == 0)) {
            g_hash_table_replace(templates, g_strdup(name), t);
        }
    }
}

/* In whatever order the folders come, a language's own template is found before the shared one or
 * replaces it. */
static void files_load(Load *load) {
    g_autoptr(GPtrArray) paths = keys_sorted(load->files);
    for (guint i = 0; i < paths->len; i++) {
        const char *path = paths->pdata[i];
        const SourceFile *file = g_hash_table_lookup(load->files, path);
        const char *name = strchr(path, '/') + 1;
        g_autofree char *folder = g_strndup(path, (gsize)(name - path - 1));
        if (strcmp(folder, "static") == 0) {
            g_hash_table_replace(load->catalog->statics, g_strdup(name), g_bytes_ref(file->bytes));
        } else if (strcmp(folder, "fields") == 0) {
            if (file->overrides) {
                FAULT(load,
                      tr("%s: de deklarerade fälten kan inte ersättas; ta bort filen",
                         "%s: the declared fields cannot be replaced; remove the file"),
                      file->shown);
            }
        } else if (strcmp(name, texts_name) != 0 && strcmp(name, SOURCE_LANGUAGE) != 0) {
            template_load(load, folder, name, file);
        }
    }
}

/* The declared fields for the template, or NULL with a fault unless it had one already. */
static const cJSON *sample_find(Load *load, const Template *t, const char *name) {
    g_autofree char *noun =
        g_strndup(name, strlen(name) - strlen(endings[ending_find(name)].ending));
    gpointer sample = NULL;
    if (g_hash_table_lookup_extended(load->samples, noun, NULL, &sample)) {
        return sample;
    }
    g_autofree char *file_name = g_strconcat(noun, ".json", NULL);
    const SourceFile *file = source_find(load->files, "fields", file_name);
    if (file == NULL) {
        FAULT(load,
              tr("%s: filen templates/fields/%s med mallens fält saknas",
                 "%s: the file templates/fields/%s with the template's fields is missing"),
              template_name(t), file_name);
    } else {
        GBytes *bytes = file->covered != NULL ? file->covered : file->bytes;
        sample = json_read(load, file->shown, bytes);
    }
    g_hash_table_replace(load->samples, g_steal_pointer(&noun), sample);
    return sample;
}

/* Gives an added language what it lacks of the one it falls back on: partials one by one, pages and
 * mails as a whole. */
static void language_fall_back(Load *load, Lang lang) {
    Catalog *catalog = load->catalog;
    GHashTableIter iter;
    gpointer name;
    gpointer value;
    g_hash_table_iter_init(&iter, catalog->templates[lang_spec(lang)->fallback]);
    while (g_hash_table_iter_next(&iter, &name, &value)) {
        if (!g_hash_table_contains(catalog->templates[lang], name)) {
            g_hash_table_replace(catalog->templates[lang], g_strdup(name), value);
            if (!is_partial(name)) {
                g_hash_table_add(catalog->fallen[lang], name);
            }
        }
    }
    g_hash_table_iter_init(&iter, catalog->texts[lang_spec(lang)->fallback]);
    while (g_hash_table_iter_next(&iter, &name, &value)) {
        if (!g_hash_table_contains(catalog->texts[lang], name)) {
            g_hash_table_replace(catalog->texts[lang], g_strdup(name), g_strdup(value));
        }
    }
}

/* The program's own languages have the same templates. An added one has no others than it can fall
 * back on, and of a mail all its parts: its subject is not in another language than its text. */
static void partners_check(Load *load, Lang lang, const char *name, const Template *t) {
    const Catalog *catalog = load->catalog;
    Lang other = lang == LANG_SV ? LANG_EN : LANG_SV;
    other = lang >= LANG_OWN_COUNT ? lang_spec(lang)->fallback : other;
    bool may_be_own = lang >= LANG_OWN_COUNT && is_partial(name);
    if (!may_be_own && !g_hash_table_contains(catalog->templates[other], name)) {
        FAULT(load,
              tr("%s: mallen saknas på det andra språket; skriv %s/%s",
                 "%s: the template is missing in the other language; write %s/%s"),
              template_name(t), lang_code(other), name);
    }
    gsize noun = strlen(name) - strlen(endings[ending_find(name)].ending);
    for (gsize i = 0; i < G_N_ELEMENTS(endings); i++) {
        g_autofree char *part = g_strdup_printf("%.*s%s", (int)noun, name, endings[i].ending);
        if (g_hash_table_contains(catalog->fallen[lang], part)) {
            FAULT(load,
                  tr("%s: språket har inte hela mallen; skriv även %s/%s",
                     "%s: the language has only a part of the template; write %s/%s too"),
                  template_name(t), lang_code(lang), part);
        }
    }
}

static void templates_check(Load *load, Lang lang) {
    GHashTable *templates = load->catalog->templates[lang];
    g_autoptr(GPtrArray) names = keys_sorted(templates);
    for (guint i = 0; i < names->len; i++) {
        const char *name = names->pdata[i];
        const Template *t = g_hash_table_lookup(templates, name);
        if (g_hash_table_contains(load->catalog->fallen[lang], name)) {
            continue; /* checked in the language it is in */
        }
        partners_check(load, lang, name, t);
        if (is_partial(name)) {
            continue;
        }
        const cJSON *sample = sample_find(load, t, name);
        GError *fault = NULL;
        if (sample != NULL && !template_check(t, sample, catalog_partial, templates, &fault)) {
            fault_take(load, fault);
        }
    }
}

static void sample_free(gpointer sample) {
    cJSON_Delete(sample);
}

bool catalog_load(Catalog *catalog, GHashTable *files, GError **error) {
    Load load = {.catalog = catalog,
                 .files = files,
                 .samples = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, sample_free),
                 .faults = g_string_new(NULL)};
    files_load(&load);
    for (guint lang = 0; lang < catalog->lang_count; lang++) {
        texts_load(&load, (Lang)lang);
    }
    texts_compare(&load);
    for (guint lang = LANG_OWN_COUNT; lang < catalog->lang_count; lang++) {
        language_fall_back(&load, (Lang)lang);
    }
    /* A template that does not compile would be missed by all that include it. */
    for (guint lang = 0; lang < catalog->lang_count && load.fault_count == 0; lang++) {
        templates_check(&load, (Lang)lang);
    }
    g_hash_table_unref(load.samples);
    g_autofree char *faults = g_string_free(load.faults, FALSE);
    if (load.fault_count > FAULTS_SHOWN) {
        return error_set(error, VK_ERROR_INPUT, tr("%s\noch %u fel till", "%s\nand %u more faults"),
                         faults, load.fault_count - FAULTS_SHOWN);
    }
    return load.fault_count == 0 || error_set(error, VK_ERROR_INPUT, "%s", faults);
}
