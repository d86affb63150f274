/* What the columns of a person's copy (store/personal.h) are called, and what their values mean, in
 * the process's language: for whoever reads the copy as text. As JSON it has the columns and values
 * as they are stored. tests/unit/reports/test_personal_words.c names the column, or the word of a
 * CHECK of the schema, that is missing here. */
#pragma once

#include "store/personal.h"

/* "Befattning" for position; NULL for a column that has no words. */
const char *personal_label(const char *column);

/* Whether the text passes it over: numbers that stand for what another column has in words, and
 * what there is nothing of. */
bool personal_is_silent(const PersonalField *field);

/* "konfidentiell" for the promise "confidential"; NULL for what is not one of a few fixed words. */
const char *personal_word(const char *column, const char *value);

/* The value as a person reads it: a word, a time, yes or no, a list; else as it is. Free with
 * g_free. */
char *personal_value(const PersonalField *field);

/* An instant: a number of microseconds in a column ..._at_us. */
bool personal_is_instant(const PersonalField *field);
