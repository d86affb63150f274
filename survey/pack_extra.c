/* What only some items have: a scene, a picture, roles, fixed options, a length of their own. */
#include "survey/pack_private.h"

#include <string.h>

/* The file's name alone: no folder, nothing hidden. */
static bool is_file_name(const char *name) {
    size_t length = strlen(name);
    return length > 0 && length <= PACK_ROLE_MAX && name[0] != '.' &&
           strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-_.") == length;
}

static void read_picture(Faults *faults, const cJSON *picture, Item *item) {
    static const char *const fields[] = {"file", "alt", NULL};
    if (picture == NULL || !field_names(faults, picture, fields)) {
        return;
    }
    const char *file = field_text(faults, picture, "file");
    if (file != NULL && !is_file_name(file)) {
        faults_add(faults,
                   tr("bilden \"%.60s\": ange filens namn i mappen pictures, med a–z, 0–9, - _ och "
                      "punkt.",
                      "the picture \"%.60s\": give the file's name in the folder pictures, with "
                      "a-z, 0-9, - _ and dot."),
                   file);
        file = NULL;
    }
    item->picture = g_strdup(file);
    pair_text(faults, cJSON_GetObjectItemCaseSensitive(picture, "alt"), "picture.alt", true,
              PACK_ALT_MAX, item->picture_alt);
}

void pack_item_scene(Faults *faults, const cJSON *json, Item *item) {
    pair_text(faults, cJSON_GetObjectItemCaseSensitive(json, "scene"), "scene", false,
              PACK_SCENE_MAX, item->scene);
    read_picture(faults, cJSON_GetObjectItemCaseSensitive(json, "picture"), item);
    item->roles = field_words(faults, json, "roles", ITEM_ROLES_MAX);
}

static bool is_shuffled(const Item *item) {
    return item->kind == ITEM_SINGLE || item->kind == ITEM_MULTIPLE;
}

static void read_fixed(Faults *faults, const cJSON *json, Item *item) {
    const cJSON *fixed = cJSON_GetObjectItemCaseSensitive(json, "fixed");
    bool shuffle = field_bool(faults, json, "shuffle", true);
    bool good = fixed == NULL || (cJSON_IsArray(fixed) && is_shuffled(item) && shuffle);
    const cJSON *index;
    cJSON_ArrayForEach(index, fixed) {
        good = good && cJSON_IsNumber(index) && index->valueint >= 0 &&
               index->valueint < (int)item->option_count;
        item->fixed_mask |= good ? UINT32_C(1) << index->valueint : 0;
    }
    if (!good) {
        faults_add(faults, tr("\"fixed\" ska vara en lista med nummer på svarsalternativ som inte "
                              "ska blandas, för single och multiple.",
                              "\"fixed\" must be a list of the numbers of options that are not "
                              "shuffled, for single and multiple."));
    }
    if (!shuffle && !is_shuffled(item)) {
        faults_add(faults, tr("\"shuffle\" hör till single och multiple: ta bort fältet.",
                              "\"shuffle\" belongs to single and multiple: remove the field."));
    } else if (!shuffle) {
        item->fixed_mask = (UINT32_C(1) << item->option_count) - 1;
    }
}

/* An answer of one's own beside the built-in one would be counted apart from it, and as right or
 * wrong. */
static void check_unknowing(Faults *faults, const Item *item) {
    static const char *const words[] = {"vet ej",     "vet inte",     "jag vet inte", "vet ej.",
                                        "don't know", "i don't know", "do not know",  NULL};
    for (guint i = 0; is_shuffled(item) && i < item->option_count; i++) {
        for (guint lang = 0; lang < LANG_OWN_COUNT; lang++) {
            g_autofree char *folded = g_utf8_casefold(item->options[lang][i], -1);
            if (g_strv_contains(words, folded)) {
                faults_add(faults,
                           tr("svarsalternativ %u är \"%s\": ta bort det och använd "
                              "\"not_applicable\": true, som inte räknas som ett val.",
                              "option %u is \"%s\": remove it and use \"not_applicable\": true, "
                              "which is not counted as a choice."),
                           i, item->options[lang][i]);
                break;
            }
        }
    }
}

void pack_item_extras(Faults *faults, const cJSON *json, Item *item) {
    bool text = item->kind == ITEM_TEXT;
    if (!text && cJSON_GetObjectItemCaseSensitive(json, "max_length") != NULL) {
        faults_add(faults, tr("\"max_length\" hör till fritext: ta bort fältet.",
                              "\"max_length\" belongs to free text: remove the field."));
    }
    item->text_max =
        text ? field_count(faults, json, "max_length", 20, ITEM_TEXT_MAX, ITEM_TEXT_DEFAULT) : 0;
    read_fixed(faults, json, item);
    check_unknowing(faults, item);
}
