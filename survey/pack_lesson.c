/* lessons.json and the texts it names. */
#include "survey/pack_private.h"

#include "survey/item_private.h"

#include <string.h>
#include <sys/stat.h>

char *faults_file(Faults *faults, const char *dir, const char *name, size_t max,
                  size_t *out_length) {
    g_autofree char *path = g_build_filename(dir, name, NULL);
    struct stat status;
    if (stat(path, &status) != 0 || !S_ISREG(status.st_mode)) {
        faults_add(faults, tr("filen saknas. Lägg den i %s", "the file is missing. Put it in %s"),
                   dir);
        return NULL;
    }
    if ((uint64_t)status.st_size > max) {
        faults_add(faults,
                   tr("filen är större än %zu byte. Korta den.",
                      "the file is larger than %zu bytes. Shorten it."),
                   max);
        return NULL;
    }
    g_autoptr(GError) error = NULL;
    char *content = NULL;
    if (!g_file_get_contents(path, &content, out_length, &error)) {
        faults_add(faults, tr("filen går inte att läsa: %s", "the file cannot be read: %s"),
                   error->message);
        return NULL;
    }
    return content;
}

/* One language's text; NULL with a fault. */
static char *text_load(GPtrArray *lines, const char *dir, const char *key, Lang lang) {
    g_autofree char *name = g_strdup_printf("lessons/%s.%s.md", key, lang_code(lang));
    Faults faults = {.lines = lines, .file = name};
    gsize length;
    g_autofree char *text = faults_file(&faults, dir, name, PACK_LESSON_MAX, &length);
    if (text == NULL) {
        return NULL;
    }
    if (!g_utf8_validate(text, (gssize)length, NULL)) {
        faults_add(&faults, tr("inte giltig UTF-8. Spara filen som UTF-8.",
                               "not valid UTF-8. Save the file as UTF-8."));
        return NULL;
    }
    g_autofree char *stripped = g_strstrip(g_strdup(text));
    if (stripped[0] == '\0') {
        faults_add(&faults, tr("lektionen är tom. Skriv dess text.",
                               "the lesson is empty. Write its text."));
        return NULL;
    }
    int line;
    if (lesson_has_unsafe(text, &line)) {
        faults_add(&faults,
                   tr("rad %d: HTML, bilder och andra länkar än https, http, mailto och tel är "
                      "inte tillåtna. Skriv det i Markdown eller ta bort det.",
                      "line %d: HTML, images and links other than https, http, mailto and tel are "
                      "not allowed. Write it in Markdown or remove it."),
                   line);
        return NULL;
    }
    return g_steal_pointer(&text);
}

/* Whether an added language has the lesson: a title and a file; one without the other is a fault.
 */
static bool text_is_there(Faults *faults, const char *dir, const Lesson *lesson, Lang lang) {
    g_autofree char *name = g_strdup_printf("%s.%s.md", lesson->key, lang_code(lang));
    g_autofree char *path = g_build_filename(dir, "lessons", name, NULL);
    bool file = g_file_test(path, G_FILE_TEST_EXISTS);
    if (file && lesson->title[lang] == NULL) {
        faults_add(faults,
                   tr("filen lessons/%s finns men \"title\" saknar text på språket \"%s\".",
                      "the file lessons/%s is there but \"title\" lacks a text in the language "
                      "\"%s\"."),
                   name, lang_code(lang));
    }
    return file || lesson->title[lang] != NULL;
}

static Lesson *lesson_read(Faults *faults, const char *dir, const cJSON *json) {
    static const char *const fields[] = {"key", "area", "topic", "title", NULL};
    Lesson *lesson = lesson_new();
    if (!field_names(faults, json, fields)) {
        return lesson;
    }
    const char *area = field_text(faults, json, "area");
    lesson->key = g_strdup(field_key(faults, json, "key"));
    lesson->topic = g_strdup(field_key(faults, json, "topic"));
    lesson->area = g_strdup(area);
    if (area != NULL && !item_area_is_question30(area)) {
        faults_add(faults,
                   tr("fältet \"area\" är \"%.60s\"; en lektion ska ha area1–area5.",
                      "the field \"area\" is \"%.60s\"; a lesson must have area1-area5."),
                   area);
    }
    pair_text(faults, cJSON_GetObjectItemCaseSensitive(json, "title"), "title", true,
              PACK_TITLE_MAX, lesson->title);
    for (guint lang = 0; lesson->key != NULL && lang < lang_count(); lang++) {
        lesson->told[lang] = (Lang)lang;
        if (lang >= LANG_OWN_COUNT && !text_is_there(faults, dir, lesson, (Lang)lang)) {
            continue;
        }
        lesson->markdown[lang] = text_load(faults->lines, dir, lesson->key, (Lang)lang);
        if (lesson->markdown[lang] != NULL) {
            lesson->html[lang] = lesson_render(lesson->markdown[lang]);
        }
    }
    return lesson;
}

/* "KEY.sv.md", or in any other language, be it here or not. */
static bool is_text_of(const char *name, const char *key) {
    gsize length = strlen(key);
    if (strncmp(name, key, length) != 0 || name[length] != '.') {
        return false;
    }
    const char *code = name + length + 1;
    g_autofree char *alone = g_strndup(code, strlen(code) - strlen(".md"));
    return lang_code_is_valid(alone);
}

/* A text that lessons.json does not name would never be shown: most likely a misspelt name. */
static void check_strays(const Pack *pack, const char *dir, GPtrArray *lines) {
    g_autofree char *path = g_build_filename(dir, "lessons", NULL);
    g_autoptr(GDir) folder = g_dir_open(path, 0, NULL);
    const char *name;
    while (folder != NULL && (name = g_dir_read_name(folder)) != NULL) {
        bool named = !g_str_has_suffix(name, ".md");
        for (guint i = 0; !named && i < pack->lessons->len; i++) {
            const Lesson *lesson = pack->lessons->pdata[i];
            named = lesson->key != NULL && is_text_of(name, lesson->key);
        }
        if (!named) {
            g_autofree char *file = g_strdup_printf("lessons/%s", name);
            faults_add(&(Faults){.lines = lines, .file = file},
                       tr("filen nämns inte i lessons.json. Lägg till lektionen där eller ta bort "
                          "filen.",
                          "the file is not named in lessons.json. Add the lesson there or remove "
                          "the file."));
        }
    }
}

static void lessons_list_read(Pack *pack, Faults *faults, const char *dir, const cJSON *root) {
    static const char *const fields[] = {"lessons", NULL};
    const cJSON *list = cJSON_GetObjectItemCaseSensitive(root, "lessons");
    if (!field_names(faults, root, fields)) {
        return;
    }
    if (!cJSON_IsArray(list) || cJSON_GetArraySize(list) > PACK_LESSONS_MAX) {
        faults_add(faults,
                   tr("\"lessons\" ska vara en lista med högst %d lektioner.",
                      "\"lessons\" must be a list of at most %d lessons."),
                   PACK_LESSONS_MAX);
        return;
    }
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
    guint number = 0;
    const cJSON *json;
    cJSON_ArrayForEach(json, list) {
        number++;
        const cJSON *key = cJSON_GetObjectItemCaseSensitive(json, "key");
        g_autofree char *where =
            cJSON_IsString(key) && key->valuestring[0] != '\0'
                ? g_strndup(key->valuestring, PACK_KEY_MAX)
                : g_strdup_printf(tr("lektion nr %u", "lesson no. %u"), number);
        faults->where = where;
        Lesson *lesson = lesson_read(faults, dir, json);
        g_ptr_array_add(pack->lessons, lesson);
        if (lesson->key != NULL && !g_hash_table_add(seen, lesson->key)) {
            faults_add(faults, tr("key finns redan på en annan lektion. Ge lektionen en egen.",
                                  "the key is already another lesson's. Give this one its own."));
        }
        faults->where = NULL;
    }
}

void pack_lessons_read(Pack *pack, const char *dir, GPtrArray *lines) {
    g_autofree char *path = g_build_filename(dir, "lessons.json", NULL);
    if (g_file_test(path, G_FILE_TEST_EXISTS)) {
        Faults faults = {.lines = lines, .file = "lessons.json"};
        gsize length;
        g_autofree char *text = faults_file(&faults, dir, "lessons.json", PACK_FILE_MAX, &length);
        cJSON *root = text == NULL ? NULL : faults_json(&faults, text, length);
        if (root == NULL) {
            return; /* strays could not be told from the rest */
        }
        pack_language_lessons(dir, root, lines);
        lessons_list_read(pack, &faults, dir, root);
        cJSON_Delete(root);
    }
    check_strays(pack, dir, lines);
}
