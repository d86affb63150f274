/* What a personal link shows just now. Reads only: opening a link counts for nothing. */
#pragma once

#include "base/box.h"
#include "campaigns/campaign.h"

typedef enum {
    VISIT_OPEN,
    VISIT_NOT_YET,
    VISIT_PAUSED,
    VISIT_CLOSED,
    VISIT_REVOKED,
    VISIT_COMPLETE,
} VisitState;

typedef struct {
    VisitState state;
    int64_t invitation_id;
    int64_t round_id;
    int64_t stratum_id;
    int64_t person_id;
    int64_t campaign_id;
    char *campaign; /* name */
    char *title[LANG_MAX];
    CampaignKind kind;
    Promise promise;
    guint promised_k; /* reports show no smaller group (promised.h); 0 of a practice */
    int64_t opens_at_us;
    int64_t closes_at_us;
    char *control_phrase;
    guint minutes;
    Lang locale;
    int64_t form_id;
    guint lesson_count;    /* pages 0..lesson_count-1 are lessons */
    guint page_count;      /* lessons and item pages */
    guint page;            /* the next one; page_count when all are done */
    bool started;          /* the current attempt */
    bool allow_retry;      /* a new attempt may begin now */
    bool completed;        /* the first attempt: stays so during a new one */
    guint attempt;         /* 1.. once started; 0 when anonymous or not started */
    int64_t respondent_id; /* whose answers to show; 0 when anonymous or none */
    /* What an anonymous ballot is sealed to; zeros where there is none. */
    uint8_t seal_public[BOX_KEY_BYTES];
    int64_t option_seed;   /* for form_option_order; its own for each attempt */
    bool key_withheld;     /* measured: what is right is shown when the window has closed */
    bool practises;        /* what is missed here comes back in practice mails */
    bool practice;         /* no campaign's: a practice mail's link (practice.h) */
    bool practice_stopped; /* the person wants no more of them */
} Visit;

void visit_free(Visit *visit);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Visit, visit_free)

/* NOT_FOUND. Of a practice, round, stratum and campaign are 0. A completed link stays
 * VISIT_COMPLETE when the campaign is paused or closed, until the round's links end (retention.h):
 * then it is VISIT_CLOSED; revoked comes before all else. Who has left the directory has a revoked
 * link, until they come back, but still sees a completed one. A new attempt under way is
 * VISIT_OPEN. */
bool answering_visit(Db *db, int64_t invitation_id, int64_t now_us, Visit **out, GError **error);
