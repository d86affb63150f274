#include "cli/progress.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { BAR_WIDTH = 30, PERCENT = 100 };

/* A stage that took less is not worth a line of its own. */
static const gint64 line_after_us = 1000000;

void progress_init(Progress *progress, bool quiet) {
    const char *terminal = g_getenv("TERM");
    const char *no_color = g_getenv("NO_COLOR");
    bool plain = (no_color != NULL && no_color[0] != '\0') || terminal == NULL ||
                 strcmp(terminal, "dumb") == 0;
    *progress = (Progress){.quiet = quiet, .bar = !plain && isatty(STDERR_FILENO) == 1};
}

static void end_stage(Progress *progress) {
    gint64 took_us = g_get_monotonic_time() - progress->stage_began_us;
    if (progress->stage == NULL || progress->quiet) {
        return;
    }
    if (progress->bar) {
        fprintf(stderr, "\r%*s\r", BAR_WIDTH + 40, "");
    } else if (took_us >= line_after_us) {
        fprintf(stderr, "%s: %d %% (%.1f s)\n", progress->stage, progress->percent,
                (double)took_us / G_USEC_PER_SEC);
    }
}

void progress_show(Progress *progress, const char *stage, size_t done, size_t total) {
    int percent = total == 0 ? PERCENT : (int)(done * PERCENT / total);
    if (progress->stage != stage) {
        end_stage(progress);
        progress->stage = stage;
        progress->stage_began_us = g_get_monotonic_time();
        progress->percent = -1;
    }
    if (percent == progress->percent) {
        return;
    }
    progress->percent = percent;
    if (progress->bar && !progress->quiet) {
        int filled = percent * BAR_WIDTH / PERCENT;
        fprintf(stderr, "\r%s [%.*s%*s] %3d %%", stage, filled, "##############################",
                BAR_WIDTH - filled, "", percent);
        fflush(stderr);
    }
}

void progress_end(Progress *progress) {
    end_stage(progress);
    progress->stage = NULL;
}
