/* How a ballot's answers are written in its row; for tally.c, which reads them back. */
#pragma once

#include "survey/answer.h"

/* Appends an Answer for each entry to `out` (GArray of Answer). INTERNAL if it is not ours. */
bool ballot_answers_parse(const char *json, GArray *out, GError **error);
