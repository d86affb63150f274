#include "campaigns/definition.h"

#include "base/clock.h"
#include "base/error.h"
#include "survey/item.h"

#include <cjson/cJSON.h>
#include <string.h>

enum {
    DEFINITION_MAX = 256 * 1024, /* bytes of JSON */
    NAME_MAX_CHARS = 63,
    TITLE_MAX_CHARS = 150,
    METHOD_MAX_CHARS = 2000,
    TEXT_MAX_CHARS = 300, /* a key, path, role or address */
    LIST_MAX = 5000,
    SAMPLE_MAX = 10000000,
};

/* An object of the file and its name in messages, "" at the top. */
typedef struct {
    const cJSON *object; /* NULL: not there */
    const char *name;
} Scope;

static char *field_name(Scope scope, const char *key) {
    bool both = scope.name[0] != '\0' && key[0] != '\0';
    return g_strconcat(scope.name, both ? "." : "", key, NULL);
}

/* `sv` and `en` say what the field should be. */
static bool field_fault(Scope scope, const char *key, const char *sv, const char *en,
                        GError **error) {
    g_autofree char *field = field_name(scope, key);
    if (field[0] == '\0') {
        return error_set(error, VK_ERROR_INPUT, tr("kampanjfilen %s", "the campaign file %s"),
                         lang_current() == LANG_SV ? sv : en);
    }
    return error_set(error, VK_ERROR_INPUT,
                     tr("kampanjfilen, fältet \"%s\": %s", "campaign file, field \"%s\": %s"),
                     field, lang_current() == LANG_SV ? sv : en);
}

static const cJSON *field_get(Scope scope, const char *key) {
    return scope.object != NULL ? cJSON_GetObjectItemCaseSensitive(scope.object, key) : NULL;
}

/* Refuses fields that are not in `keys`, or stand twice. */
static bool scope_check(Scope scope, const char *const *keys, GError **error) {
    if (scope.object == NULL) {
        return true;
    }
    if (!cJSON_IsObject(scope.object)) {
        return field_fault(scope, "", "ska vara ett objekt, { … }", "should be an object, { … }",
                           error);
    }
    const cJSON *each = NULL;
    cJSON_ArrayForEach(each, scope.object) {
        if (!g_strv_contains(keys, each->string)) {
            g_autofree char *list = g_strjoinv(", ", (char **)(uintptr_t)keys);
            g_autofree char *sv = g_strdup_printf("finns inte; fälten här är %s", list);
            g_autofree char *en = g_strdup_printf("does not exist; the fields here are %s", list);
            return field_fault(scope, each->string, sv, en, error);
        }
        if (field_get(scope, each->string) != each) {
            return field_fault(scope, each->string, "står två gånger; ta bort den ena",
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

/* Leaves `out` alone where the field is absent. */
static bool take_text(Scope scope, const char *key, glong max, char **out, GError **error) {
    const cJSON *value = field_get(scope, key);
    if (value == NULL) {
        return true;
    }
    if (!cJSON_IsString(value) || !text_is_clean(value->valuestring, max)) {
        g_autofree char *sv = g_strdup_printf("ska vara text på en rad, 1–%ld tecken", max);
        g_autofree char *en = g_strdup_printf("should be text on one line, 1–%ld characters", max);
        return field_fault(scope, key, sv, en, error);
    }
    g_free(*out);
    *out = g_strdup(value->valuestring);
    return true;
}

/* An empty list counts as absent. */
static bool take_list(Scope scope, const char *key, char ***out, GError **error) {
    const cJSON *value = field_get(scope, key);
    if (value == NULL) {
        return true;
    }
    if (!cJSON_IsArray(value) || cJSON_GetArraySize(value) > LIST_MAX) {
        return field_fault(scope, key, "ska vara en lista av texter, t.ex. [\"chef\"]",
                           "should be a list of texts, for example [\"chef\"]", error);
    }
    g_autoptr(GPtrArray) texts = g_ptr_array_new_with_free_func(g_free);
    const cJSON *each = NULL;
    cJSON_ArrayForEach(each, value) {
        if (!cJSON_IsString(each) || !text_is_clean(each->valuestring, TEXT_MAX_CHARS)) {
            return field_fault(scope, key, "varje värde ska vara text på en rad",
                               "every value should be text on one line", error);
        }
        g_ptr_array_add(texts, g_strdup(each->valuestring));
    }
    if (texts->len > 0) {
        g_ptr_array_add(texts, NULL);
        *out = (char **)g_ptr_array_steal(texts, NULL);
    }
    return true;
}

static bool take_count(Scope scope, const char *key, guint min, guint max, guint *out,
                       GError **error) {
    const cJSON *value = field_get(scope, key);
    if (value == NULL) {
        return true;
    }
    double number = cJSON_IsNumber(value) ? value->valuedouble : -1;
    if (number < min || number > max || number > (double)(guint)number) {
        g_autofree char *sv = g_strdup_printf("ska vara ett heltal %u–%u", min, max);
        g_autofree char *en = g_strdup_printf("should be a whole number %u–%u", min, max);
        return field_fault(scope, key, sv, en, error);
    }
    *out = (guint)number;
    return true;
}

static bool take_bool(Scope scope, const char *key, bool *out, GError **error) {
    const cJSON *value = field_get(scope, key);
    if (value == NULL) {
        return true;
    }
    if (!cJSON_IsBool(value)) {
        return field_fault(scope, key, "ska vara true eller false", "should be true or false",
                           error);
    }
    *out = cJSON_IsTrue(value);
    return true;
}

/* One of `words`; `out` receives its index. */
static bool take_word(Scope scope, const char *key, const char *const *words, guint *out,
                      GError **error) {
    const cJSON *value = field_get(scope, key);
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
    return field_fault(scope, key, sv, en, error);
}

static bool need(Scope scope, const char *key, bool there, GError **error) {
    return there || field_fault(scope, key, "saknas; lägg till det", "is missing; add it", error);
}

static bool time_is_date(const cJSON *value) {
    return cJSON_IsString(value) && strlen(value->valuestring) == strlen("2026-11-24");
}

/* `whole_day`: a date alone means the end of that day. */
static bool take_time(Scope scope, const char *key, bool whole_day, int64_t *out, GError **error) {
    const cJSON *value = field_get(scope, key);
    if (value == NULL) {
        return true;
    }
    if (!cJSON_IsString(value) || !clock_parse(value->valuestring, out, NULL)) {
        return field_fault(scope, key, "ska vara en tidpunkt, t.ex. \"2026-11-24 09:00\"",
                           "should be a time, for example \"2026-11-24 09:00\"", error);
    }
    if (whole_day && time_is_date(value)) {
        *out = schedule_add_days(*out, 1);
    }
    return true;
}

/* --- the parts ----------------------------------------------------------------------- */

static bool name_is_valid(const char *name) {
    size_t length = strlen(name);
    return length >= 1 && length <= NAME_MAX_CHARS && name[0] != '-' &&
           strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-") == length;
}

/* A title may be in languages that this installation does not have, or has no more. */
static bool title_check(Scope title, Definition *out, GError **error) {
    g_autoptr(GPtrArray) keys = g_ptr_array_new();
    g_ptr_array_add(keys, (gpointer)(uintptr_t)lang_code(LANG_SV));
    g_ptr_array_add(keys, (gpointer)(uintptr_t)lang_code(LANG_EN));
    const cJSON *each = NULL;
    cJSON_ArrayForEach(each, title.object) {
        if (each->string == NULL || !lang_code_is_valid(each->string)) {
            continue;
        }
        g_ptr_array_add(keys, each->string);
        if (out->title_foreign == NULL && !lang_is_there(each->string)) {
            out->title_foreign = g_strdup(each->string);
        }
    }
    g_ptr_array_add(keys, NULL);
    return scope_check(title, (const char *const *)keys->pdata, error);
}

static bool parse_names(Scope top, Definition *out, GError **error) {
    Scope title = {field_get(top, "title"), "title"};
    if (!take_text(top, "name", NAME_MAX_CHARS, &out->name, error) ||
        !need(top, "name", out->name != NULL, error)) {
        return false;
    }
    if (out->name == NULL || !name_is_valid(out->name)) {
        return field_fault(top, "name", "ska bestå av a–z, 0–9 och -, t.ex. hosten-2026",
                           "should consist of a–z, 0–9 and -, for example hosten-2026", error);
    }
    if (!title_check(title, out, error) ||
        !need(title, "sv", field_get(title, "sv") != NULL, error)) {
        return false;
    }
    for (guint lang = 0; lang < lang_count(); lang++) {
        if (!take_text(title, lang_code((Lang)lang), TITLE_MAX_CHARS, &out->title[lang], error)) {
            return false;
        }
    }
    if (out->title[LANG_EN] == NULL) {
        out->title[LANG_EN] = g_strdup(out->title[LANG_SV]);
    }
    return true;
}

static bool parse_kind(Scope top, Definition *out, GError **error) {
    static const char *const kinds[] = {"training", "knowledge", "application", "obstacles", NULL};
    static const char *const promises[] = {"identified", "confidential", "anonymous", NULL};
    static const Promise by_kind[] = {[CAMPAIGN_TRAINING] = PROMISE_IDENTIFIED,
                                      [CAMPAIGN_KNOWLEDGE] = PROMISE_CONFIDENTIAL,
                                      [CAMPAIGN_APPLICATION] = PROMISE_ANONYMOUS,
                                      [CAMPAIGN_OBSTACLES] = PROMISE_ANONYMOUS};
    static const guint minutes[] = {[CAMPAIGN_TRAINING] = 5,
                                    [CAMPAIGN_KNOWLEDGE] = 10,
                                    [CAMPAIGN_APPLICATION] = 5,
                                    [CAMPAIGN_OBSTACLES] = 10};
    guint kind = 0;
    if (!need(top, "kind", field_get(top, "kind") != NULL, error) ||
        !take_word(top, "kind", kinds, &kind, error)) {
        return false;
    }
    guint promise = by_kind[kind];
    bool practice = true;
    out->minutes = minutes[kind];
    out->announced = true;
    if (!take_word(top, "promise", promises, &promise, error) ||
        !take_bool(top, "announced", &out->announced, error) ||
        !take_bool(top, "allow_retry", &out->allow_retry, error) ||
        !take_bool(top, "practice", &practice, error) ||
        !take_count(top, "minutes", 1, 60, &out->minutes, error) ||
        !take_text(top, "method_text", METHOD_MAX_CHARS, &out->method_text, error)) {
        return false;
    }
    out->kind = (CampaignKind)kind;
    out->promise = (Promise)promise;
    bool may_practise = out->kind == CAMPAIGN_TRAINING && out->promise != PROMISE_ANONYMOUS;
    out->practice = practice && may_practise;
    if (practice && !may_practise && field_get(top, "practice") != NULL) {
        return field_fault(top, "practice",
                           "övning följer bara på en utbildning som inte är anonym; ta bort fältet",
                           "practice follows a training that is not anonymous, nothing else; "
                           "remove the field",
                           error);
    }
    if (out->kind == CAMPAIGN_OBSTACLES && out->promise != PROMISE_ANONYMOUS) {
        return field_fault(top, "promise",
                           "en enkät om hinder är alltid anonym; ta bort fältet eller skriv "
                           "\"anonymous\"",
                           "an obstacles survey is always anonymous; remove the field or write "
                           "\"anonymous\"",
                           error);
    }
    if (out->allow_retry && out->promise == PROMISE_ANONYMOUS) {
        return field_fault(
            top, "allow_retry",
            "ett nytt försök går inte att knyta till ett anonymt svar; ta bort fältet",
            "a new attempt cannot be tied to an anonymous answer; remove the field", error);
    }
    return true;
}

static bool parse_anchors(Scope content, Definition *out, GError **error) {
    static const char *const keys[] = {"campaign", "count", NULL};
    Scope anchors = {field_get(content, "anchors"), "content.anchors"};
    if (anchors.object == NULL) {
        return true;
    }
    out->anchor_count = 5;
    if (!scope_check(anchors, keys, error) ||
        !take_text(anchors, "campaign", NAME_MAX_CHARS, &out->anchor_campaign, error) ||
        !need(anchors, "campaign", out->anchor_campaign != NULL, error) ||
        !take_count(anchors, "count", 1, 50, &out->anchor_count, error)) {
        return false;
    }
    return (out->kind == CAMPAIGN_KNOWLEDGE && out->items == NULL && out->questionnaire == NULL) ||
           field_fault(content, "anchors",
                       "hör till kind \"knowledge\" med frågor efter område; ta bort fältet",
                       "belongs to kind \"knowledge\" with items by area; remove the field", error);
}

static bool parse_content(Scope top, Definition *out, GError **error) {
    static const char *const keys[] = {"pack",    "lessons",  "items",  "questionnaire",
                                       "areas",   "per_area", "topics", "items_per_page",
                                       "anchors", NULL};
    Scope content = {field_get(top, "content"), "content"};
    bool scored = out->kind == CAMPAIGN_TRAINING || out->kind == CAMPAIGN_KNOWLEDGE;
    out->per_area = scored ? 3 : 0;
    out->items_per_page = 4;
    if (!need(top, "content", content.object != NULL, error) ||
        !scope_check(content, keys, error) ||
        !take_text(content, "pack", TEXT_MAX_CHARS, &out->pack, error) ||
        !need(content, "pack", out->pack != NULL, error) ||
        !take_list(content, "lessons", &out->lessons, error) ||
        !take_text(content, "questionnaire", NAME_MAX_CHARS, &out->questionnaire, error) ||
        !take_list(content, "items", &out->items, error) ||
        !take_list(content, "areas", &out->areas, error) ||
        !take_list(content, "topics", &out->topics, error) ||
        !take_count(content, "per_area", 1, 50, &out->per_area, error) ||
        !take_count(content, "items_per_page", 1, 20, &out->items_per_page, error)) {
        return false;
    }
    if (!parse_anchors(content, out, error)) {
        return false;
    }
    bool by_area = out->areas != NULL || out->topics != NULL;
    if ((out->questionnaire != NULL) + (out->items != NULL) + by_area > 1) {
        return field_fault(content, out->items != NULL ? "items" : "questionnaire",
                           "välj ett sätt: frågorna själva (items), efter område (areas, topics) "
                           "eller ett frågeformulär (questionnaire)",
                           "choose one way: the items themselves (items), by area (areas, topics) "
                           "or a questionnaire (questionnaire)",
                           error);
    }
    for (char **area = out->areas; area != NULL && *area != NULL; area++) {
        if (!item_area_is_known(*area)) {
            return field_fault(content, "areas", "ett område heter area1 till area5",
                               "an area is called area1 to area5", error);
        }
    }
    if (out->kind == CAMPAIGN_TRAINING) {
        return need(content, "lessons", out->lessons != NULL, error) &&
               (out->questionnaire != NULL || out->items != NULL || out->areas != NULL ||
                out->topics != NULL ||
                field_fault(content, "areas",
                            "en utbildning behöver kontrollfrågor: ange areas, topics, items eller "
                            "questionnaire",
                            "a training needs questions to check: give areas, topics, items or "
                            "questionnaire",
                            error));
    }
    return true;
}

static bool parse_sample(Scope audience, Audience *out, GError **error) {
    static const char *const keys[] = {"count", "percent", NULL};
    Scope sample = {field_get(audience, "sample"), "audience.sample"};
    if (!scope_check(sample, keys, error) ||
        !take_count(sample, "count", 1, SAMPLE_MAX, &out->sample_count, error)) {
        return false;
    }
    const cJSON *percent = field_get(sample, "percent");
    if (percent != NULL && (!cJSON_IsNumber(percent) || !(percent->valuedouble > 0) ||
                            percent->valuedouble > 100 || out->sample_count > 0)) {
        return field_fault(sample, "percent", "ska vara ett tal över 0 och högst 100, utan count",
                           "should be a number over 0 and at most 100, without count", error);
    }
    out->sample_percent = percent != NULL ? percent->valuedouble : 0;
    return sample.object == NULL || audience_is_sampled(out) ||
           field_fault(sample, "count", "ange count (antal) eller percent (andel)",
                       "give count or percent", error);
}

static bool parse_audience(Scope top, Definition *out, GError **error) {
    static const char *const keys[] = {
        "departments", "include_children", "roles", "exclude", "sample", "seed", NULL};
    static const char *const exclude_keys[] = {"departments", "roles", "emails", NULL};
    Scope audience = {field_get(top, "audience"), "audience"};
    Scope exclude = {field_get(audience, "exclude"), "audience.exclude"};
    Audience *who = &out->audience;
    who->include_children = true;
    guint seed = 0;
    if (!scope_check(audience, keys, error) || !scope_check(exclude, exclude_keys, error) ||
        !take_list(audience, "departments", &who->departments, error) ||
        !take_bool(audience, "include_children", &who->include_children, error) ||
        !take_list(audience, "roles", &who->roles, error) ||
        !take_list(exclude, "departments", &who->exclude_departments, error) ||
        !take_list(exclude, "roles", &who->exclude_roles, error) ||
        !take_list(exclude, "emails", &who->exclude_emails, error) ||
        !take_count(audience, "seed", 1, INT32_MAX, &seed, error) ||
        !take_count(top, "seed", 1, INT32_MAX, &seed, error)) {
        return false;
    }
    out->seed = seed;
    return parse_sample(audience, who, error);
}

static bool take_minute(Scope scope, const char *key, int *out, GError **error) {
    const cJSON *value = field_get(scope, key);
    const char *text = value != NULL && cJSON_IsString(value) ? value->valuestring : "";
    if (value == NULL) {
        return true;
    }
    bool shaped = strlen(text) == 5 && text[2] == ':' && g_ascii_isdigit(text[0]) &&
                  g_ascii_isdigit(text[1]) && g_ascii_isdigit(text[3]) && g_ascii_isdigit(text[4]);
    int hour = shaped ? (text[0] - '0') * 10 + (text[1] - '0') : 99;
    int minute = shaped ? (text[3] - '0') * 10 + (text[4] - '0') : 99;
    if (minute > 59 || hour * 60 + minute > 24 * 60) {
        return field_fault(scope, key, "ska vara ett klockslag, t.ex. \"09:00\"",
                           "should be a time of day, for example \"09:00\"", error);
    }
    *out = hour * 60 + minute;
    return true;
}

static bool take_days(Scope window, unsigned *out, GError **error) {
    static const char *const days[][7] = {{"mon", "tue", "wed", "thu", "fri", "sat", "sun"},
                                          {"mån", "tis", "ons", "tor", "fre", "lör", "sön"}};
    g_auto(GStrv) names = NULL;
    if (!take_list(window, "days", &names, error)) {
        return false;
    }
    unsigned found = 0;
    for (char **name = names; name != NULL && *name != NULL; name++) {
        unsigned bit = 0;
        for (unsigned i = 0; i < 7; i++) {
            if (g_str_equal(*name, days[0][i]) || g_str_equal(*name, days[1][i])) {
                bit = 1U << i;
            }
        }
        if (bit == 0) {
            return field_fault(window, "days", "dagarna heter mon, tue, wed, thu, fri, sat, sun",
                               "the days are mon, tue, wed, thu, fri, sat, sun", error);
        }
        found |= bit;
    }
    *out = found != 0 ? found : *out;
    return true;
}

static bool parse_window(Scope schedule, Window *out, GError **error) {
    static const char *const keys[] = {"days", "from", "to", "holidays", NULL};
    Scope window = {field_get(schedule, "window"), "schedule.window"};
    *out = (Window){.days = SCHEDULE_WEEKDAYS, .from_minute = 8 * 60, .to_minute = 17 * 60};
    if (!scope_check(window, keys, error) || !take_days(window, &out->days, error) ||
        !take_minute(window, "from", &out->from_minute, error) ||
        !take_minute(window, "to", &out->to_minute, error) ||
        !take_bool(window, "holidays", &out->holidays, error)) {
        return false;
    }
    return out->from_minute < out->to_minute ||
           field_fault(window, "to", "ska vara senare på dagen än \"from\"",
                       "should be later in the day than \"from\"", error);
}

static bool parse_schedule(Scope top, Definition *out, GError **error) {
    static const char *const keys[] = {"start", "end", "close", "window", "reminders", NULL};
    static const char *const reminder_keys[] = {"after_working_days", "max", NULL};
    Scope schedule = {field_get(top, "schedule"), "schedule"};
    Scope reminders = {field_get(schedule, "reminders"), "schedule.reminders"};
    out->remind_after = 3;
    out->remind_max = 2;
    if (!scope_check(schedule, keys, error) || !scope_check(reminders, reminder_keys, error) ||
        !take_time(schedule, "start", false, &out->start_at_us, error) ||
        !take_time(schedule, "end", true, &out->end_at_us, error) ||
        !take_time(schedule, "close", true, &out->close_at_us, error) ||
        !take_count(reminders, "after_working_days", 1, 60, &out->remind_after, error) ||
        !take_count(reminders, "max", 0, 10, &out->remind_max, error) ||
        !parse_window(schedule, &out->window, error)) {
        return false;
    }
    int64_t last_at_us = out->end_at_us - (time_is_date(field_get(schedule, "end")) ? 1 : 0);
    if (out->end_at_us != 0 && last_at_us < out->start_at_us) {
        return field_fault(schedule, "end", "ska inte vara före \"start\"",
                           "should not be before \"start\"", error);
    }
    return out->close_at_us == 0 || out->close_at_us > MAX(out->start_at_us, out->end_at_us) ||
           field_fault(schedule, "close", "ska vara efter \"start\" och \"end\"",
                       "should be after \"start\" and \"end\"", error);
}

static bool parse_follow(Scope top, Definition *out, GError **error) {
    out->after_days = 30;
    if (!take_text(top, "follows", NAME_MAX_CHARS, &out->follows, error) ||
        !take_count(top, "after_days", 1, 730, &out->after_days, error)) {
        return false;
    }
    if (out->follows == NULL) {
        return true;
    }
    if (out->kind != CAMPAIGN_APPLICATION) {
        return field_fault(top, "follows", "hör till kind \"application\"; ta bort fältet",
                           "belongs to kind \"application\"; remove the field", error);
    }
    return !audience_is_sampled(&out->audience) ||
           field_fault(top, "audience.sample",
                       "en uppföljning frågar alla som gått utbildningen; ta bort fältet",
                       "a follow-up asks everyone who did the training; remove the field", error);
}

static bool parse_all(Scope top, Definition *out, GError **error) {
    static const char *const keys[] = {"name",        "title",   "kind",       "promise",
                                       "announced",   "content", "audience",   "seed",
                                       "schedule",    "follows", "after_days", "allow_retry",
                                       "method_text", "minutes", "practice",   NULL};
    return scope_check(top, keys, error) && parse_names(top, out, error) &&
           parse_kind(top, out, error) && parse_content(top, out, error) &&
           parse_audience(top, out, error) && parse_schedule(top, out, error) &&
           parse_follow(top, out, error);
}

static guint line_of(const char *json, const char *end) {
    guint line = 1;
    for (const char *at = json; at < end; at++) {
        line += *at == '\n' ? 1 : 0;
    }
    return line;
}

static bool json_fault(const char *json, const char *end, GError **error) {
    return error_set(
        error, VK_ERROR_INPUT,
        tr("kampanjfilen, rad %u: ingen giltig JSON; se efter ett saknat komma eller "
           "citattecken",
           "campaign file, line %u: not valid JSON; look for a missing comma or quote"),
        line_of(json, end));
}

Definition *definition_parse(const char *json, gsize length, GError **error) {
    if (length > DEFINITION_MAX) {
        error_set(error, VK_ERROR_LIMIT,
                  tr("kampanjfilen är större än %d byte", "the campaign file is over %d bytes"),
                  DEFINITION_MAX);
        return NULL;
    }
    const char *end = json;
    if (!g_utf8_validate(json, (gssize)length, &end)) {
        error_set(error, VK_ERROR_INPUT,
                  tr("kampanjfilen, rad %u: inte UTF-8; spara filen med den teckenkodningen",
                     "campaign file, line %u: not UTF-8; save the file in that encoding"),
                  line_of(json, end));
        return NULL;
    }
    cJSON *tree = cJSON_ParseWithLengthOpts(json, length, &end, false);
    while (tree != NULL && end < json + length && g_ascii_isspace(*end)) {
        end++;
    }
    g_autoptr(Definition) definition = g_new0(Definition, 1);
    Scope top = {tree, ""};
    bool good = tree != NULL && end == json + length ? parse_all(top, definition, error)
                                                     : json_fault(json, end, error);
    cJSON_Delete(tree);
    return good ? g_steal_pointer(&definition) : NULL;
}

void definition_free(Definition *definition) {
    if (definition == NULL) {
        return;
    }
    g_free(definition->name);
    lang_clear(definition->title);
    g_free(definition->title_foreign);
    g_free(definition->pack);
    g_strfreev(definition->lessons);
    g_free(definition->questionnaire);
    g_strfreev(definition->items);
    g_strfreev(definition->areas);
    g_strfreev(definition->topics);
    g_free(definition->anchor_campaign);
    audience_clear(&definition->audience);
    g_free(definition->follows);
    g_free(definition->method_text);
    g_free(definition);
}
