#include "campaigns/definition_private.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/nearest.h"

#include <string.h>

/* Beyond these somebody mistyped; and what is counted on from a date stays a date. */
enum { YEAR_MIN = 2000, YEAR_MAX = 2099 };

static char *field_name(Scope scope, const char *key) {
    bool both = scope.name[0] != '\0' && key[0] != '\0';
    return g_strconcat(scope.name, both ? "." : "", key, NULL);
}

bool scope_fault(Scope scope, const char *key, const char *sv, const char *en, GError **error) {
    g_autofree char *field = field_name(scope, key);
    if (field[0] == '\0') {
        return error_set(error, VK_ERROR_INPUT, tr("kampanjfilen %s", "the campaign file %s"),
                         lang_current() == LANG_SV ? sv : en);
    }
    return error_set(error, VK_ERROR_INPUT,
                     tr("kampanjfilen, fältet \"%s\": %s", "campaign file, field \"%s\": %s"),
                     field, lang_current() == LANG_SV ? sv : en);
}

const cJSON *scope_get(Scope scope, const char *key) {
    return scope.object != NULL ? cJSON_GetObjectItemCaseSensitive(scope.object, key) : NULL;
}

/* With the name that may have been meant. */
static bool unknown_fault(Scope scope, const char *key, const char *const *keys, GError **error) {
    const char *meant = nearest_word(key, keys);
    g_autofree char *list = g_strjoinv(", ", (char **)(uintptr_t)keys);
    g_autofree char *sv = meant != NULL ? g_strdup_printf("finns inte; menade du \"%s\"?", meant)
                                        : g_strdup_printf("finns inte; fälten här är %s", list);
    g_autofree char *en = meant != NULL
                              ? g_strdup_printf("does not exist; did you mean \"%s\"?", meant)
                              : g_strdup_printf("does not exist; the fields here are %s", list);
    return scope_fault(scope, key, sv, en, error);
}

bool scope_check(Scope scope, const char *const *keys, GError **error) {
    if (scope.object == NULL) {
        return true;
    }
    if (!cJSON_IsObject(scope.object)) {
        return scope_fault(scope, "", "ska vara ett objekt, { … }", "should be an object, { … }",
                           error);
    }
    const cJSON *each = NULL;
    cJSON_ArrayForEach(each, scope.object) {
        if (!g_strv_contains(keys, each->string)) {
            return unknown_fault(scope, each->string, keys, error);
        }
        if (scope_get(scope, each->string) != each) {
            return scope_fault(scope, each->string, "står två gånger; ta bort den ena",
                               "stands twice; remove one", error);
        }
    }
    return true;
}

static bool text_is_clean(const char *text, glong max) {
    if (text[0] == '\0' || g_utf8_strlen(text, -1) > max) {
        return false;
    }
    for (const char *at = text; *at != '\0'; at = g_utf8_next_char(at)) {
        if (g_unichar_iscntrl(g_utf8_get_char(at))) {
            return false;
        }
    }
    return true;
}

bool scope_text(Scope scope, const char *key, glong max, char **out, GError **error) {
    const cJSON *value = scope_get(scope, key);
    if (value == NULL) {
        return true;
    }
    if (!cJSON_IsString(value) || !text_is_clean(value->valuestring, max)) {
        g_autofree char *sv = g_strdup_printf("ska vara text på en rad, 1–%ld tecken", max);
        g_autofree char *en = g_strdup_printf("should be text on one line, 1–%ld characters", max);
        return scope_fault(scope, key, sv, en, error);
    }
    g_free(*out);
    *out = g_strdup(value->valuestring);
    return true;
}

/* One value of a list; `number` counts from 1. */
static bool list_value(Scope scope, const char *key, const cJSON *value, guint number,
                       GError **error) {
    if (cJSON_IsString(value) && text_is_clean(value->valuestring, DEFINITION_TEXT_MAX)) {
        return true;
    }
    g_autofree char *sv = g_strdup_printf("värde %u ska vara text på en rad, 1–%d tecken", number,
                                          DEFINITION_TEXT_MAX);
    g_autofree char *en = g_strdup_printf("value %u should be text on one line, 1–%d characters",
                                          number, DEFINITION_TEXT_MAX);
    return scope_fault(scope, key, sv, en, error);
}

bool scope_list(Scope scope, const char *key, char ***out, GError **error) {
    const cJSON *value = scope_get(scope, key);
    if (value == NULL) {
        return true;
    }
    if (!cJSON_IsArray(value)) {
        return scope_fault(scope, key, "ska vara en lista av texter, t.ex. [\"chef\"]",
                           "should be a list of texts, for example [\"chef\"]", error);
    }
    if (cJSON_GetArraySize(value) > DEFINITION_LIST_MAX) {
        g_autofree char *sv = g_strdup_printf("har fler än %d värden", DEFINITION_LIST_MAX);
        g_autofree char *en = g_strdup_printf("has more than %d values", DEFINITION_LIST_MAX);
        return scope_fault(scope, key, sv, en, error);
    }
    g_autoptr(GPtrArray) texts = g_ptr_array_new_with_free_func(g_free);
    const cJSON *each = NULL;
    cJSON_ArrayForEach(each, value) {
        if (!list_value(scope, key, each, texts->len + 1, error)) {
            return false;
        }
        g_ptr_array_add(texts, g_strdup(each->valuestring));
    }
    if (texts->len > 0) {
        g_ptr_array_add(texts, NULL);
        *out = (char **)g_ptr_array_steal(texts, NULL);
    }
    return true;
}

bool scope_count(Scope scope, const char *key, guint min, guint max, guint *out, GError **error) {
    const cJSON *value = scope_get(scope, key);
    if (value == NULL) {
        return true;
    }
    double number = cJSON_IsNumber(value) ? value->valuedouble : -1;
    if (number < min || number > max || number > (double)(guint)number) {
        g_autofree char *sv = g_strdup_printf("ska vara ett heltal %u–%u", min, max);
        g_autofree char *en = g_strdup_printf("should be a whole number %u–%u", min, max);
        return scope_fault(scope, key, sv, en, error);
    }
    *out = (guint)number;
    return true;
}

bool scope_bool(Scope scope, const char *key, bool *out, GError **error) {
    const cJSON *value = scope_get(scope, key);
    if (value == NULL) {
        return true;
    }
    if (!cJSON_IsBool(value)) {
        return scope_fault(scope, key, "ska vara true eller false", "should be true or false",
                           error);
    }
    *out = cJSON_IsTrue(value);
    return true;
}

bool scope_word(Scope scope, const char *key, const char *const *words, guint *out,
                GError **error) {
    const cJSON *value = scope_get(scope, key);
    if (value == NULL) {
        return true;
    }
    for (guint i = 0; words[i] != NULL; i++) {
        if (cJSON_IsString(value) && g_str_equal(value->valuestring, words[i])) {
            *out = i;
            return true;
        }
    }
    g_autofree char *list = g_strjoinv(", ", (char **)(uintptr_t)words);
    g_autofree char *sv = g_strdup_printf("ska vara ett av: %s", list);
    g_autofree char *en = g_strdup_printf("should be one of: %s", list);
    return scope_fault(scope, key, sv, en, error);
}

bool scope_need(Scope scope, const char *key, bool there, GError **error) {
    return there || scope_fault(scope, key, "saknas; lägg till det", "is missing; add it", error);
}

bool scope_time_is_date(const cJSON *value) {
    return cJSON_IsString(value) && strlen(value->valuestring) == strlen("2026-11-24");
}

bool scope_time(Scope scope, const char *key, bool whole_day, int64_t *out, GError **error) {
    const cJSON *value = scope_get(scope, key);
    if (value == NULL) {
        return true;
    }
    int64_t at_us = 0;
    if (!cJSON_IsString(value) || !clock_parse(value->valuestring, &at_us, NULL)) {
        return scope_fault(scope, key,
                           "ska vara en dag eller tidpunkt som finns, t.ex. \"2026-11-24\" eller "
                           "\"2026-11-24 09:00\"",
                           "should be a day or time that exists, for example \"2026-11-24\" or "
                           "\"2026-11-24 09:00\"",
                           error);
    }
    if (at_us < clock_from_local(YEAR_MIN, 1, 1, 0, 0) ||
        at_us >= clock_from_local(YEAR_MAX + 1, 1, 1, 0, 0)) {
        return scope_fault(scope, key, "ska vara ett årtal 2000–2099",
                           "should be of the years 2000–2099", error);
    }
    *out = whole_day && scope_time_is_date(value) ? schedule_add_days(at_us, 1) : at_us;
    return true;
}
