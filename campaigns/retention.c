#include "campaigns/retention.h"

#include "base/clock.h"
#include "base/error.h"
#include "campaigns/forget.h"
#include "campaigns/practice.h"
#include "campaigns/queries.h"
#include "campaigns/retention_log.h"
#include "campaigns/rights.h"
#include "campaigns/schedule.h"
#include "mailer/personal.h"
#include "people/personal.h"
#include "survey/personal.h"

static const DbQuery q_due = {
    "retention.due",
    "SELECT (SELECT done_day_us FROM retention_run) < $1 OR EXISTS (SELECT 1 FROM round r"
    " JOIN campaign c ON c.id = r.campaign_id WHERE r.links_end_at_us IS NULL"
    " AND c.state = 'closed') AS due"};
static const DbQuery q_done = {"retention.done", "UPDATE retention_run SET done_day_us = $1"};
static const DbQuery q_links = {
    "retention.links", "UPDATE round SET links_end_at_us = (SELECT c.closed_at_us FROM campaign c"
                       " WHERE c.id = round.campaign_id) + $1 WHERE links_end_at_us IS NULL"
                       " AND campaign_id IN (SELECT id FROM campaign WHERE state = 'closed')"};
/* A round whose time has come for a kind that is not through with it. */
static const DbQuery q_round = {
    "retention.round",
    "SELECT r.id AS round_id FROM round r JOIN campaign c ON c.id = r.campaign_id"
    " WHERE c.state = 'closed' AND c.closed_at_us < $1 AND (c.promise = 'anonymous' OR $2 = 0)"
    " AND NOT EXISTS (SELECT 1 FROM retention_log l WHERE l.kind = $3 AND l.round_id = r.id"
    " AND l.done_at_us IS NOT NULL) ORDER BY c.closed_at_us, r.id LIMIT 1"};
/* A training that nobody of a follow-up is counted by any more. */
static const DbQuery q_training = {
    "retention.training",
    "SELECT r.id AS round_id, c.id AS campaign_id FROM campaign c"
    " JOIN round r ON r.campaign_id = c.id WHERE c.state = 'closed' AND c.closed_at_us < $1"
    " AND EXISTS (SELECT 1 FROM completion d WHERE d.campaign_id = c.id)"
    " AND NOT EXISTS (SELECT 1 FROM campaign k JOIN round f ON f.campaign_id = k.id"
    " JOIN invitation i ON i.round_id = f.id AND i.person_id > 0 WHERE k.follows_id = c.id)"
    " ORDER BY c.closed_at_us, r.id LIMIT 1"};
static const DbQuery q_completions = {
    "retention.completions", "DELETE FROM completion WHERE campaign_id = $1 AND person_id IN"
                             " (SELECT person_id FROM completion WHERE campaign_id = $1 LIMIT $2)"};
static const DbQuery q_frame = {
    "retention.frame",
    "DELETE FROM frame_person WHERE frame_id = (SELECT frame_id FROM round WHERE id = $1)"
    " AND person_id IN (SELECT p.person_id FROM frame_person p JOIN round r"
    " ON r.frame_id = p.frame_id WHERE r.id = $1 LIMIT $2)"};
static const DbQuery q_erased = {"retention.erased",
                                 "DELETE FROM erased_training WHERE round_id = $1"};

const DbQuery *const retention_queries[] = {
    &q_due, &q_done, &q_links, &q_round, &q_training, &q_frame, &q_erased, &q_completions, NULL};

RetentionSettings retention_settings_default(void) {
    return (RetentionSettings){.answers_months = 12,
                               .scores_months = 26,
                               .anonymous_months = 1,
                               .mail_months = 6,
                               .bounces_months = 6,
                               .left_months = 6,
                               .result_days = 30};
}

static int64_t months_before(int64_t now_us, guint months) {
    g_autoptr(GDateTime) now = clock_local(now_us);
    g_autoptr(GDateTime) then = g_date_time_add_months(now, -(gint)months);
    return then != NULL ? g_date_time_to_unix(then) * CLOCK_SECOND_US : INT64_MIN;
}

bool retention_is_due(Db *db, int64_t now_us, bool *out_due, GError **error) {
    g_autoptr(DbStmt) row = db_query(db, &q_due, error);
    if (row == NULL) {
        return false;
    }
    db_bind_int(row, 1, schedule_day(now_us));
    if (db_step(row, error) != DB_ROW) {
        return false;
    }
    *out_due = db_bool(row, "due");
    return true;
}

/* --- what each kind does with a round ------------------------------------------------- */

typedef struct {
    DbTx *tx;
    int64_t now_us;
    guint left; /* rows that this step may still erase */
} Step;

/* Erases of the round; `out_rows` 0 when nothing is left. */
typedef bool (*EraseFn)(const Step *step, int64_t round_id, guint *out_rows, GError **error);

static bool erase_answers(const Step *step, int64_t round_id, guint *out_rows, GError **error) {
    return survey_erase_answers(step->tx, round_id, step->left, out_rows, error);
}

static bool erase_invitations(const Step *step, int64_t round_id, guint *out_rows, GError **error) {
    return forget_round(step->tx, round_id, false, step->left, step->now_us, out_rows, error) &&
           (*out_rows > 0 ||
            db_tx_run_some(step->tx, &q_frame, round_id, step->left, out_rows, error));
}

static bool erase_scores(const Step *step, int64_t round_id, guint *out_rows, GError **error) {
    return forget_progress(step->tx, round_id, error) &&
           survey_erase_scores(step->tx, round_id, step->left, out_rows, error) &&
           (*out_rows > 0 || (erase_invitations(step, round_id, out_rows, error) &&
                              db_tx_run(step->tx, &q_erased, round_id, NULL, error)));
}

static bool erase_mail(const Step *step, int64_t round_id, guint *out_rows, GError **error) {
    return mailer_erase_addresses(step->tx, round_id, step->left, out_rows, error);
}

static bool erase_bounces(const Step *step, int64_t round_id, guint *out_rows, GError **error) {
    return mailer_erase_notices(step->tx, round_id, step->left, out_rows, error);
}

/* --- one step ------------------------------------------------------------------------- */

typedef struct {
    const char *name;
    guint months;
    bool anonymous_only;
    EraseFn erase;
} Kind;

static bool round_find(DbTx *tx, const Kind *kind, int64_t before_us, int64_t *out_round_id,
                       GError **error) {
    g_autoptr(DbStmt) row = db_tx_query(tx, &q_round, error);
    if (row == NULL) {
        return false;
    }
    db_bind_int(row, 1, before_us);
    db_bind_bool(row, 2, kind->anonymous_only);
    db_bind_text(row, 3, kind->name);
    DbStep step = db_step(row, error);
    *out_round_id = step == DB_ROW ? db_int(row, "round_id") : 0;
    return step != DB_ERROR;
}

/* Rounds of one kind, one after another, until the step's rows are spent. */
static bool step_kind(Step *step, const Kind *kind, guint *sum, GError **error) {
    int64_t before_us = months_before(step->now_us, kind->months);
    while (step->left > 0) {
        int64_t round_id = 0;
        guint rows = 0;
        if (!round_find(step->tx, kind, before_us, &round_id, error)) {
            return false;
        }
        if (round_id == 0) {
            return true;
        }
        if (!kind->erase(step, round_id, &rows, error)) {
            return false;
        }
        RetentionNote note = {.kind = kind->name,
                              .round_id = round_id,
                              .months = kind->months,
                              .rows = rows,
                              .done = rows == 0};
        if (!retention_note(step->tx, &note, step->now_us, error)) {
            return false;
        }
        *sum += rows;
        step->left -= MIN(rows, step->left);
    }
    return true;
}

/* Who completed a training, once nothing is counted by it. */
static bool step_trainings(Step *step, guint months, guint *sum, GError **error) {
    g_autoptr(DbStmt) row = db_tx_query(step->tx, &q_training, error);
    while (row != NULL && step->left > 0) {
        guint rows = 0;
        db_bind_int(row, 1, months_before(step->now_us, months));
        DbStep found = db_step(row, error);
        if (found != DB_ROW) {
            return found == DB_DONE;
        }
        int64_t campaign_id = db_int(row, "campaign_id");
        RetentionNote note = {
            .kind = "training", .round_id = db_int(row, "round_id"), .months = months};
        db_reset(row);
        if (!db_tx_run_some(step->tx, &q_completions, campaign_id, step->left, &rows, error)) {
            return false;
        }
        note.rows = rows;
        note.done = true;
        if (!retention_note(step->tx, &note, step->now_us, error)) {
            return false;
        }
        *sum += rows;
        step->left -= MIN(rows, step->left);
    }
    return row != NULL;
}

/* Practices have no round: their time counts from their own closing. */
static bool step_practices(Step *step, guint months, guint *sum, GError **error) {
    guint rows = 0;
    if (!practice_forget_old(step->tx, months_before(step->now_us, months), step->left,
                             step->now_us, &rows, error)) {
        return false;
    }
    RetentionNote note = {.kind = "practice", .months = months, .rows = rows};
    *sum += rows;
    step->left -= MIN(rows, step->left);
    return rows == 0 || retention_note(step->tx, &note, schedule_day(step->now_us), error);
}

/* One who cannot be erased just now, as a mail is on its way, waits for the next day. */
static bool step_left(Step *step, guint months, guint *sum, GError **error) {
    enum { PEOPLE_A_STEP = 50 };
    guint erased = 0;
    int64_t before_us = months_before(step->now_us, months);
    g_autoptr(GArray) ids =
        people_find_left(db_tx_db(step->tx), before_us, 0, MIN(step->left, PEOPLE_A_STEP), error);
    if (ids == NULL) {
        return false;
    }
    for (guint i = 0; i < ids->len; i++) {
        g_autoptr(GError) fault = NULL;
        int64_t id = g_array_index(ids, int64_t, i);
        if (rights_erase(step->tx, id, false, step->now_us, &fault)) {
            erased++;
        } else if (!g_error_matches(fault, VK_ERROR, VK_ERROR_BUSY)) {
            g_propagate_error(error, g_steal_pointer(&fault));
            return false;
        }
    }
    RetentionNote note = {.kind = "left", .months = months, .rows = erased};
    if (erased == 0) {
        return true;
    }
    *sum += erased;
    step->left = 0; /* there may be more: once again */
    return retention_note(step->tx, &note, step->now_us, error);
}

static bool step_links(DbTx *tx, guint days, GError **error) {
    return db_tx_run(tx, &q_links, days * CLOCK_DAY_US, NULL, error);
}

bool retention_step(DbTx *tx, const RetentionSettings *settings, int64_t now_us, guint max,
                    RetentionResult *out, GError **error) {
    const Kind kinds[] = {
        {"answers", settings->answers_months, false, erase_answers},
        {"mail", settings->mail_months, false, erase_mail},
        {"bounces", settings->bounces_months, false, erase_bounces},
        {"anonymous", settings->anonymous_months, true, erase_invitations},
        {"scores", settings->scores_months, false, erase_scores},
    };
    Step step = {.tx = tx, .now_us = now_us, .left = max};
    guint sum = 0;
    if (!step_links(tx, settings->result_days, error)) {
        return false;
    }
    for (gsize i = 0; i < G_N_ELEMENTS(kinds); i++) {
        if (!step_kind(&step, &kinds[i], &sum, error)) {
            return false;
        }
    }
    if (!step_trainings(&step, settings->scores_months, &sum, error) ||
        (step.left > 0 &&
         !step_practices(&step, MIN(settings->answers_months, settings->mail_months), &sum,
                         error)) ||
        (step.left > 0 && !step_left(&step, settings->left_months, &sum, error)) ||
        (step.left > 0 && !db_tx_run(tx, &q_done, schedule_day(now_us), NULL, error))) {
        return false;
    }
    if (sum > 0) {
        db_tx_forget_order(tx);
    }
    *out = (RetentionResult){.rows = sum, .more = step.left == 0};
    return true;
}

typedef struct {
    const RetentionSettings *settings;
    int64_t now_us;
    guint max;
    RetentionResult result;
} Tick;

static bool tick_run(DbTx *tx, gpointer data, GError **error) {
    Tick *tick = data;
    return retention_step(tx, tick->settings, tick->now_us, tick->max, &tick->result, error);
}

bool retention_tick(Writer *writer, Db *db, const RetentionSettings *settings, int64_t now_us,
                    guint max, RetentionResult *out, GError **error) {
    Tick tick = {.settings = settings, .now_us = now_us, .max = max};
    g_autoptr(GError) fault = NULL;
    bool due = false;
    if (!retention_is_due(db, now_us, &due, error)) {
        return false;
    }
    bool good = !due || writer_run(writer, tick_run, &tick, &fault);
    if (!good && !g_error_matches(fault, VK_ERROR, VK_ERROR_BUSY)) {
        g_propagate_prefixed_error(error, g_steal_pointer(&fault), "retention: ");
        return false;
    }
    *out = good ? tick.result : (RetentionResult){0};
    return true;
}
