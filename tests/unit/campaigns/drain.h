/* All of what the scheduler has to do at one time, for tests. */
#pragma once

#include "campaigns/runner.h"

/* Ticks until nothing more is due at `now_us`; the counts are sums. */
static inline bool runner_drain(Runner *runner, int64_t now_us, RunnerResult *out, GError **error) {
    RunnerResult sum = {0};
    RunnerResult one = {0};
    do {
        if (!runner_tick(runner, now_us, &one, error)) {
            return false;
        }
        sum.opened += one.opened;
        sum.closed += one.closed;
        sum.refused += one.refused;
        sum.invited += one.invited;
        sum.mailed += one.mailed;
        sum.reminded += one.reminded;
        sum.practised += one.practised;
        sum.cancelled += one.cancelled;
        sum.undeliverable += one.undeliverable;
        sum.absent += one.absent;
        sum.erased += one.erased;
        sum.unsealed += one.unsealed;
        sum.next_at_us = one.next_at_us;
    } while (one.next_at_us <= now_us);
    *out = sum;
    return true;
}
