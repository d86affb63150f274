#include "survey/pack.h"

#include "survey/pack_private.h"

#include "base/error.h"

Pack *pack_new(void) {
    Pack *pack = g_new0(Pack, 1);
    pack->items = g_ptr_array_new_with_free_func((GDestroyNotify)item_free);
    pack->lessons = g_ptr_array_new_with_free_func((GDestroyNotify)lesson_free);
    pack->pictures =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_bytes_unref);
    pack->questionnaires = g_ptr_array_new_with_free_func((GDestroyNotify)pack_questionnaire_free);
    return pack;
}

void pack_free(Pack *pack) {
    if (pack == NULL) {
        return;
    }
    g_free(pack->name);
    lang_clear(pack->title);
    g_ptr_array_unref(pack->items);
    g_ptr_array_unref(pack->questionnaires); /* they borrow the items */
    g_ptr_array_unref(pack->lessons);
    g_hash_table_unref(pack->pictures);
    g_free(pack);
}

const char *pack_name(const Pack *pack) {
    return pack->name;
}

const char *pack_title(const Pack *pack, Lang lang) {
    return pack->title[lang];
}

guint pack_item_count(const Pack *pack) {
    return pack->items->len;
}

const Item *pack_item(const Pack *pack, guint index) {
    g_assert(index < pack->items->len);
    return pack->items->pdata[index];
}

guint pack_lesson_count(const Pack *pack) {
    return pack->lessons->len;
}

const Lesson *pack_lesson(const Pack *pack, guint index) {
    g_assert(index < pack->lessons->len);
    return pack->lessons->pdata[index];
}

guint pack_questionnaire_count(const Pack *pack) {
    return pack->questionnaires->len;
}

const char *pack_questionnaire_name(const Pack *pack, guint index) {
    g_assert(index < pack->questionnaires->len);
    return ((PackQuestionnaire *)pack->questionnaires->pdata[index])->name;
}

static void head_read(Pack *pack, Faults *faults, const cJSON *json) {
    static const char *const fields[] = {"pack", "version", "title", "items", NULL};
    const cJSON *version = cJSON_GetObjectItemCaseSensitive(json, "version");
    field_names(faults, json, fields);
    pack->name = g_strdup(field_key(faults, json, "pack"));
    pair_text(faults, cJSON_GetObjectItemCaseSensitive(json, "title"), "title", true,
              PACK_TITLE_MAX, pack->title);
    if (version != NULL && (!cJSON_IsNumber(version) || version->valueint != 1)) {
        faults_add(faults, tr("\"version\" är filformatets och ska vara 1.",
                              "\"version\" is the file format's and must be 1."));
    }
}

static void items_read(Pack *pack, Faults *faults, const cJSON *items) {
    int count = cJSON_GetArraySize(items);
    if (!cJSON_IsArray(items) || count == 0 || count > PACK_ITEMS_MAX) {
        faults_add(faults,
                   tr("\"items\" ska vara en lista med 1 till %d frågor.",
                      "\"items\" must be a list of 1 to %d items."),
                   PACK_ITEMS_MAX);
        return;
    }
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
    guint number = 0;
    const cJSON *json;
    cJSON_ArrayForEach(json, items) {
        number++;
        const cJSON *id = cJSON_GetObjectItemCaseSensitive(json, "id");
        g_autofree char *where = cJSON_IsString(id) && id->valuestring[0] != '\0'
                                     ? g_strndup(id->valuestring, PACK_KEY_MAX)
                                     : g_strdup_printf(tr("fråga nr %u", "item no. %u"), number);
        faults->where = where;
        Item *item = pack_item_read(faults, json);
        item->pack = g_strdup(pack->name);
        g_ptr_array_add(pack->items, item);
        if (item->key != NULL && !g_hash_table_add(seen, item->key)) {
            faults_add(faults, tr("id finns redan på en annan fråga. Ge frågan ett eget.",
                                  "the id is already another item's. Give this one its own."));
        }
        faults->where = NULL;
    }
}

/* `dir`: where there may be files with more languages, or NULL. */
static void pack_read(Pack *pack, const char *dir, const char *json, size_t length,
                      GPtrArray *lines) {
    Faults faults = {.lines = lines, .file = "items.json"};
    cJSON *root = faults_json(&faults, json, length);
    if (root != NULL && !cJSON_IsObject(root)) {
        faults_add(&faults, tr("ska börja med { och ha fälten pack, title och items.",
                               "must begin with { and have the fields pack, title and items."));
    } else if (root != NULL) {
        if (dir != NULL) {
            pack_language_items(dir, root, lines);
        }
        head_read(pack, &faults, root);
        items_read(pack, &faults, cJSON_GetObjectItemCaseSensitive(root, "items"));
    }
    cJSON_Delete(root);
}

Pack *pack_parse(const char *json, size_t length, GPtrArray *faults) {
    g_autoptr(Pack) pack = pack_new();
    guint before = faults->len;
    if (length > PACK_FILE_MAX) {
        faults_add(&(Faults){.lines = faults, .file = "items.json"},
                   tr("filen är större än %d byte.", "the file is larger than %d bytes."),
                   PACK_FILE_MAX);
        return NULL;
    }
    pack_read(pack, NULL, json, length, faults);
    return faults->len == before ? g_steal_pointer(&pack) : NULL;
}

Pack *pack_load(const char *dir, GPtrArray **out_faults, GError **error) {
    g_autoptr(GPtrArray) lines = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(Pack) pack = pack_new();
    if (out_faults != NULL) {
        *out_faults = g_ptr_array_ref(lines);
    }
    if (!g_file_test(dir, G_FILE_TEST_IS_DIR)) {
        error_set(error, VK_ERROR_NOT_FOUND,
                  tr("%s är ingen mapp. Ange mappen som items.json ligger i.",
                     "%s is no folder. Name the folder that items.json is in."),
                  dir);
        return NULL;
    }
    gsize length;
    Faults faults = {.lines = lines, .file = "items.json"};
    g_autofree char *json = faults_file(&faults, dir, "items.json", PACK_FILE_MAX, &length);
    if (json != NULL) {
        pack_read(pack, dir, json, length, lines);
    }
    pack_lessons_read(pack, dir, lines);
    pack_pictures_read(pack, dir, lines);
    pack_questionnaires_read(pack, dir, lines);
    if (lines->len > 0) {
        error_set(
            error, VK_ERROR_INPUT,
            tr("Paketet %s har %u fel. Det första: %s", "The pack %s has %u faults. The first: %s"),
            dir, lines->len, (const char *)lines->pdata[0]);
        return NULL;
    }
    return g_steal_pointer(&pack);
}
