/* The log of what was erased, in numbers: no person is named. */
#pragma once

#include "store/db.h"

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct {
    const char *kind; /* as in retention.h, or "request" */
    int64_t round_id; /* 0: not about a round */
    guint months;     /* the period that was set; 0 for a request */
    guint rows;
    bool done; /* nothing of it is left to erase */
} RetentionNote;

/* Adds to the line of (kind, round); without a round, to the line of (kind, day of `now_us`). */
bool retention_note(DbTx *tx, const RetentionNote *note, int64_t now_us, GError **error);

typedef struct {
    int64_t started_at_us;
    int64_t done_at_us; /* 0: not yet through */
    char *kind;
    char *campaign; /* "" where it is not about a round */
    guint months;
    int64_t rows;
} RetentionLine;

void retention_line_free(RetentionLine *line);

/* Newest first, of RetentionLine; at most `max`, and none that erased nothing. */
GPtrArray *retention_log(Db *db, guint max, GError **error);
