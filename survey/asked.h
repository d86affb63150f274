/* What a respondent was asked: the sheet of a response, and what became of it.
 *
 * Only forms that vary (form_varies) need any of this; for the others the sheet is the whole form
 * and nothing is stored. */
#pragma once

#include "store/db.h"
#include "survey/sheet.h"

/* Draws the respondent's sheet, right after response_start and in its transaction. `had` lists
 * earlier respondents (this person's, opaque here) whose items are not drawn again. If `like` is
 * not 0, the sheet is that respondent's: a new attempt at the same. Harmless when repeated. */
bool asked_draw(DbTx *tx, int64_t respondent_id, const Form *form, const char *const *roles,
                const int64_t *had, guint had_count, int64_t like, GError **error);

/* The respondent's sheet: as drawn, or the whole form where it does not depend on the person.
 * `respondent_id` 0: an anonymous one, or none yet. */
Sheet *asked_sheet(Db *db, int64_t respondent_id, const Form *form, GError **error);

/* What would be drawn for somebody with these roles who has met what `had` lists, but for whose
 * turn it is: as many items, under the same conditions. Writes nothing. */
Sheet *asked_ahead(Db *db, const Form *form, const char *const *roles, const int64_t *had,
                   guint had_count, GError **error);

/* Which positions the respondent is asked, as the saved answers stand; all of a plain form. g_free.
 */
bool *asked_positions(Db *db, int64_t respondent_id, const Form *form, GError **error);

/* Saved answers in the form's order. The array is the caller's (g_free); the texts stay `saved`'s.
 */
Answer *asked_answers(const Form *form, const GPtrArray *saved);

/* After the answers of an item page have been saved: removes saved answers to what is no longer
 * asked, as they now stand, and says which item page comes next. That is the next with anything to
 * ask; or, if there is none, the first where a required answer is missing; or the last page, empty,
 * if the person could not know that this was the end (sheet_ends_with); or form_page_count: the
 * end. `page` is -1 before the first. */
bool asked_settle(DbTx *tx, int64_t respondent_id, const Form *form, int page, int64_t now_us,
                  guint *out_next, GError **error);

/* The same for answers that are not saved, in the form's order. */
guint asked_next(const Sheet *sheet, const Answer answers[], int page);
