#include "campaigns/forget.h"

#include "base/id.h"
#include "campaigns/practice.h"
#include "campaigns/queries.h"
#include "campaigns/schedule.h"
#include "mailer/outbox.h"
#include "mailer/personal.h"
#include "survey/personal.h"

static const DbQuery q_find = {
    "forget.find",
    "SELECT i.round_id, i.due_at_us, coalesce(i.completed_at_us, 0) AS completed_at_us,"
    " coalesce(i.respondent_id, 0) AS respondent_id, coalesce(i.measured_id, 0) AS measured_id,"
    " i.status = 'complete' AS complete, i.status = 'started' AND EXISTS (SELECT 1 FROM v_progress "
    "g"
    " WHERE g.respondent_id = i.respondent_id AND g.saved = 1) AS partial,"
    " coalesce((SELECT max(t.completed_at_us) FROM completion t WHERE t.person_id = i.person_id"
    " AND t.completed_at_us < i.completed_at_us), 0) AS trained_at_us,"
    " coalesce((SELECT f.completed_at_us FROM completion f WHERE f.person_id = i.person_id"
    " AND f.campaign_id = c.follows_id), 0) AS followed_at_us"
    " FROM invitation i JOIN round r ON r.id = i.round_id JOIN campaign c ON c.id = r.campaign_id"
    " WHERE i.id = $1"};
static const DbQuery q_training = {
    "forget.training",
    "INSERT INTO erased_training (respondent_id, round_id, answered_at_us, trained_at_us)"
    " VALUES ($1, $2, $3, $4)"};
static const DbQuery q_follow_up = {
    "forget.follow_up",
    "INSERT INTO erased_follow_up (round_id, invited, shortest_us, first_trained_at_us)"
    " VALUES ($1, 1, $2, $3) ON CONFLICT (round_id) DO UPDATE SET"
    " invited = erased_follow_up.invited + 1,"
    " shortest_us = CASE WHEN excluded.shortest_us < erased_follow_up.shortest_us"
    " THEN excluded.shortest_us ELSE erased_follow_up.shortest_us END,"
    " first_trained_at_us = CASE WHEN"
    " excluded.first_trained_at_us < erased_follow_up.first_trained_at_us"
    " THEN excluded.first_trained_at_us ELSE erased_follow_up.first_trained_at_us END"};
static const DbQuery q_empty = {
    "forget.empty",
    "UPDATE invitation SET id = $1, person_id = $2, locale = 'sv', due_at_us = $3,"
    " queued_at_us = CASE WHEN queued_at_us IS NOT NULL THEN $3 END, started_at_us = NULL,"
    " completed_at_us = NULL, respondent_id = NULL, measured_id = NULL, attempt = 0,"
    " status = CASE WHEN $4 = 1 THEN 'partial' ELSE status END,"
    " reminders = 0, remind_at_us = NULL, revoked_at_us = $5,"
    " undeliverable_at_us = CASE WHEN undeliverable_at_us IS NOT NULL THEN $3 END,"
    " absent_until_us = NULL WHERE id = $6"};
static const DbQuery q_progress = {
    "forget.progress", "UPDATE invitation SET status = 'partial' WHERE round_id = $1"
                       " AND status = 'started' AND EXISTS (SELECT 1 FROM v_progress g"
                       " WHERE g.respondent_id = invitation.respondent_id AND g.saved = 1)"};
static const DbQuery q_persons = {
    "forget.persons",
    "SELECT id FROM invitation WHERE round_id = $1 AND person_id > 0 ORDER BY person_id LIMIT $2"};

const DbQuery *const forget_queries[] = {&q_find,    &q_training, &q_follow_up, &q_empty,
                                         &q_persons, &q_progress, NULL};

typedef struct {
    int64_t round_id;
    int64_t due_at_us;
    int64_t completed_at_us;
    int64_t respondent_id;
    int64_t measured_id; /* 0: none */
    bool complete;
    bool partial;           /* which the response tells, not the invitation */
    int64_t trained_at_us;  /* the last training before it was completed; 0: none */
    int64_t followed_at_us; /* the training that the round follows; 0: none */
} Forgotten;

/* `out->round_id` 0 if there is no such invitation. */
static bool forgotten_read(DbTx *tx, int64_t invitation_id, Forgotten *out, GError **error) {
    *out = (Forgotten){0};
    g_autoptr(DbStmt) row = db_tx_query(tx, &q_find, error);
    if (row == NULL) {
        return false;
    }
    db_bind_int(row, 1, invitation_id);
    DbStep step = db_step(row, error);
    if (step == DB_ROW) {
        *out = (Forgotten){
            .round_id = db_int(row, "round_id"),
            .due_at_us = db_int(row, "due_at_us"),
            .completed_at_us = db_int(row, "completed_at_us"),
            .respondent_id = db_int(row, "respondent_id"),
            .measured_id = db_int(row, "measured_id"),
            .complete = db_bool(row, "complete"),
            .partial = db_bool(row, "partial"),
            .trained_at_us = db_int(row, "trained_at_us"),
            .followed_at_us = db_int(row, "followed_at_us"),
        };
    }
    return step != DB_ERROR;
}

/* The day of a training and, with the true distance from it, what came after. */
static bool keep_training(DbTx *tx, const Forgotten *row, int64_t respondent_id, GError **error) {
    g_autoptr(DbStmt) insert = db_tx_query(tx, &q_training, error);
    if (insert == NULL) {
        return false;
    }
    int64_t day_us = schedule_day(row->trained_at_us);
    db_bind_int(insert, 1, respondent_id);
    db_bind_int(insert, 2, row->round_id);
    db_bind_int(insert, 3, day_us + (row->completed_at_us - row->trained_at_us));
    db_bind_int(insert, 4, day_us);
    return db_run(insert, NULL, error);
}

static bool keep_follow_up(DbTx *tx, const Forgotten *row, GError **error) {
    g_autoptr(DbStmt) insert = db_tx_query(tx, &q_follow_up, error);
    if (insert == NULL) {
        return false;
    }
    db_bind_int(insert, 1, row->round_id);
    db_bind_int(insert, 2, row->due_at_us - row->followed_at_us);
    db_bind_int(insert, 3, schedule_day(row->followed_at_us));
    return db_run(insert, NULL, error);
}

/* What stays of the score has the number `respondent_id`; 0: none does. */
static bool keep_figures(DbTx *tx, const Forgotten *row, int64_t respondent_id, GError **error) {
    bool trained = respondent_id != 0 && row->complete && row->trained_at_us != 0;
    return (!trained || keep_training(tx, row, respondent_id, error)) &&
           (row->followed_at_us == 0 || keep_follow_up(tx, row, error));
}

static bool empty_invitation(DbTx *tx, int64_t invitation_id, int64_t successor,
                             const Forgotten *row, int64_t now_us, GError **error) {
    g_autoptr(DbStmt) empty = db_tx_query(tx, &q_empty, error);
    if (empty == NULL) {
        return false;
    }
    db_bind_int(empty, 1, successor);
    db_bind_int(empty, 2, -id_new());
    db_bind_int(empty, 3, schedule_day(row->due_at_us));
    db_bind_bool(empty, 4, row->partial);
    db_bind_int(empty, 5, schedule_day(now_us));
    db_bind_int(empty, 6, invitation_id);
    return db_run(empty, NULL, error);
}

bool forget_invitation(DbTx *tx, int64_t invitation_id, bool keep_score, int64_t now_us,
                       GError **error) {
    Forgotten row;
    if (!forgotten_read(tx, invitation_id, &row, error)) {
        return false;
    }
    if (row.round_id == 0) {
        return practice_forget(tx, invitation_id, now_us, error);
    }
    int64_t successor = id_new();
    int64_t respondent_id = keep_score && row.measured_id != 0 ? id_new() : 0;
    bool again = row.respondent_id != 0 && row.respondent_id != row.measured_id;
    return outbox_cancel_link(tx, invitation_id, "", schedule_day(now_us), error) &&
           mailer_erase(tx, invitation_id, successor, error) &&
           keep_figures(tx, &row, respondent_id, error) &&
           (row.measured_id == 0 || survey_erase(tx, row.measured_id, respondent_id,
                                                 schedule_day(row.completed_at_us), error)) &&
           (!again || survey_erase(tx, row.respondent_id, 0, 0, error)) &&
           empty_invitation(tx, invitation_id, successor, &row, now_us, error);
}

bool forget_progress(DbTx *tx, int64_t round_id, GError **error) {
    return db_tx_run(tx, &q_progress, round_id, NULL, error);
}

bool forget_round(DbTx *tx, int64_t round_id, bool keep_score, guint max, int64_t now_us,
                  guint *out_forgotten, GError **error) {
    g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(int64_t));
    g_autoptr(DbStmt) row = db_tx_query(tx, &q_persons, error);
    if (row == NULL) {
        return false;
    }
    db_bind_int(row, 1, round_id);
    db_bind_int(row, 2, max);
    DbStep step = DB_DONE;
    while ((step = db_step(row, error)) == DB_ROW) {
        int64_t id = db_int(row, "id");
        g_array_append_val(ids, id);
    }
    for (guint i = 0; i < ids->len && step != DB_ERROR; i++) {
        int64_t id = g_array_index(ids, int64_t, i);
        step = forget_invitation(tx, id, keep_score, now_us, error) ? step : DB_ERROR;
    }
    *out_forgotten = ids->len;
    return step != DB_ERROR;
}
