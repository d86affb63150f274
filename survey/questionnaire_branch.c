/* Conditions on earlier answers: reading them, and finding those that can never come true. */
#include "survey/questionnaire_private.h"

#include "survey/item_private.h"

#include <string.h>

static const FormEntry *entry_of(const FormLayout *layout, guint position) {
    for (guint i = 0; i < layout->entries->len; i++) {
        const FormEntry *entry = &g_array_index(layout->entries, FormEntry, i);
        if (position - entry->first < entry->count) {
            return entry;
        }
    }
    g_assert_not_reached();
}

/* The position of the item that a condition looks at; false with a fault. */
static bool read_position(Builder *builder, const cJSON *json, guint *out_position) {
    const char *key = field_text(&builder->faults, json, "item");
    bool told = key != NULL && g_hash_table_contains(builder->told, key);
    Item *item = key != NULL && !told ? builder_item(builder, key) : NULL;
    if (item == NULL) {
        return false;
    }
    guint place = GPOINTER_TO_UINT(g_hash_table_lookup(builder->places, item));
    if (place == 0 || entry_of(builder->made->layout, place - 1)->draw > 0) {
        faults_add(&builder->faults,
                   tr("villkoret ser på frågan \"%s\", som inte står före, eller som dras: "
                      "flytta den hit upp som en egen fråga.",
                      "the condition looks at the item \"%s\", which does not stand before, or is "
                      "drawn: move it up as an item of its own."),
                   key);
        return false;
    }
    if (item->kind == ITEM_TEXT || item->kind == ITEM_ORDER) {
        faults_add(&builder->faults,
                   tr("villkoret ser på frågan \"%s\", som inte har svar att välja: välj en annan.",
                      "the condition looks at the item \"%s\", which has no answers to choose: "
                      "take another."),
                   key);
        return false;
    }
    *out_position = place - 1;
    return true;
}

/* The option that one value of "chosen" means: its number, or the item's own true and false. -1 if
 * none. */
static int option_of(const Item *item, const cJSON *value) {
    if (cJSON_IsBool(value) && item->kind == ITEM_TRUE_FALSE) {
        return cJSON_IsTrue(value) ? 0 : 1;
    }
    bool whole = cJSON_IsNumber(value) && !(value->valuedouble > value->valueint) &&
                 !(value->valuedouble < value->valueint);
    return whole && value->valueint < (int)item->option_count ? value->valueint : -1;
}

static bool read_chosen(Builder *builder, const cJSON *list, const Item *item,
                        FormCondition *condition) {
    bool good = cJSON_IsArray(list) && list->child != NULL;
    const cJSON *value;
    cJSON_ArrayForEach(value, list) {
        int option = option_of(item, value);
        if (cJSON_IsString(value) && strcmp(value->valuestring, "na") == 0) {
            condition->not_applicable = true;
            good = good && item->offers_not_applicable;
        } else if (option >= 0) {
            condition->options |= UINT32_C(1) << option;
        } else {
            good = false;
        }
    }
    if (!good) {
        faults_add(&builder->faults,
                   tr("villkoret på \"%s\" ska ha en lista med svar som frågan har: nummer från 0 "
                      "till %d, eller \"na\" där den erbjuder det.",
                      "the condition on \"%s\" must have a list of answers that the item has: "
                      "numbers from 0 to %d, or \"na\" where it offers that."),
                   item->key, (int)item->option_count - 1);
    }
    return good;
}

static void read_condition(Builder *builder, const cJSON *json, FormEntry *entry) {
    static const char *const fields[] = {"item", "chosen", "not_chosen", NULL};
    FormCondition condition = {0};
    if (!field_names(&builder->faults, json, fields) ||
        !read_position(builder, json, &condition.position)) {
        return;
    }
    const cJSON *chosen = cJSON_GetObjectItemCaseSensitive(json, "chosen");
    const cJSON *not_chosen = cJSON_GetObjectItemCaseSensitive(json, "not_chosen");
    if ((chosen == NULL) == (not_chosen == NULL)) {
        faults_add(&builder->faults, tr("ett villkor har antingen \"chosen\" eller \"not_chosen\".",
                                        "a condition has either \"chosen\" or \"not_chosen\"."));
        return;
    }
    condition.negated = not_chosen != NULL;
    const Item *item = builder->made->items->pdata[condition.position];
    if (!read_chosen(builder, chosen != NULL ? chosen : not_chosen, item, &condition)) {
        return;
    }
    guint count = entry->condition_count++;
    entry->conditions = g_renew(FormCondition, entry->conditions, count + 1);
    entry->conditions[count] = condition;
}

static void read_conditions(Builder *builder, const cJSON *json, FormEntry *entry) {
    const cJSON *conditions = cJSON_GetObjectItemCaseSensitive(json, "if");
    int count = cJSON_IsArray(conditions) ? cJSON_GetArraySize(conditions) : 1;
    if (conditions == NULL) {
        return;
    }
    if (count == 0 || count > QUESTIONNAIRE_CONDITIONS_MAX) {
        faults_add(&builder->faults,
                   tr("\"if\" ska vara ett villkor eller en lista med 1 till %d.",
                      "\"if\" must be a condition or a list of 1 to %d."),
                   QUESTIONNAIRE_CONDITIONS_MAX);
        return;
    }
    const cJSON *one;
    if (!cJSON_IsArray(conditions)) {
        read_condition(builder, conditions, entry);
        return;
    }
    cJSON_ArrayForEach(one, conditions) {
        read_condition(builder, one, entry);
    }
}

/* --- dead branches --------------------------------------------------------------------------- */

/* All that must hold for an entry to be asked: its own conditions, and those of the items that
 * these look at, and so on. */
static GArray *all_conditions(const FormLayout *layout, const FormEntry *entry) {
    GArray *all = g_array_new(FALSE, FALSE, sizeof(FormCondition));
    g_autofree bool *seen = g_new0(bool, FORM_POSITIONS_MAX);
    if (entry->condition_count > 0) {
        g_array_append_vals(all, entry->conditions, entry->condition_count);
    }
    for (guint i = 0; i < all->len; i++) { /* grows while it runs */
        guint position = g_array_index(all, FormCondition, i).position;
        const FormEntry *from = entry_of(layout, position);
        if (!seen[position] && from->condition_count > 0) {
            g_array_append_vals(all, from->conditions, from->condition_count);
        }
        seen[position] = true;
    }
    return all;
}

/* Whether one answer to the item fulfils all conditions on it. */
static bool fulfils(const GArray *all, guint position, const Item *item, const Answer *answer) {
    for (guint i = 0; i < all->len; i++) {
        const FormCondition *condition = &g_array_index(all, FormCondition, i);
        if (condition->position == position && !form_condition_holds(condition, item, answer)) {
            return false;
        }
    }
    return true;
}

/* Whether any answer does. Of several choices it is enough to try the most that no condition
 * forbids. */
static bool can_fulfil(const GArray *all, guint position, const Item *item) {
    if (item->offers_not_applicable &&
        fulfils(all, position, item, &(Answer){.not_applicable = true})) {
        return true;
    }
    uint32_t most = (UINT32_C(1) << item->option_count) - 1;
    for (guint i = 0; i < all->len; i++) {
        const FormCondition *condition = &g_array_index(all, FormCondition, i);
        bool forbids = condition->position == position && condition->negated;
        most &= forbids ? ~condition->options : UINT32_MAX;
    }
    if (item->kind == ITEM_MULTIPLE) {
        return fulfils(all, position, item, &(Answer){.choices = most});
    }
    for (guint option = 0; option < item->option_count; option++) {
        if (fulfils(all, position, item, &(Answer){.choices = UINT32_C(1) << option})) {
            return true;
        }
    }
    return false;
}

void builder_conditions(Builder *builder, const cJSON *entry_json, FormEntry *entry) {
    read_conditions(builder, builder->section, entry);
    read_conditions(builder, entry_json, entry);
    g_autoptr(GArray) all = all_conditions(builder->made->layout, entry);
    for (guint i = 0; i < all->len; i++) {
        guint position = g_array_index(all, FormCondition, i).position;
        const Item *item = builder->made->items->pdata[position];
        if (!can_fulfil(all, position, item)) {
            faults_add(&builder->faults,
                       tr("kan aldrig ställas: inget svar på \"%s\" uppfyller alla villkor på "
                          "vägen hit. Ändra villkoren eller ta bort grenen.",
                          "can never be asked: no answer to \"%s\" fulfils all conditions on the "
                          "way here. Change the conditions or remove the branch."),
                       item->key);
            return;
        }
    }
}
