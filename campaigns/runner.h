/* The scheduler: a pure function of (database, clock), a step at a time.
 *
 * A tick opens campaigns that are due, makes invitations, hands due mail and reminders to the
 * mailer, follows up trainings, mails practice, closes what has come to its closing date, and opens
 * sealed ballots; at most `batch` rows in one transaction. It may be stopped after any commit and
 * started anew: the same follows as without the stop. Mail goes only while the campaign's window is
 * open: outside it the mailings are held. One runner a database. */
#pragma once

#include "base/keyring.h"
#include "base/lang.h"
#include "campaigns/retention.h"
#include "store/writer.h"

typedef struct {
    guint k_anonymous;                        /* 0: 10 */
    guint batch;                              /* rows in one transaction; 0: 1000 */
    const char *organisation[LANG_OWN_COUNT]; /* copied */
    const char *contact;                      /* whom to ask, as the mail says */
    const char *base_url;                     /* without a final slash */
    bool no_practice;                         /* no practice mails (practice.h) */
    bool retain; /* erase what has been kept as long as `retention` says */
    RetentionSettings retention;
    const Keyring *keyring; /* borrowed; for anonymous rounds */
} RunnerSettings;

typedef struct {
    guint opened, closed, refused; /* campaigns; refused: put back to draft with a note */
    guint invited;                 /* invitations made */
    guint mailed, reminded;        /* handed to the mailer */
    guint practised;               /* practice mails handed to the mailer */
    guint cancelled;               /* mails of closed campaigns, links of people who left */
    guint undeliverable;           /* invitations found to be so */
    guint absent;                  /* reminders put off: away until a date */
    guint erased;                  /* rows whose time was over (retention.h) */
    guint unsealed;                /* anonymous ballots opened (unsealing.h) */
    int64_t
        next_at_us; /* when to tick again: `now_us` if there is more to do, INT64_MAX for never */
} RunnerResult;

typedef struct Runner Runner;

Runner *runner_new(Writer *writer, const char *db_path, const RunnerSettings *settings,
                   GError **error);
void runner_free(Runner *runner);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Runner, runner_free)

bool runner_tick(Runner *runner, int64_t now_us, RunnerResult *out, GError **error);
