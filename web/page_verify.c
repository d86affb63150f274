#include "web/pages.h"

#include "campaigns/verify.h"
#include "web/dates.h"
#include "web/page.h"

static cJSON *entry_value(const VerifyEntry *entry, Lang lang) {
    g_autofree char *opened = dates_day(entry->opened_at_us, lang);
    g_autofree char *closes = dates_end(entry->closes_at_us, lang);
    cJSON *value = cJSON_CreateObject();
    cJSON_AddStringToObject(value, "title", entry->title[lang]);
    cJSON_AddStringToObject(value, "control_phrase", entry->control_phrase);
    cJSON_AddStringToObject(value, "opened", opened);
    cJSON_AddStringToObject(value, "closes", closes);
    cJSON_AddBoolToObject(value, "training", entry->kind == CAMPAIGN_TRAINING);
    cJSON_AddBoolToObject(value, "knowledge", entry->kind == CAMPAIGN_KNOWLEDGE);
    cJSON_AddBoolToObject(value, "application", entry->kind == CAMPAIGN_APPLICATION);
    cJSON_AddBoolToObject(value, "obstacles", entry->kind == CAMPAIGN_OBSTACLES);
    return value;
}

Reply *page_verify(const Site *site, const Request *request, Change *out_change) {
    g_autoptr(GError) error = NULL;
    (void)out_change;
    Lang lang = page_lang(request, LANG_SV);
    g_autoptr(Reader) reader = readers_take(site->readers, &error);
    g_autoptr(GPtrArray) entries =
        reader ? verify_list(reader_db(reader), request->now_us, &error) : NULL;
    if (!entries) {
        return page_fault(site, request, error);
    }
    cJSON *own = cJSON_CreateObject();
    cJSON_AddStringToObject(own, "from_address", site->settings.from_address);
    cJSON_AddStringToObject(own, "base_url", site->settings.base_url);
    cJSON_AddBoolToObject(own, "has_entries", entries->len > 0);
    cJSON *list = cJSON_AddArrayToObject(own, "entries");
    for (guint i = 0; i < entries->len; i++) {
        cJSON_AddItemToArray(list, entry_value(g_ptr_array_index(entries, i), lang));
    }
    g_autofree char *address = g_strconcat(site->root, "/verify", NULL);
    return page_reply(site, lang, 200, "page/verify.html", page_frame(site, lang, address), own);
}
