/* Instants and the Swedish civil clock.
 *
 * An instant is int64_t microseconds since 1970-01-01T00:00Z, named `..._at_us`. What people read
 * and write is Europe/Stockholm. Pure functions take `now_us`; only the edges call clock_now_us().
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#define CLOCK_SECOND_US INT64_C(1000000)
#define CLOCK_MINUTE_US (60 * CLOCK_SECOND_US)
#define CLOCK_HOUR_US   (60 * CLOCK_MINUTE_US)
#define CLOCK_DAY_US    (24 * CLOCK_HOUR_US)

int64_t clock_now_us(void);

/* Europe/Stockholm; borrowed, lives for ever. */
GTimeZone *clock_zone(void);

/* The instant as Stockholm civil time. Never NULL for years 1..9999. */
GDateTime *clock_local(int64_t at_us);

/* A Stockholm wall time as an instant. A time that a spring change skips becomes the first one
 * after it; of a time that an autumn change repeats, the first is meant. */
int64_t clock_from_local(int year, int month, int day, int hour, int minute);

/* "2026-11-24" (00:00), "2026-11-24 09:00" or "2026-11-24T09:00" in Stockholm time, or with an
 * offset or Z. INPUT otherwise. */
bool clock_parse(const char *text, int64_t *out_at_us, GError **error);

/* "2026-11-24 09:00" in Stockholm time. */
char *clock_format(int64_t at_us);

/* "2026-11-24" in Stockholm time. */
char *clock_format_date(int64_t at_us);

/* An end is exclusive: what ends at midnight has its last instant on the day before. For people, an
 * end is always written by one of these three. */

/* The last instant before the end, as Stockholm civil time. */
GDateTime *clock_local_last(int64_t end_us);

/* The last day before the end: "2026-12-20" for 2026-12-21 00:00. */
char *clock_format_last_date(int64_t end_us);

/* "2026-12-20 24:00" for 2026-12-21 00:00; any other instant as clock_format. */
char *clock_format_end(int64_t end_us);

/* "2026-11-24T08:00:00Z", for machines. */
char *clock_format_utc(int64_t at_us);
