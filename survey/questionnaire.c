#include "survey/questionnaire.h"

#include "survey/item_private.h"
#include "survey/questionnaire_private.h"

#include <string.h>

enum { GRID_ROWS_MAX = 20 };

void questionnaire_free(Questionnaire *questionnaire) {
    if (questionnaire == NULL) {
        return;
    }
    lang_clear(questionnaire->title);
    form_layout_free(questionnaire->layout);
    g_ptr_array_unref(questionnaire->items);
    g_free(questionnaire);
}

const char *questionnaire_title(const Questionnaire *questionnaire, Lang lang) {
    return questionnaire->title[lang];
}

ItemBank questionnaire_bank(const Questionnaire *questionnaire) {
    return questionnaire->bank;
}

const GPtrArray *questionnaire_items(const Questionnaire *questionnaire) {
    return questionnaire->items;
}

char *questionnaire_layout(const Questionnaire *questionnaire) {
    return form_layout_format(questionnaire->layout);
}

static const FormEntry *entry_at(const Questionnaire *questionnaire, guint index) {
    return &g_array_index(questionnaire->layout->entries, FormEntry, index);
}

bool questionnaire_draws(const Questionnaire *questionnaire) {
    for (guint i = 0; i < questionnaire->layout->entries->len; i++) {
        const FormEntry *entry = entry_at(questionnaire, i);
        if (entry->draw > 0 || entry->roles != NULL) {
            return true;
        }
    }
    return false;
}

bool questionnaire_shuts_text(const Questionnaire *questionnaire) {
    for (guint i = 0; i < questionnaire->layout->entries->len; i++) {
        const FormEntry *entry = entry_at(questionnaire, i);
        for (guint j = 0; entry->condition_count > 0 && j < entry->count; j++) {
            const Item *item = questionnaire->items->pdata[entry->first + j];
            if (item->kind == ITEM_TEXT) {
                return true;
            }
        }
    }
    return false;
}

guint questionnaire_page(const Questionnaire *questionnaire, guint position) {
    guint page = 0;
    for (guint i = 0; i < questionnaire->layout->entries->len; i++) {
        const FormEntry *entry = entry_at(questionnaire, i);
        page = entry->first <= position ? entry->page : page;
    }
    return page;
}

/* --- items ----------------------------------------------------------------------------------- */

Item *builder_item(Builder *builder, const char *key) {
    Item *item = g_hash_table_lookup(builder->by_key, key);
    if (item == NULL || item->state != ITEM_LIVE) {
        faults_add(&builder->faults,
                   item == NULL ? tr("det finns ingen fråga \"%.60s\" i paketet.",
                                     "there is no item \"%.60s\" in the pack.")
                                : tr("frågan \"%.60s\" kan inte ställas än (state: live).",
                                     "the item \"%.60s\" cannot be asked yet (state: live)."),
                   key);
        g_hash_table_add(builder->told, g_strdup(key));
        return NULL;
    }
    return item;
}

/* "vet inte" must be there, so that nobody is made to say what is not so. */
static void check_required(Builder *builder, const Item *item) {
    if (item->measure == MEASURE_OBSTACLE || !item->offers_not_applicable) {
        faults_add(&builder->faults,
                   tr("frågan \"%s\" kan inte vara obligatorisk: bara frågor där man kan svara "
                      "\"vet inte\" eller \"ej aktuellt\" (not_applicable) kan det, och aldrig de "
                      "om hinder.",
                      "the item \"%s\" cannot be required: only items that can be answered \"don't "
                      "know\" or \"not applicable\" (not_applicable) can, and never those about "
                      "obstacles."),
                   item->key);
    }
}

static void check_bank(Builder *builder, const Item *item) {
    if (item_is_scored(item) && item->bank != builder->made->bank) {
        faults_add(
            &builder->faults,
            tr("frågan \"%s\" hör till banken %s, men frågeformuläret till %s. Övning och "
               "mätning blandas aldrig.",
               "the item \"%s\" belongs to the bank %s, but the questionnaire to %s. Training "
               "and measurement are never mixed."),
            item->key, item_bank_text(item->bank), item_bank_text(builder->made->bank));
    }
}

static void entry_drop(FormEntry *entry) {
    g_strfreev(entry->roles);
    g_free(entry->conditions);
}

/* --- pages ----------------------------------------------------------------------------------- */

static bool looks_at_page(const Builder *builder, const FormEntry *entry) {
    for (guint i = 0; i < entry->condition_count; i++) {
        if (questionnaire_page(builder->made, entry->conditions[i].position) ==
            builder->made->layout->page_count - 1) {
            return true;
        }
    }
    return false;
}

/* There is no room for the entry: said once, and no more of what comes after. */
static void refuse(Builder *builder, FormEntry *take_entry, Item *const *items) {
    if (!builder->full) {
        faults_add(&builder->faults,
                   tr("för långt: högst %d frågor till en person, och högst %d att dra bland.",
                      "too long: at most %d items for one person, and at most %d to draw among."),
                   FORM_ITEMS_MAX, FORM_POSITIONS_MAX);
    }
    builder->full = true;
    for (guint i = 0; i < take_entry->count; i++) {
        g_hash_table_add(builder->told, g_strdup(items[i]->key));
    }
    entry_drop(take_entry);
}

/* Puts the entry and its items last. `slots` questions of it are asked of one person; they share a
 * page if they fit on one. */
static void place(Builder *builder, FormEntry *take_entry, Item *const *items, guint slots) {
    FormLayout *layout = builder->made->layout;
    GPtrArray *placed = builder->made->items;
    guint per_page = layout->per_page;
    if (placed->len + take_entry->count > FORM_POSITIONS_MAX ||
        builder->asked + slots > FORM_ITEMS_MAX) {
        refuse(builder, take_entry, items);
        return;
    }
    if (builder->fresh || builder->used + slots > per_page || looks_at_page(builder, take_entry)) {
        layout->page_count++;
        builder->used = 0;
        builder->fresh = false;
    }
    take_entry->first = placed->len;
    take_entry->page = layout->page_count - 1;
    for (guint i = 0; i < take_entry->count; i++) {
        g_ptr_array_add(placed, items[i]);
        g_hash_table_insert(builder->places, items[i], GUINT_TO_POINTER(placed->len));
    }
    builder->asked += slots;
    builder->used += slots;
    if (take_entry->draw > 0) { /* the only one that goes on over the next pages */
        guint more = (slots - 1) / per_page;
        layout->page_count += more;
        builder->used -= more * per_page;
    }
    g_array_append_val(layout->entries, *take_entry);
}

/* --- entries --------------------------------------------------------------------------------- */

/* Of the entry, or else of its section. */
static char **read_roles(Builder *builder, const cJSON *json) {
    Faults *faults = &builder->faults;
    bool own = cJSON_GetObjectItemCaseSensitive(json, "roles") != NULL;
    bool section = cJSON_GetObjectItemCaseSensitive(builder->section, "roles") != NULL;
    if (own && section) {
        faults_add(faults, tr("\"roles\" står både här och på avsnittet: ta bort det ena.",
                              "\"roles\" stands both here and at the section: remove one."));
    }
    return field_words(faults, own ? json : builder->section, "roles", ITEM_ROLES_MAX);
}

static FormEntry entry_new(Builder *builder, const cJSON *json) {
    FormEntry entry = {.roles = read_roles(builder, json)};
    builder_conditions(builder, json, &entry);
    entry.required = field_bool(&builder->faults, json, "required", false);
    return entry;
}

/* An item that stands by itself: found, of the right bank, and not placed before. */
static Item *lone_item(Builder *builder, const char *key) {
    Item *item = builder_item(builder, key);
    if (item == NULL) {
        return NULL;
    }
    if (g_hash_table_contains(builder->places, item)) {
        faults_add(&builder->faults,
                   tr("frågan \"%s\" står två gånger. Ta bort den ena.",
                      "the item \"%s\" stands twice. Remove one."),
                   key);
        return NULL;
    }
    check_bank(builder, item);
    return item;
}

static void add_item(Builder *builder, const cJSON *json, const char *key) {
    static const char *const fields[] = {"item", "required", "if", "roles", NULL};
    Item *item = lone_item(builder, key);
    if (item == NULL || (!cJSON_IsString(json) && !field_names(&builder->faults, json, fields))) {
        return;
    }
    FormEntry entry = entry_new(builder, json);
    entry.count = 1;
    if (entry.required) {
        check_required(builder, item);
    }
    place(builder, &entry, &item, 1);
}

/* Every item of the pool, one after the other. */
static void add_whole_pool(Builder *builder, const cJSON *json, const GPtrArray *pool) {
    for (guint i = 0; i < pool->len; i++) {
        Item *item = pool->pdata[i];
        FormEntry entry = entry_new(builder, json);
        entry.count = 1;
        place(builder, &entry, &item, 1);
    }
}

static void add_draw(Builder *builder, const cJSON *json) {
    static const char *const fields[] = {"draw",  "areas",    "topics", "measures", "items",
                                         "roles", "required", "if",     NULL};
    Faults *faults = &builder->faults;
    guint before = faults->lines->len;
    const cJSON *draw = cJSON_GetObjectItemCaseSensitive(json, "draw");
    bool all = cJSON_IsString(draw) && strcmp(draw->valuestring, "all") == 0;
    field_names(faults, json, fields);
    guint count = all ? 0 : field_count(faults, json, "draw", 1, FORM_ITEMS_MAX, 0);
    FormEntry entry = entry_new(builder, json);
    g_autoptr(GPtrArray) pool = builder_pool(builder, json, entry.roles);
    for (guint i = 0; i < pool->len; i++) {
        check_bank(builder, pool->pdata[i]);
        if (entry.required) {
            check_required(builder, pool->pdata[i]);
        }
    }
    if (pool->len < MAX(count, 1) && faults->lines->len > before) {
        entry_drop(&entry); /* too few because of what is wrong already */
        return;
    }
    if (pool->len < MAX(count, 1)) {
        faults_add(
            faults,
            tr("%u passande frågor finns att dra bland, men %u behövs. Vidga dragningen "
               "eller skriv fler frågor.",
               "there are %u suitable items to draw among, but %u are needed. Widen the draw "
               "or write more items."),
            pool->len, MAX(count, 1));
    } else if (count > 0) {
        entry.count = pool->len;
        entry.draw = count;
        place(builder, &entry, (Item *const *)pool->pdata, count);
        return;
    } else if (all) {
        add_whole_pool(builder, json, pool);
    }
    entry_drop(&entry);
}

static void add_grid(Builder *builder, const cJSON *json) {
    static const char *const fields[] = {"grid", "text", "required", "if", "roles", NULL};
    Faults *faults = &builder->faults;
    field_names(faults, json, fields);
    g_auto(GStrv) keys = field_words(faults, json, "grid", GRID_ROWS_MAX);
    g_autoptr(GPtrArray) rows = g_ptr_array_new();
    FormEntry entry = entry_new(builder, json);
    FormGrid grid = {.first = builder->made->items->len};
    pair_text(faults, cJSON_GetObjectItemCaseSensitive(json, "text"), "text", true, PACK_TEXT_MAX,
              grid.text);
    for (guint i = 0; keys != NULL && keys[i] != NULL; i++) {
        Item *item = lone_item(builder, keys[i]);
        if (item != NULL && item->kind != ITEM_SCALE) {
            faults_add(faults,
                       tr("frågan \"%s\" är ingen skala (scale): bara sådana kan stå i ett rutnät.",
                          "the item \"%s\" is no scale: only these can stand in a grid."),
                       keys[i]);
            g_hash_table_add(builder->told, g_strdup(keys[i]));
        } else if (item != NULL) {
            if (entry.required) {
                check_required(builder, item);
            }
            g_ptr_array_add(rows, item);
        }
    }
    grid.count = entry.count = rows->len;
    g_array_append_val(builder->made->layout->grids, grid);
    if (rows->len > 0) {
        place(builder, &entry, (Item *const *)rows->pdata, rows->len);
    } else {
        entry_drop(&entry);
    }
}

static void add_entry(Builder *builder, const cJSON *json) {
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(json, "item");
    if (cJSON_IsString(json)) {
        add_item(builder, json, json->valuestring);
    } else if (cJSON_IsString(item)) {
        add_item(builder, json, item->valuestring);
    } else if (cJSON_HasObjectItem(json, "draw")) {
        add_draw(builder, json);
    } else if (cJSON_HasObjectItem(json, "grid")) {
        add_grid(builder, json);
    } else if (cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(json, "break")) &&
               cJSON_GetArraySize(json) == 1) {
        builder->fresh = true;
    } else {
        faults_add(&builder->faults,
                   tr("ska vara en frågas id, eller ett objekt med item, draw, grid eller "
                      "\"break\": true.",
                      "must be an item's id, or an object with item, draw, grid or "
                      "\"break\": true."));
    }
}

/* --- sections and the whole ------------------------------------------------------------------ */

static void section_head(Builder *builder, const cJSON *json, FormSection *section) {
    static const char *const fields[] = {"title", "intro", "roles", "if", "ask", NULL};
    field_names(&builder->faults, json, fields);
    pair_text(&builder->faults, cJSON_GetObjectItemCaseSensitive(json, "title"), "title", false,
              PACK_TITLE_MAX, section->title);
    pair_text(&builder->faults, cJSON_GetObjectItemCaseSensitive(json, "intro"), "intro", false,
              PACK_SCENE_MAX, section->intro);
    section->first_page = builder->made->layout->page_count;
}

static void add_section(Builder *builder, const cJSON *json, guint number) {
    const cJSON *ask = cJSON_GetObjectItemCaseSensitive(json, "ask");
    g_autofree char *where = g_strdup_printf(tr("avsnitt %u", "section %u"), number);
    FormSection section = {0};
    builder->faults.where = where;
    builder->section = json;
    builder->fresh = true;
    section_head(builder, json, &section);
    g_array_append_val(builder->made->layout->sections, section);
    guint before = builder->made->items->len;
    guint faults = builder->faults.lines->len;
    guint row = 0;
    const cJSON *entry;
    cJSON_ArrayForEach(entry, ask) {
        g_autofree char *place_name =
            g_strdup_printf(tr("avsnitt %u, rad %u", "section %u, entry %u"), number, ++row);
        builder->faults.where = place_name;
        add_entry(builder, entry);
    }
    builder->faults.where = where;
    bool explained = builder->full || builder->faults.lines->len > faults;
    if (!cJSON_IsArray(ask) || (builder->made->items->len == before && !explained)) {
        faults_add(&builder->faults, tr("\"ask\" ska vara en lista med minst en fråga.",
                                        "\"ask\" must be a list of at least one item."));
    }
    builder->faults.where = NULL;
}

/* Marks what stands alone or in a grid. */
static void mark_named(Builder *builder, const cJSON *sections) {
    const cJSON *section, *entry, *row;
    cJSON_ArrayForEach(section, sections) {
        cJSON_ArrayForEach(entry, cJSON_GetObjectItemCaseSensitive(section, "ask")) {
            const cJSON *item = cJSON_GetObjectItemCaseSensitive(entry, "item");
            const char *key = cJSON_IsString(entry)  ? entry->valuestring
                              : cJSON_IsString(item) ? item->valuestring
                                                     : "";
            g_hash_table_add(builder->named, g_hash_table_lookup(builder->by_key, key));
            cJSON_ArrayForEach(row, cJSON_GetObjectItemCaseSensitive(entry, "grid")) {
                key = cJSON_IsString(row) ? row->valuestring : "";
                g_hash_table_add(builder->named, g_hash_table_lookup(builder->by_key, key));
            }
        }
    }
}

static void read_head(Builder *builder, const cJSON *json) {
    static const char *const fields[] = {"title", "bank", "items_per_page", "sections", NULL};
    Faults *faults = &builder->faults;
    field_names(faults, json, fields);
    pair_text(faults, cJSON_GetObjectItemCaseSensitive(json, "title"), "title", true,
              PACK_TITLE_MAX, builder->made->title);
    builder->made->layout->per_page =
        field_count(faults, json, "items_per_page", 1, 20, FORM_ITEMS_PER_PAGE);
    builder->made->bank = BANK_MEASUREMENT;
    const char *bank = cJSON_GetObjectItemCaseSensitive(json, "bank") != NULL
                           ? field_text(faults, json, "bank")
                           : "measurement";
    if (bank != NULL && !item_bank_parse(bank, &builder->made->bank)) {
        faults_add(faults, tr("\"bank\" ska vara training eller measurement.",
                              "\"bank\" must be training or measurement."));
    }
}

static void read_all(Builder *builder, const cJSON *json) {
    const cJSON *sections = cJSON_GetObjectItemCaseSensitive(json, "sections");
    int count = cJSON_GetArraySize(sections);
    read_head(builder, json);
    if (!cJSON_IsArray(sections) || count == 0 || count > QUESTIONNAIRE_SECTIONS_MAX) {
        faults_add(&builder->faults,
                   tr("\"sections\" ska vara en lista med 1 till %d avsnitt.",
                      "\"sections\" must be a list of 1 to %d sections."),
                   QUESTIONNAIRE_SECTIONS_MAX);
        return;
    }
    mark_named(builder, sections);
    guint number = 0;
    const cJSON *section;
    cJSON_ArrayForEach(section, sections) {
        add_section(builder, section, ++number);
    }
}

Questionnaire *questionnaire_parse(const char *file, const char *json, size_t length,
                                   const GPtrArray *items, GPtrArray *faults) {
    g_autoptr(Questionnaire) made = g_new0(Questionnaire, 1);
    made->layout = form_layout_new();
    made->items = g_ptr_array_new();
    Builder builder = {.faults = {.lines = faults, .file = file}, .made = made, .items = items};
    guint before = faults->len;
    cJSON *root = faults_json(&builder.faults, json, length);
    if (root != NULL) {
        builder.by_key = g_hash_table_new(g_str_hash, g_str_equal);
        builder.named = g_hash_table_new(NULL, NULL);
        builder.places = g_hash_table_new(NULL, NULL);
        builder.told = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
        for (guint i = 0; i < items->len; i++) {
            Item *item = items->pdata[i];
            if (item->key != NULL) {
                g_hash_table_insert(builder.by_key, item->key, item);
            }
        }
        read_all(&builder, root);
        g_hash_table_unref(builder.by_key);
        g_hash_table_unref(builder.named);
        g_hash_table_unref(builder.places);
        g_hash_table_unref(builder.told);
    }
    cJSON_Delete(root);
    return faults->len == before ? g_steal_pointer(&made) : NULL;
}
