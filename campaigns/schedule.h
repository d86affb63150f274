/* When mail may go: pure functions over a weekly window in Europe/Stockholm civil time.
 *
 * A window is open on its weekdays from `from_minute` up to, not including, `to_minute` of the
 * civil day, never on a Swedish holiday (holiday.h) unless `holidays` says so. Across a change to
 * or from summer time the wall clock counts: "09:00" is 09:00 on every day. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

enum { SCHEDULE_EVERY_DAY = 0x7f, SCHEDULE_WEEKDAYS = 0x1f };

typedef struct {
    unsigned days;   /* bit 0 Monday .. bit 6 Sunday; at least one */
    int from_minute; /* 0..1439, minutes after midnight */
    int to_minute;   /* 1..1440, after from_minute */
    bool holidays;   /* also open on holidays */
} Window;

/* An open stretch of time, [from, to). */
typedef struct {
    int64_t from_at_us;
    int64_t to_at_us;
} Stretch;

bool schedule_is_open(const Window *window, int64_t at_us);

/* `at_us` if the window is open then, else the next opening. */
int64_t schedule_next_open(const Window *window, int64_t at_us);

/* The end of the stretch that is open at `at_us` (a precondition). */
int64_t schedule_next_close(const Window *window, int64_t at_us);

/* The open stretches in [start, end), in order; never empty. Where `end` is not after `start`: the
 * one moment of the next opening. Where nothing is open between them: the first stretch thereafter.
 */
GArray *schedule_stretches(const Window *window, int64_t start_at_us, int64_t end_at_us);

/* The instant for mail `index` of `count`: 0 is the first stretch's beginning, and from each to the
 * next is the same amount of open time. O(stretches). */
int64_t schedule_instant(const GArray *stretches, guint index, guint count);

/* `working_days` >= 1 working days after `sent_at_us` (on the next open day, if that one is
 * closed), at the same time of day if the window is open then, else when it opens. */
int64_t schedule_reminder(const Window *window, int64_t sent_at_us, guint working_days);

/* The same wall time `days` days later (or earlier). */
int64_t schedule_add_days(int64_t at_us, int days);

/* 00:00 of the instant's Stockholm day. */
int64_t schedule_day(int64_t at_us);
