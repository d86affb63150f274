/* What a respondent was asked: the sheet of a response, and what became of it.
 *
 * Only forms that vary (form_varies) need any of this; for the others the sheet is the whole form
 * and nothing is stored. */
#pragma once

#include "store/db.h"
#include "survey/sheet.h"

/* Draws the respondent's sheet, right after response_start and in its transaction. `had` lists
 * earlier respondents (this person's, opaque here) whose items are not drawn again. If `like` is
 * not 0, the sheet is that respondent's: a new attempt at the same. */
bool asked_draw(DbTx *tx, int64_t respondent_id, const Form *form, const char *const *roles,
                const int64_t *had, guint had_count, int64_t like, GError **error);

/* The respondent's sheet: as drawn, or the whole form where it does not depend on the person.
 * `respondent_id` 0: an anonymous one, or none yet. */
Sheet *asked_sheet(Db *db, int64_t respondent_id, const Form *form, GError **error);

/* Saved answers in the form's order. The array is the caller's (g_free); the texts stay `saved`'s.
 */
Answer *asked_answers(const Form *form, const GPtrArray *saved);

/* Removes saved answers to what is no longer asked, as the answers now stand, and says how far they
 * reach: `*out_next` is the first item page at or after `page` with anything to ask, `*out_lacking`
 * the first where a required answer is missing (form_page_count: none). */
bool asked_settle(DbTx *tx, int64_t respondent_id, const Form *form, guint page, int64_t now_us,
                  guint *out_next, guint *out_lacking, GError **error);
