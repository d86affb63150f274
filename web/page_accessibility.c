#include "web/accessibility.h"

#include <string.h>

#include "web/page.h"
#include "web/pages.h"

static const char *text_copy(GStringChunk *texts, const char *text) {
    return g_string_chunk_insert(texts, text ? text : "");
}

AccessibilitySettings accessibility_copy(const AccessibilitySettings *from, GStringChunk *texts) {
    AccessibilitySettings to = *from;
    to.status = text_copy(texts, from->status);
    to.assessed_on = text_copy(texts, from->assessed_on);
    to.updated_on = text_copy(texts, from->updated_on);
    to.contact = text_copy(texts, from->contact);
    to.phone = text_copy(texts, from->phone);
    to.supervisor_url = text_copy(texts, from->supervisor_url);
    for (int lang = 0; lang < LANG_OWN_COUNT; lang++) {
        to.method[lang] = text_copy(texts, from->method[lang]);
        to.issues[lang] = text_copy(texts, from->issues[lang]);
        to.burdens[lang] = text_copy(texts, from->burdens[lang]);
        to.exemptions[lang] = text_copy(texts, from->exemptions[lang]);
        to.supervisor[lang] = text_copy(texts, from->supervisor[lang]);
    }
    return to;
}

/* The parts of a list as [{"text": ...}] under `name`, and whether there are any under "has_name".
 */
static void add_list(cJSON *own, const char *name, const char *list) {
    g_auto(GStrv) parts = g_strsplit(list, "|", -1);
    g_autofree char *has = g_strconcat("has_", name, NULL);
    cJSON *array = cJSON_AddArrayToObject(own, name);
    for (guint i = 0; parts[i]; i++) {
        if (*g_strstrip(parts[i])) {
            cJSON *entry = cJSON_CreateObject();
            cJSON_AddStringToObject(entry, "text", parts[i]);
            cJSON_AddItemToArray(array, entry);
        }
    }
    cJSON_AddBoolToObject(own, has, cJSON_GetArraySize(array) > 0);
}

/* Where to turn: a contact of its own, or the organisation's. */
static void add_contact(cJSON *own, const AccessibilitySettings *says, const char *otherwise) {
    const char *contact = *says->contact ? says->contact : otherwise;
    g_autofree char *href = page_contact_href(contact);
    g_autofree char *phone_href = page_contact_href(says->phone);
    cJSON_AddStringToObject(own, "report_to", contact);
    cJSON_AddStringToObject(own, "report_href", href);
    cJSON_AddStringToObject(own, "phone", says->phone);
    cJSON_AddStringToObject(own, "phone_href", phone_href);
    cJSON_AddBoolToObject(own, "reachable", *contact || *says->phone);
    cJSON_AddNumberToObject(own, "reply_days", says->reply_days);
    cJSON_AddBoolToObject(own, "one_day", says->reply_days == 1);
}

Reply *page_accessibility(const Site *site, const Request *request, Change *out_change) {
    (void)out_change;
    const AccessibilitySettings *says = &site->settings.accessibility;
    Lang lang = page_lang(request, LANG_SV);
    Lang own_lang = lang_spec(lang)->fallback; /* what the settings are written in */
    cJSON *own = cJSON_CreateObject();
    cJSON_AddStringToObject(own, "base_url", site->settings.base_url);
    cJSON_AddBoolToObject(own, "full", g_str_equal(says->status, "full"));
    cJSON_AddBoolToObject(own, "partial", g_str_equal(says->status, "partial"));
    cJSON_AddBoolToObject(own, "none", g_str_equal(says->status, "none"));
    cJSON_AddBoolToObject(own, "unassessed", *says->status == '\0');
    cJSON_AddStringToObject(own, "assessed_on", says->assessed_on);
    cJSON_AddStringToObject(own, "updated_on", says->updated_on);
    cJSON_AddStringToObject(own, "method", says->method[own_lang]);
    add_list(own, "issues", says->issues[own_lang]);
    add_list(own, "burdens", says->burdens[own_lang]);
    add_list(own, "exemptions", says->exemptions[own_lang]);
    add_contact(own, says, site->settings.contact);
    cJSON_AddStringToObject(own, "supervisor", says->supervisor[own_lang]);
    cJSON_AddStringToObject(own, "supervisor_url", says->supervisor_url);
    g_autofree char *address = g_strconcat(site->root, "/accessibility", NULL);
    return page_reply(site, lang, 200, "page/accessibility.html", page_frame(site, lang, address),
                      own);
}
