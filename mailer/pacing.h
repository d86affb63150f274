/* When to try again: pure functions of how often it failed and of a random number that spreads
 * retries. */
#pragma once

#include "base/clock.h"

#include <glib.h>
#include <stdint.h>

/* A message is given up this long after its first attempt (RFC 5321 section 4.5.4.1 asks for 4-5
 * days of a relay; ours does that, and a survey's mail is stale before). */
#define PACING_GIVE_UP_US (3 * CLOCK_DAY_US)

/* How often a message is tried again after a relay took it in full and then never replied: each
 * time the person may get one more copy. */
enum { PACING_UNANSWERED_MAX = 5 };

/* Delay before the next attempt at a message after `attempts` >= 1 failed ones: 5 min, 10, 20... up
 * to 4 h, each plus or minus a fifth by `random`. */
int64_t pacing_retry_us(guint attempts, uint32_t random);

/* Delay before the next connection to a relay after `failures` >= 1 failed ones in a row: 1 s,
 * 2, 4... up to 5 min, plus or minus a fifth. */
int64_t pacing_reconnect_us(guint failures, uint32_t random);

/* Pause of a relay that has put off `times` >= 1 whole batches in a row: 1 min, 2, 4... up to 15,
 * plus or minus a fifth. */
int64_t pacing_throttle_us(guint times, uint32_t random);

/* How long the relay's reply asks us to wait, as greylisting servers word it ("try again in 5
 * minutes", "Greylisted for 300 seconds", "retry in 00:05:00"); 0 if it does not say. At most 4 h.
 */
int64_t pacing_hint_us(const char *reply);
