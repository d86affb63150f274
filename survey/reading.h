/* How hard a text is to read: LIX (Björnsson 1968), words a sentence and 100 times the share of
 * words longer than six letters. Under 30 very easy, 30-40 easy, 40-50 of middle difficulty, over
 * 60 very hard. Made for running Swedish text; of a line or two it is a hint only. */
#pragma once

#include <glib.h>

enum { READING_LIX_MAX = 45 }; /* what questions should keep under (MEASUREMENT 7) */

/* 0 for a text without words. A sentence ends at . ! ? : or a line break. */
double reading_lix(const char *text);
