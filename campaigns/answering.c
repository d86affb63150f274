#include "campaigns/answering.h"

#include "base/error.h"
#include "base/id.h"
#include "campaigns/practice.h"
#include "campaigns/practice_visit.h"
#include "campaigns/queries.h"
#include "campaigns/schedule.h"
#include "mailer/outbox.h"
#include "survey/asked.h"
#include "survey/ballot.h"
#include "survey/personal.h"

#include <string.h>

static const DbQuery q_start = {
    "answering.start",
    "UPDATE invitation SET status = 'started', started_at_us = $1, respondent_id = $2,"
    " measured_id = $2, attempt = $3 WHERE id = $4"};
static const DbQuery q_complete = {
    "answering.complete", "UPDATE invitation SET status = 'complete', completed_at_us = $1,"
                          " remind_at_us = NULL WHERE id = $2"};
static const DbQuery q_completion = {
    "answering.completion",
    "INSERT INTO completion (person_id, campaign_id, completed_at_us) VALUES ($1, $2, $3)"
    " ON CONFLICT (person_id, campaign_id) DO NOTHING"};
static const DbQuery q_retry = {
    "answering.retry", "UPDATE invitation SET respondent_id = $1, attempt = $2 WHERE id = $3"};

static const DbQuery q_roles = {
    "answering.roles", "SELECT j.value AS role FROM invitation i JOIN round r ON r.id = i.round_id"
                       " JOIN frame_person f ON f.frame_id = r.frame_id"
                       " AND f.person_id = i.person_id, json_each(f.roles) j WHERE i.id = $1"};
static const DbQuery q_respondents = {"answering.respondents",
                                      "SELECT measured_id FROM invitation WHERE person_id = $1"
                                      " AND id <> $2 AND measured_id IS NOT NULL"};
static const DbQuery q_measured = {"answering.measured",
                                   "SELECT measured_id FROM invitation WHERE id = $1"};

const DbQuery *const answering_queries[] = {&q_start, &q_complete,    &q_completion, &q_retry,
                                            &q_roles, &q_respondents, &q_measured,   NULL};

/* The instant as it may be stored with the invitation. */
static int64_t visit_instant(const Visit *visit, int64_t now_us) {
    return visit->promise == PROMISE_ANONYMOUS ? schedule_day(visit->opens_at_us) : now_us;
}

/* Whether the link takes answers now; a completed one does not, but that is for the caller to
 * judge. */
static bool visit_check(const Visit *visit, GError **error) {
    switch (visit->state) {
    case VISIT_OPEN:
    case VISIT_COMPLETE:
        return true;
    case VISIT_REVOKED:
        return error_set(error, VK_ERROR_DENIED, tr("länken är återkallad", "the link is revoked"));
    case VISIT_NOT_YET:
        return error_set(error, VK_ERROR_CONFLICT,
                         tr("kampanjen har inte börjat", "the campaign has not begun"));
    case VISIT_PAUSED:
        return error_set(error, VK_ERROR_CONFLICT,
                         tr("kampanjen är pausad", "the campaign is paused"));
    case VISIT_CLOSED:
        return error_set(error, VK_ERROR_CONFLICT,
                         tr("kampanjen är avslutad", "the campaign is closed"));
    }
    g_assert_not_reached();
}

static Visit *visit_open(DbTx *tx, int64_t invitation_id, int64_t now_us, GError **error) {
    g_autoptr(Visit) visit = NULL;
    return answering_visit(db_tx_db(tx), invitation_id, now_us, &visit, error) &&
                   visit_check(visit, error)
               ? g_steal_pointer(&visit)
               : NULL;
}

bool answering_start(DbTx *tx, int64_t invitation_id, int64_t now_us, GError **error) {
    g_autoptr(Visit) visit = visit_open(tx, invitation_id, now_us, error);
    if (visit == NULL || visit->started) {
        return visit != NULL;
    }
    if (visit->practice) {
        return practice_visit_start(tx, visit, now_us, error);
    }
    bool anonymous = visit->promise == PROMISE_ANONYMOUS;
    int64_t respondent_id = anonymous ? 0 : id_new_near();
    if (!anonymous && !response_start(tx, respondent_id, visit->round_id, visit->stratum_id,
                                      visit->form_id, 1, now_us, error)) {
        return false;
    }
    g_autoptr(DbStmt) start = db_tx_query(tx, &q_start, error);
    if (start == NULL) {
        return false;
    }
    db_bind_int(start, 1, visit_instant(visit, now_us));
    if (anonymous) {
        db_bind_null(start, 2);
    } else {
        db_bind_int(start, 2, respondent_id);
    }
    db_bind_int(start, 3, anonymous ? 0 : 1);
    db_bind_int(start, 4, invitation_id);
    return db_run(start, NULL, error);
}

/* The invitation is answered: no more reminders, and a training is done. */
static bool visit_complete(DbTx *tx, const Visit *visit, int64_t now_us, GError **error) {
    int64_t at_us = visit_instant(visit, now_us);
    g_autoptr(DbStmt) complete = db_tx_query(tx, &q_complete, error);
    g_autoptr(DbStmt) completion = complete != NULL ? db_tx_query(tx, &q_completion, error) : NULL;
    if (completion == NULL) {
        return false;
    }
    db_bind_int(complete, 1, at_us);
    db_bind_int(complete, 2, visit->invitation_id);
    db_bind_int(completion, 1, visit->person_id);
    db_bind_int(completion, 2, visit->campaign_id);
    /* Follow-ups count days from here: the day itself, but no more. */
    db_bind_int(completion, 3, visit->promise == PROMISE_ANONYMOUS ? schedule_day(now_us) : now_us);
    return db_run(complete, NULL, error) &&
           (visit->kind != CAMPAIGN_TRAINING || db_run(completion, NULL, error)) &&
           outbox_cancel_link(tx, visit->invitation_id, "reminder", at_us, error);
}

/* Something of `page` is saved, and `next` may be shown. */
static bool visit_advance(DbTx *tx, const Visit *visit, guint page, guint next, GError **error) {
    if (visit->practice) {
        return practice_visit_advance(tx, visit, page, error);
    }
    return response_advance(tx, visit->respondent_id, next > page ? MAX(visit->page, next) : next,
                            page >= visit->lesson_count, error);
}

/* Whether `page` may be sent now. */
static bool page_check(const Visit *visit, const Form *form, guint page, guint count,
                       GError **error) {
    if (visit->promise == PROMISE_ANONYMOUS || form_id(form) != visit->form_id) {
        return error_set(error, VK_ERROR_INTERNAL, "answering_page: another form or promise");
    }
    if (!visit->started) {
        return error_set(error, VK_ERROR_CONFLICT,
                         tr("börja på första sidan", "begin at the first page"));
    }
    if (page >= visit->page_count || page > visit->page) {
        return error_set(error, VK_ERROR_CONFLICT,
                         tr("sidan kommer inte än; fortsätt där du var",
                            "that page is not next; go on where you were"));
    }
    if (page < visit->lesson_count && count > 0) {
        return error_set(error, VK_ERROR_INPUT,
                         tr("sidan har inga frågor", "the page has no questions"));
    }
    return true;
}

/* Whether each answer belongs to an item of the page. */
static bool page_owns(Db *db, const Visit *visit, const Form *form, guint item_page,
                      const Answer *answers, guint count, GError **error) {
    guint positions[FORM_ITEMS_MAX];
    g_autoptr(Sheet) sheet = asked_sheet(db, visit->respondent_id, form, error);
    if (sheet == NULL) {
        return false;
    }
    guint item_count = sheet_page(sheet, item_page, NULL, positions);
    for (guint i = 0; i < count; i++) {
        bool found = false;
        for (guint j = 0; j < item_count && !found; j++) {
            found = form_item(form, positions[j])->id == answers[i].item_id;
        }
        if (!found) {
            return error_set(
                error, VK_ERROR_INPUT,
                tr("frågan hör inte till sidan", "the question does not belong to the page"));
        }
    }
    return true;
}

/* Stores a page's answers (a lesson has none) once it has been judged. */
static bool page_store(DbTx *tx, const Visit *visit, const Form *form, guint page,
                       const Answer *answers, guint count, int64_t now_us, GError **error) {
    bool items = page >= visit->lesson_count;
    guint item_page = items ? page - visit->lesson_count : 0;
    return page_check(visit, form, page, count, error) &&
           (!items ||
            (page_owns(db_tx_db(tx), visit, form, item_page, answers, count, error) &&
             response_save(tx, visit->respondent_id, form, answers, count, now_us, error)));
}

/* The page that comes after `page`, whose answers are saved; page_count: the end. */
static bool page_next(DbTx *tx, const Visit *visit, const Form *form, guint page, int64_t now_us,
                      guint *out_next, GError **error) {
    *out_next = page + 1;
    if (form_is_plain(form) || page + 1 < visit->lesson_count) {
        return true;
    }
    int item_page = (int)page - (int)visit->lesson_count;
    if (!asked_settle(tx, visit->respondent_id, form, item_page, now_us, out_next, error)) {
        return false;
    }
    *out_next += visit->lesson_count;
    return true;
}

/* The first attempt is done: what was missed will be practised. */
static bool page_complete(DbTx *tx, const Visit *visit, const Form *form, int64_t now_us,
                          GError **error) {
    if (visit->practice) {
        return practice_visit_complete(tx, visit, form, now_us, error);
    }
    return visit_complete(tx, visit, now_us, error) &&
           (!visit->practises ||
            practice_learn(tx, visit->person_id, form, visit->respondent_id, now_us, error));
}

bool answering_page(DbTx *tx, int64_t invitation_id, const Form *form, guint page,
                    const Answer *answers, guint count, int64_t now_us, GError **error) {
    g_autoptr(Visit) visit = visit_open(tx, invitation_id, now_us, error);
    if (visit == NULL) {
        return false;
    }
    if (visit->state == VISIT_COMPLETE && visit->promise != PROMISE_ANONYMOUS) {
        return true; /* the last page, sent twice */
    }
    guint next;
    if (!page_store(tx, visit, form, page, answers, count, now_us, error) ||
        !page_next(tx, visit, form, page, now_us, &next, error) ||
        !visit_advance(tx, visit, page, next, error)) {
        return false;
    }
    if (next < visit->page_count) {
        return true;
    }
    return response_complete(tx, visit->respondent_id, form, now_us, error) &&
           (visit->completed || page_complete(tx, visit, form, now_us, error));
}

bool answering_save(DbTx *tx, int64_t invitation_id, const Form *form, guint page,
                    const Answer *answers, guint count, int64_t now_us, GError **error) {
    g_autoptr(Visit) visit = visit_open(tx, invitation_id, now_us, error);
    if (visit == NULL) {
        return false;
    }
    if (visit->state == VISIT_COMPLETE && visit->promise != PROMISE_ANONYMOUS) {
        return true;
    }
    guint next; /* what an answer shuts off is shut off now; the person stays */
    return page_store(tx, visit, form, page, answers, count, now_us, error) &&
           page_next(tx, visit, form, page, now_us, &next, error) &&
           visit_advance(tx, visit, page, MAX(visit->page, page), error);
}

bool answering_seal(const Visit *visit, const Form *form, const Answer *answers, guint count,
                    GBytes **out_sealed, GError **error) {
    static const uint8_t none[BOX_KEY_BYTES];
    if (visit->promise != PROMISE_ANONYMOUS || form_id(form) != visit->form_id) {
        return error_set(error, VK_ERROR_INTERNAL, "answering_seal: another form or promise");
    }
    if (memcmp(visit->seal_public, none, sizeof none) == 0) {
        return error_set(error, VK_ERROR_BUSY,
                         tr("omgången görs i ordning; försök igen om en stund",
                            "the round is being made ready; try again in a moment"));
    }
    return ballot_seal(visit->seal_public, form, answers, count, out_sealed, error);
}

bool answering_ballot(DbTx *tx, int64_t invitation_id, GBytes *sealed, int64_t now_us,
                      GError **error) {
    g_autoptr(Visit) visit = visit_open(tx, invitation_id, now_us, error);
    if (visit == NULL) {
        return false;
    }
    if (visit->promise != PROMISE_ANONYMOUS) {
        return error_set(error, VK_ERROR_INTERNAL, "answering_ballot: another promise");
    }
    if (visit->completed) {
        return error_set(error, VK_ERROR_CONFLICT,
                         tr("du har redan svarat", "you have answered already"));
    }
    if (!visit->started) {
        return error_set(error, VK_ERROR_CONFLICT,
                         tr("börja på första sidan", "begin at the first page"));
    }
    return ballot_cast(tx, visit->round_id, visit->stratum_id, sealed, error) &&
           visit_complete(tx, visit, now_us, error);
}

bool answering_practice(DbTx *tx, int64_t practice_id, bool stop, int64_t now_us, GError **error) {
    g_autoptr(Visit) visit = NULL;
    if (!answering_visit(db_tx_db(tx), practice_id, now_us, &visit, error)) {
        return false;
    }
    if (!visit->practice || visit->state == VISIT_REVOKED) {
        return error_set(error, VK_ERROR_DENIED,
                         tr("länken är inte till en övning", "the link is to no practice"));
    }
    return practice_stop(tx, visit->person_id, stop, now_us, error);
}

bool answering_retry(DbTx *tx, int64_t invitation_id, int64_t now_us, GError **error) {
    g_autoptr(Visit) visit = visit_open(tx, invitation_id, now_us, error);
    if (visit == NULL) {
        return false;
    }
    if (visit->completed && visit->state == VISIT_OPEN) {
        return true; /* a new attempt is under way */
    }
    if (!visit->allow_retry) {
        return error_set(error, VK_ERROR_CONFLICT,
                         tr("ett nytt försök går inte att göra", "no new attempt can be made"));
    }
    int64_t respondent_id = id_new_near();
    guint attempt = visit->attempt + 1;
    g_autoptr(DbStmt) retry = db_tx_query(tx, &q_retry, error);
    /* Only the first attempt is measured: of an earlier one nothing is needed any more. */
    if (retry == NULL ||
        (visit->attempt > 1 && !survey_erase(tx, visit->respondent_id, 0, 0, error)) ||
        !response_start(tx, respondent_id, visit->round_id, visit->stratum_id, visit->form_id,
                        (int)attempt, now_us, error)) {
        return false;
    }
    db_bind_int(retry, 1, respondent_id);
    db_bind_int(retry, 2, attempt);
    db_bind_int(retry, 3, invitation_id);
    return db_run(retry, NULL, error);
}

/* --- drawing ------------------------------------------------------------------------- */

static bool roles_load(Db *db, int64_t invitation_id, char ***out_roles, GError **error) {
    g_autoptr(DbStmt) row = db_query(db, &q_roles, error);
    if (row == NULL) {
        return false;
    }
    g_autoptr(GStrvBuilder) roles = g_strv_builder_new();
    db_bind_int(row, 1, invitation_id);
    DbStep step;
    while ((step = db_step(row, error)) == DB_ROW) {
        g_strv_builder_add(roles, db_text(row, "role"));
    }
    *out_roles = g_strv_builder_end(roles);
    return step == DB_DONE;
}

static GArray *respondents_load(Db *db, const Visit *visit, GError **error) {
    g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(int64_t));
    g_autoptr(DbStmt) row = db_query(db, &q_respondents, error);
    if (row == NULL) {
        return NULL;
    }
    db_bind_int(row, 1, visit->person_id);
    db_bind_int(row, 2, visit->invitation_id);
    DbStep step;
    while ((step = db_step(row, error)) == DB_ROW) {
        int64_t id = db_int(row, "measured_id");
        g_array_append_val(ids, id);
    }
    return step == DB_DONE ? g_steal_pointer(&ids) : NULL;
}

/* The first attempt's respondent; 0 if the current one is the first. */
static bool measured_load(Db *db, const Visit *visit, int64_t *out_id, GError **error) {
    g_autoptr(DbStmt) row = db_query(db, &q_measured, error);
    if (row == NULL) {
        return false;
    }
    db_bind_int(row, 1, visit->invitation_id);
    if (db_step(row, error) != DB_ROW) {
        return false;
    }
    int64_t id = db_int(row, "measured_id");
    *out_id = id == visit->respondent_id ? 0 : id;
    return true;
}

bool answering_draw(DbTx *tx, int64_t invitation_id, const Form *form, int64_t now_us,
                    GError **error) {
    if (!form_draws(form)) {
        return true;
    }
    Db *db = db_tx_db(tx);
    g_auto(GStrv) roles = NULL;
    int64_t measured_id = 0;
    g_autoptr(Visit) visit = visit_open(tx, invitation_id, now_us, error);
    if (visit == NULL) {
        return false;
    }
    if (visit->promise == PROMISE_ANONYMOUS || visit->respondent_id == 0) {
        return error_set(error, VK_ERROR_INTERNAL, "answering_draw: nobody to draw for");
    }
    g_autoptr(GArray) had = respondents_load(db, visit, error);
    return had != NULL && roles_load(db, invitation_id, &roles, error) &&
           measured_load(db, visit, &measured_id, error) &&
           asked_draw(tx, visit->respondent_id, form, (const char *const *)roles,
                      (const int64_t *)(const void *)had->data, had->len, measured_id, error);
}

Sheet *answering_sheet(Db *db, const Visit *visit, const Form *form, GError **error) {
    if (visit->started || !form_draws(form)) {
        return asked_sheet(db, visit->respondent_id, form, error);
    }
    g_auto(GStrv) roles = NULL;
    g_autoptr(GArray) had = respondents_load(db, visit, error);
    return had != NULL && roles_load(db, visit->invitation_id, &roles, error)
               ? asked_ahead(db, form, (const char *const *)roles,
                             (const int64_t *)(const void *)had->data, had->len, error)
               : NULL;
}
