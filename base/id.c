#include "base/id.h"

#include <glib.h>
#include <sodium.h>

void id_random(uint8_t *out, size_t size) {
    randombytes_buf(out, size);
}

/* A call of the system for each would cost as much as storing it. */
int64_t id_new(void) {
    enum { POOL_IDS = 64 };
    static _Thread_local uint64_t pool[POOL_IDS];
    static _Thread_local size_t left;
    uint64_t id = 0;
    do {
        if (left == 0) {
            randombytes_buf(pool, sizeof pool);
            left = POOL_IDS;
        }
        id = pool[--left] & (uint64_t)INT64_MAX;
        pool[left] = 0;
    } while (id == 0);
    return (int64_t)id;
}

int64_t id_new_near(void) {
    enum { NEAR_IDS = 64, OWN_BITS = 40 };
    static _Thread_local int64_t shared;
    static _Thread_local size_t left;
    const int64_t own_mask = (INT64_C(1) << OWN_BITS) - 1;
    if (left == 0) {
        shared = id_new() & ~own_mask;
        left = NEAR_IDS;
    }
    left--;
    return shared | MAX(id_new() & own_mask, 1);
}

void id_shuffle(void *items[], size_t count) {
    for (size_t i = count; i > 1; i--) {
        size_t j = randombytes_uniform((uint32_t)i);
        void *moved = items[i - 1];
        items[i - 1] = items[j];
        items[j] = moved;
    }
}
