/* What the files of practice share. */
#pragma once

#include "campaigns/practice.h"
#include "campaigns/spacing.h"

/* A row of practice_topic. */
typedef struct {
    char *pack;
    char *topic;
    SpacingTopic spacing; /* without last_at_us: practice_plan knows it */
    int64_t asked_at_us;
    guint right_count;
    guint missed_count;
    char *had;
} TopicRow;

void topic_row_free(TopicRow *row);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(TopicRow, topic_row_free)

/* The person's topics, by pack and topic: GPtrArray of TopicRow. */
GPtrArray *topic_rows(Db *db, int64_t person_id, GError **error);
bool topic_row_store(DbTx *tx, int64_t person_id, const TopicRow *row, GError **error);

/* When practice mails go: office hours on working days. */
const Window *practice_window(void);

/* When the person's mails of the last quarter went: GArray of int64_t. */
GArray *practice_sent(Db *db, int64_t person_id, int64_t now_us, GError **error);

/* spacing_plan over rows. */
SpacingPlan practice_plan(const GPtrArray *rows, const GArray *sent, int64_t now_us);

/* When the runner is to look at the person next; INT64_MAX for never. Stopped ones stay so. */
bool practice_set_next(DbTx *tx, int64_t person_id, int64_t next_at_us, GError **error);
