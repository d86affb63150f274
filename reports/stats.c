#include "reports/stats.h"

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <string.h>

static Interval interval_of(double low, double high) {
    return (Interval){.defined = true, .low = CLAMP(low, 0.0, 1.0), .high = CLAMP(high, 0.0, 1.0)};
}

static Statistic statistic_of(double value) {
    return (Statistic){.defined = true, .value = value};
}

static bool is_count(int64_t x, int64_t n) {
    return x >= 0 && n > 0 && x <= n;
}

/* Wilson's interval for share p of n with z2 = z^2, already narrowed for a finite population. */
static Interval wilson(double p, double n, double z2) {
    double centre = (p + z2 / (2 * n)) / (1 + z2 / n);
    double half = sqrt(z2 * p * (1 - p) / n + z2 * z2 / (4 * n * n)) / (1 + z2 / n);
    return interval_of(centre - half, centre + half);
}

static Interval wilson_share(double p, int64_t n, int64_t population) {
    double z2 = STATS_Z * STATS_Z;
    if (population == n) {
        return interval_of(p, p);
    }
    if (population > 0) {
        z2 *= (double)(population - n) / (double)(population - 1);
    }
    return wilson(p, (double)n, z2);
}

Interval stats_wilson(int64_t x, int64_t n) {
    if (!is_count(x, n)) {
        return (Interval){0};
    }
    return wilson((double)x / (double)n, (double)n, STATS_Z * STATS_Z);
}

Interval stats_wilson_finite(int64_t x, int64_t n, int64_t population) {
    if (!is_count(x, n) || population < n) {
        return (Interval){0};
    }
    return wilson_share((double)x / (double)n, n, population);
}

Interval stats_bounds(int64_t x, int64_t n, int64_t population) {
    if (!is_count(x, n) || population < n) {
        return (Interval){0};
    }
    double all = (double)population;
    return interval_of((double)x / all, (double)(x + population - n) / all);
}

Share stats_share(int64_t x, int64_t n, int64_t population) {
    Share share = {.x = x, .n = n, .population = population};
    if (is_count(x, n)) {
        share.share = statistic_of((double)x / (double)n);
    }
    share.wilson = stats_wilson(x, n);
    share.finite = stats_wilson_finite(x, n, population);
    share.bounds = stats_bounds(x, n, population);
    return share;
}

Share stats_share_of_answers(int64_t x, int64_t answers, int64_t per_person, int64_t population) {
    Share share = {.x = x, .n = answers, .population = population};
    int64_t people = per_person > 0 ? answers / per_person : 0;
    if (!is_count(x, answers) || people == 0) {
        return share;
    }
    double p = (double)x / (double)answers;
    share.share = statistic_of(p);
    share.wilson = wilson(p, (double)people, STATS_Z * STATS_Z);
    if (population >= people) {
        share.finite = wilson_share(p, people, population);
    }
    share.bounds = stats_bounds(x, answers, population * per_person);
    return share;
}

Statistic stats_half_width(const Share *share) {
    const Interval *interval = share->finite.defined ? &share->finite : &share->wilson;
    return interval->defined ? statistic_of((interval->high - interval->low) / 2) : (Statistic){0};
}

Mean stats_mean(const double *values, gsize n, int64_t population) {
    if (n < 2 || (population > 0 && population < (int64_t)n)) {
        return (Mean){0};
    }
    double sum = 0;
    for (gsize i = 0; i < n; i++) {
        sum += values[i];
    }
    double mean = sum / (double)n;
    double squares = 0;
    for (gsize i = 0; i < n; i++) {
        squares += (values[i] - mean) * (values[i] - mean);
    }
    double variance = squares / (double)(n - 1);
    double unseen = population > 0 ? 1 - (double)n / (double)population : 1;
    double half = gsl_cdf_tdist_Pinv(0.975, (double)(n - 1)) * sqrt(unseen * variance / (double)n);
    return (Mean){.defined = true,
                  .mean = mean,
                  .sd = sqrt(variance),
                  .low = mean - half,
                  .high = mean + half};
}

/* Sums over persons in whole numbers, so that no spread is exactly no spread. */
typedef struct {
    int64_t item;        /* of x */
    int64_t rest;        /* of the score without the item */
    int64_t rest_square; /* of its square */
    int64_t product;     /* of x times it */
} ItemSums;

static int64_t person_score(const uint8_t *row, gsize items) {
    int64_t score = 0;
    for (gsize i = 0; i < items; i++) {
        score += row[i] != 0;
    }
    return score;
}

static ItemSums item_sums(const uint8_t *right, gsize persons, gsize items, gsize item) {
    ItemSums sums = {0};
    for (gsize i = 0; i < persons; i++) {
        const uint8_t *row = right + i * items;
        int64_t x = row[item] != 0;
        int64_t rest = person_score(row, items) - x;
        sums.item += x;
        sums.rest += rest;
        sums.rest_square += rest * rest;
        sums.product += x * rest;
    }
    return sums;
}

Statistic stats_facility(const uint8_t *right, gsize persons, gsize items, gsize item) {
    if (persons == 0 || item >= items) {
        return (Statistic){0};
    }
    return statistic_of((double)item_sums(right, persons, items, item).item / (double)persons);
}

Statistic stats_item_rest(const uint8_t *right, gsize persons, gsize items, gsize item) {
    if (persons < 2 || items < 2 || item >= items) {
        return (Statistic){0};
    }
    ItemSums s = item_sums(right, persons, items, item);
    int64_t n = (int64_t)persons;
    int64_t item_spread = n * s.item - s.item * s.item;
    int64_t rest_spread = n * s.rest_square - s.rest * s.rest;
    if (item_spread == 0 || rest_spread == 0) {
        return (Statistic){0};
    }
    double covariance = (double)(n * s.product - s.item * s.rest);
    return statistic_of(covariance / sqrt((double)item_spread * (double)rest_spread));
}

Statistic stats_kr20(const uint8_t *right, gsize persons, gsize items) {
    if (persons < 2 || items < 2) {
        return (Statistic){0};
    }
    int64_t n = (int64_t)persons;
    int64_t total = 0, total_square = 0, item_spread = 0;
    for (gsize i = 0; i < persons; i++) {
        int64_t score = person_score(right + i * items, items);
        total += score;
        total_square += score * score;
    }
    for (gsize item = 0; item < items; item++) {
        int64_t sum = 0;
        for (gsize i = 0; i < persons; i++) {
            sum += right[i * items + item] != 0;
        }
        item_spread += n * sum - sum * sum;
    }
    /* Both spreads are n^2 times a variance with denominator n: the same above and below. */
    int64_t total_spread = n * total_square - total * total;
    if (total_spread == 0) {
        return (Statistic){0};
    }
    double k = (double)items;
    return statistic_of(k / (k - 1) * (1 - (double)item_spread / (double)total_spread));
}

ShareStep stats_step(int64_t x, int64_t population) {
    if (population <= 0 || x < 0 || x > population) {
        return STEP_UNDEFINED;
    }
    if (x == 0) {
        return STEP_NONE;
    }
    if (x == population) {
        return STEP_ALL;
    }
    static const ShareStep steps[] = {STEP_TO_25, STEP_TO_50, STEP_TO_75, STEP_TO_100};
    return steps[4 * x / population];
}
