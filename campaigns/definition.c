#include "campaigns/definition.h"

#include "base/error.h"
#include "campaigns/definition_private.h"
#include "survey/item.h"

#include <string.h>

enum {
    DEFINITION_MAX = 256 * 1024, /* bytes of JSON */
    NAME_MAX_CHARS = 63,
    TITLE_MAX_CHARS = 150,
    METHOD_MAX_CHARS = 2000,
    SAMPLE_MAX = 10000000,
};

bool definition_name_is_valid(const char *name) {
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
    Scope title = {scope_get(top, "title"), "title"};
    if (!scope_text(top, "name", NAME_MAX_CHARS, &out->name, error) ||
        !scope_need(top, "name", out->name != NULL, error)) {
        return false;
    }
    if (out->name == NULL || !definition_name_is_valid(out->name)) {
        return scope_fault(top, "name", "ska bestå av a–z, 0–9 och -, t.ex. hosten-2026",
                           "should consist of a–z, 0–9 and -, for example hosten-2026", error);
    }
    if (title.object != NULL && !cJSON_IsObject(title.object)) {
        return scope_fault(top, "title", "ska vara {\"sv\": \"…\", \"en\": \"…\"}",
                           "should be {\"sv\": \"…\", \"en\": \"…\"}", error);
    }
    if (!title_check(title, out, error) ||
        !scope_need(title, "sv", scope_get(title, "sv") != NULL, error)) {
        return false;
    }
    for (guint lang = 0; lang < lang_count(); lang++) {
        if (!scope_text(title, lang_code((Lang)lang), TITLE_MAX_CHARS, &out->title[lang], error)) {
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
    if (!scope_need(top, "kind", scope_get(top, "kind") != NULL, error) ||
        !scope_word(top, "kind", kinds, &kind, error)) {
        return false;
    }
    guint promise = by_kind[kind];
    bool practice = true;
    out->minutes = minutes[kind];
    out->announced = true;
    if (!scope_word(top, "promise", promises, &promise, error) ||
        !scope_bool(top, "announced", &out->announced, error) ||
        !scope_bool(top, "allow_retry", &out->allow_retry, error) ||
        !scope_bool(top, "practice", &practice, error) ||
        !scope_count(top, "minutes", 1, 60, &out->minutes, error) ||
        !scope_text(top, "method_text", METHOD_MAX_CHARS, &out->method_text, error)) {
        return false;
    }
    out->kind = (CampaignKind)kind;
    out->promise = (Promise)promise;
    bool may_practise = out->kind == CAMPAIGN_TRAINING && out->promise != PROMISE_ANONYMOUS;
    out->practice = practice && may_practise;
    if (practice && !may_practise && scope_get(top, "practice") != NULL) {
        return scope_fault(top, "practice",
                           "övning följer bara på en utbildning som inte är anonym; ta bort fältet",
                           "practice follows a training that is not anonymous, nothing else; "
                           "remove the field",
                           error);
    }
    if (out->kind == CAMPAIGN_OBSTACLES && out->promise != PROMISE_ANONYMOUS) {
        return scope_fault(top, "promise",
                           "en enkät om hinder är alltid anonym; ta bort fältet eller skriv "
                           "\"anonymous\"",
                           "an obstacles survey is always anonymous; remove the field or write "
                           "\"anonymous\"",
                           error);
    }
    if (out->allow_retry && out->promise == PROMISE_ANONYMOUS) {
        return scope_fault(
            top, "allow_retry",
            "ett nytt försök går inte att knyta till ett anonymt svar; ta bort fältet",
            "a new attempt cannot be tied to an anonymous answer; remove the field", error);
    }
    return true;
}

static bool parse_anchors(Scope content, Definition *out, GError **error) {
    static const char *const keys[] = {"campaign", "count", NULL};
    Scope anchors = {scope_get(content, "anchors"), "content.anchors"};
    if (anchors.object == NULL) {
        return true;
    }
    out->anchor_count = 5;
    if (!scope_check(anchors, keys, error) ||
        !scope_text(anchors, "campaign", NAME_MAX_CHARS, &out->anchor_campaign, error) ||
        !scope_need(anchors, "campaign", out->anchor_campaign != NULL, error) ||
        !scope_count(anchors, "count", 1, 50, &out->anchor_count, error)) {
        return false;
    }
    return (out->kind == CAMPAIGN_KNOWLEDGE && out->items == NULL && out->questionnaire == NULL) ||
           scope_fault(content, "anchors",
                       "hör till kind \"knowledge\" med frågor efter område; ta bort fältet",
                       "belongs to kind \"knowledge\" with items by area; remove the field", error);
}

static bool parse_content(Scope top, Definition *out, GError **error) {
    static const char *const keys[] = {"pack",    "lessons",  "items",  "questionnaire",
                                       "areas",   "per_area", "topics", "items_per_page",
                                       "anchors", NULL};
    Scope content = {scope_get(top, "content"), "content"};
    bool scored = out->kind == CAMPAIGN_TRAINING || out->kind == CAMPAIGN_KNOWLEDGE;
    out->per_area = scored ? 3 : 0;
    out->items_per_page = 4;
    if (!scope_need(top, "content", content.object != NULL, error) ||
        !scope_check(content, keys, error) ||
        !scope_text(content, "pack", DEFINITION_TEXT_MAX, &out->pack, error) ||
        !scope_need(content, "pack", out->pack != NULL, error) ||
        !scope_list(content, "lessons", &out->lessons, error) ||
        !scope_text(content, "questionnaire", NAME_MAX_CHARS, &out->questionnaire, error) ||
        !scope_list(content, "items", &out->items, error) ||
        !scope_list(content, "areas", &out->areas, error) ||
        !scope_list(content, "topics", &out->topics, error) ||
        !scope_count(content, "per_area", 1, 50, &out->per_area, error) ||
        !scope_count(content, "items_per_page", 1, 20, &out->items_per_page, error)) {
        return false;
    }
    if (!parse_anchors(content, out, error)) {
        return false;
    }
    bool by_area = out->areas != NULL || out->topics != NULL;
    if ((out->questionnaire != NULL) + (out->items != NULL) + by_area > 1) {
        return scope_fault(content, out->items != NULL ? "items" : "questionnaire",
                           "välj ett sätt: frågorna själva (items), efter område (areas, topics) "
                           "eller ett frågeformulär (questionnaire)",
                           "choose one way: the items themselves (items), by area (areas, topics) "
                           "or a questionnaire (questionnaire)",
                           error);
    }
    for (char **area = out->areas; area != NULL && *area != NULL; area++) {
        if (!item_area_is_known(*area)) {
            return scope_fault(content, "areas",
                               "ett område heter area1 till area5, ett hinder comb.…, t.ex. "
                               "comb.opportunity.social",
                               "an area is called area1 to area5, an obstacle's comb...., for "
                               "example comb.opportunity.social",
                               error);
        }
    }
    if (out->kind == CAMPAIGN_TRAINING) {
        return scope_need(content, "lessons", out->lessons != NULL, error) &&
               (out->questionnaire != NULL || out->items != NULL || out->areas != NULL ||
                out->topics != NULL ||
                scope_fault(content, "areas",
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
    Scope sample = {scope_get(audience, "sample"), "audience.sample"};
    if (!scope_check(sample, keys, error) ||
        !scope_count(sample, "count", 1, SAMPLE_MAX, &out->sample_count, error)) {
        return false;
    }
    const cJSON *percent = scope_get(sample, "percent");
    if (percent != NULL && (!cJSON_IsNumber(percent) || !(percent->valuedouble > 0) ||
                            percent->valuedouble > 100 || out->sample_count > 0)) {
        return scope_fault(sample, "percent", "ska vara ett tal över 0 och högst 100, utan count",
                           "should be a number over 0 and at most 100, without count", error);
    }
    out->sample_percent = percent != NULL ? percent->valuedouble : 0;
    return sample.object == NULL || audience_is_sampled(out) ||
           scope_fault(sample, "count", "ange count (antal) eller percent (andel)",
                       "give count or percent", error);
}

static bool parse_audience(Scope top, Definition *out, GError **error) {
    static const char *const keys[] = {
        "departments", "include_children", "roles", "exclude", "sample", "seed", NULL};
    static const char *const exclude_keys[] = {"departments", "roles", "emails", NULL};
    Scope audience = {scope_get(top, "audience"), "audience"};
    Scope exclude = {scope_get(audience, "exclude"), "audience.exclude"};
    Audience *who = &out->audience;
    who->include_children = true;
    guint seed = 0;
    if (!scope_check(audience, keys, error) || !scope_check(exclude, exclude_keys, error) ||
        !scope_list(audience, "departments", &who->departments, error) ||
        !scope_bool(audience, "include_children", &who->include_children, error) ||
        !scope_list(audience, "roles", &who->roles, error) ||
        !scope_list(exclude, "departments", &who->exclude_departments, error) ||
        !scope_list(exclude, "roles", &who->exclude_roles, error) ||
        !scope_list(exclude, "emails", &who->exclude_emails, error) ||
        !scope_count(audience, "seed", 1, INT32_MAX, &seed, error) ||
        !scope_count(top, "seed", 1, INT32_MAX, &seed, error)) {
        return false;
    }
    out->seed = seed;
    return parse_sample(audience, who, error);
}

static bool take_minute(Scope scope, const char *key, int *out, GError **error) {
    const cJSON *value = scope_get(scope, key);
    const char *text = value != NULL && cJSON_IsString(value) ? value->valuestring : "";
    if (value == NULL) {
        return true;
    }
    bool shaped = strlen(text) == 5 && text[2] == ':' && g_ascii_isdigit(text[0]) &&
                  g_ascii_isdigit(text[1]) && g_ascii_isdigit(text[3]) && g_ascii_isdigit(text[4]);
    int hour = shaped ? (text[0] - '0') * 10 + (text[1] - '0') : 99;
    int minute = shaped ? (text[3] - '0') * 10 + (text[4] - '0') : 99;
    if (minute > 59 || hour * 60 + minute > 24 * 60) {
        return scope_fault(scope, key, "ska vara ett klockslag, t.ex. \"09:00\"",
                           "should be a time of day, for example \"09:00\"", error);
    }
    *out = hour * 60 + minute;
    return true;
}

static bool take_days(Scope window, unsigned *out, GError **error) {
    static const char *const days[][7] = {{"mon", "tue", "wed", "thu", "fri", "sat", "sun"},
                                          {"mån", "tis", "ons", "tor", "fre", "lör", "sön"}};
    g_auto(GStrv) names = NULL;
    if (!scope_list(window, "days", &names, error)) {
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
            return scope_fault(window, "days", "dagarna heter mon, tue, wed, thu, fri, sat, sun",
                               "the days are mon, tue, wed, thu, fri, sat, sun", error);
        }
        found |= bit;
    }
    *out = found != 0 ? found : *out;
    return true;
}

static bool parse_window(Scope schedule, Window *out, GError **error) {
    static const char *const keys[] = {"days", "from", "to", "holidays", NULL};
    Scope window = {scope_get(schedule, "window"), "schedule.window"};
    *out = (Window){.days = SCHEDULE_WEEKDAYS, .from_minute = 8 * 60, .to_minute = 17 * 60};
    if (!scope_check(window, keys, error) || !take_days(window, &out->days, error) ||
        !take_minute(window, "from", &out->from_minute, error) ||
        !take_minute(window, "to", &out->to_minute, error) ||
        !scope_bool(window, "holidays", &out->holidays, error)) {
        return false;
    }
    return out->from_minute < out->to_minute ||
           scope_fault(window, "to", "ska vara senare på dagen än \"from\"",
                       "should be later in the day than \"from\"", error);
}

static bool parse_schedule(Scope top, Definition *out, GError **error) {
    static const char *const keys[] = {"start", "end", "close", "window", "reminders", NULL};
    static const char *const reminder_keys[] = {"after_working_days", "max", NULL};
    Scope schedule = {scope_get(top, "schedule"), "schedule"};
    Scope reminders = {scope_get(schedule, "reminders"), "schedule.reminders"};
    out->remind_after = 3;
    out->remind_max = 2;
    if (!scope_check(schedule, keys, error) || !scope_check(reminders, reminder_keys, error) ||
        !scope_time(schedule, "start", false, &out->start_at_us, error) ||
        !scope_time(schedule, "end", true, &out->end_at_us, error) ||
        !scope_time(schedule, "close", true, &out->close_at_us, error) ||
        !scope_count(reminders, "after_working_days", 1, 60, &out->remind_after, error) ||
        !scope_count(reminders, "max", 0, 10, &out->remind_max, error) ||
        !parse_window(schedule, &out->window, error)) {
        return false;
    }
    int64_t last_at_us = out->end_at_us - (scope_time_is_date(scope_get(schedule, "end")) ? 1 : 0);
    if (out->end_at_us != 0 && last_at_us < out->start_at_us) {
        return scope_fault(schedule, "end", "ska inte vara före \"start\"",
                           "should not be before \"start\"", error);
    }
    return out->close_at_us == 0 || out->close_at_us > MAX(out->start_at_us, out->end_at_us) ||
           scope_fault(schedule, "close", "ska vara efter \"start\" och \"end\"",
                       "should be after \"start\" and \"end\"", error);
}

static bool parse_follow(Scope top, Definition *out, GError **error) {
    out->after_days = 30;
    if (!scope_text(top, "follows", NAME_MAX_CHARS, &out->follows, error) ||
        !scope_count(top, "after_days", 1, 730, &out->after_days, error)) {
        return false;
    }
    if (out->follows == NULL) {
        return true;
    }
    if (out->kind != CAMPAIGN_APPLICATION) {
        return scope_fault(top, "follows", "hör till kind \"application\"; ta bort fältet",
                           "belongs to kind \"application\"; remove the field", error);
    }
    return !audience_is_sampled(&out->audience) ||
           scope_fault(top, "audience.sample",
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

/* The text as a tree; NULL with what is wrong. A byte of value 0 would end a text unseen. */
static cJSON *tree_read(const char *json, gsize length, GError **error) {
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
    const char *nul = g_strstr_len(json, (gssize)length, "\\u0000");
    if (nul != NULL) {
        error_set(error, VK_ERROR_INPUT,
                  tr("kampanjfilen, rad %u: tecknet \\u0000 är inte tillåtet; ta bort det",
                     "campaign file, line %u: the character \\u0000 is not allowed; remove it"),
                  line_of(json, nul));
        return NULL;
    }
    cJSON *tree = cJSON_ParseWithLengthOpts(json, length, &end, false);
    while (tree != NULL && end < json + length && g_ascii_isspace(*end)) {
        end++;
    }
    if (tree == NULL || end != json + length) {
        cJSON_Delete(tree);
        json_fault(json, end, error);
        return NULL;
    }
    return tree;
}

static Definition *definition_read(const char *json, gsize length, bool is_new, GError **error) {
    cJSON *tree = tree_read(json, length, error);
    if (tree == NULL) {
        return NULL;
    }
    g_autoptr(Definition) definition = g_new0(Definition, 1);
    Scope top = {tree, ""};
    bool good =
        parse_all(top, definition, error) && (!is_new || definition_check(top, definition, error));
    cJSON_Delete(tree);
    return good ? g_steal_pointer(&definition) : NULL;
}

Definition *definition_parse(const char *json, gsize length, GError **error) {
    return definition_read(json, length, false, error);
}

Definition *definition_parse_new(const char *json, gsize length, GError **error) {
    return definition_read(json, length, true, error);
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
