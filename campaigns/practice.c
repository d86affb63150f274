#include "campaigns/practice.h"

#include "base/id.h"
#include "campaigns/practice_private.h"
#include "campaigns/queries.h"
#include "mailer/outbox.h"
#include "mailer/personal.h"
#include "survey/asked.h"
#include "survey/personal.h"
#include "survey/response.h"

#include <string.h>

enum { QUARTER_DAYS = 92, UNREACHED_DAYS = 92 };

static const DbQuery q_topics = {
    "practice.topics",
    "SELECT pack, topic, gap_days, due_at_us, asked_at_us, right_count, missed_count, had"
    " FROM practice_topic WHERE person_id = $1 ORDER BY pack, topic"};
static const DbQuery q_store = {
    "practice.store",
    "INSERT INTO practice_topic (person_id, pack, topic, gap_days, due_at_us, asked_at_us,"
    " right_count, missed_count, had) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)"
    " ON CONFLICT (person_id, pack, topic) DO UPDATE SET gap_days = excluded.gap_days,"
    " due_at_us = excluded.due_at_us, asked_at_us = excluded.asked_at_us,"
    " right_count = excluded.right_count, missed_count = excluded.missed_count,"
    " had = excluded.had"};
static const DbQuery q_sent = {
    "practice.sent",
    "SELECT queued_at_us FROM practice WHERE person_id = $1 AND queued_at_us > $2"};
static const DbQuery q_next = {"practice.next",
                               "INSERT INTO practice_person (person_id, next_at_us) VALUES ($1, $2)"
                               " ON CONFLICT (person_id) DO UPDATE SET next_at_us ="
                               " CASE WHEN stopped_at_us IS NULL THEN excluded.next_at_us END"};
static const DbQuery q_sooner = {
    "practice.sooner",
    "INSERT INTO practice_person (person_id, next_at_us) VALUES ($1, $2)"
    " ON CONFLICT (person_id) DO UPDATE SET next_at_us = CASE WHEN stopped_at_us IS NULL THEN"
    " min(coalesce(next_at_us, excluded.next_at_us), excluded.next_at_us) END"};
static const DbQuery q_heard = {"practice.heard",
                                "UPDATE practice_person SET unanswered = 0 WHERE person_id = $1"};
static const DbQuery q_stop = {
    "practice.stop", "INSERT INTO practice_person (person_id, stopped_at_us) VALUES ($1, $2)"
                     " ON CONFLICT (person_id) DO UPDATE SET next_at_us = NULL,"
                     " stopped_at_us = coalesce(stopped_at_us, excluded.stopped_at_us)"};
static const DbQuery q_resume = {
    "practice.resume", "UPDATE practice_person SET stopped_at_us = NULL, next_at_us = $1,"
                       " unanswered = 0 WHERE person_id = $2 AND stopped_at_us IS NOT NULL"};
static const DbQuery q_hold = {
    "practice.hold",
    "UPDATE practice_person SET hold_until_us = max(hold_until_us, $1) WHERE person_id = $2"};
static const DbQuery q_of = {
    "practice.of",
    "SELECT person_id, coalesce(respondent_id, 0) AS respondent_id FROM practice WHERE id = $1"};
static const DbQuery q_stopped = {"practice.stopped",
                                  "SELECT stopped_at_us FROM practice_person WHERE person_id = $1"};
static const DbQuery q_mine = {"practice.mine",
                               "SELECT id FROM practice WHERE person_id = $1 AND forgotten = 0"};
static const DbQuery q_forget = {
    "practice.forget", "UPDATE practice SET id = $1, respondent_id = NULL, started_at_us = NULL,"
                       " completed_at_us = NULL, page = 0, forgotten = 1 WHERE id = $2"};
static const DbQuery q_old = {
    "practice.old", "SELECT id FROM practice WHERE closes_at_us < $1 AND forgotten = 0 LIMIT $2"};
static const DbQuery q_drop = {"practice.drop",
                               "DELETE FROM practice WHERE queued_at_us <= $1 AND forgotten = 1"};

const DbQuery *const practice_queries[] = {
    &q_topics, &q_store, &q_sent,    &q_next, &q_sooner, &q_heard, &q_stop, &q_resume,
    &q_hold,   &q_of,    &q_stopped, &q_mine, &q_forget, &q_old,   &q_drop, NULL};

const Window *practice_window(void) {
    static const Window window = {
        .days = SCHEDULE_WEEKDAYS, .from_minute = 8 * 60, .to_minute = 17 * 60};
    return &window;
}

/* --- rows ---------------------------------------------------------------------------- */

void topic_row_free(TopicRow *row) {
    if (row == NULL) {
        return;
    }
    g_free(row->pack);
    g_free(row->topic);
    g_free(row->had);
    g_free(row);
}

GPtrArray *topic_rows(Db *db, int64_t person_id, GError **error) {
    g_autoptr(GPtrArray) rows = g_ptr_array_new_with_free_func((GDestroyNotify)topic_row_free);
    g_autoptr(DbStmt) query = db_query(db, &q_topics, error);
    if (query == NULL) {
        return NULL;
    }
    db_bind_int(query, 1, person_id);
    DbStep step = DB_DONE;
    while ((step = db_step(query, error)) == DB_ROW) {
        TopicRow *row = g_new0(TopicRow, 1);
        row->pack = g_strdup(db_text(query, "pack"));
        row->topic = g_strdup(db_text(query, "topic"));
        row->spacing.gap_days = (guint)db_int(query, "gap_days");
        row->spacing.due_at_us = db_int(query, "due_at_us");
        row->asked_at_us = db_int(query, "asked_at_us");
        row->right_count = (guint)db_int(query, "right_count");
        row->missed_count = (guint)db_int(query, "missed_count");
        row->had = g_strdup(db_text(query, "had"));
        g_ptr_array_add(rows, row);
    }
    return step == DB_DONE ? g_steal_pointer(&rows) : NULL;
}

bool topic_row_store(DbTx *tx, int64_t person_id, const TopicRow *row, GError **error) {
    g_autoptr(DbStmt) store = db_tx_query(tx, &q_store, error);
    if (store == NULL) {
        return false;
    }
    db_bind_int(store, 1, person_id);
    db_bind_text(store, 2, row->pack);
    db_bind_text(store, 3, row->topic);
    db_bind_int(store, 4, row->spacing.gap_days);
    db_bind_int(store, 5, row->spacing.due_at_us);
    db_bind_int(store, 6, row->asked_at_us);
    db_bind_int(store, 7, row->right_count);
    db_bind_int(store, 8, row->missed_count);
    db_bind_text(store, 9, row->had);
    return db_run(store, NULL, error);
}

GArray *practice_sent(Db *db, int64_t person_id, int64_t now_us, GError **error) {
    g_autoptr(GArray) sent = g_array_new(FALSE, FALSE, sizeof(int64_t));
    g_autoptr(DbStmt) query = db_query(db, &q_sent, error);
    if (query == NULL) {
        return NULL;
    }
    db_bind_int(query, 1, person_id);
    db_bind_int(query, 2, schedule_add_days(now_us, -QUARTER_DAYS));
    DbStep step = DB_DONE;
    while ((step = db_step(query, error)) == DB_ROW) {
        int64_t at_us = db_int(query, "queued_at_us");
        g_array_append_val(sent, at_us);
    }
    return step == DB_DONE ? g_steal_pointer(&sent) : NULL;
}

SpacingPlan practice_plan(const GPtrArray *rows, const GArray *sent, int64_t now_us) {
    g_autofree SpacingTopic *topics = g_new(SpacingTopic, rows->len + 1);
    for (guint i = 0; i < rows->len; i++) {
        const TopicRow *row = rows->pdata[i];
        topics[i] = row->spacing;
        topics[i].last_at_us = spacing_due(practice_window(), row->asked_at_us, SPACING_REST_DAYS);
    }
    return spacing_plan(topics, rows->len, (const int64_t *)(const void *)sent->data, sent->len,
                        now_us);
}

static bool set_instant(DbTx *tx, const DbQuery *which, int64_t person_id, int64_t at_us,
                        GError **error) {
    g_autoptr(DbStmt) update = db_tx_query(tx, which, error);
    if (update == NULL) {
        return false;
    }
    db_bind_int(update, 1, person_id);
    if (at_us != INT64_MAX) {
        db_bind_int(update, 2, at_us);
    } else {
        db_bind_null(update, 2);
    }
    return db_run(update, NULL, error);
}

bool practice_set_next(DbTx *tx, int64_t person_id, int64_t next_at_us, GError **error) {
    return set_instant(tx, &q_next, person_id, next_at_us, error);
}

/* --- what was answered --------------------------------------------------------------- */

/* What a completed form says of one topic. */
typedef struct {
    const char *pack;
    const char *topic;
    bool missed;
} Outcome;

static bool item_is_right(const Item *item, const GPtrArray *answers) {
    for (guint i = 0; i < answers->len; i++) {
        const Answer *answer = answers->pdata[i];
        if (answer->item_id == item->id) {
            return !answer->not_applicable && item_is_correct(item, answer->choices);
        }
    }
    return false;
}

static bool teaches(const Item *item) {
    return item->bank == BANK_TRAINING && item_is_scored(item);
}

static Outcome *outcome_of(GArray *outcomes, const Item *item) {
    for (guint i = 0; i < outcomes->len; i++) {
        Outcome *outcome = &g_array_index(outcomes, Outcome, i);
        if (strcmp(outcome->topic, item->topic) == 0 && strcmp(outcome->pack, item->pack) == 0) {
            return outcome;
        }
    }
    Outcome fresh = {.pack = item->pack, .topic = item->topic};
    g_array_append_val(outcomes, fresh);
    return &g_array_index(outcomes, Outcome, outcomes->len - 1);
}

/* One Outcome a topic; texts are the form's. NULL with an error. */
static GArray *outcomes_of(Db *db, const Form *form, const bool asked[], int64_t respondent_id,
                           GError **error) {
    g_autoptr(GPtrArray) answers = response_answers(db, respondent_id, error);
    if (answers == NULL) {
        return NULL;
    }
    GArray *outcomes = g_array_new(FALSE, FALSE, sizeof(Outcome));
    for (guint i = 0; i < form_item_count(form); i++) {
        const Item *item = form_item(form, i);
        if (asked[i] && teaches(item)) {
            Outcome *outcome = outcome_of(outcomes, item);
            outcome->missed = outcome->missed || !item_is_right(item, answers);
        }
    }
    return outcomes;
}

static TopicRow *row_of(GPtrArray *rows, const Outcome *outcome) {
    for (guint i = 0; i < rows->len; i++) {
        TopicRow *row = rows->pdata[i];
        if (strcmp(row->topic, outcome->topic) == 0 && strcmp(row->pack, outcome->pack) == 0) {
            return row;
        }
    }
    TopicRow *row = g_new0(TopicRow, 1);
    row->pack = g_strdup(outcome->pack);
    row->topic = g_strdup(outcome->topic);
    row->had = g_strdup("");
    g_ptr_array_add(rows, row);
    return row;
}

/* A practice's items were noted when it was sent. */
static void add_had(TopicRow *row, const Form *form, const bool asked[]) {
    for (guint i = 0; i < form_item_count(form); i++) {
        const Item *item = form_item(form, i);
        if (asked[i] && teaches(item) && strcmp(item->topic, row->topic) == 0 &&
            strcmp(item->pack, row->pack) == 0) {
            char *had = spacing_had(row->had, item->key);
            g_free(row->had);
            row->had = had;
        }
    }
}

static guint gap_after(const TopicRow *row, bool missed, bool training) {
    if (training && !missed) {
        return row->spacing.gap_days != 0 ? row->spacing.gap_days : SPACING_REST_DAYS;
    }
    return spacing_gap(row->spacing.gap_days, !missed);
}

static bool take_outcomes(DbTx *tx, int64_t person_id, const Form *form, int64_t respondent_id,
                          bool training, int64_t now_us, GPtrArray *rows, GError **error) {
    Db *db = db_tx_db(tx);
    g_autofree bool *asked = asked_positions(db, respondent_id, form, error);
    g_autoptr(GArray) outcomes =
        asked != NULL ? outcomes_of(db, form, asked, respondent_id, error) : NULL;
    bool good = outcomes != NULL;
    SpacingTopic same = {0}; /* as a rule the topics have two gaps between them */
    for (guint i = 0; good && i < outcomes->len; i++) {
        const Outcome *outcome = &g_array_index(outcomes, Outcome, i);
        TopicRow *row = row_of(rows, outcome);
        row->spacing.gap_days = gap_after(row, outcome->missed, training);
        if (row->spacing.gap_days != same.gap_days) {
            same.gap_days = row->spacing.gap_days;
            same.due_at_us = spacing_due(practice_window(), now_us, same.gap_days);
        }
        row->spacing.due_at_us = same.due_at_us;
        row->asked_at_us = now_us;
        row->missed_count += outcome->missed ? 1 : 0;
        row->right_count += outcome->missed ? 0 : 1;
        if (training) {
            add_had(row, form, asked);
        }
        good = topic_row_store(tx, person_id, row, error);
    }
    return good;
}

/* When the runner is to look at what was learnt: soon enough for topics whose last day is the same
 * to be asked in several mails. It finds out the rest. */
static int64_t look_at(const GPtrArray *rows) {
    int weeks = (int)(rows->len / SPACING_TOPICS_MAX);
    int64_t missed_us = INT64_MAX;
    int64_t rest_us = INT64_MAX;
    for (guint i = 0; i < rows->len; i++) {
        const SpacingTopic *topic = &((const TopicRow *)rows->pdata[i])->spacing;
        int64_t *first_us = topic->gap_days < SPACING_REST_DAYS ? &missed_us : &rest_us;
        *first_us = MIN(*first_us, topic->due_at_us);
    }
    return missed_us < rest_us || rest_us == INT64_MAX
               ? missed_us
               : MIN(missed_us, schedule_add_days(rest_us, -7 * weeks));
}

bool practice_learn(DbTx *tx, int64_t person_id, const Form *form, int64_t respondent_id,
                    int64_t now_us, GError **error) {
    g_autoptr(GPtrArray) rows = topic_rows(db_tx_db(tx), person_id, error);
    if (rows == NULL ||
        !take_outcomes(tx, person_id, form, respondent_id, true, now_us, rows, error)) {
        return false;
    }
    return rows->len == 0 || set_instant(tx, &q_sooner, person_id, look_at(rows), error);
}

static bool person_run(DbTx *tx, const DbQuery *which, int64_t person_id, GError **error) {
    g_autoptr(DbStmt) stmt = db_tx_query(tx, which, error);
    if (stmt == NULL) {
        return false;
    }
    db_bind_int(stmt, 1, person_id);
    return db_run(stmt, NULL, error);
}

bool practice_answered(DbTx *tx, int64_t person_id, const Form *form, int64_t respondent_id,
                       int64_t now_us, GError **error) {
    g_autoptr(GPtrArray) rows = topic_rows(db_tx_db(tx), person_id, error);
    g_autoptr(GArray) sent =
        rows != NULL ? practice_sent(db_tx_db(tx), person_id, now_us, error) : NULL;
    return sent != NULL &&
           take_outcomes(tx, person_id, form, respondent_id, false, now_us, rows, error) &&
           person_run(tx, &q_heard, person_id, error) &&
           practice_set_next(tx, person_id, practice_plan(rows, sent, now_us).mail_at_us, error);
}

/* --- what the person wants, and whether they are there ------------------------------- */

/* Queued mails of the person's are not sent. */
static bool cancel_mails(DbTx *tx, int64_t person_id, int64_t now_us, GError **error) {
    g_autoptr(GArray) links = g_array_new(FALSE, FALSE, sizeof(int64_t));
    g_autoptr(DbStmt) mine = db_tx_query(tx, &q_mine, error);
    if (mine == NULL) {
        return false;
    }
    db_bind_int(mine, 1, person_id);
    DbStep step = DB_DONE;
    while ((step = db_step(mine, error)) == DB_ROW) {
        int64_t id = db_int(mine, "id");
        g_array_append_val(links, id);
    }
    bool good = step == DB_DONE;
    for (guint i = 0; good && i < links->len; i++) {
        good = outbox_cancel_link(tx, g_array_index(links, int64_t, i), "", now_us, error);
    }
    return good;
}

bool practice_stop(DbTx *tx, int64_t person_id, bool stop, int64_t now_us, GError **error) {
    if (stop) {
        return set_instant(tx, &q_stop, person_id, now_us, error) &&
               cancel_mails(tx, person_id, now_us, error);
    }
    g_autoptr(DbStmt) resume = db_tx_query(tx, &q_resume, error);
    if (resume == NULL) {
        return false;
    }
    db_bind_int(resume, 1, now_us);
    db_bind_int(resume, 2, person_id);
    return db_run(resume, NULL, error);
}

bool practice_is_stopped(Db *db, int64_t person_id, bool *out_stopped, GError **error) {
    g_autoptr(DbStmt) query = db_query(db, &q_stopped, error);
    if (query == NULL) {
        return false;
    }
    db_bind_int(query, 1, person_id);
    DbStep step = db_step(query, error);
    if (step == DB_ERROR) {
        return false;
    }
    *out_stopped = step == DB_ROW && !db_is_null(query, "stopped_at_us");
    return true;
}

static bool hold(DbTx *tx, int64_t person_id, int64_t until_us, GError **error) {
    g_autoptr(DbStmt) update = db_tx_query(tx, &q_hold, error);
    if (update == NULL) {
        return false;
    }
    db_bind_int(update, 1, until_us);
    db_bind_int(update, 2, person_id);
    return db_run(update, NULL, error);
}

bool practice_reached(DbTx *tx, int64_t practice_id, const char *kind, int64_t until_us,
                      int64_t now_us, GError **error) {
    g_autoptr(DbStmt) of = db_tx_query(tx, &q_of, error);
    if (of == NULL) {
        return false;
    }
    db_bind_int(of, 1, practice_id);
    DbStep step = db_step(of, error);
    int64_t person_id = step == DB_ROW ? db_int(of, "person_id") : 0;
    if (step != DB_ROW) {
        return step == DB_DONE;
    }
    if (strcmp(kind, "complaint") == 0) {
        return practice_stop(tx, person_id, true, now_us, error);
    }
    if (strcmp(kind, "undeliverable") == 0) {
        return hold(tx, person_id, schedule_add_days(now_us, UNREACHED_DAYS), error);
    }
    return strcmp(kind, "absent") != 0 || until_us == 0 || hold(tx, person_id, until_us, error);
}

/* --- erasure ------------------------------------------------------------------------- */

bool practice_forget(DbTx *tx, int64_t practice_id, int64_t now_us, GError **error) {
    g_autoptr(DbStmt) of = db_tx_query(tx, &q_of, error);
    g_autoptr(DbStmt) forget = of != NULL ? db_tx_query(tx, &q_forget, error) : NULL;
    if (forget == NULL) {
        return false;
    }
    db_bind_int(of, 1, practice_id);
    DbStep step = db_step(of, error);
    if (step != DB_ROW) {
        return step == DB_DONE;
    }
    int64_t respondent_id = db_int(of, "respondent_id");
    int64_t successor = id_new();
    db_bind_int(forget, 1, successor);
    db_bind_int(forget, 2, practice_id);
    return outbox_cancel_link(tx, practice_id, "", now_us, error) &&
           mailer_erase(tx, practice_id, successor, error) &&
           (respondent_id == 0 || survey_erase(tx, respondent_id, 0, 0, error)) &&
           db_run(forget, NULL, error);
}

static GArray *old_links(DbTx *tx, int64_t before_us, guint max, GError **error) {
    g_autoptr(GArray) links = g_array_new(FALSE, FALSE, sizeof(int64_t));
    g_autoptr(DbStmt) old = db_tx_query(tx, &q_old, error);
    if (old == NULL) {
        return NULL;
    }
    db_bind_int(old, 1, before_us);
    db_bind_int(old, 2, max);
    DbStep step = DB_DONE;
    while ((step = db_step(old, error)) == DB_ROW) {
        int64_t id = db_int(old, "id");
        g_array_append_val(links, id);
    }
    return step == DB_DONE ? g_steal_pointer(&links) : NULL;
}

bool practice_forget_old(DbTx *tx, int64_t before_us, guint max, int64_t now_us,
                         guint *out_forgotten, GError **error) {
    g_autoptr(GArray) links = old_links(tx, before_us, max, error);
    g_autoptr(DbStmt) drop = links != NULL ? db_tx_query(tx, &q_drop, error) : NULL;
    if (drop == NULL) {
        return false;
    }
    for (guint i = 0; i < links->len; i++) {
        if (!practice_forget(tx, g_array_index(links, int64_t, i), now_us, error)) {
            return false;
        }
    }
    db_bind_int(drop, 1, schedule_add_days(now_us, -QUARTER_DAYS));
    *out_forgotten = links->len;
    return db_run(drop, NULL, error);
}
