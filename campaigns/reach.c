#include "campaigns/reach.h"

#include "base/clock.h"
#include "campaigns/definition.h"
#include "campaigns/practice.h"
#include "campaigns/queries.h"
#include "campaigns/schedule.h"
#include "mailer/outbox.h"

#include <string.h>

static const DbQuery q_pending = {"reach.pending",
                                  "SELECT EXISTS (SELECT 1 FROM v_mail_notice WHERE id >"
                                  " (SELECT notice_id FROM runner_cursor)) AS pending"};
static const DbQuery q_next = {
    "reach.next",
    "SELECT n.id, n.link_id, n.kind, n.at_us, n.until_us, n.source, i.status, i.remind_at_us,"
    " i.undeliverable_at_us, c.promise, c.state, c.definition, r.closes_at_us"
    " FROM v_mail_notice n LEFT JOIN invitation i ON i.id = n.link_id"
    " LEFT JOIN round r ON r.id = i.round_id LEFT JOIN campaign c ON c.id = r.campaign_id"
    " WHERE n.id > (SELECT notice_id FROM runner_cursor) ORDER BY n.id LIMIT 1"};
static const DbQuery q_cursor = {"reach.cursor", "UPDATE runner_cursor SET notice_id = $1"};
static const DbQuery q_undeliverable = {
    "reach.undeliverable",
    "UPDATE invitation SET undeliverable_at_us = coalesce(undeliverable_at_us, $1),"
    " remind_at_us = NULL WHERE id = $2"};
static const DbQuery q_silence = {"reach.silence",
                                  "UPDATE invitation SET remind_at_us = NULL WHERE id = $1"};
static const DbQuery q_absent = {
    "reach.absent", "UPDATE invitation SET absent_until_us = $1, remind_at_us = $2 WHERE id = $3"};
static const DbQuery q_retried = {
    "reach.retried",
    "UPDATE invitation SET undeliverable_at_us = NULL, remind_at_us = $1 WHERE id = $2"};

const DbQuery *const reach_queries[] = {&q_pending, &q_next,   &q_cursor,  &q_undeliverable,
                                        &q_silence, &q_absent, &q_retried, NULL};

/* A notice, with what it needs of its invitation. */
typedef struct {
    int64_t id;
    int64_t link_id;
    char *kind;
    int64_t at_us; /* the day, in an anonymous round */
    int64_t until_us;
    bool does_nothing;
    bool is_other;      /* no invitation's: a practice's, perhaps */
    bool undeliverable; /* already */
    bool running;
    int64_t remind_at_us; /* 0: none to come */
    int64_t closes_at_us;
    char *definition;
} Fact;

static void fact_free(Fact *fact) {
    if (fact == NULL) {
        return;
    }
    g_free(fact->kind);
    g_free(fact->definition);
    g_free(fact);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Fact, fact_free)

static Fact *fact_read(DbStmt *row) {
    Fact *fact = g_new0(Fact, 1);
    bool found = !db_is_null(row, "status");
    bool proven = strcmp(db_text(row, "source"), "address") != 0;
    fact->id = db_int(row, "id");
    fact->link_id = db_int(row, "link_id");
    fact->kind = g_strdup(db_text(row, "kind"));
    fact->at_us = db_int(row, "at_us");
    fact->until_us = db_is_null(row, "until_us") ? 0 : db_int(row, "until_us");
    fact->is_other = !found && proven;
    fact->does_nothing = !found || strcmp(db_text(row, "status"), "complete") == 0 || !proven;
    if (fact->does_nothing) {
        return fact;
    }
    if (promise_parse(db_text(row, "promise")) == PROMISE_ANONYMOUS) {
        fact->at_us = schedule_day(fact->at_us);
    }
    CampaignState state = campaign_state_parse(db_text(row, "state"));
    fact->running = state == CAMPAIGN_RUNNING || state == CAMPAIGN_PAUSED;
    fact->undeliverable = !db_is_null(row, "undeliverable_at_us");
    fact->remind_at_us = db_is_null(row, "remind_at_us") ? 0 : db_int(row, "remind_at_us");
    fact->closes_at_us = db_int(row, "closes_at_us");
    fact->definition = g_strdup(db_text(row, "definition"));
    return fact;
}

/* The notice after the cursor; `out_fact` NULL if there is none. One at a time: what it meets is
 * what the one before it left. */
static bool fact_next(DbTx *tx, Fact **out_fact, GError **error) {
    g_autoptr(DbStmt) next = db_tx_query(tx, &q_next, error);
    if (next == NULL) {
        return false;
    }
    DbStep step = db_step(next, error);
    *out_fact = step == DB_ROW ? fact_read(next) : NULL;
    return step != DB_ERROR;
}

static bool fact_done(DbTx *tx, const Fact *fact, GError **error) {
    g_autoptr(DbStmt) cursor = db_tx_query(tx, &q_cursor, error);
    if (cursor == NULL) {
        return false;
    }
    db_bind_int(cursor, 1, fact->id);
    return db_run(cursor, NULL, error);
}

static bool mark_undeliverable(DbTx *tx, const Fact *fact, ReachResult *out, GError **error) {
    g_autoptr(DbStmt) mark = db_tx_query(tx, &q_undeliverable, error);
    if (mark == NULL) {
        return false;
    }
    db_bind_int(mark, 1, fact->at_us);
    db_bind_int(mark, 2, fact->link_id);
    out->undeliverable += fact->undeliverable ? 0 : 1;
    return db_run(mark, NULL, error) &&
           outbox_cancel_link(tx, fact->link_id, "reminder", fact->at_us, error);
}

static bool silence(DbTx *tx, const Fact *fact, ReachResult *out, GError **error) {
    g_autoptr(DbStmt) update = db_tx_query(tx, &q_silence, error);
    if (update == NULL) {
        return false;
    }
    db_bind_int(update, 1, fact->link_id);
    out->silenced++;
    return db_run(update, NULL, error) &&
           outbox_cancel_link(tx, fact->link_id, "reminder", fact->at_us, error);
}

/* Back only when it is too late to answer: no reminder. */
static bool wait_for_return(DbTx *tx, const Fact *fact, ReachResult *out, GError **error) {
    if (fact->until_us == 0) {
        return true;
    }
    g_autoptr(Definition) definition =
        definition_parse(fact->definition, strlen(fact->definition), error);
    g_autoptr(DbStmt) update = definition != NULL ? db_tx_query(tx, &q_absent, error) : NULL;
    if (update == NULL) {
        return false;
    }
    int64_t back_at_us = schedule_next_open(&definition->window, fact->until_us);
    int64_t remind_at_us = MAX(fact->remind_at_us, back_at_us);
    db_bind_int(update, 1, fact->until_us);
    if (fact->remind_at_us != 0 && remind_at_us < fact->closes_at_us) {
        db_bind_int(update, 2, remind_at_us);
    } else {
        db_bind_null(update, 2);
    }
    db_bind_int(update, 3, fact->link_id);
    out->absent++;
    return db_run(update, NULL, error);
}

/* The dispatcher finds out when the next reminder is due. */
static bool take_up_again(DbTx *tx, const Fact *fact, GError **error) {
    g_autoptr(DbStmt) update = db_tx_query(tx, &q_retried, error);
    if (update == NULL) {
        return false;
    }
    if (fact->running) {
        db_bind_int(update, 1, fact->remind_at_us != 0 ? fact->remind_at_us : fact->at_us);
    } else {
        db_bind_null(update, 1);
    }
    db_bind_int(update, 2, fact->link_id);
    return db_run(update, NULL, error);
}

static bool fact_do(DbTx *tx, const Fact *fact, ReachResult *out, GError **error) {
    if (fact->is_other) {
        return practice_reached(tx, fact->link_id, fact->kind, fact->until_us, fact->at_us, error);
    }
    if (fact->does_nothing) {
        return true;
    }
    if (strcmp(fact->kind, "undeliverable") == 0) {
        return mark_undeliverable(tx, fact, out, error);
    }
    if (strcmp(fact->kind, "complaint") == 0) {
        return silence(tx, fact, out, error);
    }
    if (strcmp(fact->kind, "absent") == 0) {
        return wait_for_return(tx, fact, out, error);
    }
    return strcmp(fact->kind, "retried") != 0 || take_up_again(tx, fact, error);
}

bool reach_step(DbTx *tx, guint max, ReachResult *out, GError **error) {
    ReachResult result = {0};
    while (result.seen < max) {
        g_autoptr(Fact) fact = NULL;
        if (!fact_next(tx, &fact, error)) {
            return false;
        }
        if (fact == NULL) {
            break;
        }
        if (!fact_do(tx, fact, &result, error) || !fact_done(tx, fact, error)) {
            return false;
        }
        result.seen++;
    }
    *out = result;
    return true;
}

bool reach_is_pending(Db *db, bool *out_pending, GError **error) {
    g_autoptr(DbStmt) pending = db_query(db, &q_pending, error);
    if (pending == NULL || db_step(pending, error) != DB_ROW) {
        return false;
    }
    *out_pending = db_bool(pending, "pending");
    return true;
}
