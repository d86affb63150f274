#include "campaigns/spacing.h"

#include <string.h>

enum { WEEK_DAYS = 7, QUARTER_DAYS = 92, CLOSED_DAYS_MAX = 14, SILENCES = 3, SILENCE_DAYS = 60 };

guint spacing_gap(guint gap_days, bool right) {
    if (!right) {
        return SPACING_FIRST_DAYS;
    }
    return MIN((5 * gap_days + 1) / 2, SPACING_REST_DAYS); /* 2.5 times, a half upwards */
}

static bool at_rest(guint gap_days) {
    return gap_days >= SPACING_REST_DAYS;
}

int64_t spacing_due(const Window *window, int64_t at_us, guint gap_days) {
    int64_t due_at_us = schedule_add_days(at_us, (int)gap_days);
    for (int back = 0; at_rest(gap_days) && back <= CLOSED_DAYS_MAX; back++) {
        int64_t day_us = schedule_day(schedule_add_days(due_at_us, -back));
        int64_t open_us = schedule_next_open(window, day_us);
        if (open_us <= due_at_us) {
            return open_us;
        }
    }
    return due_at_us;
}

static int compare_instants(const void *a, const void *b) {
    int64_t left = *(const int64_t *)a;
    int64_t right = *(const int64_t *)b;
    return (left > right) - (left < right);
}

/* `days` after the `limit`-th newest of `sent`, which is sorted; `now_us` if there are fewer. */
static int64_t allowed_at(const int64_t *sent_at_us, guint sent, guint limit, int days,
                          int64_t now_us) {
    return sent < limit ? now_us : MAX(now_us, schedule_add_days(sent_at_us[sent - limit], days));
}

/* When one more mail may go, at most `quarter` in a quarter. */
static int64_t mail_allowed_at(const int64_t *sent_at_us, guint sent, guint quarter,
                               int64_t now_us) {
    return MAX(allowed_at(sent_at_us, sent, SPACING_WEEK_MAILS, WEEK_DAYS, now_us),
               allowed_at(sent_at_us, sent, quarter, QUARTER_DAYS, now_us));
}

/* Whether topic `a` is to be asked rather than `b`, if those whose last day is up to `until_us`
 * come first. */
static bool comes_first(const SpacingTopic *a, const SpacingTopic *b, int64_t until_us) {
    bool a_pressing = a->last_at_us <= until_us;
    bool b_pressing = b->last_at_us <= until_us;
    if (a_pressing || b_pressing) {
        return a_pressing && (!b_pressing || a->last_at_us < b->last_at_us);
    }
    return a->gap_days != b->gap_days ? a->gap_days < b->gap_days : a->due_at_us < b->due_at_us;
}

/* Puts topic `index` in its place among the chosen, the last of which may have to go. */
static void choose(SpacingPlan *plan, const SpacingTopic *topics, guint index, int64_t until_us) {
    guint at = plan->count;
    while (at > 0 && comes_first(&topics[index], &topics[plan->topics[at - 1]], until_us)) {
        at--;
    }
    if (at == SPACING_TOPICS_MAX) {
        return;
    }
    plan->count = MIN(plan->count + 1, SPACING_TOPICS_MAX);
    for (guint i = plan->count - 1; i > at; i--) {
        plan->topics[i] = plan->topics[i - 1];
    }
    plan->topics[at] = index;
}

/* When topic `index` must go if need be: on its last day, or, where more topics than a mail holds
 * have theirs by then, a week earlier for each mail that goes before. */
static int64_t pressing_at(const SpacingTopic *topics, guint count, guint index) {
    guint before = 0;
    for (guint i = 0; i < count; i++) {
        bool same = topics[i].last_at_us == topics[index].last_at_us;
        bool earlier = topics[i].last_at_us < topics[index].last_at_us || (i < index && same);
        before += earlier ? 1 : 0;
    }
    int weeks = (int)(before / SPACING_TOPICS_MAX);
    return weeks == 0 ? topics[index].last_at_us
                      : schedule_add_days(topics[index].last_at_us, -weeks * WEEK_DAYS);
}

SpacingPlan spacing_plan(const SpacingTopic *topics, guint count, const int64_t *sent_at_us,
                         guint sent, int64_t now_us) {
    g_autofree int64_t *sorted = g_new(int64_t, sent + 1);
    if (sent > 0) {
        memcpy(sorted, sent_at_us, sent * sizeof *sorted);
    }
    qsort(sorted, sent, sizeof *sorted, compare_instants);
    int64_t any_us = mail_allowed_at(sorted, sent, SPACING_QUARTER_MAILS, now_us);
    int64_t by_gap_us = mail_allowed_at(sorted, sent, SPACING_QUARTER_BY_GAP, now_us);
    SpacingPlan plan = {.mail_at_us = INT64_MAX};
    for (guint i = 0; i < count; i++) {
        int64_t at_us =
            MIN(MAX(topics[i].due_at_us, by_gap_us), MAX(pressing_at(topics, count, i), any_us));
        plan.mail_at_us = MIN(plan.mail_at_us, at_us);
    }
    if (plan.mail_at_us > now_us) {
        return plan;
    }
    /* If this mail is never answered, or is the last that the limits let through for long, the next
     * goes no earlier than this. */
    sorted[sent] = now_us;
    int64_t next_us = MAX(mail_allowed_at(sorted, sent + 1, SPACING_QUARTER_MAILS, now_us),
                          spacing_closes(now_us));
    for (guint i = 0; i < count; i++) {
        if (topics[i].due_at_us <= now_us || topics[i].last_at_us <= next_us) {
            choose(&plan, topics, i, next_us);
        }
    }
    return plan;
}

int64_t spacing_closes(int64_t now_us) {
    return schedule_day(schedule_add_days(now_us, SPACING_OPEN_DAYS + 1));
}

guint spacing_silence_days(guint unanswered) {
    return unanswered < SILENCES ? 0 : SILENCE_DAYS;
}

/* The place of `key` in `had`, from 0 for the oldest; -1 if it is not there. */
static int had_place(char **had, const char *key) {
    for (int i = 0; had[i] != NULL; i++) {
        if (strcmp(had[i], key) == 0) {
            return i;
        }
    }
    return -1;
}

bool spacing_item(const char *const *keys, guint count, const char *had, int64_t seed,
                  guint *out_index) {
    g_auto(GStrv) list = g_strsplit(had, " ", -1);
    int last = (int)g_strv_length(list) - 1;
    int best = INT_MAX;
    for (guint i = 0; i < count; i++) {
        /* Not everybody begins with the same one. */
        guint index = (i + (guint)((uint64_t)seed % count)) % count;
        int place = had_place(list, keys[index]);
        if (place < best && (place < last || place < 0)) {
            best = place;
            *out_index = index;
        }
    }
    return best != INT_MAX;
}

char *spacing_had(const char *had, const char *key) {
    g_auto(GStrv) list = g_strsplit(had, " ", -1);
    guint count = g_strv_length(list);
    GString *text = g_string_new(NULL);
    for (guint i = count >= SPACING_HAD_MAX ? count - SPACING_HAD_MAX + 1 : 0; i < count; i++) {
        if (list[i][0] != '\0' && strcmp(list[i], key) != 0) {
            g_string_append_printf(text, "%s ", list[i]);
        }
    }
    g_string_append(text, key);
    return g_string_free(text, FALSE);
}
