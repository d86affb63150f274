/* How often a network may do what only somebody who guesses does often. Fixed memory: where more
 * networks come than there is room for, the one that was quiet for longest is forgotten. Safe to
 * share between threads. */
#pragma once

#include "web/network.h"

#include <stdint.h>

typedef struct RateLimit RateLimit;

/* `burst` at once, and then `per_minute`. */
RateLimit *rate_limit_new(guint burst, guint per_minute);
void rate_limit_free(RateLimit *limit);

/* Counts one for the network; false if it has none left. */
bool rate_limit_take(RateLimit *limit, const Network *network, int64_t now_us);
