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
