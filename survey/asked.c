#include "survey/asked.h"

#include "survey/item_private.h"
#include "survey/queries.h"
#include "survey/response.h"
#include "survey/shuffle_private.h"

#include "base/error.h"

static const DbQuery q_response = {
    "asked.response", "SELECT round_id, stratum_id, sheet FROM response WHERE respondent_id = $1"};
static const DbQuery q_turn = {
    "asked.turn", "INSERT INTO draw_turn (round_id, stratum_id, turns) VALUES ($1, $2, 1)"
                  " ON CONFLICT (round_id, stratum_id) DO UPDATE SET turns = draw_turn.turns + 1"
                  " RETURNING turns"};
static const DbQuery q_keep = {"asked.keep",
                               "UPDATE response SET sheet = $1 WHERE respondent_id = $2"};
/* What a respondent met: as noted at the end, else as drawn, else all of the form. */
static const DbQuery q_had = {
    "asked.had",
    "SELECT i.pack AS pack, i.item_key AS item_key FROM response r"
    " JOIN form_item f ON f.form_id = r.form_id JOIN item i ON i.id = f.item_id"
    " WHERE r.respondent_id = $1"
    " AND (r.sheet IS NULL OR f.position IN (SELECT j.value FROM json_each(r.sheet) j))"
    " AND (r.asked IS NULL OR f.item_id IN (SELECT j.value FROM json_each(r.asked) j))"};

const DbQuery *const asked_queries[] = {&q_response, &q_turn, &q_keep, &q_had, NULL};

static bool sheet_keep(DbTx *tx, int64_t respondent_id, const Sheet *sheet, GError **error) {
    g_autoptr(DbStmt) stmt = db_tx_query(tx, &q_keep, error);
    if (stmt == NULL) {
        return false;
    }
    g_autofree char *json = sheet_format(sheet);
    db_bind_text(stmt, 1, json);
    db_bind_int(stmt, 2, respondent_id);
    return db_run(stmt, NULL, error);
}

static bool is_drawn(Db *db, int64_t respondent_id, bool *out_drawn, GError **error) {
    g_autoptr(DbStmt) row = db_query(db, &q_response, error);
    if (row == NULL) {
        return false;
    }
    db_bind_int(row, 1, respondent_id);
    DbStep step = db_step(row, error);
    *out_drawn = step == DB_ROW && !db_is_null(row, "sheet");
    return step != DB_ERROR;
}

static bool had_load(Db *db, int64_t respondent_id, GHashTable *had, GError **error) {
    g_autoptr(DbStmt) row = db_query(db, &q_had, error);
    if (row == NULL) {
        return false;
    }
    db_bind_int(row, 1, respondent_id);
    DbStep step;
    while ((step = db_step(row, error)) == DB_ROW) {
        g_hash_table_add(had, item_full_key(db_text(row, "pack"), db_text(row, "item_key")));
    }
    return step == DB_DONE;
}

/* All that the respondents met, a set of item_full_key. */
static GHashTable *had_all(Db *db, const int64_t *had, guint had_count, GError **error) {
    g_autoptr(GHashTable) keys = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (guint i = 0; i < had_count; i++) {
        if (!had_load(db, had[i], keys, error)) {
            return NULL;
        }
    }
    return g_steal_pointer(&keys);
}

/* Takes the next turn of the respondent's stratum. The rounds of a group are drawn apart. */
static bool turn_take(DbTx *tx, int64_t respondent_id, SheetDraw *draw, GError **error) {
    g_autoptr(DbStmt) row = db_tx_query(tx, &q_response, error);
    g_autoptr(DbStmt) turn = row != NULL ? db_tx_query(tx, &q_turn, error) : NULL;
    if (turn == NULL) {
        return false;
    }
    db_bind_int(row, 1, respondent_id);
    if (db_step(row, error) != DB_ROW) {
        return false;
    }
    int64_t round_id = db_int(row, "round_id");
    int64_t stratum_id = db_int(row, "stratum_id");
    db_bind_int(turn, 1, round_id);
    db_bind_int(turn, 2, stratum_id);
    if (db_step(turn, error) != DB_ROW) {
        return false;
    }
    draw->seed = (int64_t)shuffle_seed(round_id, stratum_id);
    draw->turn = (guint)db_int(turn, "turns") - 1;
    return true;
}

bool asked_draw(DbTx *tx, int64_t respondent_id, const Form *form, const char *const *roles,
                const int64_t *had, guint had_count, int64_t like, GError **error) {
    bool drawn = false;
    if (!form_draws(form)) {
        return true;
    }
    if (!is_drawn(db_tx_db(tx), respondent_id, &drawn, error) || drawn) {
        return drawn;
    }
    if (like != 0) {
        g_autoptr(Sheet) same = asked_sheet(db_tx_db(tx), like, form, error);
        return same != NULL && sheet_keep(tx, respondent_id, same, error);
    }
    g_autoptr(GHashTable) keys = had_all(db_tx_db(tx), had, had_count, error);
    SheetDraw draw = {.roles = roles, .had = keys};
    if (keys == NULL || !turn_take(tx, respondent_id, &draw, error)) {
        return false;
    }
    g_autoptr(Sheet) sheet = sheet_draw(form, &draw);
    return sheet_keep(tx, respondent_id, sheet, error);
}

Sheet *asked_ahead(Db *db, const Form *form, const char *const *roles, const int64_t *had,
                   guint had_count, GError **error) {
    g_autoptr(GHashTable) keys = had_all(db, had, had_count, error);
    return keys != NULL ? sheet_draw(form, &(SheetDraw){.roles = roles, .had = keys}) : NULL;
}

Sheet *asked_sheet(Db *db, int64_t respondent_id, const Form *form, GError **error) {
    if (respondent_id == 0 || !form_draws(form)) {
        return sheet_whole(form);
    }
    g_autoptr(DbStmt) row = db_query(db, &q_response, error);
    if (row == NULL) {
        return NULL;
    }
    db_bind_int(row, 1, respondent_id);
    DbStep step = db_step(row, error);
    if (step == DB_DONE || (step == DB_ROW && db_is_null(row, "sheet"))) {
        error_set(error, VK_ERROR_NOT_FOUND,
                  tr("Svarandet har inte börjat.", "Answering has not begun."));
        return NULL;
    }
    return step == DB_ROW ? sheet_parse(form, db_text(row, "sheet"), error) : NULL;
}

Answer *asked_answers(const Form *form, const GPtrArray *saved) {
    Answer *answers = g_new0(Answer, form_item_count(form) + 1);
    for (guint i = 0; i < form_item_count(form); i++) {
        answers[i].item_id = form_item(form, i)->id;
    }
    for (guint i = 0; i < saved->len; i++) {
        const Answer *answer = saved->pdata[i];
        int position = form_item_position(form, answer->item_id);
        if (position >= 0) {
            answers[position] = *answer;
        }
    }
    return answers;
}

bool *asked_positions(Db *db, int64_t respondent_id, const Form *form, GError **error) {
    g_autoptr(Sheet) sheet = asked_sheet(db, respondent_id, form, error);
    g_autoptr(GPtrArray) saved = sheet != NULL ? response_answers(db, respondent_id, error) : NULL;
    if (saved == NULL) {
        return NULL;
    }
    g_autofree Answer *answers = asked_answers(form, saved);
    bool *asked = g_new0(bool, form_item_count(form) + 1);
    sheet_asked(sheet, answers, asked);
    return asked;
}

/* Removes the answers to what is not asked. That opens nothing and shuts nothing: what is not asked
 * counts as unanswered already. */
static bool unasked_remove(DbTx *tx, int64_t respondent_id, const Form *form,
                           const Answer answers[], const bool asked[], int64_t now_us,
                           GError **error) {
    for (guint i = 0; i < form_item_count(form); i++) {
        const Answer blank = {.item_id = answers[i].item_id};
        if (!asked[i] && !answer_is_blank(&answers[i]) &&
            !response_save(tx, respondent_id, form, &blank, 1, now_us, error)) {
            return false;
        }
    }
    return true;
}

static guint next_page(const Sheet *sheet, const Answer answers[], const bool asked[], int page) {
    guint end = form_page_count(sheet_form(sheet));
    guint next = sheet_page_from(sheet, (guint)(page + 1), asked);
    if (next < end) {
        return next;
    }
    if (page >= 0 && !sheet_ends_with(sheet, (guint)page, asked)) {
        return end - 1;
    }
    return sheet_page_lacking(sheet, answers, asked);
}

guint asked_next(const Sheet *sheet, const Answer answers[], int page) {
    g_autofree bool *asked = g_new0(bool, form_item_count(sheet_form(sheet)));
    sheet_asked(sheet, answers, asked);
    return next_page(sheet, answers, asked, page);
}

bool asked_settle(DbTx *tx, int64_t respondent_id, const Form *form, int page, int64_t now_us,
                  guint *out_next, GError **error) {
    Db *db = db_tx_db(tx);
    g_autoptr(Sheet) sheet = asked_sheet(db, respondent_id, form, error);
    g_autoptr(GPtrArray) saved = sheet != NULL ? response_answers(db, respondent_id, error) : NULL;
    if (saved == NULL) {
        return false;
    }
    g_autofree Answer *answers = asked_answers(form, saved);
    g_autofree bool *asked = g_new0(bool, form_item_count(form));
    sheet_asked(sheet, answers, asked);
    *out_next = next_page(sheet, answers, asked, page);
    return unasked_remove(tx, respondent_id, form, answers, asked, now_us, error);
}
