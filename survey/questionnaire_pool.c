/* The items that a draw takes from. */
#include "survey/questionnaire_private.h"

#include "survey/item_private.h"

typedef struct {
    char **areas;
    char **topics;
    char **measures;
    char **keys;
    char **roles; /* borrowed */
} Pool;

static void pool_clear(Pool *pool) {
    g_strfreev(pool->areas);
    g_strfreev(pool->topics);
    g_strfreev(pool->measures);
    g_strfreev(pool->keys);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Pool, pool_clear)

static bool is_in(char **list, const char *word) {
    return list == NULL || g_strv_contains((const char *const *)list, word);
}

/* An item for certain roles is drawn for these only, and one for everybody only for everybody. */
static bool roles_meet(char **wanted, char **own) {
    for (guint i = 0; wanted != NULL && own != NULL && own[i] != NULL; i++) {
        if (is_in(wanted, own[i])) {
            return true;
        }
    }
    return wanted == NULL && own == NULL;
}

static bool is_wanted(const Builder *builder, const Pool *pool, const Item *item) {
    bool measured = pool->measures != NULL ? is_in(pool->measures, item_measure_text(item->measure))
                                           : item_is_scored(item);
    bool banked = !item_is_scored(item) || item->bank == builder->made->bank;
    return item->state == ITEM_LIVE && !item->anonymous_only && measured && banked &&
           is_in(pool->areas, item->area) && is_in(pool->topics, item->topic) &&
           roles_meet(pool->roles, item->roles);
}

static void check_areas(Builder *builder, const Pool *pool) {
    for (guint i = 0; pool->areas != NULL && pool->areas[i] != NULL; i++) {
        if (!item_area_is_known(pool->areas[i])) {
            faults_add(&builder->faults, tr("okänt område \"%s\".", "unknown area \"%s\"."),
                       pool->areas[i]);
        }
    }
    ItemMeasure measure;
    for (guint i = 0; pool->measures != NULL && pool->measures[i] != NULL; i++) {
        if (!item_measure_parse(pool->measures[i], &measure)) {
            faults_add(&builder->faults, tr("okänt mått \"%s\".", "unknown measure \"%s\"."),
                       pool->measures[i]);
        }
    }
}

/* What stands alone somewhere, or in a draw before, is not drawn as well: nobody meets it twice. */
static bool is_free(const Builder *builder, const Item *item) {
    return !g_hash_table_contains(builder->named, item) &&
           !g_hash_table_contains(builder->places, item);
}

static void take_named(Builder *builder, char **keys, GPtrArray *taken) {
    for (guint i = 0; keys[i] != NULL; i++) {
        Item *item = builder_item(builder, keys[i]);
        if (item != NULL && is_free(builder, item)) {
            g_ptr_array_add(taken, item);
        } else if (item != NULL) {
            faults_add(&builder->faults,
                       tr("frågan \"%s\" står på fler än ett ställe. Ta bort ett av dem.",
                          "the item \"%s\" stands in more than one place. Remove one of them."),
                       keys[i]);
        }
    }
}

GPtrArray *builder_pool(Builder *builder, const cJSON *json, char **roles) {
    Faults *faults = &builder->faults;
    g_auto(Pool) pool = {.areas = field_words(faults, json, "areas", 20),
                         .topics = field_words(faults, json, "topics", 100),
                         .measures = field_words(faults, json, "measures", ITEM_MEASURE_COUNT),
                         .keys = field_words(faults, json, "items", FORM_POSITIONS_MAX),
                         .roles = roles};
    GPtrArray *taken = g_ptr_array_new();
    check_areas(builder, &pool);
    if (pool.keys != NULL && (pool.areas != NULL || pool.topics != NULL || pool.measures != NULL)) {
        faults_add(faults, tr("en dragning sker antingen bland \"items\" eller efter \"areas\", "
                              "\"topics\" och \"measures\".",
                              "a draw is either among \"items\" or by \"areas\", \"topics\" and "
                              "\"measures\"."));
    } else if (pool.keys != NULL) {
        take_named(builder, pool.keys, taken);
    }
    for (guint i = 0; pool.keys == NULL && i < builder->items->len; i++) {
        Item *item = builder->items->pdata[i];
        if (is_wanted(builder, &pool, item) && is_free(builder, item)) {
            g_ptr_array_add(taken, item);
        }
    }
    return taken;
}
