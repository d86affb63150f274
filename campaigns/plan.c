/* The planning half of round.h: reads and computes, writes nothing. */
#include "campaigns/round.h"

#include "base/error.h"
#include "campaigns/promised.h"
#include "campaigns/queries.h"
#include "campaigns/round_private.h"

#include <string.h>

static const DbQuery q_completed = {
    "plan.completed", "SELECT person_id, completed_at_us FROM completion WHERE campaign_id = $1"};

const DbQuery *const plan_queries[] = {&q_completed, NULL};

void round_plan_free(RoundPlan *plan) {
    if (plan == NULL) {
        return;
    }
    definition_free(plan->definition);
    g_clear_pointer(&plan->chosen, g_ptr_array_unref);
    g_clear_pointer(&plan->people, g_ptr_array_unref);
    g_clear_pointer(&plan->indices, g_hash_table_unref);
    g_clear_pointer(&plan->paths, g_ptr_array_unref);
    g_free(plan->nodes);
    g_free(plan->population);
    g_free(plan);
}

const Definition *round_plan_definition(const RoundPlan *plan) {
    return plan->definition;
}

guint round_plan_population(const RoundPlan *plan) {
    return plan->people->len;
}

char **round_plan_unknown_emails(const RoundPlan *plan) {
    return audience_unknown_emails(&plan->definition->audience, plan->people);
}

guint round_plan_eligible(const RoundPlan *plan) {
    return plan->eligible;
}

guint round_plan_invited(const RoundPlan *plan) {
    return plan->invited;
}

guint round_plan_due(const RoundPlan *plan) {
    return plan->due;
}

static gint text_compare(gconstpointer a, gconstpointer b) {
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Length of the parent's path; 0 for the top level. */
static size_t parent_length(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash != NULL ? (size_t)(slash - path) : 0;
}

/* Every department of the frame and all above it, parents first. */
static void plan_tree(RoundPlan *plan) {
    plan->paths = g_ptr_array_new_with_free_func(g_free);
    plan->indices = g_hash_table_new(g_str_hash, g_str_equal);
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_hash_table_add(seen, g_strdup(""));
    for (guint i = 0; i < plan->people->len; i++) {
        const AudiencePerson *person = g_ptr_array_index(plan->people, i);
        size_t length = strlen(person->path);
        while (length > 0) {
            char *path = g_strndup(person->path, length);
            if (!g_hash_table_add(seen, path)) {
                break; /* and so are those above it */
            }
            length = parent_length(path);
        }
    }
    GHashTableIter iter;
    gpointer path = NULL;
    g_hash_table_iter_init(&iter, seen);
    while (g_hash_table_iter_next(&iter, &path, NULL)) {
        g_ptr_array_add(plan->paths, g_strdup(path));
    }
    g_ptr_array_sort(plan->paths, text_compare);
    plan->nodes = g_new0(PoolNode, plan->paths->len);
    plan->population = g_new0(guint, plan->paths->len);
    for (guint i = 0; i < plan->paths->len; i++) {
        char *own = g_ptr_array_index(plan->paths, i);
        g_hash_table_insert(plan->indices, own, GUINT_TO_POINTER(i));
        g_autofree char *parent = g_strndup(own, parent_length(own));
        plan->nodes[i].parent = GPOINTER_TO_UINT(g_hash_table_lookup(plan->indices, parent));
        plan->nodes[i].pool = i;
    }
}

static guint plan_index(const RoundPlan *plan, const char *path) {
    return GPOINTER_TO_UINT(g_hash_table_lookup(plan->indices, path));
}

/* Who completed the training, and when: person_id -> instant, both int64_t. */
static GHashTable *completed_map(Db *db, int64_t campaign_id, GError **error) {
    g_autoptr(DbStmt) query = db_query(db, &q_completed, error);
    if (query == NULL) {
        return NULL;
    }
    db_bind_int(query, 1, campaign_id);
    g_autoptr(GHashTable) completed =
        g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, g_free);
    DbStep step = DB_DONE;
    while ((step = db_step(query, error)) == DB_ROW) {
        int64_t pair[] = {db_int(query, "person_id"), db_int(query, "completed_at_us")};
        g_hash_table_insert(completed, g_memdup2(&pair[0], sizeof pair[0]),
                            g_memdup2(&pair[1], sizeof pair[1]));
    }
    return step == DB_ERROR ? NULL : g_steal_pointer(&completed);
}

/* Counts the frame and the invited by node; of a follow-up, those who are in `completed`. */
static void plan_count(RoundPlan *plan, GHashTable *completed, int64_t now_us) {
    for (guint i = 0; i < plan->people->len; i++) {
        const AudiencePerson *person = g_ptr_array_index(plan->people, i);
        plan->population[plan_index(plan, person->path)]++;
    }
    for (guint i = 0; i < plan->chosen->len; i++) {
        const AudiencePerson *person = g_ptr_array_index(plan->chosen, i);
        const int64_t *at_us =
            completed != NULL ? g_hash_table_lookup(completed, &person->person_id) : NULL;
        if (plan->follow_up && at_us == NULL) {
            continue;
        }
        int days = (int)plan->definition->after_days;
        plan->nodes[plan_index(plan, person->path)].invited++;
        plan->invited++;
        plan->due += !plan->follow_up || schedule_add_days(*at_us, days) <= now_us ? 1 : 0;
    }
}

static bool plan_audience(RoundPlan *plan, Db *db, const Campaign *campaign, int64_t now_us,
                          GError **error) {
    const Audience *audience = &plan->definition->audience;
    plan->people = audience_load(db, audience, now_us, error);
    if (plan->people == NULL || !audience_check(audience, plan->people, error)) {
        return false;
    }
    plan->chosen = audience_filter(audience, plan->people);
    plan->eligible = plan->chosen->len;
    audience_choose(audience, plan->chosen, plan->definition->seed);
    g_autoptr(GHashTable) completed =
        plan->follow_up ? completed_map(db, campaign->follows_id, error) : NULL;
    if (plan->follow_up && completed == NULL) {
        return false;
    }
    plan_tree(plan);
    plan_count(plan, completed, now_us);
    return plan->chosen->len > 0 ||
           error_set(error, VK_ERROR_CONFLICT,
                     tr("ingen i katalogen ingår i målgruppen; vidga den eller importera personal",
                        "nobody in the directory is in the audience; widen it or import staff"));
}

RoundPlan *round_plan(Db *db, const Campaign *campaign, guint k_anonymous, int64_t now_us,
                      GError **error) {
    g_autoptr(RoundPlan) plan = g_new0(RoundPlan, 1);
    plan->campaign_id = campaign->id;
    plan->form_id = campaign->form_id;
    plan->closes_at_us = campaign->closes_at_us;
    plan->follow_up = campaign->follows_id != 0;
    plan->promised_k = promised_k(campaign->promise, campaign->promised_k, k_anonymous);
    plan->definition = definition_parse(campaign->definition, strlen(campaign->definition), error);
    if (plan->definition == NULL || !plan_audience(plan, db, campaign, now_us, error)) {
        return NULL;
    }
    bool anonymous = campaign->promise == PROMISE_ANONYMOUS;
    /* A follow-up that nobody is ready for is not opened yet, so it has no pools to lay out. */
    bool pools = anonymous && (!plan->follow_up || plan->invited >= k_anonymous);
    if (pools && !pool_assign(plan->nodes, plan->paths->len, k_anonymous, plan->follow_up, error)) {
        return NULL;
    }
    return g_steal_pointer(&plan);
}
