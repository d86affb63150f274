/* The known word that a mistyped one most likely was meant to be. */
#pragma once

/* Of `words` (ended by NULL) the one with the fewest letters to insert, remove, change or swap with
 * the next, whatever their case; NULL if that is more than a third of them. The first of several.
 */
const char *nearest_word(const char *word, const char *const words[]);
