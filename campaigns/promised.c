#include "campaigns/promised.h"

#include "campaigns/queries.h"

static const DbQuery q_rounds = {
    "promised.rounds", "UPDATE round SET promised_k = CASE WHEN (SELECT c.promise FROM campaign c"
                       " WHERE c.id = round.campaign_id) = 'anonymous' THEN $1 ELSE $2 END"
                       " WHERE promised_k IS NULL"};
static const DbQuery q_campaigns = {
    "promised.campaigns", "UPDATE campaign SET promised_k = CASE WHEN promise = 'anonymous'"
                          " THEN $1 ELSE $2 END WHERE promised_k IS NULL AND state <> 'draft'"};

const DbQuery *const promised_queries[] = {&q_rounds, &q_campaigns, NULL};

guint promised_k(Promise promise, guint k, guint k_anonymous) {
    return promise == PROMISE_ANONYMOUS ? MAX(k, k_anonymous) : k;
}

static bool keep(DbTx *tx, const DbQuery *query, guint k, guint k_anonymous, GError **error) {
    g_autoptr(DbStmt) update = db_tx_query(tx, query, error);
    if (update == NULL) {
        return false;
    }
    db_bind_int(update, 1, promised_k(PROMISE_ANONYMOUS, k, k_anonymous));
    db_bind_int(update, 2, promised_k(PROMISE_CONFIDENTIAL, k, k_anonymous));
    return db_run(update, NULL, error);
}

bool promised_keep(DbTx *tx, guint k, guint k_anonymous, GError **error) {
    return keep(tx, &q_rounds, k, k_anonymous, error) &&
           keep(tx, &q_campaigns, k, k_anonymous, error);
}
