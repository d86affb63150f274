/* A tick: look for what is due, and do a bounded amount of it in one transaction.
 *
 *   scheduled --start reached--> round opened: frame, strata, positions   (one transaction)
 *   running:  positions or completions -> invitations -> outbox -> reminders, `batch` rows a tick
 *   scheduled, running, paused --closing date--> closed -> swept: queued mail cancelled
 *   in any state: what the mailer came to know is done to invitations (reach.h)
 *
 * Invariants
 * - Cursors (round.filled, round.follow_*, runner_cursor), invitation.queued_at_us and .reminders
 * move in the transaction that does what they count; and each insertion is idempotent by a UNIQUE
 * key. So a stop between two commits loses and repeats nothing.
 * - What a tick does depends on the database and `now_us` alone; the Runner holds no state but its
 *   connections and settings.
 * - Mail is handed over only while round.mail_open, which is so only in the window of a running
 * campaign. */
#include "campaigns/runner.h"

#include "base/clock.h"
#include "base/error.h"
#include "campaigns/dispatch.h"
#include "campaigns/invitation.h"
#include "campaigns/practice_mail.h"
#include "campaigns/queries.h"
#include "campaigns/reach.h"
#include "campaigns/round.h"
#include "campaigns/seal.h"
#include "campaigns/unsealing.h"

#include <malloc.h>
#include <string.h>

enum { K_ANONYMOUS_DEFAULT = 10, BATCH_DEFAULT = 1000 };

struct Runner {
    Writer *writer;
    Db *db;
    guint k_anonymous;
    guint batch;
    bool no_practice;
    char *organisation[LANG_OWN_COUNT];
    char *contact;
    char *base_url;
    bool retain;
    RetentionSettings retention;
    const Keyring *keyring;
};

static const DbQuery q_refuse = {
    "runner.refuse", "UPDATE campaign SET state = 'draft', form_id = NULL, starts_at_us = NULL,"
                     " closes_at_us = NULL, launched_at_us = NULL, note = $1"
                     " WHERE id = $2 AND state = 'scheduled'"};
static const DbQuery q_due_count = {
    "runner.due_count", "SELECT count(*) AS due FROM (SELECT person_id FROM completion"
                        " WHERE campaign_id = $1 AND completed_at_us <= $2 LIMIT $3) d"};
static const DbQuery q_next_completion = {
    "runner.next_completion",
    "SELECT min(completed_at_us) AS at_us FROM completion WHERE campaign_id = $1"
    " AND completed_at_us > $2"};

const DbQuery *const runner_queries[] = {&q_refuse, &q_due_count, &q_next_completion, NULL};

Runner *runner_new(Writer *writer, const char *db_path, const RunnerSettings *settings,
                   GError **error) {
    g_autoptr(Runner) runner = g_new0(Runner, 1);
    runner->writer = writer;
    runner->k_anonymous = settings->k_anonymous != 0 ? settings->k_anonymous : K_ANONYMOUS_DEFAULT;
    runner->batch = settings->batch != 0 ? settings->batch : BATCH_DEFAULT;
    runner->no_practice = settings->no_practice;
    runner->organisation[LANG_SV] = g_strdup(settings->organisation[LANG_SV]);
    runner->organisation[LANG_EN] = g_strdup(settings->organisation[LANG_EN]);
    runner->contact = g_strdup(settings->contact);
    runner->base_url = g_strdup(settings->base_url);
    runner->retention = settings->retention;
    runner->retain = settings->retain;
    runner->keyring = settings->keyring;
    runner->db = db_open(db_path, error);
    return runner->db != NULL ? g_steal_pointer(&runner) : NULL;
}

void runner_free(Runner *runner) {
    if (runner == NULL) {
        return;
    }
    db_close(runner->db);
    g_free(runner->organisation[LANG_SV]);
    g_free(runner->organisation[LANG_EN]);
    g_free(runner->contact);
    g_free(runner->base_url);
    g_free(runner);
}

/* --- what there is to look at -------------------------------------------------------- */

/* At most `limit` of the completions that a follow-up can act on now. */
static bool follow_due(Db *db, const Campaign *campaign, const Definition *definition,
                       int64_t now_us, guint limit, guint *out_due, GError **error) {
    g_autoptr(DbStmt) query = db_query(db, &q_due_count, error);
    if (query == NULL) {
        return false;
    }
    db_bind_int(query, 1, campaign->follows_id);
    db_bind_int(query, 2, schedule_add_days(now_us, -(int)definition->after_days));
    db_bind_int(query, 3, limit);
    if (db_step(query, error) != DB_ROW) {
        return false;
    }
    *out_due = (guint)db_int(query, "due");
    return true;
}

/* When the next person after `after_at_us` comes due for a follow-up. At most a day ahead, for the
 * completions that are yet to come. */
static bool follow_next(Db *db, const Campaign *campaign, const Definition *definition,
                        int64_t after_at_us, int64_t now_us, int64_t *out_at_us, GError **error) {
    g_autoptr(DbStmt) query = db_query(db, &q_next_completion, error);
    if (query == NULL) {
        return false;
    }
    db_bind_int(query, 1, campaign->follows_id);
    db_bind_int(query, 2, after_at_us);
    if (db_step(query, error) != DB_ROW) {
        return false;
    }
    int64_t at_us = now_us + CLOCK_DAY_US;
    if (!db_is_null(query, "at_us")) {
        int64_t due_at_us = schedule_add_days(db_int(query, "at_us"), (int)definition->after_days);
        at_us = MIN(at_us, due_at_us);
    }
    *out_at_us = at_us;
    return true;
}

/* --- one transaction ----------------------------------------------------------------- */

typedef struct {
    Runner *runner;
    const GPtrArray *live;
    RoundPlan *plan;   /* of `opening`, or NULL */
    Campaign *opening; /* borrowed from live */
    char *refusal;     /* why `opening` cannot be opened, or NULL */
    int64_t now_us;
    guint left; /* rows that may still be written */
    RunnerResult *result;
} Step;

static void step_wake(Step *step, int64_t at_us) {
    step->result->next_at_us = MIN(step->result->next_at_us, MAX(at_us, step->now_us));
}

static void step_spend(Step *step, guint rows) {
    step->left -= MIN(rows, step->left);
}

static bool step_refuse(Step *step, DbTx *tx, GError **error) {
    g_autoptr(DbStmt) refuse = db_tx_query(tx, &q_refuse, error);
    if (refuse == NULL) {
        return false;
    }
    db_bind_text(refuse, 1, step->refusal);
    db_bind_int(refuse, 2, step->opening->id);
    step->result->refused++;
    return db_run(refuse, NULL, error);
}

/* A scheduled campaign: when to look at it again. */
static bool step_scheduled(Step *step, DbTx *tx, const Campaign *campaign,
                           const Definition *definition, GError **error) {
    step_wake(step, campaign->closes_at_us);
    if (campaign->starts_at_us > step->now_us) {
        step_wake(step, campaign->starts_at_us);
        return true;
    }
    int64_t next_at_us = step->now_us;
    if (campaign->follows_id != 0 &&
        !follow_next(db_tx_db(tx), campaign, definition,
                     schedule_add_days(step->now_us, -(int)definition->after_days), step->now_us,
                     &next_at_us, error)) {
        return false;
    }
    step_wake(step, next_at_us);
    return true;
}

static bool step_invitations(Step *step, DbTx *tx, Dispatch *dispatch, bool open, GError **error) {
    const Campaign *campaign = dispatch->campaign;
    const Definition *definition = dispatch->definition;
    const Round *round = dispatch->round;
    InvitationCounts counts = {0};
    InvitationMail mail = dispatch_at_once(dispatch);
    guint made = 0;
    guint seen = 0;
    if (step->left > 0 && round->filled < round->planned) {
        seen = MIN(step->left, round->planned - round->filled);
        if (!invitation_fill(tx, round, definition, step->left, open ? &mail : NULL, &counts,
                             error)) {
            return false;
        }
        made = counts.made;
        step->result->mailed += counts.queued;
    }
    if (step->left > 0 && campaign->follows_id != 0 &&
        !invitation_follow(tx, round, definition, campaign->follows_id, step->now_us, step->left,
                           &made, &seen, error)) {
        return false;
    }
    step->result->invited += made;
    step_spend(step, seen);
    return true;
}

static bool step_mail(Step *step, DbTx *tx, Dispatch *dispatch, bool *out_open, GError **error) {
    DispatchResult result = {0};
    if (!dispatch_gate(tx, dispatch, out_open, error)) {
        return false;
    }
    bool open = *out_open;
    if (open && step->left > 0) {
        if (!dispatch_invitations(tx, dispatch, step->left, &result, error)) {
            return false;
        }
        step->result->mailed += result.queued;
        step->result->cancelled += result.revoked;
        step_spend(step, result.seen);
    }
    if (open && step->left > 0) {
        if (!dispatch_reminders(tx, dispatch, step->left, &result, error)) {
            return false;
        }
        step->result->reminded += result.queued;
        step_spend(step, result.seen);
    }
    const Window *window = &dispatch->definition->window;
    int64_t next_at_us = 0;
    if (!dispatch_next(db_tx_db(tx), dispatch->round->id, &next_at_us, error)) {
        return false;
    }
    if (open) {
        step_wake(step, schedule_next_close(window, step->now_us));
    }
    if (next_at_us != INT64_MAX) {
        step_wake(step, schedule_next_open(window, MAX(next_at_us, step->now_us)));
    }
    if (!open) {
        step_wake(step, schedule_next_open(window, step->now_us));
    }
    return true;
}

static MailSource runner_source(const Runner *runner) {
    char *const *name = runner->organisation;
    return (MailSource){{name[LANG_SV], name[LANG_EN]}, runner->contact, runner->base_url};
}

static bool step_running(Step *step, DbTx *tx, const Campaign *campaign,
                         const Definition *definition, const Round *round, GError **error) {
    MailSource source = runner_source(step->runner);
    Dispatch dispatch = {campaign, definition, round, &source, step->now_us, 0};
    bool open = false;
    step_wake(step, round->closes_at_us);
    /* Mail before more invitations: the first goes while the last are still being made. */
    guint invited = step->result->invited;
    if (!step_mail(step, tx, &dispatch, &open, error) ||
        !step_invitations(step, tx, &dispatch, open, error)) {
        return false;
    }
    if (step->result->invited > invited) {
        step_wake(step, step->now_us);
    }
    Round after = {0};
    if (!round_load(db_tx_db(tx), round->id, &after, error)) {
        return false;
    }
    int64_t next_at_us = after.filled < after.planned ? step->now_us : INT64_MAX;
    if (campaign->follows_id != 0 &&
        !follow_next(db_tx_db(tx), campaign, definition, after.follow_at_us, step->now_us,
                     &next_at_us, error)) {
        return false;
    }
    step_wake(step, next_at_us);
    return true;
}

static bool step_closed(Step *step, DbTx *tx, const Round *round, GError **error) {
    guint cancelled = 0;
    guint seen = 0;
    bool done = false;
    if (round->swept) {
        return true; /* what is left is to open ballots */
    }
    if (step->left == 0) {
        step_wake(step, step->now_us);
        return true;
    }
    if (!dispatch_sweep(tx, round, step->now_us, step->left, &cancelled, &seen, &done, error)) {
        return false;
    }
    step->result->cancelled += cancelled;
    step_spend(step, seen);
    if (!done) {
        step_wake(step, step->now_us);
    }
    return true;
}

static bool step_campaign(Step *step, DbTx *tx, const Campaign *campaign, GError **error) {
    g_autoptr(Definition) definition =
        definition_parse(campaign->definition, strlen(campaign->definition), error);
    Round round = {0};
    if (definition == NULL ||
        (campaign->round_id != 0 && !round_load(db_tx_db(tx), campaign->round_id, &round, error))) {
        g_prefix_error(error, "%s: ", campaign->name);
        return false;
    }
    if (campaign->state != CAMPAIGN_CLOSED && campaign->closes_at_us <= step->now_us) {
        step->result->closed++;
        step_wake(step, step->now_us);
        return campaign_close(tx, campaign->name, campaign->closes_at_us, error);
    }
    bool lacks_seal = campaign->promise == PROMISE_ANONYMOUS && campaign->round_id != 0 &&
                      !campaign->has_seal && !campaign->unsealed;
    if (lacks_seal && !seal_ensure(tx, step->runner->keyring, round.id, error)) {
        return false; /* opened by an earlier version of the program */
    }
    switch (campaign->state) {
    case CAMPAIGN_SCHEDULED:
        return step_scheduled(step, tx, campaign, definition, error);
    case CAMPAIGN_RUNNING:
        return step_running(step, tx, campaign, definition, &round, error);
    case CAMPAIGN_CLOSED:
        return step_closed(step, tx, &round, error);
    case CAMPAIGN_PAUSED:
        step_wake(step, campaign->closes_at_us);
        return true;
    case CAMPAIGN_DRAFT:
        break;
    }
    g_assert_not_reached(); /* not listed */
}

/* Opens the campaign that was planned, if it is still scheduled: that alone is a tick's work. */
static bool step_open(Step *step, DbTx *tx, GError **error) {
    int64_t round_id = 0;
    g_autoptr(GError) fault = NULL;
    step_wake(step, step->now_us);
    if (step->refusal != NULL) {
        return step_refuse(step, tx, error);
    }
    if (!round_open(tx, step->plan, step->now_us, &round_id, &fault)) {
        if (g_error_matches(fault, VK_ERROR, VK_ERROR_CONFLICT)) {
            return true; /* paused or closed since it was planned */
        }
        g_propagate_error(error, g_steal_pointer(&fault));
        return false;
    }
    step->result->opened++;
    return step->opening->promise != PROMISE_ANONYMOUS ||
           seal_ensure(tx, step->runner->keyring, round_id, error);
}

static bool step_reach(Step *step, DbTx *tx, GError **error) {
    ReachResult reached = {0};
    if (!reach_step(tx, step->left, &reached, error)) {
        return false;
    }
    step->result->undeliverable += reached.undeliverable;
    step->result->absent += reached.absent;
    step_spend(step, reached.seen);
    return true;
}

/* After the campaigns: what somebody is asked for the first time goes before what comes back. */
static bool step_practice(Step *step, DbTx *tx, GError **error) {
    MailSource source = runner_source(step->runner);
    PracticeResult result = {.next_at_us = INT64_MAX};
    if (!step->runner->no_practice &&
        !practice_mail_step(tx, &source, step->now_us, step->left, &result, error)) {
        return false;
    }
    step->result->practised += result.queued;
    step_spend(step, result.seen);
    step_wake(step, result.next_at_us);
    return true;
}

static bool step_run(DbTx *tx, gpointer data, GError **error) {
    Step *step = data;
    if (step->opening != NULL) {
        return step_open(step, tx, error);
    }
    if (!step_reach(step, tx, error)) {
        return false;
    }
    g_autoptr(GPtrArray) live = campaign_list_live(db_tx_db(tx), error);
    if (live == NULL) {
        return false;
    }
    for (guint i = 0; i < live->len; i++) {
        if (!step_campaign(step, tx, live->pdata[i], error)) {
            return false;
        }
    }
    if (step->left == 0) {
        step_wake(step, step->now_us);
    }
    return step_practice(step, tx, error);
}

/* --- opening ballots ----------------------------------------------------------------- */

static bool step_unseal(Step *step, GError **error) {
    const Runner *runner = step->runner;
    UnsealingResult result = {0};
    bool good =
        unsealing_step(runner->writer, runner->db, runner->keyring, step->live, &result, error);
    step->result->unsealed += result.opened;
    if (result.more) {
        step_wake(step, step->now_us);
    }
    return good;
}

/* --- the tick ------------------------------------------------------------------------ */

/* Whether enough people are due for a follow-up to open; always for the rest. */
static bool opening_is_ripe(Step *step, const Campaign *campaign, bool *out_ripe, GError **error) {
    *out_ripe = true;
    if (campaign->follows_id == 0) {
        return true;
    }
    g_autoptr(Definition) definition =
        definition_parse(campaign->definition, strlen(campaign->definition), error);
    bool anonymous = campaign->promise == PROMISE_ANONYMOUS;
    guint need = anonymous ? step->runner->k_anonymous : 1;
    guint due = 0;
    if (definition == NULL ||
        !follow_due(step->runner->db, campaign, definition, step->now_us, need, &due, error)) {
        return false;
    }
    *out_ripe = due >= need;
    return true;
}

/* Plans the opening of `campaign`, or finds why it cannot be opened; `out_found` false if it is a
 * follow-up that has to wait. */
static bool opening_plan(Step *step, Campaign *campaign, bool *out_found, GError **error) {
    Runner *runner = step->runner;
    g_autoptr(GError) fault = NULL;
    g_autoptr(RoundPlan) plan =
        round_plan(runner->db, campaign, runner->k_anonymous, step->now_us, &fault);
    *out_found = true;
    if (plan == NULL) {
        if (!g_error_matches(fault, VK_ERROR, VK_ERROR_CONFLICT) &&
            !g_error_matches(fault, VK_ERROR, VK_ERROR_INPUT)) {
            g_propagate_error(error, g_steal_pointer(&fault));
            return false;
        }
        step->refusal = g_strdup(fault->message);
    } else if (campaign->follows_id != 0) {
        bool anonymous = campaign->promise == PROMISE_ANONYMOUS;
        *out_found = round_plan_due(plan) >= (anonymous ? runner->k_anonymous : 1);
    }
    if (*out_found) {
        step->opening = campaign;
        step->plan = g_steal_pointer(&plan);
    }
    return true;
}

/* The first campaign that can be opened, planned outside the transaction: that reads the whole
 * directory. */
static bool step_plan(Step *step, GError **error) {
    for (guint i = 0; i < step->live->len && step->opening == NULL; i++) {
        Campaign *campaign = g_ptr_array_index(step->live, i);
        bool ripe = campaign->state == CAMPAIGN_SCHEDULED &&
                    campaign->starts_at_us <= step->now_us && campaign->closes_at_us > step->now_us;
        bool found = false;
        if ((ripe && !opening_is_ripe(step, campaign, &ripe, error)) ||
            (ripe && !opening_plan(step, campaign, &found, error))) {
            g_prefix_error(error, "%s: ", campaign->name);
            return false;
        }
    }
    return true;
}

/* Erases what has been kept long enough, when there is nothing else to do: once a day, a batch a
 * tick. */
static bool tick_retention(Runner *runner, int64_t now_us, RunnerResult *result, GError **error) {
    RetentionResult retained = {0};
    if (!runner->retain || result->next_at_us <= now_us) {
        return true;
    }
    if (!retention_tick(runner->writer, runner->db, &runner->retention, now_us, runner->batch,
                        &retained, error)) {
        return false;
    }
    result->erased = retained.rows;
    result->next_at_us = retained.more ? now_us : result->next_at_us;
    return true;
}

bool runner_tick(Runner *runner, int64_t now_us, RunnerResult *out, GError **error) {
    RunnerResult result = {.next_at_us = INT64_MAX};
    bool pending = false;
    g_autoptr(GPtrArray) live = campaign_list_live(runner->db, error);
    int64_t practice_at_us = INT64_MAX;
    if (live == NULL || !reach_is_pending(runner->db, &pending, error) ||
        (!runner->no_practice && !practice_mail_next(runner->db, now_us, &practice_at_us, error))) {
        return false;
    }
    bool nothing = live->len == 0 && !pending && practice_at_us > now_us;
    result.next_at_us = nothing ? practice_at_us : INT64_MAX;
    Step step = {
        .runner = runner, .live = live, .now_us = now_us, .left = runner->batch, .result = &result};
    bool good = nothing || (step_plan(&step, error) &&
                            writer_run_alone(runner->writer, step_run, &step, error) &&
                            step_unseal(&step, error));
    bool idle = step.opening == NULL && step.left == runner->batch && result.closed == 0 &&
                result.unsealed == 0;
    if (step.plan != NULL) {
        round_plan_free(step.plan);
        malloc_trim(0); /* the whole directory was in it */
    }
    g_free(step.refusal);
    if (!good) {
        return false;
    }
    if (idle) { /* never spin, whatever a civil clock may do at night */
        result.next_at_us = MAX(result.next_at_us, now_us + CLOCK_MINUTE_US);
    }
    if (!tick_retention(runner, now_us, &result, error)) {
        return false;
    }
    *out = result;
    return true;
}
