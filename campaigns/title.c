#include "campaigns/title.h"

#include <cjson/cJSON.h>

void title_read(DbStmt *row, char *out_title[LANG_MAX]) {
    const char *json = db_text(row, "titles_added");
    cJSON *added = *json == '\0' ? NULL : cJSON_Parse(json);
    out_title[LANG_SV] = g_strdup(db_text(row, "title_sv"));
    out_title[LANG_EN] = g_strdup(db_text(row, "title_en"));
    for (guint lang = LANG_OWN_COUNT; lang < lang_count(); lang++) {
        const cJSON *own = cJSON_GetObjectItemCaseSensitive(added, lang_code((Lang)lang));
        out_title[lang] = g_strdup(cJSON_GetStringValue(own));
    }
    cJSON_Delete(added);
    lang_fill(out_title);
}

char *titles_added(char *const title[LANG_MAX]) {
    cJSON *added = cJSON_CreateObject();
    for (guint lang = LANG_OWN_COUNT; lang < lang_count(); lang++) {
        if (title[lang] != NULL) {
            cJSON_AddStringToObject(added, lang_code((Lang)lang), title[lang]);
        }
    }
    char *printed = added->child == NULL ? NULL : cJSON_PrintUnformatted(added);
    char *text = g_strdup(printed == NULL ? "" : printed);
    cJSON_free(printed);
    cJSON_Delete(added);
    return text;
}
