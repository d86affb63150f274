#include "survey/form_private.h"

#include "survey/item_private.h"

#include "base/error.h"

static void section_clear(gpointer data) {
    FormSection *section = data;
    lang_clear(section->title);
    lang_clear(section->intro);
}

static void grid_clear(gpointer data) {
    FormGrid *grid = data;
    lang_clear(grid->text);
}

static void entry_clear(gpointer data) {
    FormEntry *entry = data;
    g_strfreev(entry->roles);
    g_free(entry->conditions);
}

static GArray *array_new(guint size, GDestroyNotify clear) {
    GArray *array = g_array_new(FALSE, TRUE, size);
    g_array_set_clear_func(array, clear);
    return array;
}

FormLayout *form_layout_new(void) {
    FormLayout *layout = g_new0(FormLayout, 1);
    layout->sections = array_new(sizeof(FormSection), section_clear);
    layout->grids = array_new(sizeof(FormGrid), grid_clear);
    layout->entries = array_new(sizeof(FormEntry), entry_clear);
    return layout;
}

void form_layout_free(FormLayout *layout) {
    if (layout != NULL) {
        g_array_unref(layout->sections);
        g_array_unref(layout->grids);
        g_array_unref(layout->entries);
        g_free(layout);
    }
}

bool form_condition_holds(const FormCondition *condition, const Item *item, const Answer *answer) {
    if (answer_is_blank(answer)) {
        return false;
    }
    bool chosen = answer->not_applicable
                      ? condition->not_applicable
                      : item->kind != ITEM_ORDER && (answer->choices & condition->options) != 0;
    return chosen != condition->negated;
}

/* --- writing --------------------------------------------------------------------------------- */

static cJSON *entry_format(const FormEntry *entry) {
    cJSON *json = cJSON_CreateObject();
    cJSON_AddNumberToObject(json, "first", entry->first);
    cJSON_AddNumberToObject(json, "count", entry->count);
    cJSON_AddNumberToObject(json, "page", entry->page);
    cJSON_AddNumberToObject(json, "draw", entry->draw);
    cJSON_AddBoolToObject(json, "required", entry->required);
    if (entry->roles != NULL) {
        cJSON_AddItemToObject(json, "roles",
                              cJSON_CreateStringArray((const char *const *)entry->roles,
                                                      (int)g_strv_length(entry->roles)));
    }
    cJSON *conditions = cJSON_AddArrayToObject(json, "if");
    for (guint i = 0; i < entry->condition_count; i++) {
        const FormCondition *condition = &entry->conditions[i];
        int numbers[] = {(int)condition->position, (int)condition->options,
                         condition->not_applicable, condition->negated};
        cJSON_AddItemToArray(conditions, cJSON_CreateIntArray(numbers, (int)G_N_ELEMENTS(numbers)));
    }
    return json;
}

char *form_layout_format(const FormLayout *layout) {
    cJSON *json = cJSON_CreateObject();
    cJSON_AddNumberToObject(json, "pages", layout->page_count);
    cJSON_AddNumberToObject(json, "per_page", layout->per_page);
    cJSON *sections = cJSON_AddArrayToObject(json, "sections");
    for (guint i = 0; i < layout->sections->len; i++) {
        const FormSection *section = &g_array_index(layout->sections, FormSection, i);
        cJSON *one = cJSON_CreateObject();
        cJSON_AddNumberToObject(one, "page", section->first_page);
        pair_add(one, "title", section->title);
        pair_add(one, "intro", section->intro);
        cJSON_AddItemToArray(sections, one);
    }
    cJSON *grids = cJSON_AddArrayToObject(json, "grids");
    for (guint i = 0; i < layout->grids->len; i++) {
        const FormGrid *grid = &g_array_index(layout->grids, FormGrid, i);
        cJSON *one = cJSON_CreateObject();
        cJSON_AddNumberToObject(one, "first", grid->first);
        cJSON_AddNumberToObject(one, "count", grid->count);
        pair_add(one, "text", grid->text);
        cJSON_AddItemToArray(grids, one);
    }
    cJSON *entries = cJSON_AddArrayToObject(json, "entries");
    for (guint i = 0; i < layout->entries->len; i++) {
        cJSON_AddItemToArray(entries, entry_format(&g_array_index(layout->entries, FormEntry, i)));
    }
    return body_print(json);
}

/* --- reading --------------------------------------------------------------------------------- */

/* A whole number of 0..max. */
static bool number_read(const cJSON *json, guint max, guint *out) {
    if (!cJSON_IsNumber(json) || json->valuedouble < 0 || json->valuedouble > max) {
        return false;
    }
    *out = (guint)json->valuedouble;
    return true;
}

static bool number_get(const cJSON *object, const char *name, guint max, guint *out) {
    return number_read(cJSON_GetObjectItemCaseSensitive(object, name), max, out);
}

static bool conditions_read(FormEntry *entry, const cJSON *list) {
    entry->conditions = g_new0(FormCondition, (gsize)MAX(cJSON_GetArraySize(list), 0) + 1);
    const cJSON *json;
    cJSON_ArrayForEach(json, list) {
        guint options, not_applicable, negated;
        FormCondition *condition = &entry->conditions[entry->condition_count++];
        if (entry->first == 0 ||
            !number_read(cJSON_GetArrayItem(json, 0), entry->first - 1, &condition->position) ||
            !number_read(cJSON_GetArrayItem(json, 1), G_MAXINT, &options) ||
            !number_read(cJSON_GetArrayItem(json, 2), 1, &not_applicable) ||
            !number_read(cJSON_GetArrayItem(json, 3), 1, &negated)) {
            return false;
        }
        condition->options = options;
        condition->not_applicable = not_applicable != 0;
        condition->negated = negated != 0;
    }
    return cJSON_IsArray(list);
}

static bool roles_read(FormEntry *entry, const cJSON *list) {
    if (list == NULL) {
        return true;
    }
    g_autoptr(GStrvBuilder) roles = g_strv_builder_new();
    const cJSON *role;
    cJSON_ArrayForEach(role, list) {
        if (!cJSON_IsString(role)) {
            return false;
        }
        g_strv_builder_add(roles, role->valuestring);
    }
    entry->roles = g_strv_builder_end(roles);
    return cJSON_IsArray(list);
}

/* Entries that cover the positions up to item_count, without gaps. */
static bool entries_read(FormLayout *layout, const cJSON *list, guint item_count) {
    guint next = 0;
    const cJSON *json;
    cJSON_ArrayForEach(json, list) {
        g_array_set_size(layout->entries, layout->entries->len + 1);
        FormEntry *entry = &g_array_index(layout->entries, FormEntry, layout->entries->len - 1);
        if (!number_get(json, "first", item_count, &entry->first) || entry->first != next ||
            !number_get(json, "count", item_count - next, &entry->count) || entry->count == 0 ||
            !number_get(json, "page", layout->page_count - 1, &entry->page) ||
            !number_get(json, "draw", entry->count, &entry->draw) ||
            !roles_read(entry, cJSON_GetObjectItemCaseSensitive(json, "roles")) ||
            !conditions_read(entry, cJSON_GetObjectItemCaseSensitive(json, "if"))) {
            return false;
        }
        entry->required = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(json, "required"));
        next += entry->count;
    }
    return next == item_count;
}

static bool sections_read(FormLayout *layout, const cJSON *list) {
    static const char *const texts[] = {"title", "intro", NULL};
    const cJSON *json;
    cJSON_ArrayForEach(json, list) {
        g_array_set_size(layout->sections, layout->sections->len + 1);
        FormSection *section =
            &g_array_index(layout->sections, FormSection, layout->sections->len - 1);
        pairs_told(json, texts, section->told);
        if (!number_get(json, "page", layout->page_count - 1, &section->first_page) ||
            !pairs_read(json, "title", section->told, section->title) ||
            !pairs_read(json, "intro", section->told, section->intro)) {
            return false;
        }
    }
    return true;
}

static bool grids_read(FormLayout *layout, const cJSON *list, guint item_count) {
    static const char *const texts[] = {"text", NULL};
    const cJSON *json;
    cJSON_ArrayForEach(json, list) {
        g_array_set_size(layout->grids, layout->grids->len + 1);
        FormGrid *grid = &g_array_index(layout->grids, FormGrid, layout->grids->len - 1);
        pairs_told(json, texts, grid->told);
        if (!number_get(json, "first", item_count, &grid->first) ||
            !number_get(json, "count", item_count - grid->first, &grid->count) ||
            !pairs_read(json, "text", grid->told, grid->text)) {
            return false;
        }
    }
    return true;
}

FormLayout *form_layout_parse(const char *text, guint item_count, GError **error) {
    g_autoptr(FormLayout) layout = form_layout_new();
    cJSON *json = cJSON_Parse(text);
    bool good = number_get(json, "pages", FORM_POSITIONS_MAX, &layout->page_count) &&
                layout->page_count > 0 &&
                number_get(json, "per_page", FORM_ITEMS_MAX, &layout->per_page) &&
                layout->per_page > 0 &&
                sections_read(layout, cJSON_GetObjectItemCaseSensitive(json, "sections")) &&
                grids_read(layout, cJSON_GetObjectItemCaseSensitive(json, "grids"), item_count) &&
                entries_read(layout, cJSON_GetObjectItemCaseSensitive(json, "entries"), item_count);
    cJSON_Delete(json);
    if (!good) {
        error_set(error, VK_ERROR_INTERNAL,
                  tr("Ett formulär i databasen är skadat.", "A form in the database is damaged."));
        return NULL;
    }
    return g_steal_pointer(&layout);
}
