/* The statistics of the reports: shares with intervals, bounds, means and item analysis. Pure.
 *
 * Nothing here is ever NaN: what is undefined (no answers, no spread) says so in `defined`, and its
 * numbers are then 0 and must not be shown. Sources:
 * - score interval: Wilson (1927), J. Am. Stat. Assoc. 22:209; Newcombe (1998), Stat. Med. 17:857,
 * method 3
 * - finite population: z^2 is replaced by z^2 (N-n)/(N-1), the variance of a draw without
 * replacement
 * - bounds without assumptions: Manski (1989), J. Hum. Resour. 24:343
 * - KR-20: Kuder & Richardson (1937), Psychometrika 2:151; item-rest correlation: Henrysson (1963)
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

/* Two-sided 95 %. */
#define STATS_Z 1.959963984540054

typedef struct {
    bool defined;
    double value;
} Statistic;

typedef struct {
    bool defined;
    double low, high;
} Interval;

/* x of n, with what else a reader needs to judge it. `population` 0: unknown, and then no finite
 * interval and no bounds. */
typedef struct {
    int64_t x, n, population;
    Statistic share;
    Interval wilson, finite, bounds;
} Share;

typedef struct {
    bool defined;
    double mean, sd, low, high;
} Mean;

/* Undefined unless 0 <= x <= n and n > 0, and n <= N where there is an N. */
Interval stats_wilson(int64_t x, int64_t n);
Interval stats_wilson_finite(int64_t x, int64_t n, int64_t population);
Interval stats_bounds(int64_t x, int64_t n, int64_t population);
Share stats_share(int64_t x, int64_t n, int64_t population);

/* A share of answers by people who each answered `per_person` questions: x right of `answers`.
 * Answers of one person go together, so the interval counts people (answers / per_person, rounded
 * down), which is never too narrow. The bounds let everybody who did not answer be all wrong or all
 * right. */
Share stats_share_of_answers(int64_t x, int64_t answers, int64_t per_person, int64_t population);

/* Half of the interval's width: of the finite one if it is defined, else of Wilson's. */
Statistic stats_half_width(const Share *share);

/* Sample mean with Student's t interval, narrowed by sqrt(1 - n/N) if N is known (> 0). n >= 2. */
Mean stats_mean(const double *values, gsize n, int64_t population);

/* `right` is a matrix of 0/1, one row a person: right[person * items + item]. */
Statistic stats_facility(const uint8_t *right, gsize persons, gsize items, gsize item);
Statistic stats_item_rest(const uint8_t *right, gsize persons, gsize items, gsize item);
Statistic stats_kr20(const uint8_t *right, gsize persons, gsize items);

/* Steps of a share in which the assessment asks for it: half-open, never rounded first. */
typedef enum {
    STEP_UNDEFINED, /* no population */
    STEP_NONE,      /* 0 */
    STEP_TO_25,     /* more than 0, less than 25 % */
    STEP_TO_50,     /* 25 % to less than 50 % */
    STEP_TO_75,
    STEP_TO_100,
    STEP_ALL,
} ShareStep;
ShareStep stats_step(int64_t x, int64_t population);
