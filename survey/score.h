/* Scoring: pure. */
#pragma once

#include "survey/answer.h"
#include "survey/form.h"

typedef struct {
    const char *area; /* borrowed from the form */
    guint item_count; /* scored items asked */
    guint correct_count;
} AreaScore;

/* A GArray of AreaScore, one for each area with scored items that were asked, in the form's order.
 * `asked` is by position (sheet.h); NULL: all were. An item without an answer, a blank one and "vet
 * inte" count as wrong; answers to unscored items count for nothing. Free with g_array_unref. */
GArray *score_areas(const Form *form, const bool asked[], const Answer *const *answers,
                    guint count);
