#include "campaigns/unsealing.h"

#include "base/error.h"
#include "campaigns/pool.h"
#include "campaigns/queries.h"
#include "campaigns/seal.h"
#include "survey/unseal.h"

/* Ballots in one transaction. */
enum { UNSEALING_MAX = 500 };

static const DbQuery q_strata = {
    "unsealing.strata", "SELECT id, parent_id FROM stratum WHERE round_id = $1 ORDER BY path"};
static const DbQuery q_sealed = {
    "unsealing.sealed", "SELECT stratum_id, ballots FROM v_ballot_sealed WHERE round_id = $1"};

const DbQuery *const unsealing_queries[] = {&q_strata, &q_sealed, NULL};

/* The round's strata, parents first, with the sealed ballots of each. */
typedef struct {
    GArray *ids;         /* int64_t */
    GArray *nodes;       /* PoolNode; invited: sealed ballots */
    GHashTable *indices; /* id -> index */
    guint sealed;
} Groups;

static void groups_clear(Groups *groups) {
    g_clear_pointer(&groups->ids, g_array_unref);
    g_clear_pointer(&groups->nodes, g_array_unref);
    g_clear_pointer(&groups->indices, g_hash_table_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Groups, groups_clear)

static int64_t group_id(const Groups *groups, guint index) {
    return g_array_index(groups->ids, int64_t, index);
}

static PoolNode *group_node(const Groups *groups, guint index) {
    return &g_array_index(groups->nodes, PoolNode, index);
}

static guint group_find(const Groups *groups, int64_t id) {
    return GPOINTER_TO_UINT(g_hash_table_lookup(groups->indices, &id));
}

static bool groups_tree(Groups *groups, Db *db, int64_t round_id, GError **error) {
    g_autoptr(DbStmt) row = db_query(db, &q_strata, error);
    if (row == NULL) {
        return false;
    }
    db_bind_int(row, 1, round_id);
    DbStep step;
    while ((step = db_step(row, error)) == DB_ROW) {
        int64_t id = db_int(row, "id");
        PoolNode node = {.parent = group_find(groups, db_int(row, "parent_id"))};
        g_hash_table_insert(groups->indices, g_memdup2(&id, sizeof id),
                            GUINT_TO_POINTER(groups->ids->len));
        g_array_append_val(groups->ids, id);
        g_array_append_val(groups->nodes, node);
    }
    return step == DB_DONE;
}

static bool groups_load(Groups *groups, Db *db, int64_t round_id, GError **error) {
    groups->ids = g_array_new(FALSE, FALSE, sizeof(int64_t));
    groups->nodes = g_array_new(FALSE, FALSE, sizeof(PoolNode));
    groups->indices = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
    g_autoptr(DbStmt) row = db_query(db, &q_sealed, error);
    if (row == NULL || !groups_tree(groups, db, round_id, error)) {
        return false;
    }
    db_bind_int(row, 1, round_id);
    DbStep step;
    while ((step = db_step(row, error)) == DB_ROW) {
        guint ballots = (guint)db_int(row, "ballots");
        group_node(groups, group_find(groups, db_int(row, "stratum_id")))->invited = ballots;
        groups->sealed += ballots;
    }
    return step == DB_DONE;
}

/* Of an open round: what each group has beyond the least. */
static bool batch_fill_open(BallotBatch *batch, const Groups *groups, Db *db, GError **error) {
    for (guint i = 0; i < groups->ids->len; i++) {
        guint held = group_node(groups, i)->invited;
        guint room = UNSEALING_MAX - ballot_batch_size(batch);
        if (held < 2 * BALLOT_BATCH_MIN || room < BALLOT_BATCH_MIN) {
            continue;
        }
        guint count = MIN(held - BALLOT_BATCH_MIN, room);
        if (!ballot_batch_add(batch, db, group_id(groups, i), group_id(groups, i), count, error)) {
            return false;
        }
    }
    return true;
}

/* The ballots that are to be counted at node `pool`. */
static guint pool_size(const Groups *groups, guint pool) {
    guint sum = 0;
    for (guint i = 0; i < groups->ids->len; i++) {
        sum += group_node(groups, i)->pool == pool ? group_node(groups, i)->invited : 0;
    }
    return sum;
}

/* Of a closed round: whole pools, or as much of one as leaves enough for the next time. */
static bool batch_fill_closed(BallotBatch *batch, const Groups *groups, Db *db, GError **error) {
    for (guint pool = 0; pool < groups->ids->len; pool++) {
        guint held = pool_size(groups, pool);
        guint size = ballot_batch_size(batch);
        if (held == 0 || (size > 0 && size + held > UNSEALING_MAX)) {
            continue;
        }
        guint left = held > UNSEALING_MAX + BALLOT_BATCH_MIN ? UNSEALING_MAX : held;
        for (guint i = 0; i < groups->ids->len && left > 0; i++) {
            const PoolNode *node = group_node(groups, i);
            guint count = node->pool == pool ? MIN(node->invited, left) : 0;
            if (count > 0 && !ballot_batch_add(batch, db, group_id(groups, i),
                                               group_id(groups, pool), count, error)) {
                return false;
            }
            left -= count;
        }
    }
    return true;
}

typedef struct {
    int64_t round_id;
    BallotBatch *batch; /* NULL: nothing is opened */
    bool ends;
    bool forgets; /* the key: no ballot is left */
} Change;

static bool change_run(DbTx *tx, gpointer data, GError **error) {
    const Change *change = data;
    return (change->batch == NULL || ballot_batch_count(tx, change->batch, error)) &&
           (!change->ends || seal_end(tx, change->round_id, change->forgets, error));
}

/* Opens a batch, or ends a closed round that has too few. */
static bool unsealing_open(Writer *writer, Db *db, const Keyring *keyring, const Groups *groups,
                           const Campaign *campaign, UnsealingResult *out, GError **error) {
    bool closed = campaign->state == CAMPAIGN_CLOSED;
    g_auto(BoxKey) key = {0};
    if (!seal_key(db, keyring, campaign->round_id, &key, error)) {
        return false;
    }
    g_autoptr(Form) form = form_load(db, campaign->form_id, error);
    if (form == NULL) {
        return false;
    }
    g_autoptr(BallotBatch) batch = ballot_batch_new(campaign->round_id, form, &key);
    if (!(closed ? batch_fill_closed(batch, groups, db, error)
                 : batch_fill_open(batch, groups, db, error))) {
        return false;
    }
    guint opened = ballot_batch_size(batch);
    bool ends = closed && opened == groups->sealed;
    Change change = {.round_id = campaign->round_id, .batch = batch, .ends = ends, .forgets = ends};
    g_autoptr(GError) fault = NULL;
    if (!writer_run(writer, change_run, &change, &fault)) {
        if (g_error_matches(fault, VK_ERROR, VK_ERROR_CONFLICT)) {
            out->more = true; /* another process was faster */
            return true;
        }
        g_propagate_error(error, g_steal_pointer(&fault));
        return false;
    }
    out->opened = opened;
    out->more = !change.ends && (closed || opened + BALLOT_BATCH_MIN >= UNSEALING_MAX);
    return true;
}

static bool groups_are_ripe(const Groups *groups) {
    for (guint i = 0; i < groups->ids->len; i++) {
        if (group_node(groups, i)->invited >= 2 * BALLOT_BATCH_MIN) {
            return true;
        }
    }
    return false;
}

static bool unsealing_campaign(Writer *writer, Db *db, const Keyring *keyring,
                               const Campaign *campaign, UnsealingResult *out, GError **error) {
    bool closed = campaign->state == CAMPAIGN_CLOSED;
    g_auto(Groups) groups = {0};
    if (!groups_load(&groups, db, campaign->round_id, error)) {
        return false;
    }
    if (!closed && !groups_are_ripe(&groups)) {
        return true;
    }
    if (closed && groups.sealed < BALLOT_BATCH_MIN) {
        /* None are left, or there are too few for ever. */
        Change change = {
            .round_id = campaign->round_id, .ends = true, .forgets = groups.sealed == 0};
        return writer_run(writer, change_run, &change, error);
    }
    PoolNode *nodes = (PoolNode *)(void *)groups.nodes->data;
    return (!closed || pool_assign(nodes, groups.nodes->len, BALLOT_BATCH_MIN, false, error)) &&
           unsealing_open(writer, db, keyring, &groups, campaign, out, error);
}

bool unsealing_step(Writer *writer, Db *db, const Keyring *keyring, const GPtrArray *campaigns,
                    UnsealingResult *out, GError **error) {
    g_autoptr(GError) first = NULL;
    *out = (UnsealingResult){0};
    for (guint i = 0; i < campaigns->len; i++) {
        const Campaign *campaign = g_ptr_array_index(campaigns, i);
        UnsealingResult result = {0};
        g_autoptr(GError) fault = NULL;
        if (campaign->promise != PROMISE_ANONYMOUS || campaign->round_id == 0 ||
            campaign->unsealed) {
            continue;
        }
        if (!unsealing_campaign(writer, db, keyring, campaign, &result, &fault)) {
            g_prefix_error(&fault, "%s: ", campaign->name);
            first = first != NULL ? first : g_steal_pointer(&fault);
        }
        out->opened += result.opened;
        out->more = out->more || result.more;
    }
    if (first != NULL) {
        g_propagate_error(error, g_steal_pointer(&first));
        return false;
    }
    return true;
}
