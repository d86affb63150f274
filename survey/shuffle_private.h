/* Deterministic order from a seed, the same on every machine and in every release. */
#pragma once

#include <glib.h>
#include <stdint.h>

/* Fills order[0..count) with a permutation of 0..count-1. */
void shuffle_order(uint64_t seed, guint count, guint order[]);

/* One seed out of two numbers. */
uint64_t shuffle_seed(int64_t a, int64_t b);
