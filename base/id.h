/* Random identifiers that tell nothing of order or number, and an order that tells nothing. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* 63 random bits, never 0: a positive SQL bigint. */
int64_t id_new(void);

/* Fills `out` with random bytes from the system. */
void id_random(uint8_t *out, size_t size);

/* Puts the pointers in an order that nobody can guess (Fisher and Yates). */
void id_shuffle(void *items[], size_t count);
