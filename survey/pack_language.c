/* The texts of one added language in a file of their own, items.CODE.json, so that a translation
 * touches nothing else: they are put beside the other languages' before items and lessons are read.
 *
 *   {"title": "...", "items": {"ID": {"text": "...", "options": ["...", ...], "explain": "...",
 *                                     "scene": "...", "picture_alt": "..."}},
 *    "lessons": {"KEY": "title"},
 *    "questionnaires": {"NAME": {"title": "...", "sections": [{"title": "...", "intro": "...",
 *                                                              "grids": ["text", ...]}]}}}
 */
#include "survey/pack_private.h"

#include "base/lang.h"

#include <string.h>

static const char prefix[] = "items.";
static const char suffix[] = ".json";

/* Puts the text beside those of the other languages in the field `name`. */
static void put(Faults *faults, cJSON *object, const char *name, Lang lang, const cJSON *text) {
    cJSON *pair = cJSON_GetObjectItemCaseSensitive(object, name);
    if (text == NULL) {
        return;
    }
    if (!cJSON_IsString(text)) {
        faults_add(faults, tr("\"%s\" ska vara en text.", "\"%s\" must be a text."), name);
    } else if (!cJSON_IsObject(pair)) {
        faults_add(faults,
                   tr("\"%s\" finns inte på svenska. Ta bort den.",
                      "there is no \"%s\" in Swedish. Remove it."),
                   name);
    } else if (cJSON_HasObjectItem(pair, lang_code(lang))) {
        faults_add(faults,
                   tr("\"%s\" har redan en text på språket. Ta bort den ena.",
                      "\"%s\" has a text in the language already. Remove one."),
                   name);
    } else {
        cJSON_AddStringToObject(pair, lang_code(lang), text->valuestring);
    }
}

static void put_options(Faults *faults, cJSON *item, Lang lang, const cJSON *texts) {
    cJSON *options = cJSON_GetObjectItemCaseSensitive(item, "options");
    if (texts == NULL) {
        return;
    }
    if (!cJSON_IsArray(texts) || !cJSON_IsArray(options) ||
        cJSON_GetArraySize(texts) != cJSON_GetArraySize(options)) {
        faults_add(faults, tr("\"options\" ska vara en lista med lika många svarsalternativ som på "
                              "svenska, i samma ordning.",
                              "\"options\" must be a list of as many options as in Swedish, in the "
                              "same order."));
        return;
    }
    for (int i = 0; i < cJSON_GetArraySize(texts); i++) {
        cJSON *option = cJSON_GetArrayItem(options, i);
        const cJSON *text = cJSON_GetArrayItem(texts, i);
        if (!cJSON_IsString(text) || !cJSON_IsObject(option)) {
            faults_add(faults, tr("\"options\" ska vara en lista med texter.",
                                  "\"options\" must be a list of texts."));
            return;
        }
        cJSON_AddStringToObject(option, lang_code(lang), text->valuestring);
    }
}

/* The object in the list `array` whose field `key` is `value`, or NULL. */
static cJSON *find(const cJSON *array, const char *key, const char *value) {
    cJSON *object = NULL;
    cJSON_ArrayForEach(object, array) {
        const char *own = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, key));
        if (own != NULL && strcmp(own, value) == 0) {
            return object;
        }
    }
    return NULL;
}

static void no_such(Faults *faults) {
    faults_add(faults, tr("finns inte i paketet. Rätta namnet eller ta bort texten.",
                          "is not in the pack. Mend the name or remove the text."));
}

static void items_put(Faults *faults, cJSON *root, Lang lang, const cJSON *texts) {
    static const char *const fields[] = {"text",  "options",     "explain", "localisation",
                                         "scene", "picture_alt", NULL};
    const cJSON *text = NULL;
    cJSON_ArrayForEach(text, texts) {
        cJSON *item = find(cJSON_GetObjectItemCaseSensitive(root, "items"), "id", text->string);
        faults->where = text->string;
        if (item == NULL) {
            no_such(faults);
        } else if (field_names(faults, text, fields)) {
            put(faults, item, "text", lang, cJSON_GetObjectItemCaseSensitive(text, "text"));
            put(faults, item, "explain", lang, cJSON_GetObjectItemCaseSensitive(text, "explain"));
            put(faults, item, "localisation", lang,
                cJSON_GetObjectItemCaseSensitive(text, "localisation"));
            put(faults, item, "scene", lang, cJSON_GetObjectItemCaseSensitive(text, "scene"));
            put(faults, cJSON_GetObjectItemCaseSensitive(item, "picture"), "alt", lang,
                cJSON_GetObjectItemCaseSensitive(text, "picture_alt"));
            put_options(faults, item, lang, cJSON_GetObjectItemCaseSensitive(text, "options"));
        }
        faults->where = NULL;
    }
}

static void lessons_put(Faults *faults, cJSON *root, Lang lang, const cJSON *titles) {
    const cJSON *title = NULL;
    cJSON_ArrayForEach(title, titles) {
        cJSON *lesson =
            find(cJSON_GetObjectItemCaseSensitive(root, "lessons"), "key", title->string);
        faults->where = title->string;
        if (lesson == NULL) {
            no_such(faults);
        } else {
            put(faults, lesson, "title", lang, title);
        }
        faults->where = NULL;
    }
}

/* The language's file, or NULL where there is none or, with a fault, none that can be read. */
static cJSON *file_read(Faults *faults, const char *dir) {
    static const char *const fields[] = {"title", "items", "lessons", "questionnaires", NULL};
    g_autofree char *path = g_build_filename(dir, faults->file, NULL);
    gsize length;
    if (!g_file_test(path, G_FILE_TEST_EXISTS)) {
        return NULL;
    }
    g_autofree char *text = faults_file(faults, dir, faults->file, PACK_FILE_MAX, &length);
    cJSON *root = text == NULL ? NULL : faults_json(faults, text, length);
    if (root != NULL && !field_names(faults, root, fields)) {
        cJSON_Delete(root);
        return NULL;
    }
    return root;
}

void pack_language_items(const char *dir, cJSON *root, GPtrArray *lines) {
    for (guint lang = LANG_OWN_COUNT; lang < lang_count(); lang++) {
        g_autofree char *name = g_strconcat(prefix, lang_code((Lang)lang), suffix, NULL);
        Faults faults = {.lines = lines, .file = name};
        cJSON *texts = file_read(&faults, dir);
        put(&faults, root, "title", (Lang)lang, cJSON_GetObjectItemCaseSensitive(texts, "title"));
        items_put(&faults, root, (Lang)lang, cJSON_GetObjectItemCaseSensitive(texts, "items"));
        cJSON_Delete(texts);
    }
}

void pack_language_lessons(const char *dir, cJSON *root, GPtrArray *lines) {
    for (guint lang = LANG_OWN_COUNT; lang < lang_count(); lang++) {
        g_autofree char *name = g_strconcat(prefix, lang_code((Lang)lang), suffix, NULL);
        g_autoptr(GPtrArray) told = g_ptr_array_new_with_free_func(g_free);
        Faults again = {.lines = told, .file = name}; /* told when the items were read */
        Faults faults = {.lines = lines, .file = name};
        cJSON *texts = file_read(&again, dir);
        lessons_put(&faults, root, (Lang)lang, cJSON_GetObjectItemCaseSensitive(texts, "lessons"));
        cJSON_Delete(texts);
    }
}

/* --- questionnaires -------------------------------------------------------------------------- */

/* The texts of the section's grids, in the order in which they stand. */
static void grids_put(Faults *faults, const cJSON *section, Lang lang, const cJSON *texts) {
    int next = 0;
    cJSON *entry = NULL;
    cJSON_ArrayForEach(entry, cJSON_GetObjectItemCaseSensitive(section, "ask")) {
        if (cJSON_HasObjectItem(entry, "grid")) {
            put(faults, entry, "text", lang, cJSON_GetArrayItem(texts, next++));
        }
    }
    if (texts != NULL && cJSON_GetArraySize(texts) != next) {
        faults_add(faults,
                   tr("\"grids\" ska vara en lista med %d texter, en för varje rutnät i avsnittet.",
                      "\"grids\" must be a list of %d texts, one for each grid of the section."),
                   next);
    }
}

static void sections_put(Faults *faults, const cJSON *sections, Lang lang, const cJSON *texts) {
    static const char *const fields[] = {"title", "intro", "grids", NULL};
    int count = cJSON_GetArraySize(sections);
    if (texts != NULL && (!cJSON_IsArray(texts) || cJSON_GetArraySize(texts) != count)) {
        faults_add(faults,
                   tr("\"sections\" ska vara en lista med %d avsnitt, i samma ordning som på "
                      "svenska.",
                      "\"sections\" must be a list of %d sections, in the same order as in "
                      "Swedish."),
                   count);
        return;
    }
    for (int i = 0; texts != NULL && i < count; i++) {
        cJSON *section = cJSON_GetArrayItem(sections, i);
        const cJSON *text = cJSON_GetArrayItem(texts, i);
        if (field_names(faults, text, fields)) {
            put(faults, section, "title", lang, cJSON_GetObjectItemCaseSensitive(text, "title"));
            put(faults, section, "intro", lang, cJSON_GetObjectItemCaseSensitive(text, "intro"));
            grids_put(faults, section, lang, cJSON_GetObjectItemCaseSensitive(text, "grids"));
        }
    }
}

/* Puts the language's texts for the questionnaire into `root`; false if there are none. */
static bool questionnaire_put(const char *dir, const char *name, cJSON *root, Lang lang,
                              GPtrArray *lines) {
    static const char *const fields[] = {"title", "sections", NULL};
    g_autofree char *file = g_strconcat(prefix, lang_code(lang), suffix, NULL);
    g_autoptr(GPtrArray) told = g_ptr_array_new_with_free_func(g_free);
    Faults again = {.lines = told, .file = file}; /* told when the items were read */
    Faults faults = {.lines = lines, .file = file, .where = name};
    cJSON *all = file_read(&again, dir);
    const cJSON *text = cJSON_GetObjectItemCaseSensitive(
        cJSON_GetObjectItemCaseSensitive(all, "questionnaires"), name);
    bool there = text != NULL && field_names(&faults, text, fields);
    if (there) {
        put(&faults, root, "title", lang, cJSON_GetObjectItemCaseSensitive(text, "title"));
        sections_put(&faults, cJSON_GetObjectItemCaseSensitive(root, "sections"), lang,
                     cJSON_GetObjectItemCaseSensitive(text, "sections"));
    }
    cJSON_Delete(all);
    return there;
}

static char *json_text(const cJSON *root) {
    char *printed = cJSON_PrintUnformatted(root);
    char *text = g_strdup(printed);
    cJSON_free(printed);
    return text;
}

char *pack_language_questionnaire(const char *dir, const char *name, const char *json,
                                  GPtrArray *lines) {
    bool changed = false;
    cJSON *root = cJSON_Parse(json);
    for (guint lang = LANG_OWN_COUNT; root != NULL && lang < lang_count(); lang++) {
        changed = questionnaire_put(dir, name, root, (Lang)lang, lines) || changed;
    }
    char *text = changed ? json_text(root) : NULL;
    cJSON_Delete(root);
    return text;
}

void pack_language_names(const char *dir, const Pack *pack, GPtrArray *lines) {
    for (guint lang = LANG_OWN_COUNT; lang < lang_count(); lang++) {
        g_autofree char *file = g_strconcat(prefix, lang_code((Lang)lang), suffix, NULL);
        g_autoptr(GPtrArray) told = g_ptr_array_new_with_free_func(g_free);
        Faults again = {.lines = told, .file = file};
        Faults faults = {.lines = lines, .file = file};
        cJSON *all = file_read(&again, dir);
        const cJSON *text = NULL;
        cJSON_ArrayForEach(text, cJSON_GetObjectItemCaseSensitive(all, "questionnaires")) {
            bool known = false;
            for (guint i = 0; i < pack->questionnaires->len && !known; i++) {
                const PackQuestionnaire *one = pack->questionnaires->pdata[i];
                known = strcmp(one->name, text->string) == 0;
            }
            faults.where = text->string;
            if (!known) {
                no_such(&faults);
            }
        }
        cJSON_Delete(all);
    }
}

/* Takes the languages that are not here out of all pairs of texts below. */
static void pairs_strip(cJSON *json) {
    bool pair = cJSON_HasObjectItem(json, lang_code(LANG_SV)) &&
                cJSON_HasObjectItem(json, lang_code(LANG_EN));
    cJSON *next = NULL;
    for (cJSON *child = json->child; child != NULL; child = next) {
        next = child->next;
        if (pair && lang_code_is_valid(child->string) && !lang_is_there(child->string)) {
            cJSON_Delete(cJSON_DetachItemViaPointer(json, child));
        } else {
            pairs_strip(child);
        }
    }
}

char *pack_language_here(const char *json) {
    cJSON *root = cJSON_Parse(json);
    if (root == NULL) {
        return g_strdup(json);
    }
    pairs_strip(root);
    char *text = json_text(root);
    cJSON_Delete(root);
    return text;
}

/* "fi" of "items.fi.json", NULL of another name. Free with g_free. */
static char *code_of(const char *name) {
    gsize length = strlen(name);
    gsize around = strlen(prefix) + strlen(suffix);
    if (!g_str_has_prefix(name, prefix) || !g_str_has_suffix(name, suffix) || length <= around) {
        return NULL;
    }
    return g_strndup(name + strlen(prefix), length - around);
}

GPtrArray *pack_foreign_files(const char *dir) {
    GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GDir) folder = g_dir_open(dir, 0, NULL);
    const char *name;
    while (folder != NULL && (name = g_dir_read_name(folder)) != NULL) {
        g_autofree char *code = code_of(name);
        if (code != NULL && !lang_is_there(code)) {
            g_ptr_array_add(names, g_strdup(name));
        }
    }
    return names;
}
