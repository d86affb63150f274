#include "templates/languages.h"

#include <cjson/cJSON.h>
#include <string.h>

#include "base/error.h"
#include "base/lang.h"
#include "templates/source.h"

enum { TEXT_MAX = 60 };

/* The object being read, and the file for messages. */
typedef struct {
    const char *shown;
    const cJSON *object;
} Scope;

static bool fault(Scope scope, const char *field, const char *wanted_sv, const char *wanted_en,
                  GError **error) {
    return error_set(error, VK_ERROR_INPUT, tr("%s: \"%s\" ska vara %s", "%s: \"%s\" must be %s"),
                     scope.shown, field, tr(wanted_sv, wanted_en));
}

static bool fields_check(Scope scope, const char *const known[], GError **error) {
    const cJSON *field = NULL;
    cJSON_ArrayForEach(field, scope.object) {
        if (!g_strv_contains(known, field->string)) {
            return error_set(error, VK_ERROR_INPUT,
                             tr("%s: det finns inget fält \"%s\"", "%s: there is no field \"%s\""),
                             scope.shown, field->string);
        }
    }
    return true;
}

static bool text_is_good(const cJSON *value) {
    const char *text = cJSON_GetStringValue(value);
    if (text == NULL || *text == '\0' || g_utf8_strlen(text, -1) > TEXT_MAX) {
        return false;
    }
    for (const char *at = text; *at != '\0'; at = g_utf8_next_char(at)) {
        if (g_unichar_iscntrl(g_utf8_get_char(at))) {
            return false;
        }
    }
    return true;
}

static bool read_text(Scope scope, const char *field, const char **out, GError **error) {
    const cJSON *value = cJSON_GetObjectItemCaseSensitive(scope.object, field);
    *out = cJSON_GetStringValue(value);
    return text_is_good(value) ||
           fault(scope, field, "en text med högst 60 tecken utan styrtecken",
                 "a text of at most 60 characters without control characters", error);
}

static bool read_list(Scope scope, const char *field, int count, const char *out[],
                      GError **error) {
    const cJSON *list = cJSON_GetObjectItemCaseSensitive(scope.object, field);
    bool good = cJSON_IsArray(list) && cJSON_GetArraySize(list) == count;
    int i = 0;
    const cJSON *value = NULL;
    cJSON_ArrayForEach(value, list) {
        good = good && text_is_good(value);
        if (good) {
            out[i++] = value->valuestring;
        }
    }
    g_autofree char *sv = g_strdup_printf("en lista med %d texter", count);
    g_autofree char *en = g_strdup_printf("a list of %d texts", count);
    return good || fault(scope, field, sv, en, error);
}

static bool read_dates(Scope top, LangSpec *spec, GError **error) {
    static const char *const known[] = {"weekdays", "months", "date", "weekday_date", "time", NULL};
    Scope dates = {top.shown, cJSON_GetObjectItemCaseSensitive(top.object, "dates")};
    return dates.object == NULL ||
           ((cJSON_IsObject(dates.object) ||
             fault(top, "dates", "ett objekt", "an object", error)) &&
            fields_check(dates, known, error) &&
            read_list(dates, "weekdays", LANG_WEEKDAYS, spec->weekdays, error) &&
            read_list(dates, "months", LANG_MONTHS, spec->months, error) &&
            read_text(dates, "date", &spec->dates[LANG_DATE], error) &&
            read_text(dates, "weekday_date", &spec->dates[LANG_WEEKDAY_DATE], error) &&
            read_text(dates, "time", &spec->dates[LANG_TIME], error));
}

static bool read_answers(Scope top, LangSpec *spec, GError **error) {
    static const char *const known[] = {"true_false", "scale", NULL};
    Scope answers = {top.shown, cJSON_GetObjectItemCaseSensitive(top.object, "answers")};
    return answers.object == NULL ||
           ((cJSON_IsObject(answers.object) ||
             fault(top, "answers", "ett objekt", "an object", error)) &&
            fields_check(answers, known, error) &&
            read_list(answers, "true_false", LANG_TRUTHS, spec->truths, error) &&
            read_list(answers, "scale", LANG_STEPS, spec->steps, error));
}

static bool read_spec(Scope top, LangSpec *spec, GError **error) {
    static const char *const known[] = {"name", "direction", "fallback", "dates", "answers", NULL};
    const char *direction = NULL;
    const char *fallback = NULL;
    if (!fields_check(top, known, error) || !read_text(top, "name", &spec->name, error) ||
        !read_text(top, "direction", &direction, error) ||
        !read_text(top, "fallback", &fallback, error)) {
        return false;
    }
    spec->right_to_left = strcmp(direction, "rtl") == 0;
    spec->fallback = strcmp(fallback, lang_code(LANG_EN)) == 0 ? LANG_EN : LANG_SV;
    if (!spec->right_to_left && strcmp(direction, "ltr") != 0) {
        return fault(top, "direction", "ltr eller rtl", "ltr or rtl", error);
    }
    if (strcmp(fallback, lang_code(spec->fallback)) != 0) {
        return fault(top, "fallback", "sv eller en", "sv or en", error);
    }
    return read_dates(top, spec, error) && read_answers(top, spec, error);
}

static bool language_add(const char *code, const SourceFile *file, GError **error) {
    gsize length;
    Lang lang;
    const char *text = g_bytes_get_data(file->bytes, &length);
    cJSON *json = length == 0 ? NULL : cJSON_ParseWithLength(text, length);
    LangSpec spec = {.code = code};
    bool good = cJSON_IsObject(json) ? read_spec((Scope){file->shown, json}, &spec, error)
                                     : error_set(error, VK_ERROR_INPUT,
                                                 tr("%s: filen är inte ett JSON-objekt",
                                                    "%s: the file is not a JSON object"),
                                                 file->shown);
    if (good && !lang_add(&spec, &lang)) {
        good = error_set(error, VK_ERROR_LIMIT,
                         tr("%s: det kan inte finnas fler än %d språk",
                            "%s: there cannot be more than %d languages"),
                         file->shown, LANG_MAX);
    }
    cJSON_Delete(json);
    return good;
}

static gint name_compare(gconstpointer a, gconstpointer b) {
    return strcmp(a, b);
}

bool languages_add(GHashTable *files, GError **error) {
    static const char ending[] = "/" SOURCE_LANGUAGE;
    g_autoptr(GList) paths = g_list_sort(g_hash_table_get_keys(files), name_compare);
    for (const GList *at = paths; at != NULL; at = at->next) {
        const char *path = at->data;
        if (!g_str_has_suffix(path, ending) || strchr(path, '/') != strrchr(path, '/')) {
            continue;
        }
        g_autofree char *code = g_strndup(path, strlen(path) - strlen(ending));
        if (!language_add(code, g_hash_table_lookup(files, path), error)) {
            return false;
        }
    }
    return true;
}

bool languages_load(const char *override_dir, GError **error) {
    g_autoptr(GHashTable) files = source_load(NULL, override_dir, error);
    return files != NULL && languages_add(files, error);
}
