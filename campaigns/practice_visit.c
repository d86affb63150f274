#include "campaigns/practice_visit.h"

#include "base/error.h"
#include "base/id.h"
#include "campaigns/mailtext.h"
#include "campaigns/practice.h"
#include "campaigns/queries.h"
#include "survey/response.h"

/* A practice's response is of no round and never a first attempt: nothing of it is measured. */
enum { NO_ROUND = 0, NO_STRATUM = 0, UNMEASURED_ATTEMPT = 2 };

static const DbQuery q_visit = {
    "practice_visit.find",
    "SELECT i.id, i.person_id, i.form_id, i.page_count, i.locale, i.closes_at_us, i.status, i.page,"
    " coalesce(i.respondent_id, 0) AS respondent_id, p.active, w.stopped_at_us,"
    " (SELECT m.control_phrase FROM practice_mail m) AS control_phrase"
    " FROM practice i JOIN v_person p ON p.id = i.person_id"
    " LEFT JOIN practice_person w ON w.person_id = i.person_id WHERE i.id = $1"};
static const DbQuery q_start = {"practice_visit.start",
                                "UPDATE practice SET status = 'started', started_at_us = $1,"
                                " respondent_id = $2 WHERE id = $3"};
static const DbQuery q_advance = {
    "practice_visit.advance", "UPDATE practice SET page = $1, status = CASE WHEN status = 'started'"
                              " THEN 'partial' ELSE status END WHERE id = $2"};
static const DbQuery q_complete = {
    "practice_visit.complete",
    "UPDATE practice SET status = 'complete', completed_at_us = $1 WHERE id = $2"};

const DbQuery *const practice_visit_queries[] = {&q_visit, &q_start, &q_advance, &q_complete, NULL};

static VisitState practice_state(const Visit *visit, bool active, int64_t now_us) {
    if (visit->completed) {
        return VISIT_COMPLETE;
    }
    if (!active) {
        return VISIT_REVOKED;
    }
    return now_us >= visit->closes_at_us ? VISIT_CLOSED : VISIT_OPEN;
}

static Visit *practice_read(DbStmt *row, int64_t now_us) {
    Visit *visit = g_new0(Visit, 1);
    const char *status = db_text(row, "status");
    visit->practice = true;
    visit->invitation_id = db_int(row, "id");
    visit->person_id = db_int(row, "person_id");
    visit->campaign = g_strdup("");
    for (guint lang = 0; lang < lang_count(); lang++) {
        visit->title[lang] = g_strdup(mailtext_practice_title((Lang)lang));
    }
    visit->kind = CAMPAIGN_TRAINING;
    visit->promise = PROMISE_CONFIDENTIAL;
    visit->closes_at_us = db_int(row, "closes_at_us");
    visit->control_phrase = g_strdup(db_text(row, "control_phrase"));
    visit->minutes = 1;
    visit->locale = lang_stored(db_text(row, "locale"));
    visit->form_id = db_int(row, "form_id");
    visit->page_count = (guint)db_int(row, "page_count");
    visit->page = (guint)db_int(row, "page");
    visit->started = !g_str_equal(status, "none");
    visit->completed = g_str_equal(status, "complete");
    visit->attempt = visit->started ? 1 : 0;
    visit->respondent_id = db_int(row, "respondent_id");
    visit->option_seed = visit->invitation_id;
    visit->practice_stopped = !db_is_null(row, "stopped_at_us");
    visit->state = practice_state(visit, db_bool(row, "active"), now_us);
    return visit;
}

bool practice_visit(Db *db, int64_t practice_id, int64_t now_us, Visit **out, GError **error) {
    g_autoptr(DbStmt) row = db_query(db, &q_visit, error);
    if (row == NULL) {
        return false;
    }
    db_bind_int(row, 1, practice_id);
    DbStep step = db_step(row, error);
    if (step != DB_ROW) {
        return step == DB_DONE && error_set(error, VK_ERROR_NOT_FOUND,
                                            tr("länken gäller inte", "the link is not valid"));
    }
    *out = practice_read(row, now_us);
    return true;
}

bool practice_visit_start(DbTx *tx, const Visit *visit, int64_t now_us, GError **error) {
    int64_t respondent_id = id_new_near();
    g_autoptr(DbStmt) start = db_tx_query(tx, &q_start, error);
    if (start == NULL || !response_start(tx, respondent_id, NO_ROUND, NO_STRATUM, visit->form_id,
                                         UNMEASURED_ATTEMPT, now_us, error)) {
        return false;
    }
    db_bind_int(start, 1, now_us);
    db_bind_int(start, 2, respondent_id);
    db_bind_int(start, 3, visit->invitation_id);
    return db_run(start, NULL, error);
}

bool practice_visit_advance(DbTx *tx, const Visit *visit, guint page, GError **error) {
    g_autoptr(DbStmt) advance = db_tx_query(tx, &q_advance, error);
    if (advance == NULL) {
        return false;
    }
    db_bind_int(advance, 1, MAX(visit->page, page + 1));
    db_bind_int(advance, 2, visit->invitation_id);
    return db_run(advance, NULL, error);
}

bool practice_visit_complete(DbTx *tx, const Visit *visit, const Form *form, int64_t now_us,
                             GError **error) {
    g_autoptr(DbStmt) complete = db_tx_query(tx, &q_complete, error);
    if (complete == NULL) {
        return false;
    }
    db_bind_int(complete, 1, now_us);
    db_bind_int(complete, 2, visit->invitation_id);
    return db_run(complete, NULL, error) &&
           practice_answered(tx, visit->person_id, form, visit->respondent_id, now_us, error);
}
