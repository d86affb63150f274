/* Proves the statistics against published tables and hand computation: intervals, bounds, KR-20,
 * item-rest correlation, means and share steps, and that what is undefined says so instead of
 * giving a number. The shared vectors are read where they lie and skipped where they are absent. */
#include "reports/stats.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <string.h>

static void assert_near(double got, double want, double tolerance, const char *what) {
    if (!isfinite(got) || fabs(got - want) > tolerance) {
        g_test_message("%s: got %.10f, want %.10f", what, got, want);
        g_test_fail();
    }
}

static void test_wilson(void) {
    static const struct {
        int64_t x, n, population; /* 0: infinite */
        double low, high, tolerance;
    } cases[] = {
        {.x = 81, .n = 263, .low = .2553, .high = .3662, .tolerance = 5e-5}, /* Newcombe 1998a */
        {.x = 15, .n = 148, .low = .0624, .high = .1605, .tolerance = 5e-5},
        {.x = 0, .n = 20, .low = .0000, .high = .1611, .tolerance = 5e-5},
        {.x = 1, .n = 29, .low = .0061, .high = .1718, .tolerance = 5e-5},
        {.x = 10, .n = 10, .low = .722467, .high = 1, .tolerance = 1e-6},
        {.x = 15, .n = 20, .population = 25, .low = .654902, .high = .825860, .tolerance = 1e-6},
        {.x = 15, .n = 20, .population = 40, .low = .595997, .high = .859170, .tolerance = 1e-6},
        {.x = 20, .n = 20, .population = 20, .low = 1, .high = 1, .tolerance = 0},
        {.x = 7, .n = 20, .population = 20, .low = .35, .high = .35, .tolerance = 1e-15},
        {.x = 18, .n = 24, .population = 30, .low = .6640, .high = .8199, .tolerance = 5e-5},
        {.x = 18, .n = 24, .low = .5510, .high = .8800, .tolerance = 5e-5},
        {.x = 412, .n = 600, .population = 1200, .low = .6599, .high = .7123, .tolerance = 5e-5},
        {.x = 131, .n = 160, .low = .751819, .high = .870734, .tolerance = 1e-6},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        Interval got = cases[i].population
                           ? stats_wilson_finite(cases[i].x, cases[i].n, cases[i].population)
                           : stats_wilson(cases[i].x, cases[i].n);
        g_assert_true(got.defined);
        assert_near(got.low, cases[i].low, cases[i].tolerance, "low");
        assert_near(got.high, cases[i].high, cases[i].tolerance, "high");
    }
}

static void test_undefined(void) {
    static const struct {
        int64_t x, n, population;
    } cases[] = {{0, 0, 10}, {-1, 5, 10}, {6, 5, 10}, {0, -1, 10}, {3, 5, 4}, {0, 0, 0}};
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_assert_false(stats_wilson_finite(cases[i].x, cases[i].n, cases[i].population).defined);
        g_assert_false(stats_bounds(cases[i].x, cases[i].n, cases[i].population).defined);
    }
    Share none = stats_share(0, 0, 100);
    g_assert_false(none.share.defined || none.wilson.defined || none.finite.defined);
    g_assert_false(stats_half_width(&none).defined);
    g_assert_false(stats_share_of_answers(0, 0, 5, 100).share.defined);
    g_assert_false(stats_share_of_answers(1, 3, 5, 100).share.defined);
    g_assert_false(stats_share_of_answers(1, 3, 0, 100).share.defined);
    double one[] = {0.5};
    g_assert_false(stats_mean(one, 1, 0).defined);
    uint8_t same[] = {1, 0, 1, 0};
    g_assert_false(stats_kr20(same, 2, 2).defined);
    g_assert_false(stats_item_rest(same, 2, 2, 0).defined);
    g_assert_false(stats_kr20(same, 1, 4).defined);
    g_assert_false(stats_facility(same, 0, 2, 0).defined);
    g_assert_false(stats_item_rest(same, 2, 2, 7).defined);
}

static void test_single_person_population(void) {
    Interval got = stats_wilson_finite(1, 1, 1);
    g_assert_true(got.defined);
    assert_near(got.low, 1, 0, "low");
    assert_near(got.high, 1, 0, "high");
}

static void test_bounds(void) {
    Interval got = stats_bounds(15, 20, 25);
    assert_near(got.low, .60, 1e-12, "low");
    assert_near(got.high, .80, 1e-12, "high");
    Share share = stats_share(15, 20, 25);
    assert_near(share.share.value, .75, 1e-12, "share");
    assert_near(stats_half_width(&share).value, (.825860 - .654902) / 2, 1e-6, "half width");
    g_assert_false(stats_share(15, 20, 0).bounds.defined);
    /* 20 people, 5 questions each, 75 of 100 answers right: as precise as 15 of 20, not 75 of 100.
     */
    Share answers = stats_share_of_answers(75, 100, 5, 25);
    assert_near(answers.share.value, .75, 1e-12, "share of answers");
    assert_near(answers.finite.low, .654902, 1e-6, "finite low");
    assert_near(answers.bounds.low, .60, 1e-12, "bounds low");
    assert_near(answers.bounds.high, .80, 1e-12, "bounds high");
}

static void test_mean(void) {
    /* Student's sleep data, as R's t.test prints it: mean -1.58, 95 % -2.4598858 .. -0.7001142. */
    double sleep[] = {-1.2, -2.4, -1.3, -1.3, 0.0, -1.0, -1.8, -0.8, -4.6, -1.4};
    Mean mean = stats_mean(sleep, G_N_ELEMENTS(sleep), 0);
    g_assert_true(mean.defined);
    assert_near(mean.mean, -1.58, 1e-12, "mean");
    assert_near(mean.low, -2.4598858, 1e-7, "low");
    assert_near(mean.high, -0.7001142, 1e-7, "high");
    Mean all = stats_mean(sleep, G_N_ELEMENTS(sleep), 10);
    assert_near(all.low, -1.58, 1e-12, "everybody was asked: low");
    assert_near(all.high, -1.58, 1e-12, "everybody was asked: high");
    g_assert_false(stats_mean(sleep, G_N_ELEMENTS(sleep), 9).defined);
    double flat[] = {1, 1, 1};
    assert_near(stats_mean(flat, 3, 0).low, 1, 0, "no spread");
}

/* "110" -> one row of a matrix. */
static uint8_t *matrix_of(const char *const *rows, gsize persons, gsize items) {
    uint8_t *matrix = g_new0(uint8_t, persons * items);
    for (gsize i = 0; i < persons; i++) {
        for (gsize j = 0; j < items; j++) {
            matrix[i * items + j] = rows[i][j] == '1';
        }
    }
    return matrix;
}

static void test_items(void) {
    static const char *const rows[] = {"11111", "11110", "11100", "11000", "10010", "00100"};
    static const double facility[] = {.8333, .6667, .6667, .5, .1667};
    static const double rest[] = {.3873, .4417, .0971, .3015, .5394};
    g_autofree uint8_t *right = matrix_of(rows, 6, 5);
    for (gsize j = 0; j < 5; j++) {
        assert_near(stats_facility(right, 6, 5, j).value, facility[j], 5e-5, "facility");
        assert_near(stats_item_rest(right, 6, 5, j).value, rest[j], 5e-5, "item-rest");
    }
    assert_near(stats_kr20(right, 6, 5).value, .5769, 5e-5, "KR-20");
}

static void test_steps(void) {
    static const struct {
        int64_t x, population;
        ShareStep want;
    } cases[] = {
        {0, 100, STEP_NONE},       {1, 100000, STEP_TO_25}, {2496, 10000, STEP_TO_25},
        {2499, 10000, STEP_TO_25}, {25, 100, STEP_TO_50},   {4999, 10000, STEP_TO_50},
        {50, 100, STEP_TO_75},     {75, 100, STEP_TO_100},  {9999, 10000, STEP_TO_100},
        {100, 100, STEP_ALL},      {0, 0, STEP_UNDEFINED},  {5, 4, STEP_UNDEFINED},
        {-1, 4, STEP_UNDEFINED},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_assert_cmpint(stats_step(cases[i].x, cases[i].population), ==, cases[i].want);
    }
}

static double number(const cJSON *object, const char *key) {
    const cJSON *value = cJSON_GetObjectItemCaseSensitive(object, key);
    g_assert_true(cJSON_IsNumber(value));
    return value->valuedouble;
}

static void check_interval(const cJSON *vector, Interval got) {
    const cJSON *want = cJSON_GetObjectItemCaseSensitive(vector, "expected");
    double tolerance = MAX(number(vector, "tol"), 1e-12);
    assert_near(got.low, cJSON_GetArrayItem(want, 0)->valuedouble, tolerance, "low");
    assert_near(got.high, cJSON_GetArrayItem(want, 1)->valuedouble, tolerance, "high");
}

static void check_items(const cJSON *want, const uint8_t *right, gsize persons, gsize items) {
    assert_near(stats_kr20(right, persons, items).value, number(want, "kr20"), 1e-9, "KR-20");
    const cJSON *facility = cJSON_GetObjectItemCaseSensitive(want, "facility");
    const cJSON *rest = cJSON_GetObjectItemCaseSensitive(want, "rest_corr");
    for (gsize j = 0; j < items; j++) {
        assert_near(stats_facility(right, persons, items, j).value,
                    cJSON_GetArrayItem(facility, (int)j)->valuedouble, 1e-9, "facility");
        assert_near(stats_item_rest(right, persons, items, j).value,
                    cJSON_GetArrayItem(rest, (int)j)->valuedouble, 1e-9, "item-rest");
    }
}

static void check_small(const cJSON *input, const cJSON *want) {
    g_autoptr(GPtrArray) rows = g_ptr_array_new();
    const cJSON *row;
    cJSON_ArrayForEach(row, input) {
        g_ptr_array_add(rows, row->valuestring);
    }
    g_autofree uint8_t *right = matrix_of((const char *const *)rows->pdata, rows->len, 8);
    check_items(want, right, rows->len, 8);
}

static void check_lsat(const cJSON *input, const cJSON *want) {
    g_autoptr(GPtrArray) rows = g_ptr_array_new();
    const cJSON *pattern;
    cJSON_ArrayForEach(pattern, input) {
        for (int i = 0; i < pattern->valueint; i++) {
            g_ptr_array_add(rows, pattern->string);
        }
    }
    g_assert_cmpuint(rows->len, ==, 1000);
    g_autofree uint8_t *right = matrix_of((const char *const *)rows->pdata, rows->len, 5);
    check_items(want, right, rows->len, 5);
}

static bool check_vector(const cJSON *vector) {
    const char *name = cJSON_GetObjectItemCaseSensitive(vector, "name")->valuestring;
    const cJSON *input = cJSON_GetObjectItemCaseSensitive(vector, "input");
    const cJSON *want = cJSON_GetObjectItemCaseSensitive(vector, "expected");
    if (strcmp(name, "ctt_small") == 0) {
        check_small(input, want);
        return true;
    }
    if (strcmp(name, "ctt_lsat6") == 0) {
        check_lsat(input, want);
        return true;
    }
    if (strcmp(name, "likert_top2") == 0) {
        const cJSON *counts =
            cJSON_GetObjectItemCaseSensitive(input, "counts_helt_val_knappt_inte");
        int64_t top = 0, n = 0;
        for (int i = 0; i < 4; i++) {
            n += cJSON_GetArrayItem(counts, i)->valueint;
            top += i < 2 ? cJSON_GetArrayItem(counts, i)->valueint : 0;
        }
        Share share = stats_share(top, n, 0);
        assert_near(share.share.value, number(want, "top2"), 1e-9, "top 2");
        const cJSON *wilson = cJSON_GetObjectItemCaseSensitive(want, "wilson");
        assert_near(share.wilson.low, cJSON_GetArrayItem(wilson, 0)->valuedouble, 1e-6, "low");
        assert_near(share.wilson.high, cJSON_GetArrayItem(wilson, 1)->valuedouble, 1e-6, "high");
        return true;
    }
    if (strcmp(name, "wilson") == 0) {
        check_interval(vector,
                       stats_wilson((int64_t)number(input, "x"), (int64_t)number(input, "n")));
        return true;
    }
    bool finite = strcmp(name, "wilson_fpc") == 0;
    if (finite || strcmp(name, "manski_bounds") == 0) {
        int64_t x = (int64_t)number(input, "x"), n = (int64_t)number(input, "n");
        int64_t population = (int64_t)number(input, "N");
        check_interval(vector, finite ? stats_wilson_finite(x, n, population)
                                      : stats_bounds(x, n, population));
        return true;
    }
    return false;
}

static void test_shared_vectors(void) {
    const char *root = g_getenv("VETKOLL_SOURCE_DIR");
    g_autofree char *path = g_build_filename(root ? root : ".", "..", "shared", "data",
                                             "measurement-checks.json", NULL);
    g_autofree char *text = NULL;
    if (!g_file_get_contents(path, &text, NULL, NULL)) {
        g_test_skip("../shared/data/measurement-checks.json is not here");
        return;
    }
    cJSON *vectors = cJSON_Parse(text);
    g_assert_nonnull(vectors);
    guint checked = 0;
    const cJSON *vector;
    cJSON_ArrayForEach(vector, vectors) {
        checked += check_vector(vector);
    }
    cJSON_Delete(vectors);
    g_test_message("%u shared vectors checked", checked);
    g_assert_cmpuint(checked, >=, 18);
}

int main(int argc, char **argv) {
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/stats/wilson", test_wilson);
    g_test_add_func("/stats/undefined", test_undefined);
    g_test_add_func("/stats/single-person-population", test_single_person_population);
    g_test_add_func("/stats/bounds", test_bounds);
    g_test_add_func("/stats/mean", test_mean);
    g_test_add_func("/stats/items", test_items);
    g_test_add_func("/stats/steps", test_steps);
    g_test_add_func("/stats/shared-vectors", test_shared_vectors);
    return g_test_run();
}
