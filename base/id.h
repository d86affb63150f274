/* Random identifiers that tell nothing of order or number, and an order that tells nothing. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* 63 random bits, never 0: a positive SQL bigint. */
int64_t id_new(void);

/* As id_new, but the high bits of 64 that a thread makes one after another are the same. Rows with
 * such keys lie near each other, so that what comes together is written to few pages. They tell
 * who came together, and nothing of time or order. */
int64_t id_new_near(void);

/* Fills `out` with random bytes from the system. */
void id_random(uint8_t *out, size_t size);

/* Puts the pointers in an order that nobody can guess (Fisher and Yates). */
void id_shuffle(void *items[], size_t count);
