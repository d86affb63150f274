#include "survey/item_private.h"

#include "base/error.h"

#include <string.h>

/* Ours to have written, so a fault here is a damaged database. */
static bool body_fault(GError **error, const char *what) {
    return error_set(
        error, VK_ERROR_INTERNAL,
        tr("Innehållet i databasen är skadat: %s.", "The stored content is damaged: %s."), what);
}

/* The program's own languages always, so that what is stored stays as it was; others where there is
 * a text. */
static void text_add(cJSON *pair, Lang lang, const char *text) {
    if (lang < LANG_OWN_COUNT || text != NULL) {
        cJSON_AddStringToObject(pair, lang_code(lang), text == NULL ? "" : text);
    }
}

void pair_add(cJSON *object, const char *name, char *const text[LANG_MAX]) {
    cJSON *pair = cJSON_AddObjectToObject(object, name);
    for (guint lang = 0; lang < lang_count(); lang++) {
        text_add(pair, (Lang)lang, text[lang]);
    }
}

/* The text in the language, or NULL. Borrowed. */
static const char *text_find(const cJSON *pair, Lang lang) {
    return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(pair, lang_code(lang)));
}

void pairs_told(const cJSON *object, const char *const names[], Lang out_told[LANG_MAX]) {
    for (guint lang = 0; lang < lang_count(); lang++) {
        Lang fallback = lang_spec((Lang)lang)->fallback;
        bool all = true;
        for (guint i = 0; names[i] != NULL; i++) {
            const cJSON *pair = cJSON_GetObjectItemCaseSensitive(object, names[i]);
            const char *other = text_find(pair, fallback);
            bool none = other != NULL && other[0] == '\0';
            all = all && (none || text_find(pair, (Lang)lang) != NULL);
        }
        out_told[lang] = all ? (Lang)lang : fallback;
    }
}

bool pairs_read(const cJSON *object, const char *name, const Lang told[LANG_MAX],
                char *out_text[LANG_MAX]) {
    const cJSON *pair = cJSON_GetObjectItemCaseSensitive(object, name);
    bool ok = true;
    for (guint lang = 0; lang < lang_count(); lang++) {
        const char *text = text_find(pair, told[lang]);
        text = text != NULL ? text : text_find(pair, lang_spec((Lang)lang)->fallback);
        g_free(out_text[lang]);
        out_text[lang] = g_strdup(text);
        ok = ok && text != NULL;
    }
    return ok;
}

/* Reads the language, or what it falls back on if `from` says so; false if it is not there. */
static bool pair_read(const cJSON *object, const char *name, Lang lang, Lang from,
                      char *out_text[LANG_MAX]) {
    const char *text = text_find(cJSON_GetObjectItemCaseSensitive(object, name), from);
    g_free(out_text[lang]);
    out_text[lang] = g_strdup(text);
    return text != NULL;
}

char *body_print(cJSON *take_json) {
    char *printed = cJSON_PrintUnformatted(take_json);
    char *text = g_strdup(printed);
    cJSON_free(printed);
    cJSON_Delete(take_json);
    return text;
}

static char *digest_of(const char *const parts[]) {
    GChecksum *sum = g_checksum_new(G_CHECKSUM_SHA256);
    for (guint i = 0; parts[i] != NULL; i++) {
        /* With the final NUL, so that no two lists of parts run together the same. */
        g_checksum_update(sum, (const guchar *)parts[i], (gssize)strlen(parts[i]) + 1);
    }
    char *hex = g_strdup(g_checksum_get_string(sum));
    g_checksum_free(sum);
    return hex;
}

/* What only some items have: left out for the rest, whose bodies stay as they are. */
static void extras_add(cJSON *body, const Item *item) {
    if (item->anonymous_only) {
        cJSON_AddTrueToObject(body, "anonymous_only");
    }
    if (item->fixed_mask != 0) {
        cJSON *fixed = cJSON_AddArrayToObject(body, "fixed");
        for (guint i = 0; i < item->option_count; i++) {
            if ((item->fixed_mask >> i & 1) != 0) {
                cJSON_AddItemToArray(fixed, cJSON_CreateNumber(i));
            }
        }
    }
    if (item->scene[LANG_SV] != NULL && item->scene[LANG_SV][0] != '\0') {
        pair_add(body, "scene", item->scene);
    }
    if (item->picture != NULL) {
        cJSON_AddStringToObject(body, "picture", item->picture);
        pair_add(body, "picture_alt", item->picture_alt);
    }
    if (item->roles != NULL) {
        cJSON_AddItemToObject(body, "roles",
                              cJSON_CreateStringArray((const char *const *)item->roles,
                                                      (int)g_strv_length(item->roles)));
    }
    if (item->kind == ITEM_TEXT && item->text_max != ITEM_TEXT_DEFAULT) {
        cJSON_AddNumberToObject(body, "text_max", item->text_max);
    }
}

char *item_body_format(const Item *item) {
    cJSON *body = cJSON_CreateObject();
    pair_add(body, "text", item->text);
    cJSON *options = cJSON_AddArrayToObject(body, "options");
    cJSON *correct = cJSON_AddArrayToObject(body, "correct");
    for (guint i = 0; i < item->option_count; i++) {
        cJSON *option = cJSON_CreateObject();
        for (guint lang = 0; lang < lang_count(); lang++) {
            char *const *texts = item->options[lang];
            text_add(option, (Lang)lang, texts == NULL ? NULL : texts[i]);
        }
        cJSON_AddItemToArray(options, option);
        if (item->kind == ITEM_ORDER ? item_is_scored(item) : (item->key_mask >> i & 1) != 0) {
            int right = item->kind == ITEM_ORDER ? item_order_at(item->key_mask, i) : (int)i;
            cJSON_AddItemToArray(correct, cJSON_CreateNumber(right));
        }
    }
    pair_add(body, "explain", item->explain);
    cJSON_AddBoolToObject(body, "not_applicable", item->offers_not_applicable);
    cJSON_AddBoolToObject(body, "optional", item->optional);
    extras_add(body, item);
    return body_print(body);
}

static bool options_read(Item *item, const cJSON *options, Lang lang, Lang from) {
    int count = cJSON_GetArraySize(options);
    if (!cJSON_IsArray(options) || count > ITEM_OPTIONS_MAX) {
        return false;
    }
    item->option_count = (guint)count;
    g_strfreev(item->options[lang]);
    item->options[lang] = g_new0(char *, (gsize)count + 1);
    guint i = 0;
    const cJSON *option;
    cJSON_ArrayForEach(option, options) {
        const char *text = text_find(option, from);
        if (text == NULL) {
            return false;
        }
        item->options[lang][i++] = g_strdup(text);
    }
    return true;
}

static bool words_read(Item *item, const cJSON *json, Lang lang, Lang from) {
    item->told[lang] = from;
    return pair_read(json, "text", lang, from, item->text) &&
           options_read(item, cJSON_GetObjectItemCaseSensitive(json, "options"), lang, from) &&
           pair_read(json, "explain", lang, from, item->explain);
}

/* An item is said in one language as a whole: one that lacks a part falls back. */
static bool languages_read(Item *item, const cJSON *json) {
    bool ok = true;
    for (guint lang = 0; ok && lang < lang_count(); lang++) {
        Lang fallback = lang_spec((Lang)lang)->fallback;
        ok = words_read(item, json, (Lang)lang, (Lang)lang) ||
             (lang >= LANG_OWN_COUNT && words_read(item, json, (Lang)lang, fallback));
    }
    return ok;
}

/* An index of an option, -1 if it is none. */
static int option_index(const Item *item, const cJSON *index) {
    bool good =
        cJSON_IsNumber(index) && index->valueint >= 0 && index->valueint < (int)item->option_count;
    return good ? index->valueint : -1;
}

static bool mask_read(const Item *item, const cJSON *list, uint32_t *out_mask) {
    *out_mask = 0;
    const cJSON *index;
    cJSON_ArrayForEach(index, list) {
        int option = option_index(item, index);
        if (option < 0) {
            return false;
        }
        *out_mask |= UINT32_C(1) << option;
    }
    return list == NULL || cJSON_IsArray(list);
}

static bool key_read(Item *item, const cJSON *correct) {
    if (item->kind != ITEM_ORDER) {
        return cJSON_IsArray(correct) && mask_read(item, correct, &item->key_mask);
    }
    item->key_mask = 0;
    guint place = 0;
    const cJSON *index;
    cJSON_ArrayForEach(index, correct) {
        int option = option_index(item, index);
        if (option < 0 || place == item->option_count) {
            return false;
        }
        item->key_mask = item_order_put(item->key_mask, place++, (guint)option);
    }
    return cJSON_IsArray(correct) && (place == 0 || item_order_is_whole(item, item->key_mask));
}

static bool roles_read(Item *item, const cJSON *roles) {
    if (roles == NULL) {
        return true;
    }
    g_autoptr(GStrvBuilder) names = g_strv_builder_new();
    const cJSON *role;
    cJSON_ArrayForEach(role, roles) {
        if (!cJSON_IsString(role)) {
            return false;
        }
        g_strv_builder_add(names, role->valuestring);
    }
    g_strfreev(item->roles);
    item->roles = g_strv_builder_end(names);
    return cJSON_IsArray(roles);
}

static bool extras_read(Item *item, const cJSON *json) {
    const cJSON *text_max = cJSON_GetObjectItemCaseSensitive(json, "text_max");
    const cJSON *picture = cJSON_GetObjectItemCaseSensitive(json, "picture");
    const cJSON *scene = cJSON_GetObjectItemCaseSensitive(json, "scene");
    for (guint lang = 0; scene == NULL && lang < lang_count(); lang++) {
        g_free(item->scene[lang]);
        item->scene[lang] = g_strdup("");
    }
    item->text_max = item->kind != ITEM_TEXT ? 0
                     : text_max != NULL      ? (guint)text_max->valueint
                                             : ITEM_TEXT_DEFAULT;
    g_free(item->picture);
    item->picture = cJSON_IsString(picture) ? g_strdup(picture->valuestring) : NULL;
    return (scene == NULL || pairs_read(json, "scene", item->told, item->scene)) &&
           (picture == NULL || pairs_read(json, "picture_alt", item->told, item->picture_alt)) &&
           mask_read(item, cJSON_GetObjectItemCaseSensitive(json, "fixed"), &item->fixed_mask) &&
           roles_read(item, cJSON_GetObjectItemCaseSensitive(json, "roles"));
}

bool item_body_parse(Item *item, const char *body, GError **error) {
    cJSON *json = cJSON_Parse(body);
    const cJSON *not_applicable = cJSON_GetObjectItemCaseSensitive(json, "not_applicable");
    const cJSON *optional = cJSON_GetObjectItemCaseSensitive(json, "optional");
    const cJSON *anonymous_only = cJSON_GetObjectItemCaseSensitive(json, "anonymous_only");
    bool ok = languages_read(item, json) &&
              key_read(item, cJSON_GetObjectItemCaseSensitive(json, "correct")) &&
              cJSON_IsBool(not_applicable) && cJSON_IsBool(optional) &&
              (anonymous_only == NULL || cJSON_IsBool(anonymous_only)) && extras_read(item, json);
    if (ok) {
        item->anonymous_only = cJSON_IsTrue(anonymous_only);
        item->offers_not_applicable = cJSON_IsTrue(not_applicable);
        item->optional = cJSON_IsTrue(optional);
    }
    cJSON_Delete(json);
    return ok || body_fault(error, "item.body");
}

char *item_digest(const Item *item, const char *body) {
    return digest_of((const char *const[]){
        item_kind_text(item->kind), item_measure_text(item->measure), item->area, item->topic,
        item_polarity_text(item->polarity), item_bank_text(item->bank),
        item_referent_text(item->referent), body, NULL});
}

Item *item_from_row(DbStmt *row, GError **error) {
    g_autoptr(Item) item = item_new();
    item->id = db_int(row, "id");
    item->pack = g_strdup(db_text(row, "pack"));
    item->key = g_strdup(db_text(row, "item_key"));
    item->version = (int)db_int(row, "version");
    item->area = g_strdup(db_text(row, "area"));
    item->topic = g_strdup(db_text(row, "topic"));
    if (!item_kind_parse(db_text(row, "kind"), &item->kind) ||
        !item_measure_parse(db_text(row, "measure"), &item->measure) ||
        !item_polarity_parse(db_text(row, "polarity"), &item->polarity) ||
        !item_bank_parse(db_text(row, "bank"), &item->bank) ||
        !item_referent_parse(db_text(row, "referent"), &item->referent) ||
        !item_state_parse(db_text(row, "state"), &item->state)) {
        body_fault(error, item->key);
        return NULL;
    }
    if (!item_body_parse(item, db_text(row, "body"), error)) {
        g_prefix_error(error, "%s: ", item->key);
        return NULL;
    }
    return g_steal_pointer(&item);
}

char *lesson_body_format(const Lesson *lesson) {
    cJSON *body = cJSON_CreateObject();
    for (guint lang = 0; lang < lang_count(); lang++) {
        if (lesson->markdown[lang] == NULL) {
            continue;
        }
        cJSON *one = cJSON_AddObjectToObject(body, lang_code((Lang)lang));
        cJSON_AddStringToObject(one, "title", lesson->title[lang]);
        cJSON_AddStringToObject(one, "markdown", lesson->markdown[lang]);
    }
    return body_print(body);
}

bool lesson_body_parse(Lesson *lesson, const char *body, GError **error) {
    cJSON *json = cJSON_Parse(body);
    bool ok = true;
    for (guint lang = 0; ok && lang < lang_count(); lang++) {
        bool there = cJSON_GetObjectItemCaseSensitive(json, lang_code((Lang)lang)) != NULL;
        lesson->told[lang] = there ? (Lang)lang : lang_spec((Lang)lang)->fallback;
        const cJSON *one = cJSON_GetObjectItemCaseSensitive(json, lang_code(lesson->told[lang]));
        const cJSON *title = cJSON_GetObjectItemCaseSensitive(one, "title");
        const cJSON *markdown = cJSON_GetObjectItemCaseSensitive(one, "markdown");
        ok = cJSON_IsString(title) && cJSON_IsString(markdown);
        if (ok) {
            lesson->title[lang] = g_strdup(title->valuestring);
            lesson->markdown[lang] = g_strdup(markdown->valuestring);
            lesson->html[lang] = lesson_render(markdown->valuestring);
        }
    }
    cJSON_Delete(json);
    return ok || body_fault(error, "lesson.body");
}

char *lesson_digest(const Lesson *lesson, const char *body) {
    return digest_of((const char *const[]){lesson->area, lesson->topic, body, NULL});
}
