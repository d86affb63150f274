#include "survey/tally.h"

#include "survey/ballot_private.h"
#include "survey/item_private.h"
#include "survey/queries.h"

#include "base/error.h"

static const DbQuery q_item_add = {
    "tally.item_add",
    "INSERT INTO tally_item (answered, not_applicable, correct, asked, round_id, stratum_id, "
    "item_id) VALUES ($1, $2, $3, $4, $5, $6, $7) "
    "ON CONFLICT (round_id, stratum_id, item_id) DO UPDATE SET "
    "answered = tally_item.answered + excluded.answered, "
    "not_applicable = tally_item.not_applicable + excluded.not_applicable, "
    "correct = tally_item.correct + excluded.correct, asked = tally_item.asked + excluded.asked"};
static const DbQuery q_option_add = {
    "tally.option_add",
    "INSERT INTO tally_option (chosen, round_id, stratum_id, item_id, option) "
    "VALUES ($1, $2, $3, $4, $5) ON CONFLICT (round_id, stratum_id, item_id, option) DO UPDATE SET "
    "chosen = tally_option.chosen + excluded.chosen"};
static const DbQuery q_item_clear = {"tally.item_clear",
                                     "DELETE FROM tally_item WHERE round_id = $1"};
static const DbQuery q_option_clear = {"tally.option_clear",
                                       "DELETE FROM tally_option WHERE round_id = $1"};
static const DbQuery q_frozen = {
    "tally.frozen", "SELECT EXISTS (SELECT 1 FROM tally_frozen WHERE round_id = $1) AS frozen"};
static const DbQuery q_item_rows = {
    "tally.item_rows", "SELECT stratum_id, item_id, answered, not_applicable, correct, asked "
                       "FROM tally_item WHERE round_id = $1"};
static const DbQuery q_option_rows = {
    "tally.option_rows",
    "SELECT stratum_id, item_id, option, chosen FROM tally_option WHERE round_id = $1"};
static const DbQuery q_answers = {
    "tally.answers",
    "SELECT r.stratum_id AS stratum_id, a.item_id AS item_id, a.choices AS choices, "
    "a.not_applicable AS not_applicable, a.free_text AS free_text "
    "FROM response r JOIN answer a ON a.respondent_id = r.respondent_id "
    "WHERE r.round_id = $1 AND r.attempt = 1"};
static const DbQuery q_asked = {"tally.asked",
                                "SELECT r.stratum_id AS stratum_id, j.value AS item_id "
                                "FROM response r, json_each(r.asked) j "
                                "WHERE r.round_id = $1 AND r.attempt = 1 AND r.asked IS NOT NULL"};
static const DbQuery q_ballots = {"tally.ballots",
                                  "SELECT stratum_id, answers FROM ballot WHERE round_id = $1"};
static const DbQuery q_item = {"tally.item", "SELECT " ITEM_COLUMNS " FROM item i WHERE i.id = $1"};

const DbQuery *const tally_queries[] = {
    &q_item_add, &q_option_add, &q_item_clear, &q_option_clear, &q_item_rows, &q_option_rows,
    &q_answers,  &q_asked,      &q_ballots,    &q_item,         &q_frozen,    NULL};

/* What one answer adds to its item's row. */
typedef struct {
    int answered;
    int not_applicable;
    int correct;
    int asked;
} Share;

/* The options that count as chosen. */
static uint32_t options_of(const Item *item, const Answer *answer) {
    if (item->kind != ITEM_ORDER) {
        return answer->choices;
    }
    int first = item_order_at(answer->choices, 0);
    return first < 0 ? 0 : UINT32_C(1) << first;
}

static Share share_of(const Item *item, const Answer *answer) {
    if (answer_is_blank(answer)) {
        return (Share){0};
    }
    if (answer->not_applicable) {
        return (Share){.not_applicable = 1};
    }
    return (Share){.answered = 1, .correct = item_is_correct(item, answer->choices)};
}

/* (round, stratum, item, option) -> counts; option -1 is the item's own row. */
typedef struct {
    int64_t round_id;
    int64_t stratum_id;
    int64_t item_id;
    int64_t option;
    int64_t counts[4]; /* answered, not_applicable, correct, asked; or chosen, 0, 0, 0 */
} Cell;

static guint cell_hash(gconstpointer key) {
    const Cell *cell = key;
    guint hash = g_int64_hash(&cell->stratum_id);
    hash = hash * 31 + g_int64_hash(&cell->item_id);
    return hash * 31 + g_int64_hash(&cell->option);
}

static gboolean cell_equal(gconstpointer a, gconstpointer b) {
    const Cell *left = a;
    const Cell *right = b;
    return left->round_id == right->round_id && left->stratum_id == right->stratum_id &&
           left->item_id == right->item_id && left->option == right->option;
}

static void cell_sum(Cell *cell, const Cell *by) {
    for (guint i = 0; i < G_N_ELEMENTS(cell->counts); i++) {
        cell->counts[i] += by->counts[i];
    }
}

static bool cell_is_zero(const Cell *cell) {
    for (guint i = 0; i < G_N_ELEMENTS(cell->counts); i++) {
        if (cell->counts[i] != 0) {
            return false;
        }
    }
    return true;
}

/* Of a recount less what is stored: nothing was counted that is not stored. */
static bool cell_is_left(const Cell *cell) {
    for (guint i = 0; i < G_N_ELEMENTS(cell->counts); i++) {
        if (cell->counts[i] > 0) {
            return false;
        }
    }
    return true;
}

/* Adds the cell's counts to its row. */
static bool cell_store(DbTx *tx, const Cell *cell, GError **error) {
    bool own = cell->option < 0;
    if (cell_is_zero(cell)) {
        return true;
    }
    g_autoptr(DbStmt) stmt = db_tx_query(tx, own ? &q_item_add : &q_option_add, error);
    if (stmt == NULL) {
        return false;
    }
    int at = 0;
    for (guint i = 0; i < (own ? G_N_ELEMENTS(cell->counts) : 1); i++) {
        db_bind_int(stmt, ++at, cell->counts[i]);
    }
    db_bind_int(stmt, ++at, cell->round_id);
    db_bind_int(stmt, ++at, cell->stratum_id);
    db_bind_int(stmt, ++at, cell->item_id);
    if (!own) {
        db_bind_int(stmt, ++at, cell->option);
    }
    return db_run(stmt, NULL, error);
}

/* The answers of a group of people move the same rows: each row is written once, with the sum. */
static bool moves_flush(DbTx *tx, gconstpointer entries, guint count, GError **error) {
    g_autofree Cell *cells = g_memdup2(entries, count * sizeof(Cell));
    g_autoptr(GHashTable) sums = g_hash_table_new(cell_hash, cell_equal);
    for (guint i = 0; i < count; i++) {
        Cell *sum = g_hash_table_lookup(sums, &cells[i]);
        if (sum == NULL) {
            g_hash_table_add(sums, &cells[i]);
        } else {
            cell_sum(sum, &cells[i]);
        }
    }
    GHashTableIter iter;
    gpointer sum = NULL;
    g_hash_table_iter_init(&iter, sums);
    while (g_hash_table_iter_next(&iter, &sum, NULL)) {
        if (!cell_store(tx, sum, error)) {
            return false;
        }
    }
    return true;
}

static const DbDeferred moves = {sizeof(Cell), moves_flush};

void tally_add(DbTx *tx, int64_t round_id, int64_t stratum_id, const Item *item,
               const Answer *answer, int by) {
    g_assert(by == 1 || by == -1);
    if (answer_is_blank(answer)) {
        return;
    }
    GArray *entries = db_tx_deferred(tx, &moves);
    Share share = share_of(item, answer);
    Cell cell = {.round_id = round_id,
                 .stratum_id = stratum_id,
                 .item_id = item->id,
                 .option = -1,
                 .counts = {share.answered * by, share.not_applicable * by, share.correct * by}};
    g_array_append_val(entries, cell);
    for (guint option = 0; option < item->option_count; option++) {
        if ((options_of(item, answer) & (UINT32_C(1) << option)) != 0) {
            Cell chosen = {round_id, stratum_id, item->id, option, {by, 0, 0, 0}};
            g_array_append_val(entries, chosen);
        }
    }
}

void tally_ask(DbTx *tx, int64_t round_id, int64_t stratum_id, int64_t item_id) {
    Cell cell = {round_id, stratum_id, item_id, -1, {0, 0, 0, 1}};
    g_array_append_val(db_tx_deferred(tx, &moves), cell);
}

/* A recount of one round. */
typedef struct {
    Db *db;
    int64_t round_id;
    GHashTable *cells; /* Cell, keyed by its ids */
    GHashTable *items; /* Item, keyed by id */
} Recount;

static void recount_clear(Recount *recount) {
    g_clear_pointer(&recount->cells, g_hash_table_unref);
    g_clear_pointer(&recount->items, g_hash_table_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Recount, recount_clear)

static void recount_add(Recount *recount, const Cell *by) {
    Cell *cell = g_hash_table_lookup(recount->cells, by);
    if (cell == NULL) {
        cell = g_memdup2(by, sizeof *by);
        g_hash_table_add(recount->cells, cell);
        return;
    }
    cell_sum(cell, by);
}

static const Item *recount_item(Recount *recount, int64_t item_id, GError **error) {
    Item *item = g_hash_table_lookup(recount->items, &item_id);
    if (item != NULL) {
        return item;
    }
    g_autoptr(DbStmt) row = db_query(recount->db, &q_item, error);
    if (row == NULL) {
        return NULL;
    }
    db_bind_int(row, 1, item_id);
    DbStep step = db_step(row, error);
    if (step == DB_DONE) {
        error_set(error, VK_ERROR_INTERNAL,
                  tr("Ett svar gäller en fråga som saknas i databasen.",
                     "An answer is to an item that the database lacks."));
    }
    if (step != DB_ROW || (item = item_from_row(row, error)) == NULL) {
        return NULL;
    }
    g_hash_table_insert(recount->items, &item->id, item);
    return item;
}

static bool recount_answer(Recount *recount, int64_t stratum_id, const Answer *answer,
                           GError **error) {
    const Item *item = recount_item(recount, answer->item_id, error);
    if (item == NULL) {
        return false;
    }
    Share share = share_of(item, answer);
    recount_add(recount, &(Cell){.round_id = recount->round_id,
                                 .stratum_id = stratum_id,
                                 .item_id = item->id,
                                 .option = -1,
                                 .counts = {share.answered, share.not_applicable, share.correct}});
    for (guint option = 0; option < item->option_count; option++) {
        if ((options_of(item, answer) & (UINT32_C(1) << option)) != 0) {
            recount_add(recount,
                        &(Cell){recount->round_id, stratum_id, item->id, option, {1, 0, 0, 0}});
        }
    }
    return true;
}

static bool recount_responses(Recount *recount, int64_t round_id, GError **error) {
    g_autoptr(DbStmt) row = db_query(recount->db, &q_answers, error);
    if (row == NULL) {
        return false;
    }
    db_bind_int(row, 1, round_id);
    DbStep step;
    while ((step = db_step(row, error)) == DB_ROW) {
        g_auto(Answer) answer = {.item_id = db_int(row, "item_id"),
                                 .choices = (uint32_t)db_int(row, "choices"),
                                 .not_applicable = db_bool(row, "not_applicable"),
                                 .text = g_strdup(db_text(row, "free_text"))};
        if (!recount_answer(recount, db_int(row, "stratum_id"), &answer, error)) {
            return false;
        }
    }
    return step == DB_DONE;
}

static void recount_asked(Recount *recount, int64_t stratum_id, int64_t item_id) {
    recount_add(recount, &(Cell){recount->round_id, stratum_id, item_id, -1, {0, 0, 0, 1}});
}

static bool recount_responses_asked(Recount *recount, int64_t round_id, GError **error) {
    g_autoptr(DbStmt) row = db_query(recount->db, &q_asked, error);
    if (row == NULL) {
        return false;
    }
    db_bind_int(row, 1, round_id);
    DbStep step;
    while ((step = db_step(row, error)) == DB_ROW) {
        recount_asked(recount, db_int(row, "stratum_id"), db_int(row, "item_id"));
    }
    return step == DB_DONE;
}

static bool recount_ballots(Recount *recount, int64_t round_id, GError **error) {
    g_autoptr(DbStmt) row = db_query(recount->db, &q_ballots, error);
    if (row == NULL) {
        return false;
    }
    db_bind_int(row, 1, round_id);
    g_autoptr(GArray) answers = g_array_new(FALSE, FALSE, sizeof(Answer));
    DbStep step;
    while ((step = db_step(row, error)) == DB_ROW) {
        int64_t stratum_id = db_int(row, "stratum_id");
        bool asked = false;
        g_array_set_size(answers, 0);
        if (!ballot_answers_parse(db_text(row, "answers"), answers, &asked, error)) {
            return false;
        }
        for (guint i = 0; i < answers->len; i++) {
            const Answer *answer = &g_array_index(answers, Answer, i);
            if (asked) {
                recount_asked(recount, stratum_id, answer->item_id);
            }
            if (!recount_answer(recount, stratum_id, answer, error)) {
                return false;
            }
        }
    }
    return step == DB_DONE;
}

static bool recount_round(Recount *recount, Db *db, int64_t round_id, GError **error) {
    recount->db = db;
    recount->round_id = round_id;
    recount->cells = g_hash_table_new_full(cell_hash, cell_equal, g_free, NULL);
    recount->items =
        g_hash_table_new_full(g_int64_hash, g_int64_equal, NULL, (GDestroyNotify)item_free);
    return recount_responses(recount, round_id, error) &&
           recount_responses_asked(recount, round_id, error) &&
           recount_ballots(recount, round_id, error);
}

/* Takes the stored tallies away from the recount: all zero if they agree. */
static bool subtract_items(Recount *recount, int64_t round_id, GError **error) {
    g_autoptr(DbStmt) row = db_query(recount->db, &q_item_rows, error);
    if (row == NULL) {
        return false;
    }
    db_bind_int(row, 1, round_id);
    DbStep step;
    while ((step = db_step(row, error)) == DB_ROW) {
        recount_add(recount,
                    &(Cell){.round_id = recount->round_id,
                            .stratum_id = db_int(row, "stratum_id"),
                            .item_id = db_int(row, "item_id"),
                            .option = -1,
                            .counts = {-db_int(row, "answered"), -db_int(row, "not_applicable"),
                                       -db_int(row, "correct"), -db_int(row, "asked")}});
    }
    return step == DB_DONE;
}

static bool subtract_options(Recount *recount, int64_t round_id, GError **error) {
    g_autoptr(DbStmt) row = db_query(recount->db, &q_option_rows, error);
    if (row == NULL) {
        return false;
    }
    db_bind_int(row, 1, round_id);
    DbStep step;
    while ((step = db_step(row, error)) == DB_ROW) {
        recount_add(recount, &(Cell){.round_id = recount->round_id,
                                     .stratum_id = db_int(row, "stratum_id"),
                                     .item_id = db_int(row, "item_id"),
                                     .option = db_int(row, "option"),
                                     .counts = {-db_int(row, "chosen"), 0, 0, 0}});
    }
    return step == DB_DONE;
}

static bool tally_is_frozen(Db *db, int64_t round_id, bool *out_frozen, GError **error) {
    g_autoptr(DbStmt) row = db_query(db, &q_frozen, error);
    if (row == NULL) {
        return false;
    }
    db_bind_int(row, 1, round_id);
    if (db_step(row, error) != DB_ROW) {
        return false;
    }
    *out_frozen = db_bool(row, "frozen");
    return true;
}

bool tally_check(Db *db, int64_t round_id, bool *out_equal, GError **error) {
    g_auto(Recount) recount = {0};
    bool frozen = false;
    if (!tally_is_frozen(db, round_id, &frozen, error) ||
        !recount_round(&recount, db, round_id, error) ||
        !subtract_items(&recount, round_id, error) ||
        !subtract_options(&recount, round_id, error)) {
        return false;
    }
    bool equal = true;
    GHashTableIter iter;
    gpointer key;
    g_hash_table_iter_init(&iter, recount.cells);
    while (g_hash_table_iter_next(&iter, &key, NULL)) {
        const Cell *cell = key;
        equal = equal && (frozen ? cell_is_left(cell) : cell_is_zero(cell));
    }
    *out_equal = equal;
    return true;
}

static bool tally_clear(DbTx *tx, const DbQuery *query, int64_t round_id, GError **error) {
    g_autoptr(DbStmt) stmt = db_tx_query(tx, query, error);
    if (stmt == NULL) {
        return false;
    }
    db_bind_int(stmt, 1, round_id);
    return db_run(stmt, NULL, error);
}

bool tally_rebuild(DbTx *tx, int64_t round_id, GError **error) {
    g_auto(Recount) recount = {0};
    bool frozen = false;
    if (!tally_is_frozen(db_tx_db(tx), round_id, &frozen, error)) {
        return false;
    }
    if (frozen) {
        return error_set(error, VK_ERROR_CONFLICT,
                         tr("Svar i omgången har raderats; den kan inte räknas om.",
                            "Answers in the round were erased; it cannot be counted anew."));
    }
    if (!db_tx_flush(tx, &moves, error) ||
        !recount_round(&recount, db_tx_db(tx), round_id, error) ||
        !tally_clear(tx, &q_item_clear, round_id, error) ||
        !tally_clear(tx, &q_option_clear, round_id, error)) {
        return false;
    }
    GHashTableIter iter;
    gpointer key;
    g_hash_table_iter_init(&iter, recount.cells);
    while (g_hash_table_iter_next(&iter, &key, NULL)) {
        if (!cell_store(tx, key, error)) {
            return false;
        }
    }
    return true;
}
