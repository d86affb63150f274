/* What a person has answered so far, as the form that they sent has it, item by item.
 *
 * Fields are named by the item's place in the form, so that no id of ours leaves the server: q3=0,
 * q3=na, t5=words, o7.2=1 (item 7's option 2 is put first). */
#pragma once

#include "survey/answer.h"
#include "survey/form.h"
#include "web/fields.h"

typedef struct Draft Draft;

typedef enum {
    DRAFT_GOOD,
    DRAFT_TWO_ANSWERS, /* "don't know" together with a choice, or several where one is asked */
    DRAFT_TOO_LONG,    /* text over the item's text_max */
    DRAFT_BAD_ORDER,   /* an option without a place, or two in one */
    DRAFT_MISSING,     /* a required item without an answer */
} DraftFault;

/* Blank in every item. The form must outlive it. */
Draft *draft_new(const Form *form);
void draft_free(Draft *draft);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Draft, draft_free)

/* Takes up the fields of the form; those of other names are passed over. INPUT for an item or
 * option that the form does not have: no page of ours sends that. */
bool draft_read(Draft *draft, const Fields *fields, GError **error);

/* The fields had the item on their page, so that naming nothing for it means that it is blank. */
void draft_name(Draft *draft, guint index);

/* As if the fields had not named the item: a saved answer is to hold. */
void draft_forget(Draft *draft, guint index);

/* Fills in saved answers (GPtrArray of Answer) for the items that the fields did not name. */
void draft_fill(Draft *draft, const GPtrArray *saved);

/* The answer to the form's item `index`; blank where none. Borrowed. */
const Answer *draft_answer(const Draft *draft, guint index);

/* True if the fields named the item, also with nothing in it. */
bool draft_names(const Draft *draft, guint index);

/* The place that the person gave an option of an order item: 1 for the first, 0 for none. */
guint draft_place(const Draft *draft, guint index, guint option);

/* What is wrong with the answer, that a person can mend. */
DraftFault draft_fault(const Draft *draft, guint index);

/* All answers, blank ones too: form_item_count of them, in the form's order. */
const Answer *draft_answers(const Draft *draft);
