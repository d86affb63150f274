/* The pictures and questionnaires of a pack's folder. */
#include "survey/pack_private.h"

#include "survey/picture.h"

#include <string.h>

/* --- pictures -------------------------------------------------------------------------------- */

static char *picture_keep(Pack *pack, Faults *faults, const char *folder, const char *file) {
    gsize size;
    g_autofree char *bytes = faults_file(faults, folder, file, PICTURE_MAX, &size);
    if (bytes == NULL) {
        return NULL;
    }
    char *name = picture_name(bytes, size);
    if (name == NULL) {
        faults_add(faults, tr("är ingen bild i formatet PNG, JPEG eller WebP.",
                              "is no picture in the format PNG, JPEG or WebP."));
        return NULL;
    }
    g_hash_table_insert(pack->pictures, g_strdup(name),
                        g_bytes_new_take(g_steal_pointer(&bytes), size));
    return name;
}

void pack_pictures_read(Pack *pack, const char *dir, GPtrArray *lines) {
    g_autofree char *folder = g_build_filename(dir, "pictures", NULL);
    for (guint i = 0; i < pack->items->len; i++) {
        Item *item = pack->items->pdata[i];
        if (item->picture == NULL) {
            continue;
        }
        g_autofree char *file = g_steal_pointer(&item->picture);
        g_autofree char *shown = g_strconcat("pictures/", file, NULL);
        Faults faults = {.lines = lines, .file = shown, .where = item->key};
        item->picture = picture_keep(pack, &faults, folder, file);
    }
}

/* --- questionnaires -------------------------------------------------------------------------- */

void pack_questionnaire_free(PackQuestionnaire *questionnaire) {
    if (questionnaire != NULL) {
        g_free(questionnaire->name);
        g_free(questionnaire->json);
        questionnaire_free(questionnaire->checked);
        g_free(questionnaire);
    }
}

static gint by_name(gconstpointer a, gconstpointer b) {
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The names of the folder's files, sorted. */
static GPtrArray *file_names(const char *folder) {
    GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GDir) open = g_dir_open(folder, 0, NULL);
    const char *name;
    while (open != NULL && (name = g_dir_read_name(open)) != NULL) {
        if (name[0] != '.') {
            g_ptr_array_add(names, g_strdup(name));
        }
    }
    g_ptr_array_sort(names, by_name);
    return names;
}

static void questionnaire_read(Pack *pack, const char *dir, const char *file, GPtrArray *lines) {
    g_autofree char *folder = g_build_filename(dir, "questionnaires", NULL);
    g_autofree char *shown = g_strconcat("questionnaires/", file, NULL);
    g_autofree char *name = g_str_has_suffix(file, ".json")
                                ? g_strndup(file, strlen(file) - strlen(".json"))
                                : g_strdup("");
    Faults faults = {.lines = lines, .file = shown};
    gsize length;
    if (!pack_name_is_valid(name)) {
        faults_add(&faults, tr("filen ska heta NAMN.json, med a–z, 0–9, - _ och punkt i namnet.",
                               "the file must be called NAME.json, with a-z, 0-9, - _ and dot in "
                               "the name."));
        return;
    }
    g_autofree char *json = faults_file(&faults, folder, file, QUESTIONNAIRE_FILE_MAX, &length);
    if (json == NULL) {
        return;
    }
    g_autofree char *with_more = pack_language_questionnaire(dir, name, json, lines);
    if (with_more != NULL) {
        g_free(json);
        json = g_steal_pointer(&with_more);
        length = strlen(json);
    }
    PackQuestionnaire *read = g_new0(PackQuestionnaire, 1);
    read->name = g_steal_pointer(&name);
    read->checked = questionnaire_parse(shown, json, length, pack->items, lines);
    read->json = g_strndup(json, length);
    g_ptr_array_add(pack->questionnaires, read);
}

void pack_questionnaires_read(Pack *pack, const char *dir, GPtrArray *lines) {
    g_autofree char *folder = g_build_filename(dir, "questionnaires", NULL);
    g_autoptr(GPtrArray) names = file_names(folder);
    for (guint i = 0; i < names->len; i++) {
        questionnaire_read(pack, dir, names->pdata[i], lines);
    }
    pack_language_names(dir, pack, lines);
}
