#include "survey/pack_private.h"
#include "survey/queries.h"

#include "base/error.h"

static const DbQuery q_clear = {"questionnaire.clear", "DELETE FROM questionnaire WHERE pack = $1"};
static const DbQuery q_insert = {
    "questionnaire.insert", "INSERT INTO questionnaire (pack, name, body) VALUES ($1, $2, $3)"};
static const DbQuery q_find = {"questionnaire.find",
                               "SELECT body FROM questionnaire WHERE pack = $1 AND name = $2"};
static const DbQuery q_names = {"questionnaire.names",
                                "SELECT name FROM questionnaire WHERE pack = $1 ORDER BY name"};

const DbQuery *const questionnaire_store_queries[] = {&q_clear, &q_insert, &q_find, &q_names, NULL};

bool questionnaires_store(DbTx *tx, const Pack *pack, const char *name, GError **error) {
    g_autoptr(DbStmt) clear = db_tx_query(tx, &q_clear, error);
    g_autoptr(DbStmt) insert = clear != NULL ? db_tx_query(tx, &q_insert, error) : NULL;
    if (insert == NULL) {
        return false;
    }
    db_bind_text(clear, 1, name);
    bool good = db_run(clear, NULL, error);
    for (guint i = 0; good && i < pack->questionnaires->len; i++) {
        const PackQuestionnaire *one = pack->questionnaires->pdata[i];
        db_bind_text(insert, 1, name);
        db_bind_text(insert, 2, one->name);
        db_bind_text(insert, 3, one->json);
        good = db_run(insert, NULL, error);
    }
    return good;
}

/* The error says which there are. */
static char *not_found(Db *db, const char *pack, const char *name, GError **error) {
    g_autoptr(DbStmt) row = db_query(db, &q_names, error);
    g_autoptr(GString) names = g_string_new(NULL);
    if (row == NULL) {
        return NULL;
    }
    db_bind_text(row, 1, pack);
    while (db_step(row, NULL) == DB_ROW) {
        g_string_append_printf(names, "%s%s", names->len > 0 ? ", " : "", db_text(row, "name"));
    }
    error_set(error, VK_ERROR_INPUT,
              tr("Paketet %s har inget frågeformulär \"%s\". De som finns: %s.",
                 "The pack %s has no questionnaire \"%s\". Those there are: %s."),
              pack, name, names->len > 0 ? names->str : "–");
    return NULL;
}

char *questionnaire_text(Db *db, const char *pack, const char *name, GError **error) {
    g_autoptr(DbStmt) row = db_query(db, &q_find, error);
    if (row == NULL) {
        return NULL;
    }
    db_bind_text(row, 1, pack);
    db_bind_text(row, 2, name);
    DbStep step = db_step(row, error);
    if (step == DB_DONE) {
        return not_found(db, pack, name, error);
    }
    return step == DB_ROW ? g_strdup(db_text(row, "body")) : NULL;
}
