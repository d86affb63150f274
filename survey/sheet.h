/* A sheet: what one person is asked of a form.
 *
 * Drawn once, when answering begins, as a pure function of the form and a SheetDraw; kept with the
 * response (asked.h), so that every later look and attempt sees the same. What of it is asked just
 * now depends on the answers too: an item under a condition that does not hold is not asked, and
 * neither is one whose condition looks at an item that is not asked. "Not asked" is another thing
 * than "asked and passed over".
 *
 * Balance: the people of a group, in the order of their turns, take n items each round a ring of
 * the pool's m in a shuffled order; when all have been taken equally often, at most m turns later,
 * the ring is shuffled anew. So no two counts differ by more than one; two turns in a row never
 * have the same n items if m > n, and none in common within a ring if m >= 2n. Items that the
 * person has had are passed over for others of the pool; if these run out, the person is asked
 * fewer. */
#pragma once

#include "survey/answer.h"
#include "survey/form.h"

typedef struct Sheet Sheet;

typedef struct {
    int64_t seed;             /* of the group: its people's turns are balanced among each other */
    guint turn;               /* 0, 1...: which of the group's people this is */
    const char *const *roles; /* the person's; NULL: none */
    GHashTable *had;          /* set of item_full_key; not drawn again; NULL: none */
} SheetDraw;

/* All that the form asks of anyone, where it does not depend on the person. */
Sheet *sheet_whole(const Form *form);

Sheet *sheet_draw(const Form *form, const SheetDraw *draw);

void sheet_free(Sheet *sheet);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Sheet, sheet_free)

/* As stored: JSON. Parsing what is not this form's is INTERNAL. The form must outlive the sheet. */
char *sheet_format(const Sheet *sheet);
Sheet *sheet_parse(const Form *form, const char *json, GError **error);

/* The positions (form.h) of its items, in the order in which they are asked. */
guint sheet_count(const Sheet *sheet);
guint sheet_position(const Sheet *sheet, guint index);
const Form *sheet_form(const Sheet *sheet);

/* How many of its items one person can come to be asked: the most that any answers lead to, so
 * that branches which shut each other off do not add up (sheet_most.c tells how). */
guint sheet_asked_at_most(const Sheet *sheet);

/* Which positions are asked, given the answers in the form's order. `out_asked` has
 * form_item_count; false for what is not on the sheet. */
void sheet_asked(const Sheet *sheet, const Answer answers[], bool out_asked[]);

/* The positions asked on an item page, in order; returns how many. With `asked` NULL, all that the
 * sheet has there. `out_positions` has room for FORM_ITEMS_MAX. */
guint sheet_page(const Sheet *sheet, guint page, const bool asked[], guint out_positions[]);

/* The first item page at or after `page` with anything to ask; form_page_count if there is none. */
guint sheet_page_from(const Sheet *sheet, guint page, const bool asked[]);

/* The last item page before `page` with anything to ask; -1 if there is none. */
int sheet_page_before(const Sheet *sheet, guint page, const bool asked[]);

/* True if answering ends with this page, whatever is answered on it: no later page has anything to
 * ask, and none waits for its answers. Where a later one might have opened and did not, there is
 * nothing left to ask, but the person did not know: the last page, empty, lets them end. */
bool sheet_ends_with(const Sheet *sheet, guint page, const bool asked[]);

/* The first item page where a required item that is asked has no answer; form_page_count if there
 * is none. */
guint sheet_page_lacking(const Sheet *sheet, const Answer answers[], const bool asked[]);
