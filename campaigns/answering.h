/* Answering an invitation: the use case behind the personal link.
 *
 *   none -> started (the first page's button) -> partial (a page of items saved) -> complete
 *
 * An anonymous invitation goes from started to complete at once, in the transaction that casts its
 * ballot; nothing else ties the two. Errors of what writes: NOT_FOUND (no such invitation), DENIED
 * (revoked), CONFLICT (not yet, paused, closed, a page ahead of its turn), INPUT (an answer that
 * does not fit). */
#pragma once

#include "campaigns/campaign.h"
#include "survey/form.h"
#include "survey/response.h"

typedef enum {
    VISIT_OPEN,
    VISIT_NOT_YET,
    VISIT_PAUSED,
    VISIT_CLOSED,
    VISIT_REVOKED,
    VISIT_COMPLETE
} VisitState;

typedef struct {
    VisitState state;
    int64_t invitation_id;
    int64_t round_id;
    char *campaign; /* name */
    char *title[LANG_COUNT];
    CampaignKind kind;
    Promise promise;
    int64_t closes_at_us;
    char *control_phrase;
    guint minutes;
    Lang locale;
    int64_t form_id;
    guint lesson_count; /* pages 0..lesson_count-1 are lessons */
    guint page_count;   /* lessons and item pages */
    guint page;         /* the next one; page_count when all are done */
    bool started;
    bool allow_retry;      /* a new attempt may begin now */
    guint attempt;         /* 1.. once started; 0 when anonymous or not started */
    int64_t respondent_id; /* whose answers to show; 0 when anonymous or none */
    int64_t option_seed;   /* for form_option_order; its own for each attempt */
} Visit;

void visit_free(Visit *visit);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Visit, visit_free)

/* Reads only: opening a link counts for nothing. NOT_FOUND. A completed link stays VISIT_COMPLETE
 * when the campaign is paused or closed. */
bool answering_visit(Db *db, int64_t invitation_id, int64_t now_us, Visit **out, GError **error);

/* Participation begins. Harmless when repeated. */
bool answering_start(DbTx *tx, int64_t invitation_id, int64_t now_us, GError **error);

/* Identified and confidential: saves the page's answers (none for a lesson) and goes on to the
 * next; the last one completes. A page sent twice is harmless, an earlier one is saved again, a
 * later one refused. */
bool answering_page(DbTx *tx, int64_t invitation_id, const Form *form, guint page,
                    const Answer *answers, guint count, int64_t now_us, GError **error);

/* Anonymous: the whole ballot. CONFLICT if it was cast already. */
bool answering_ballot(DbTx *tx, int64_t invitation_id, const Form *form, const Answer *answers,
                      guint count, int64_t now_us, GError **error);

/* A new attempt at a completed one, where the campaign allows it. What is measured stays the first.
 */
bool answering_retry(DbTx *tx, int64_t invitation_id, int64_t now_us, GError **error);
