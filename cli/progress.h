/* How far a long command has come, on standard error: a bar on a terminal; elsewhere, or where
 * NO_COLOR or a dumb terminal asks for plain text, one line for each stage that was worth waiting
 * for. Calls may come from any one thread at a time. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>

typedef struct {
    bool quiet;
    bool bar;
    const char *stage; /* what is being shown; NULL before the first */
    int percent;
    gint64 stage_began_us;
} Progress;

void progress_init(Progress *progress, bool quiet);

/* `stage` is text that outlives the progress; a new one ends the one before. */
void progress_show(Progress *progress, const char *stage, size_t done, size_t total);

/* Takes the bar away, so that results can be printed. */
void progress_end(Progress *progress);
