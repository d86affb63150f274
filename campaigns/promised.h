/* The smallest group that reports of a round may show, as its people are told on the start page.
 *
 * Fixed when the campaign is launched, stored with the round when it opens, and never lowered
 * (migration 0017): a setting that is lowered later shows no more of that round, one that is raised
 * holds at once, as reports go by the larger of the two (reports/study.h). */
#pragma once

#include "campaigns/campaign.h"

/* What a campaign of that promise tells, by the settings: the larger of the two if anonymous. */
guint promised_k(Promise promise, guint k, guint k_anonymous);

/* The column of a row in which campaign is c and round, which may be missing, is r. */
#define PROMISED_K_COLUMN                                                                          \
    "coalesce(r.promised_k, c.promised_k, CASE c.promise WHEN 'anonymous' THEN 10 ELSE 5 END)"     \
    " AS promised_k"

/* Of campaigns and rounds of a version that did not store it: what the settings promise now. Those
 * that have it keep theirs. */
bool promised_keep(DbTx *tx, guint k, guint k_anonymous, GError **error);
