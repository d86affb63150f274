#include "base/id.h"

#include <sodium.h>

void id_random(uint8_t *out, size_t size) {
    randombytes_buf(out, size);
}

int64_t id_new(void) {
    uint64_t id = 0;
    do {
        randombytes_buf(&id, sizeof id);
        id &= (uint64_t)INT64_MAX;
    } while (id == 0);
    return (int64_t)id;
}

void id_shuffle(void *items[], size_t count) {
    for (size_t i = count; i > 1; i--) {
        size_t j = randombytes_uniform((uint32_t)i);
        void *moved = items[i - 1];
        items[i - 1] = items[j];
        items[j] = moved;
    }
}
