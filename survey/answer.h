/* What a person answered to one item, and whether it can be an answer to it. */
#pragma once

#include "survey/item.h"

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct {
    int64_t item_id;
    uint32_t choices; /* bit i: option i of the item's own order; of an order item, see item.h */
    bool not_applicable;
    char *text; /* free text, owned; NULL or "" where none */
} Answer;

void answer_clear(Answer *answer);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Answer, answer_clear)

/* Frees one that was allocated, as in response_answers. */
void answer_free(Answer *answer);

/* True if nothing was chosen or written: the question was passed over, which is always allowed. */
bool answer_is_blank(const Answer *answer);

/* False (INPUT, or LIMIT for a long text) if this cannot be an answer to the item: another item's
 * id, an option it lacks, two choices where one is asked, an order that lacks or repeats an option,
 * text where none is asked, "not applicable" where it is not offered or together with a choice,
 * text that is not UTF-8, holds control characters or is over the item's text_max. A blank answer
 * is valid. */
bool answer_validate(const Item *item, const Answer *answer, GError **error);
