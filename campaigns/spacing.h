/* Spaced repetition: how far apart a person is asked about a topic, and when a practice mail may
 * go. Pure; docs/spacing.md has the sources.
 *
 * After a miss three days pass before the topic is asked again; after each right answer the gap is
 * two and a half times as long, 3, 8, 20, 50, 125 days, up to 180. There the topic is at rest: it
 * is asked again only so that half a year does not go by without it. */
#pragma once

#include "campaigns/schedule.h"

enum {
    SPACING_FIRST_DAYS = 3,
    SPACING_REST_DAYS = 180,
    SPACING_WEEK_MAILS = 2,     /* in any 7 days */
    SPACING_QUARTER_MAILS = 10, /* in any 92 days, the longest quarter */
    SPACING_QUARTER_BY_GAP = 8, /* of them, for what is due: two are for topics on their last day */
    SPACING_TOPICS_MAX = 3,     /* in one mail */
    SPACING_OPEN_DAYS = 14,     /* that a practice can be answered */
};

/* The gap after an answer. `gap_days` is the one that led to it. */
guint spacing_gap(guint gap_days, bool right);

/* When a topic that was answered at `at_us` is due again: `gap_days` days later. One at rest comes
 * no later than that, so on the last day before on which `window` is open. */
int64_t spacing_due(const Window *window, int64_t at_us, guint gap_days);

typedef struct {
    guint gap_days;
    int64_t due_at_us;
    int64_t last_at_us; /* half a year after it was answered last, by spacing_due */
} SpacingTopic;

typedef struct {
    int64_t mail_at_us; /* when to look again, or `now_us`: mail now; INT64_MAX without topics */
    guint topics[SPACING_TOPICS_MAX]; /* what to ask then, as indices */
    guint count;                      /* 0 unless now */
} SpacingPlan;

/* What is to be done at `now_us` about a person's topics, with the mails sent to them before (any
 * order). Topics whose last day would pass before another mail can go come first, also ahead of
 * their time; then those that are due, with the shortest gap first. O(topics²). */
SpacingPlan spacing_plan(const SpacingTopic *topics, guint count, const int64_t *sent_at_us,
                         guint sent, int64_t now_us);

/* How long nothing is sent after `unanswered` practices in a row that nobody answered, in days. */
guint spacing_silence_days(guint unanswered);

/* Until when a practice mailed at `now_us` can be answered: SPACING_OPEN_DAYS whole days. */
int64_t spacing_closes(int64_t now_us);

/* Of `keys`, which the person is to have: one they never had, else the one they had longest ago,
 * but never the very last again. `had` has the keys they had, the oldest first, parted by spaces.
 * The same for the same `seed`. False if there is none. */
bool spacing_item(const char *const *keys, guint count, const char *had, int64_t seed,
                  guint *out_index);

/* `had` with `key` as the newest; to be freed. At most SPACING_HAD_MAX are kept. */
enum { SPACING_HAD_MAX = 40 };
char *spacing_had(const char *had, const char *key);
