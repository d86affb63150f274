#include "campaigns/anchor.h"

#include "base/error.h"
#include "campaigns/queries.h"

#include <string.h>

static const DbQuery q_form = {
    "anchor.form", "SELECT coalesce(form_id, 0) AS form_id FROM campaign WHERE name = $1"};
static const DbQuery q_items = {
    "anchor.items",
    "SELECT i.item_key, i.area, i.topic,"
    " instr(i.body, '\"anonymous_only\":true') > 0 AS anonymous_only,"
    " EXISTS (SELECT 1 FROM v_form_item f WHERE f.form_id = $1 AND f.item_id = i.id) AS anchor"
    " FROM v_item i WHERE i.pack = $2 AND i.bank = 'measurement' AND i.state = 'live'"
    " AND (i.measure = 'knowledge' OR i.measure = 'scenario') AND i.version ="
    " (SELECT max(v.version) FROM v_item v WHERE v.pack = i.pack AND v.item_key = i.item_key)"
    " ORDER BY i.area, i.item_key"};

const DbQuery *const anchor_queries[] = {&q_form, &q_items, NULL};

typedef struct {
    char *key;
    char *area;
    bool anchor;
    bool taken;
} Candidate;

static void candidate_free(gpointer data) {
    Candidate *candidate = data;
    g_free(candidate->key);
    g_free(candidate->area);
    g_free(candidate);
}

static bool earlier_form(Db *db, const Definition *definition, int64_t *out_id, GError **error) {
    g_autoptr(DbStmt) query = db_query(db, &q_form, error);
    if (query == NULL) {
        return false;
    }
    db_bind_text(query, 1, definition->anchor_campaign);
    DbStep step = db_step(query, error);
    *out_id = step == DB_ROW ? db_int(query, "form_id") : 0;
    return *out_id != 0 ||
           (step != DB_ERROR &&
            error_set(
                error, VK_ERROR_NOT_FOUND,
                tr("kampanjfilen, fältet \"content.anchors.campaign\": \"%s\" är inte startad; "
                   "starta den först",
                   "campaign file, field \"content.anchors.campaign\": \"%s\" is not launched; "
                   "launch it first"),
                definition->anchor_campaign));
}

static bool in_list(char **list, const char *word) {
    return list == NULL || g_strv_contains((const char *const *)list, word);
}

/* All that the definition lets be asked, by area and key. */
static GPtrArray *candidates_load(Db *db, const Definition *definition, int64_t form_id,
                                  GError **error) {
    g_autoptr(GPtrArray) all = g_ptr_array_new_with_free_func(candidate_free);
    g_autoptr(DbStmt) query = db_query(db, &q_items, error);
    if (query == NULL) {
        return NULL;
    }
    db_bind_int(query, 1, form_id);
    db_bind_text(query, 2, definition->pack);
    bool anonymous = definition->promise == PROMISE_ANONYMOUS;
    DbStep step = DB_DONE;
    while ((step = db_step(query, error)) == DB_ROW) {
        if (in_list(definition->areas, db_text(query, "area")) &&
            in_list(definition->topics, db_text(query, "topic")) &&
            (anonymous || !db_bool(query, "anonymous_only"))) {
            Candidate *candidate = g_new0(Candidate, 1);
            candidate->key = g_strdup(db_text(query, "item_key"));
            candidate->area = g_strdup(db_text(query, "area"));
            candidate->anchor = db_bool(query, "anchor");
            g_ptr_array_add(all, candidate);
        }
    }
    return step == DB_DONE ? g_steal_pointer(&all) : NULL;
}

/* An order of `all` that is the same for the same seed. Borrowed. */
static GPtrArray *shuffled(const GPtrArray *all, int64_t seed) {
    g_autoptr(GRand) rand = g_rand_new_with_seed((guint32)seed);
    GPtrArray *order = g_ptr_array_new();
    for (guint i = 0; i < all->len; i++) {
        guint at = (guint)g_rand_int_range(rand, 0, (gint32)i + 1);
        g_ptr_array_insert(order, (gint)at, all->pdata[i]);
    }
    return order;
}

/* Takes up to `count` more of the area that are anchors, or are not; returns how many. */
static guint take(const GPtrArray *order, const char *area, bool anchor, guint count) {
    guint taken = 0;
    for (guint i = 0; i < order->len && taken < count; i++) {
        Candidate *candidate = order->pdata[i];
        if (!candidate->taken && candidate->anchor == anchor &&
            strcmp(candidate->area, area) == 0) {
            candidate->taken = true;
            taken++;
        }
    }
    return taken;
}

/* The areas, borrowed, each once. */
static GPtrArray *areas_of(const GPtrArray *all) {
    GPtrArray *areas = g_ptr_array_new();
    for (guint i = 0; i < all->len; i++) {
        const Candidate *candidate = all->pdata[i];
        if (areas->len == 0 || strcmp(areas->pdata[areas->len - 1], candidate->area) != 0) {
            g_ptr_array_add(areas, candidate->area);
        }
    }
    return areas;
}

/* Spreads the anchors over the areas, one after the other, until there are enough; `have` counts
 * what each area has. */
static guint take_anchors(const GPtrArray *order, const GPtrArray *areas,
                          const Definition *definition, guint have[]) {
    guint sum = 0;
    guint before = 0;
    do {
        before = sum;
        for (guint a = 0; a < areas->len && sum < definition->anchor_count; a++) {
            guint more = have[a] < definition->per_area ? take(order, areas->pdata[a], true, 1) : 0;
            have[a] += more;
            sum += more;
        }
    } while (sum > before && sum < definition->anchor_count);
    return sum;
}

static bool fill_area(const GPtrArray *order, const char *area, const Definition *definition,
                      guint have, GError **error) {
    have += take(order, area, false, definition->per_area - have);
    have += take(order, area, true, definition->per_area - have);
    return have == definition->per_area ||
           error_set(error, VK_ERROR_INPUT,
                     tr("området %s i paketet %s har %u passande frågor med bank: measurement, men "
                        "%u behövs",
                        "the area %s of the pack %s has %u suitable items with bank: measurement, "
                        "but %u are needed"),
                     area, definition->pack, have, definition->per_area);
}

static bool choose(const GPtrArray *all, const Definition *definition, GError **error) {
    g_autoptr(GPtrArray) order = shuffled(all, definition->seed);
    g_autoptr(GPtrArray) areas = areas_of(all);
    g_autofree guint *have = g_new0(guint, areas->len + 1);
    guint anchors = take_anchors(order, areas, definition, have);
    if (anchors < definition->anchor_count) {
        return error_set(
            error, VK_ERROR_INPUT,
            tr("bara %u frågor kan vara gemensamma med \"%s\", men %u begärs; en "
               "fråga vars ord har ändrats räknas som en annan",
               "only %u items can be shared with \"%s\", but %u are asked for; an item "
               "whose words have changed counts as another"),
            anchors, definition->anchor_campaign, definition->anchor_count);
    }
    for (guint a = 0; a < areas->len; a++) {
        if (!fill_area(order, areas->pdata[a], definition, have[a], error)) {
            return false;
        }
    }
    return true;
}

GStrv anchor_items(Db *db, const Definition *definition, GError **error) {
    int64_t form_id = 0;
    if (!earlier_form(db, definition, &form_id, error)) {
        return NULL;
    }
    g_autoptr(GPtrArray) all = candidates_load(db, definition, form_id, error);
    if (all == NULL || !choose(all, definition, error)) {
        return NULL;
    }
    g_autoptr(GPtrArray) keys = g_ptr_array_new();
    for (guint i = 0; i < all->len; i++) {
        const Candidate *candidate = all->pdata[i];
        if (candidate->taken) {
            g_ptr_array_add(keys, g_strdup(candidate->key));
        }
    }
    g_ptr_array_add(keys, NULL);
    return (GStrv)g_ptr_array_steal(keys, NULL);
}
