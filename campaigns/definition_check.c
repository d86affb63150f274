/* What a new campaign's file can say but not mean: definition_parse_new of definition.h. These
 * rules stand apart, as a campaign that was created before one of them came must still be read. */
#include "campaigns/definition_private.h"

#include <string.h>

/* A day, a minute in Stockholm, or a second with an offset. The schema has the same pattern. */
#define DAY    "20[0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
#define MINUTE "([01][0-9]|2[0-3]):[0-5][0-9]"
#define OFFSET "(Z|[+-](0[0-9]|1[0-4]):[0-5][0-9])"
static const char *const time_pattern =
    "\\A" DAY "([T ]" MINUTE "(:00|:[0-5][0-9]" OFFSET ")?)?\\z";

typedef enum { LIST_ANY, LIST_FILLED } ListRule;

static bool has_blank_end(const char *text) {
    const char *last = g_utf8_find_prev_char(text, text + strlen(text));
    return g_unichar_isspace(g_utf8_get_char(text)) ||
           (last != NULL && g_unichar_isspace(g_utf8_get_char(last)));
}

static bool line_check(Scope scope, const char *key, GError **error) {
    const char *text = cJSON_GetStringValue(scope_get(scope, key));
    return text == NULL || !has_blank_end(text) ||
           scope_fault(scope, key, "börjar eller slutar med ett blanksteg; ta bort det",
                       "begins or ends with a blank; remove it", error);
}

static bool value_fault(Scope scope, const char *key, const char *value, const char *sv,
                        const char *en, GError **error) {
    g_autofree char *full_sv = g_strdup_printf("värdet \"%s\" %s", value, sv);
    g_autofree char *full_en = g_strdup_printf("the value \"%s\" %s", value, en);
    return scope_fault(scope, key, full_sv, full_en, error);
}

/* An empty list would be read as everything there is, where somebody's script found nothing. */
static bool list_check(Scope scope, const char *key, ListRule rule, GError **error) {
    const cJSON *list = scope_get(scope, key);
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
    const cJSON *each = NULL;
    if (rule == LIST_FILLED && list != NULL && cJSON_GetArraySize(list) == 0) {
        return scope_fault(scope, key,
                           "listan är tom; skriv vad som ska stå där, eller ta bort "
                           "fältet",
                           "the list is empty; write what should stand there, or remove the field",
                           error);
    }
    cJSON_ArrayForEach(each, list) {
        if (has_blank_end(each->valuestring)) {
            return value_fault(scope, key, each->valuestring,
                               "börjar eller slutar med ett blanksteg; ta bort det",
                               "begins or ends with a blank; remove it", error);
        }
        if (!g_hash_table_add(seen, each->valuestring)) {
            return value_fault(scope, key, each->valuestring, "står två gånger; ta bort det ena",
                               "stands twice; remove one", error);
        }
    }
    return true;
}

static bool emails_check(Scope exclude, GError **error) {
    const cJSON *each = NULL;
    cJSON_ArrayForEach(each, scope_get(exclude, "emails")) {
        const char *at = strchr(each->valuestring, '@');
        if (at == NULL || at == each->valuestring || at[1] == '\0' || strchr(at + 1, '@') != NULL) {
            return value_fault(exclude, "emails", each->valuestring,
                               "är ingen e-postadress; skriv t.ex. asa@kommun.example",
                               "is no e-mail address; write for example asa@kommun.example", error);
        }
    }
    return true;
}

/* A field that would be passed over in silence. */
static bool idle_check(Scope scope, const char *key, bool is_idle, const char *sv, const char *en,
                       GError **error) {
    return !is_idle || scope_get(scope, key) == NULL || scope_fault(scope, key, sv, en, error);
}

/* One that no campaign can have will not come later either. */
static bool name_check(Scope scope, const char *key, GError **error) {
    const char *name = cJSON_GetStringValue(scope_get(scope, key));
    return name == NULL || definition_name_is_valid(name) ||
           scope_fault(scope, key, "ska vara en kampanjs namn: a–z, 0–9 och -",
                       "should be a campaign's name: a–z, 0–9 and -", error);
}

static bool titles_check(Scope top, GError **error) {
    Scope title = {scope_get(top, "title"), "title"};
    const cJSON *each = NULL;
    cJSON_ArrayForEach(each, title.object) {
        if (!line_check(title, each->string, error)) {
            return false;
        }
    }
    return line_check(top, "method_text", error);
}

static bool content_check(Scope top, const Definition *definition, GError **error) {
    Scope content = {scope_get(top, "content"), "content"};
    Scope anchors = {scope_get(content, "anchors"), "content.anchors"};
    bool named = definition->items != NULL || definition->questionnaire != NULL;
    return line_check(content, "pack", error) && line_check(content, "questionnaire", error) &&
           list_check(content, "lessons", LIST_FILLED, error) &&
           list_check(content, "items", LIST_FILLED, error) &&
           list_check(content, "areas", LIST_FILLED, error) &&
           list_check(content, "topics", LIST_FILLED, error) &&
           name_check(anchors, "campaign", error) && name_check(top, "follows", error) &&
           idle_check(content, "lessons", definition->kind != CAMPAIGN_TRAINING,
                      "hör till kind \"training\"; ta bort fältet",
                      "belongs to kind \"training\"; remove the field", error) &&
           idle_check(content, "per_area", named,
                      "gäller bara frågor som väljs efter område; ta bort fältet",
                      "is for items chosen by area only; remove the field", error) &&
           idle_check(content, "items_per_page", definition->questionnaire != NULL,
                      "frågeformuläret säger själv hur många; ta bort fältet",
                      "the questionnaire itself says how many; remove the field", error);
}

static bool audience_fields_check(Scope top, GError **error) {
    Scope audience = {scope_get(top, "audience"), "audience"};
    Scope exclude = {scope_get(audience, "exclude"), "audience.exclude"};
    return list_check(audience, "departments", LIST_FILLED, error) &&
           list_check(audience, "roles", LIST_FILLED, error) &&
           list_check(exclude, "departments", LIST_ANY, error) &&
           list_check(exclude, "roles", LIST_ANY, error) &&
           list_check(exclude, "emails", LIST_ANY, error) && emails_check(exclude, error) &&
           idle_check(audience, "seed", scope_get(top, "seed") != NULL,
                      "\"seed\" står också överst; ta bort den ena",
                      "\"seed\" stands at the top as well; remove one", error);
}

static bool schedule_check(Scope top, const Definition *definition, GError **error) {
    static const char *const times[] = {"start", "end", "close"};
    Scope schedule = {scope_get(top, "schedule"), "schedule"};
    Scope window = {scope_get(schedule, "window"), "schedule.window"};
    for (guint i = 0; i < G_N_ELEMENTS(times); i++) {
        const char *text = cJSON_GetStringValue(scope_get(schedule, times[i]));
        if (text != NULL && !g_regex_match_simple(time_pattern, text, 0, 0)) {
            return scope_fault(schedule, times[i],
                               "ska skrivas \"2026-11-24\", \"2026-11-24 09:00\" eller "
                               "\"2026-11-24T08:00:00Z\"",
                               "should be written \"2026-11-24\", \"2026-11-24 09:00\" or "
                               "\"2026-11-24T08:00:00Z\"",
                               error);
        }
    }
    return list_check(window, "days", LIST_FILLED, error) &&
           idle_check(
               schedule, "end", definition->follows != NULL,
               "en uppföljning skickas när var och ens dagar har gått; ta bort fältet (close "
               "säger när den slutar)",
               "a follow-up is sent as each person's days have passed; remove the field "
               "(close says when it ends)",
               error) &&
           idle_check(top, "after_days", definition->follows == NULL,
                      "gäller bara tillsammans med \"follows\"; ange vilken utbildning som följs "
                      "upp, eller ta bort fältet",
                      "goes with \"follows\" only; name the training that is followed up, or "
                      "remove the field",
                      error);
}

bool definition_check(Scope top, const Definition *definition, GError **error) {
    return titles_check(top, error) && content_check(top, definition, error) &&
           audience_fields_check(top, error) && schedule_check(top, definition, error);
}
