#include "survey/response.h"

#include "survey/asked.h"
#include "survey/queries.h"
#include "survey/score.h"
#include "survey/tally.h"

#include "base/error.h"

static const DbQuery q_start = {
    "response.start",
    "INSERT INTO response (respondent_id, round_id, stratum_id, form_id, attempt, started_at_us) "
    "VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING"};
static const DbQuery q_find = {
    "response.find", "SELECT round_id, stratum_id, form_id, attempt, completed_at_us FROM response "
                     "WHERE respondent_id = $1"};
static const DbQuery q_answers = {"response.answers",
                                  "SELECT item_id, choices, not_applicable, free_text FROM answer "
                                  "WHERE respondent_id = $1 ORDER BY item_id"};
static const DbQuery q_save = {
    "response.save",
    "INSERT INTO answer (respondent_id, item_id, choices, not_applicable, free_text, correct, "
    "answered_at_us) VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (respondent_id, item_id) "
    "DO UPDATE SET choices = excluded.choices, not_applicable = excluded.not_applicable, "
    "free_text = excluded.free_text, correct = excluded.correct, "
    "answered_at_us = excluded.answered_at_us"};
static const DbQuery q_remove = {"response.remove",
                                 "DELETE FROM answer WHERE respondent_id = $1 AND item_id = $2"};
static const DbQuery q_advance = {"response.advance",
                                  "UPDATE response SET page = $1, saved = CASE WHEN $2 = 1 THEN 1 "
                                  "ELSE saved END WHERE respondent_id = $3"};
static const DbQuery q_complete = {
    "response.complete", "UPDATE response SET completed_at_us = $1 WHERE respondent_id = $2"};
static const DbQuery q_score = {
    "response.score", "INSERT INTO score (respondent_id, area, item_count, correct_count) "
                      "VALUES ($1, $2, $3, $4)"};

static const DbQuery q_asked = {"response.asked",
                                "UPDATE response SET asked = $1 WHERE respondent_id = $2"};

const DbQuery *const response_queries[] = {&q_start,   &q_find,     &q_answers, &q_save,  &q_remove,
                                           &q_advance, &q_complete, &q_score,   &q_asked, NULL};

typedef struct {
    int64_t respondent_id;
    int64_t round_id;
    int64_t stratum_id;
    int64_t form_id;
    int64_t attempt;
    bool complete;
} Response;

bool response_start(DbTx *tx, int64_t respondent_id, int64_t round_id, int64_t stratum_id,
                    int64_t form_id, int attempt, int64_t now_us, GError **error) {
    g_assert(attempt >= 1);
    g_autoptr(DbStmt) stmt = db_tx_query(tx, &q_start, error);
    if (stmt == NULL) {
        return false;
    }
    db_bind_int(stmt, 1, respondent_id);
    db_bind_int(stmt, 2, round_id);
    db_bind_int(stmt, 3, stratum_id);
    db_bind_int(stmt, 4, form_id);
    db_bind_int(stmt, 5, attempt);
    db_bind_int(stmt, 6, now_us);
    int64_t changed;
    if (!db_run(stmt, &changed, error)) {
        return false;
    }
    return changed == 1 ||
           error_set(error, VK_ERROR_CONFLICT,
                     tr("Svarandet har redan börjat.", "Answering has already begun."));
}

static bool response_find(DbTx *tx, int64_t respondent_id, const Form *form, Response *out,
                          GError **error) {
    g_autoptr(DbStmt) row = db_tx_query(tx, &q_find, error);
    if (row == NULL) {
        return false;
    }
    db_bind_int(row, 1, respondent_id);
    DbStep step = db_step(row, error);
    if (step == DB_DONE) {
        return error_set(error, VK_ERROR_NOT_FOUND,
                         tr("Svarandet har inte börjat.", "Answering has not begun."));
    }
    if (step == DB_ERROR) {
        return false;
    }
    *out = (Response){
        .respondent_id = respondent_id,
        .round_id = db_int(row, "round_id"),
        .stratum_id = db_int(row, "stratum_id"),
        .form_id = db_int(row, "form_id"),
        .attempt = db_int(row, "attempt"),
        .complete = !db_is_null(row, "completed_at_us"),
    };
    /* Which form a respondent has is our own book-keeping, never input. */
    g_assert(out->form_id == form_id(form));
    return true;
}

static bool answer_equal(const Answer *a, const Answer *b) {
    return a->choices == b->choices && a->not_applicable == b->not_applicable &&
           g_strcmp0(a->text == NULL ? "" : a->text, b->text == NULL ? "" : b->text) == 0;
}

static bool answer_remove(DbTx *tx, int64_t respondent_id, int64_t item_id, GError **error) {
    g_autoptr(DbStmt) stmt = db_tx_query(tx, &q_remove, error);
    if (stmt == NULL) {
        return false;
    }
    db_bind_int(stmt, 1, respondent_id);
    db_bind_int(stmt, 2, item_id);
    return db_run(stmt, NULL, error);
}

static bool answer_store(DbTx *tx, int64_t respondent_id, const Item *item, const Answer *answer,
                         int64_t now_us, GError **error) {
    g_autoptr(DbStmt) stmt = db_tx_query(tx, &q_save, error);
    if (stmt == NULL) {
        return false;
    }
    bool has_text = answer->text != NULL && answer->text[0] != '\0';
    db_bind_int(stmt, 1, respondent_id);
    db_bind_int(stmt, 2, item->id);
    db_bind_int(stmt, 3, answer->choices);
    db_bind_bool(stmt, 4, answer->not_applicable);
    db_bind_text(stmt, 5, has_text ? answer->text : NULL);
    if (item_is_scored(item)) {
        db_bind_bool(stmt, 6, item_is_correct(item, answer->choices));
    } else {
        db_bind_null(stmt, 6);
    }
    db_bind_int(stmt, 7, now_us);
    return db_run(stmt, NULL, error);
}

/* `saved`: all the respondent's answers as they were. */
static bool answer_save(DbTx *tx, const Response *response, const GPtrArray *saved,
                        const Item *item, const Answer *answer, int64_t now_us, GError **error) {
    const Answer blank = {.item_id = item->id};
    const Answer *old = &blank;
    for (guint i = 0; i < saved->len; i++) {
        const Answer *each = g_ptr_array_index(saved, i);
        old = each->item_id == item->id ? each : old;
    }
    if (answer_equal(old, answer)) {
        return true;
    }
    if (response->attempt == 1) {
        tally_add(tx, response->round_id, response->stratum_id, item, old, -1);
        tally_add(tx, response->round_id, response->stratum_id, item, answer, 1);
    }
    return answer_is_blank(answer)
               ? answer_remove(tx, response->respondent_id, item->id, error)
               : answer_store(tx, response->respondent_id, item, answer, now_us, error);
}

/* Of an item that is named twice the later answer would be weighed against what was saved before
 * both. */
static bool answers_name_twice(const Answer *answers, guint count, guint index) {
    for (guint i = index + 1; i < count; i++) {
        if (answers[i].item_id == answers[index].item_id) {
            return true;
        }
    }
    return false;
}

bool response_save(DbTx *tx, int64_t respondent_id, const Form *form, const Answer *answers,
                   guint count, int64_t now_us, GError **error) {
    Response response;
    if (!response_find(tx, respondent_id, form, &response, error)) {
        return false;
    }
    if (response.complete) {
        return error_set(error, VK_ERROR_CONFLICT,
                         tr("Svaren är redan inlämnade.", "The answers are already handed in."));
    }
    g_autoptr(GPtrArray) saved = response_answers(db_tx_db(tx), respondent_id, error);
    if (saved == NULL) {
        return false;
    }
    for (guint i = 0; i < count; i++) {
        const Item *item = form_find_item(form, answers[i].item_id);
        if (item == NULL) {
            return error_set(error, VK_ERROR_INPUT,
                             tr("Svaret gäller en fråga som inte ställts.",
                                "The answer is to a question that was not asked."));
        }
        if (item->anonymous_only) {
            return error_set(error, VK_ERROR_DENIED,
                             tr("Frågan \"%s\" får bara besvaras anonymt.",
                                "The item \"%s\" may only be answered anonymously."),
                             item->key);
        }
        if (!answer_validate(item, &answers[i], error) ||
            (!answers_name_twice(answers, count, i) &&
             !answer_save(tx, &response, saved, item, &answers[i], now_us, error))) {
            return false;
        }
    }
    return true;
}

bool response_advance(DbTx *tx, int64_t respondent_id, guint page, bool saved, GError **error) {
    g_autoptr(DbStmt) stmt = db_tx_query(tx, &q_advance, error);
    if (stmt == NULL) {
        return false;
    }
    db_bind_int(stmt, 1, page);
    db_bind_bool(stmt, 2, saved);
    db_bind_int(stmt, 3, respondent_id);
    return db_run(stmt, NULL, error);
}

static bool score_store(DbTx *tx, int64_t respondent_id, const AreaScore *score, GError **error) {
    g_autoptr(DbStmt) stmt = db_tx_query(tx, &q_score, error);
    if (stmt == NULL) {
        return false;
    }
    db_bind_int(stmt, 1, respondent_id);
    db_bind_text(stmt, 2, score->area);
    db_bind_int(stmt, 3, score->item_count);
    db_bind_int(stmt, 4, score->correct_count);
    return db_run(stmt, NULL, error);
}

static bool scores_store(DbTx *tx, int64_t respondent_id, const Form *form, const bool asked[],
                         const GPtrArray *answers, GError **error) {
    g_autoptr(GArray) scores =
        score_areas(form, asked, (const Answer *const *)answers->pdata, answers->len);
    for (guint i = 0; i < scores->len; i++) {
        if (!score_store(tx, respondent_id, &g_array_index(scores, AreaScore, i), error)) {
            return false;
        }
    }
    return true;
}

/* Notes what was asked, and counts it if the response is measured. */
static bool asked_store(DbTx *tx, const Response *response, const Form *form, const bool asked[],
                        GError **error) {
    g_autoptr(DbStmt) stmt = db_tx_query(tx, &q_asked, error);
    if (stmt == NULL) {
        return false;
    }
    g_autoptr(GString) list = g_string_new("[");
    for (guint i = 0; i < form_item_count(form); i++) {
        const Item *item = form_item(form, i);
        if (!asked[i]) {
            continue;
        }
        g_string_append_printf(list, "%s%" G_GINT64_FORMAT, list->len > 1 ? "," : "", item->id);
        if (response->attempt == 1) {
            tally_ask(tx, response->round_id, response->stratum_id, item->id);
        }
    }
    g_string_append_c(list, ']');
    db_bind_text(stmt, 1, list->str);
    db_bind_int(stmt, 2, response->respondent_id);
    return db_run(stmt, NULL, error);
}

/* What the end of a response leaves behind: what was asked, and the score. */
static bool outcome_store(DbTx *tx, const Response *response, const Form *form, GError **error) {
    bool varies = form_varies(form);
    if (response->attempt != 1 && !varies) {
        return true;
    }
    Db *db = db_tx_db(tx);
    g_autoptr(GPtrArray) answers = response_answers(db, response->respondent_id, error);
    g_autoptr(Sheet) sheet =
        answers != NULL && varies ? asked_sheet(db, response->respondent_id, form, error) : NULL;
    g_autofree bool *asked = varies ? g_new0(bool, form_item_count(form)) : NULL;
    if (answers == NULL || (varies && sheet == NULL)) {
        return false;
    }
    if (varies) {
        g_autofree Answer *ordered = asked_answers(form, answers);
        sheet_asked(sheet, ordered, asked);
        if (!asked_store(tx, response, form, asked, error)) {
            return false;
        }
    }
    return response->attempt != 1 ||
           scores_store(tx, response->respondent_id, form, asked, answers, error);
}

bool response_complete(DbTx *tx, int64_t respondent_id, const Form *form, int64_t now_us,
                       GError **error) {
    Response response;
    if (!response_find(tx, respondent_id, form, &response, error)) {
        return false;
    }
    if (response.complete) {
        return true;
    }
    g_autoptr(DbStmt) stmt = db_tx_query(tx, &q_complete, error);
    if (stmt == NULL) {
        return false;
    }
    db_bind_int(stmt, 1, now_us);
    db_bind_int(stmt, 2, respondent_id);
    return db_run(stmt, NULL, error) && outcome_store(tx, &response, form, error);
}

GPtrArray *response_answers(Db *db, int64_t respondent_id, GError **error) {
    g_autoptr(GPtrArray) answers = g_ptr_array_new_with_free_func((GDestroyNotify)answer_free);
    g_autoptr(DbStmt) row = db_query(db, &q_answers, error);
    if (row == NULL) {
        return NULL;
    }
    db_bind_int(row, 1, respondent_id);
    DbStep step;
    while ((step = db_step(row, error)) == DB_ROW) {
        Answer *answer = g_new0(Answer, 1);
        answer->item_id = db_int(row, "item_id");
        answer->choices = (uint32_t)db_int(row, "choices");
        answer->not_applicable = db_bool(row, "not_applicable");
        answer->text = g_strdup(db_text(row, "free_text"));
        g_ptr_array_add(answers, answer);
    }
    return step == DB_DONE ? g_steal_pointer(&answers) : NULL;
}
