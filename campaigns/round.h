/* A round: one run of a campaign over one frame (the directory as it was when it opened), one form
 * and one tree of strata. */
#pragma once

#include "campaigns/definition.h"

/* A round that is to be opened, computed from the directory before the transaction that writes it.
 */
typedef struct RoundPlan RoundPlan;

/* Reads the directory, chooses the audience, lays out the strata. CONFLICT if an anonymous round
 * would have fewer than `k_anonymous` invited; NOT_FOUND if nobody is to be invited. */
RoundPlan *round_plan(Db *db, const Campaign *campaign, guint k_anonymous, int64_t now_us,
                      GError **error);
void round_plan_free(RoundPlan *plan);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(RoundPlan, round_plan_free)

guint round_plan_eligible(const RoundPlan *plan); /* before sampling */
guint round_plan_invited(
    const RoundPlan *plan); /* to be invited; of a follow-up, those known now */
guint round_plan_population(const RoundPlan *plan);

/* Writes frame, strata and round; CONFLICT if the campaign has one already. */
bool round_open(DbTx *tx, const RoundPlan *plan, int64_t now_us, int64_t *out_round_id,
                GError **error);
