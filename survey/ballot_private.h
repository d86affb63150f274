/* How a ballot's answers are written in its row; for tally.c, which reads them back. */
#pragma once

#include "survey/answer.h"

/* Appends an Answer for each entry to `out` (GArray of Answer). INTERNAL if it is not ours. A
 * ballot of a form that varies is {"asked": [...]}, with an entry for all that was asked, blank or
 * not, and then `*out_asked` is true; of other forms it is the list itself, of what was answered.
 */
bool ballot_answers_parse(const char *json, GArray *out, bool *out_asked, GError **error);
