/* A round: one run of a campaign over one frame (the directory as it was when it opened), one form
 * and one tree of strata.
 *
 * A round is planned from the directory first, by reading only, and written in one transaction: so
 * the frame is the directory of one instant, and a stop in between leaves nothing behind. Each
 * person to be invited has a position; invitations are made from these in batches (invitation.h).
 */
#pragma once

#include "campaigns/definition.h"

typedef struct RoundPlan RoundPlan;

/* Reads the directory, chooses the audience, lays out the strata. INPUT if the audience names what
 * is not there; CONFLICT if nobody or, in an anonymous campaign, fewer than `k_anonymous` would be
 * invited. A follow-up is planned by those who have completed the training. */
RoundPlan *round_plan(Db *db, const Campaign *campaign, guint k_anonymous, int64_t now_us,
                      GError **error);
void round_plan_free(RoundPlan *plan);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(RoundPlan, round_plan_free)

const Definition *round_plan_definition(const RoundPlan *plan); /* borrowed */
guint round_plan_population(const RoundPlan *plan);
char **round_plan_unknown_emails(const RoundPlan *plan); /* audience_unknown_emails */
guint round_plan_eligible(const RoundPlan *plan);        /* before sampling */

/* How many will be invited; of a follow-up, how many completed the training so far. */
guint round_plan_invited(const RoundPlan *plan);

/* How many of them can be invited now: all, or those of a follow-up for whom the days have passed.
 */
guint round_plan_due(const RoundPlan *plan);

/* Writes frame, strata and round, with the smallest group that was promised, and sets the campaign
 * running. CONFLICT unless it is scheduled and has a form. */
bool round_open(DbTx *tx, const RoundPlan *plan, int64_t now_us, int64_t *out_round_id,
                GError **error);

/* A round as stored. */
typedef struct {
    int64_t id;
    int64_t frame_id;
    int64_t opens_at_us;
    int64_t closes_at_us;
    guint planned;
    guint filled;
    int64_t follow_at_us;
    int64_t follow_person_id;
    bool mail_open;
    bool swept;
} Round;

bool round_load(Db *db, int64_t round_id, Round *out, GError **error);
