/* Answering an invitation: the use case behind the personal link.
 *
 *   none -> started (the first page's button) -> complete
 *
 * What comes between, page by page, stands with the response (survey/response.h). An anonymous
 * invitation goes from started to complete at once, in the transaction that casts its ballot, which
 * is sealed; nothing else ties the two, and its instants are the day on which the round opened.
 * Errors: NOT_FOUND (no such invitation), DENIED (revoked), CONFLICT (not yet, paused, closed, not
 * begun, a page ahead of its turn), INPUT (an answer that does not fit). */
#pragma once

#include "campaigns/visit.h"
#include "survey/form.h"
#include "survey/response.h"
#include "survey/sheet.h"

/* Participation begins. Harmless when repeated. */
bool answering_start(DbTx *tx, int64_t invitation_id, int64_t now_us, GError **error);

/* Right after answering_start or answering_retry, in the same transaction: draws what the person is
 * asked, if that depends on them: by their roles as they were when the round opened, and none of
 * the items that they have met in other rounds. A new attempt is asked the same as the first.
 * Harmless when repeated, and for other forms. */
bool answering_draw(DbTx *tx, int64_t invitation_id, const Form *form, int64_t now_us,
                    GError **error);

/* What the person is asked; before they begin, what they would be if they began now, but for which
 * items a draw comes to. */
Sheet *answering_sheet(Db *db, const Visit *visit, const Form *form, GError **error);

/* Identified and confidential: saves the page's answers (none for a lesson) and goes on to the
 * next; the last one completes. `page` counts lessons first. A page sent twice is harmless, an
 * earlier one is saved again, one sent after completion changes nothing, a later one is refused.
 * What an answer shuts off is not asked: pages without anything to ask are passed by, and answers
 * given there before are removed. It does not complete while a required answer is missing: the next
 * page is then the one that lacks it. */
bool answering_page(DbTx *tx, int64_t invitation_id, const Form *form, guint page,
                    const Answer *answers, guint count, int64_t now_us, GError **error);

/* Identified and confidential: saves the page's answers and stays on it, for a page that saves as
 * one goes. The same rules as answering_page; nothing after completion is saved, and nothing is an
 * error that answering_page would take. */
bool answering_save(DbTx *tx, int64_t invitation_id, const Form *form, guint page,
                    const Answer *answers, guint count, int64_t now_us, GError **error);

/* Anonymous: seals the whole ballot, for answering_ballot. On any thread. BUSY for the moment in
 * which the round has no key yet. */
bool answering_seal(const Visit *visit, const Form *form, const Answer *answers, guint count,
                    GBytes **out_sealed, GError **error);

/* Anonymous: casts the sealed ballot. CONFLICT if one was cast already. */
bool answering_ballot(DbTx *tx, int64_t invitation_id, GBytes *sealed, int64_t now_us,
                      GError **error);

/* From a practice's link: the person wants no more practice, or wants it again. DENIED if the link
 * is another's, or revoked. */
bool answering_practice(DbTx *tx, int64_t practice_id, bool stop, int64_t now_us, GError **error);

/* A new attempt at a completed one, where the campaign allows it. What is measured stays the first.
 */
bool answering_retry(DbTx *tx, int64_t invitation_id, int64_t now_us, GError **error);
