/* The personal link of a practice: what visit.h and answering.h do for an invitation. Called by
 * them, for links that are no invitation's. */
#pragma once

#include "campaigns/visit.h"
#include "survey/form.h"

/* NOT_FOUND if the link is no practice's either. */
bool practice_visit(Db *db, int64_t practice_id, int64_t now_us, Visit **out, GError **error);

/* The visit is of a practice. */
bool practice_visit_start(DbTx *tx, const Visit *visit, int64_t now_us, GError **error);
bool practice_visit_advance(DbTx *tx, const Visit *visit, guint page, GError **error);
bool practice_visit_complete(DbTx *tx, const Visit *visit, const Form *form, int64_t now_us,
                             GError **error);
