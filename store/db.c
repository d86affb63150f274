/* What the database's interface makes of itself, whatever the engine. */
#include "store/db.h"

void db_bind_instant(DbStmt *stmt, int parameter, int64_t at_us) {
    if (at_us != 0) {
        db_bind_int(stmt, parameter, at_us);
    } else {
        db_bind_null(stmt, parameter);
    }
}

bool db_tx_run(DbTx *tx, const DbQuery *query, int64_t id, int64_t *out_changed, GError **error) {
    g_autoptr(DbStmt) stmt = db_tx_query(tx, query, error);
    if (stmt == NULL) {
        return false;
    }
    db_bind_int(stmt, 1, id);
    return db_run(stmt, out_changed, error);
}

bool db_tx_run_some(DbTx *tx, const DbQuery *query, int64_t id, guint max, guint *out_changed,
                    GError **error) {
    g_autoptr(DbStmt) stmt = db_tx_query(tx, query, error);
    int64_t changed = 0;
    if (stmt == NULL) {
        return false;
    }
    db_bind_int(stmt, 1, id);
    db_bind_int(stmt, 2, max);
    if (!db_run(stmt, &changed, error)) {
        return false;
    }
    *out_changed = (guint)changed;
    return true;
}
