#include "campaigns/mailtext.h"

#include "base/clock.h"

#include <cjson/cJSON.h>

char *mailtext_last_day(int64_t closes_at_us, Lang lang) {
    g_autoptr(GDateTime) last = clock_local_last(closes_at_us);
    return lang_date(lang, LANG_DATE, last);
}

char *mailtext_values(const Campaign *campaign, const Definition *definition,
                      const MailSource *source, Lang lang, int64_t closes_at_us, bool reminder) {
    g_autofree char *closes = mailtext_last_day(closes_at_us, lang);
    g_autofree char *verify_url = g_strconcat(source->base_url, "/verify", NULL);
    cJSON *values = cJSON_CreateObject();
    cJSON_AddStringToObject(values, "title", campaign->title[lang]);
    cJSON_AddBoolToObject(values, "kind_training", campaign->kind == CAMPAIGN_TRAINING);
    cJSON_AddBoolToObject(values, "kind_knowledge", campaign->kind == CAMPAIGN_KNOWLEDGE);
    cJSON_AddBoolToObject(values, "kind_application", campaign->kind == CAMPAIGN_APPLICATION);
    cJSON_AddBoolToObject(values, "kind_obstacles", campaign->kind == CAMPAIGN_OBSTACLES);
    cJSON_AddStringToObject(values, "organisation",
                            source->organisation[lang_spec(lang)->fallback]);
    cJSON_AddNumberToObject(values, "minutes", definition->minutes);
    cJSON_AddStringToObject(values, "closes", closes);
    cJSON_AddStringToObject(values, "control_phrase", campaign->control_phrase);
    cJSON_AddStringToObject(values, "verify_url", verify_url);
    cJSON_AddStringToObject(values, "contact", source->contact);
    cJSON_AddBoolToObject(values, "promise_identified", campaign->promise == PROMISE_IDENTIFIED);
    cJSON_AddBoolToObject(values, "promise_confidential",
                          campaign->promise == PROMISE_CONFIDENTIAL);
    cJSON_AddBoolToObject(values, "promise_anonymous", campaign->promise == PROMISE_ANONYMOUS);
    cJSON_AddBoolToObject(values, "reminder", reminder);
    char *text = cJSON_PrintUnformatted(values);
    char *json = g_strdup(text);
    cJSON_free(text);
    cJSON_Delete(values);
    return json;
}

const char *mailtext_practice_title(Lang lang) {
    return lang_spec(lang)->fallback == LANG_SV ? "Öva på det du har lärt dig"
                                                : "Practise what you have learned";
}

char *mailtext_practice(const MailSource *source, Lang lang, const char *control_phrase,
                        int64_t closes_at_us) {
    g_autofree char *closes = mailtext_last_day(closes_at_us, lang);
    g_autofree char *verify_url = g_strconcat(source->base_url, "/verify", NULL);
    cJSON *values = cJSON_CreateObject();
    cJSON_AddStringToObject(values, "title", mailtext_practice_title(lang));
    cJSON_AddStringToObject(values, "organisation",
                            source->organisation[lang_spec(lang)->fallback]);
    cJSON_AddStringToObject(values, "closes", closes);
    cJSON_AddStringToObject(values, "control_phrase", control_phrase);
    cJSON_AddStringToObject(values, "verify_url", verify_url);
    cJSON_AddStringToObject(values, "contact", source->contact);
    char *text = cJSON_PrintUnformatted(values);
    char *json = g_strdup(text);
    cJSON_free(text);
    cJSON_Delete(values);
    return json;
}
