#include "survey/shuffle_private.h"

/* splitmix64 (Steele, Lea and Flood 2014). Good enough for order; nothing secret hangs on it. */
static uint64_t random_next(uint64_t *state) {
    *state += UINT64_C(0x9e3779b97f4a7c15);
    uint64_t z = *state;
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

/* Uniform in 0..bound-1: what would favour the low numbers is drawn again. */
static guint random_below(uint64_t *state, guint bound) {
    uint64_t excess = (UINT64_MAX % bound + 1) % bound;
    uint64_t value;
    do {
        value = random_next(state);
    } while (value > UINT64_MAX - excess);
    return (guint)(value % bound);
}

void shuffle_order(uint64_t seed, guint count, guint order[]) {
    for (guint i = 0; i < count; i++) {
        order[i] = i;
    }
    uint64_t state = seed;
    for (guint left = count; left > 1; left--) {
        guint pick = random_below(&state, left);
        guint last = order[left - 1];
        order[left - 1] = order[pick];
        order[pick] = last;
    }
}

uint64_t shuffle_seed(int64_t a, int64_t b) {
    uint64_t state = (uint64_t)a;
    uint64_t mixed = random_next(&state) ^ (uint64_t)b;
    return random_next(&mixed);
}
