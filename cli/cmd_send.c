/* vetkoll send: sends all mail that is due now, and ends. */
#include "base/clock.h"
#include "base/lang.h"
#include "cli/app.h"
#include "cli/settings.h"
#include "cli/tidy.h"
#include "cli/usage.h"
#include "mailer/outbox.h"

#include <inttypes.h>
#include <sysexits.h>

/* What the scheduler would have done by now: for those who run it from cron and not `vetkoll
 * serve`. Mail goes while the rest of it is being worked out. */
static bool send_schedule(App *app, Sender *sender, GError **error) {
    RunnerSettings settings = {0};
    RunnerResult result = {0};
    settings_runner(app, &settings);
    g_autoptr(Runner) runner = runner_new(app->writer, app->db_path, &settings, error);
    int64_t now_us = clock_now_us();
    bool ticked = runner != NULL;
    guint erased = 0;
    do {
        ticked = ticked && runner_tick(runner, now_us, &result, error);
        erased += ticked ? result.erased : 0;
        sender_wake(sender);
    } while (ticked && result.next_at_us <= now_us);
    if (erased > 0) {
        tidy_after_erasure(app->db_path, erased);
    }
    return ticked;
}

static bool send_all(App *app, DeliveryCounts *out, GError **error) {
    g_auto(MailSettings) mail = {0};
    if (!settings_mail(app, &mail, error)) {
        return false;
    }
    mail.sender.quiet = true;
    Sender *sender =
        sender_start(&mail.sender, app->db_path, app->writer, app->catalog, app->keyring, error);
    if (sender == NULL) {
        return false;
    }
    g_autoptr(GError) fault = NULL;
    bool scheduled = send_schedule(app, sender, &fault);
    bool drained = sender_drain(sender, out, scheduled ? error : NULL);
    if (!scheduled) {
        g_propagate_error(error, g_steal_pointer(&fault));
    }
    return scheduled && drained;
}

/* For cron and systemd: 0 where something was sent, or nothing was due. Else 69 (EX_UNAVAILABLE) if
 * mail was refused for good, as to try again alone does not help; 75 (EX_TEMPFAIL) if all of it
 * waits, as when no relay could be reached. Some refused among many is what mail is like: that
 * stands in the outbox. */
static int counts_exit_code(const DeliveryCounts *counts) {
    if (counts->sent > 0 || (counts->failed == 0 && counts->deferred == 0)) {
        return EX_OK;
    }
    g_printerr("%s\n", counts->failed > 0
                           ? tr("Inget brev gick fram. `vetkoll outbox list --state failed` visar "
                                "varför, `vetkoll doctor` prövar mejlservern.",
                                "No mail went through. `vetkoll outbox list --state failed` shows "
                                "why, `vetkoll doctor` tries the relay.")
                           : tr("Inget brev gick fram än; de försöks igen.",
                                "No mail went through yet; it is tried again."));
    return counts->failed > 0 ? EX_UNAVAILABLE : EX_TEMPFAIL;
}

/* `out_code` says how the program ends where there is no error. */
static bool send_due(App *app, int *out_code, GError **error) {
    DeliveryCounts counts = {0};
    OutboxCounts left = {0};
    g_autoptr(GError) fault = NULL;
    bool sent = send_all(app, &counts, &fault);
    if (!outbox_count(app->db, clock_now_us(), &left, error)) {
        return false;
    }
    g_print(tr("Skickade: %" PRId64 ". Försöks igen senare: %" PRId64 ". Misslyckade: %" PRId64
               ". Väntar i utkorgen: %" PRId64 ".\n",
               "Sent: %" PRId64 ". To be tried again: %" PRId64 ". Failed: %" PRId64
               ". Waiting in the outbox: %" PRId64 ".\n"),
            counts.sent, counts.deferred, counts.failed, left.waiting);
    if (!sent) {
        g_propagate_error(error, g_steal_pointer(&fault));
        return false;
    }
    *out_code = counts_exit_code(&counts);
    return true;
}

int cmd_send(App *app, int argc, char **argv) {
    g_autoptr(GOptionContext) context = g_option_context_new(NULL);
    g_autoptr(GError) error = NULL;
    int code = EX_OK;
    g_option_context_set_summary(
        context,
        tr("Gör det som schemat säger nu, skickar de brev som ska gå och slutar. För den som kör "
           "Vetkoll från cron; `vetkoll serve` gör det fortlöpande. Slutar med 0 om något brev "
           "gick fram eller inget skulle skickas, 69 om alla avvisades, 75 om alla får vänta.",
           "Does what the schedule says now, sends the mail that is due, and ends. For those "
           "who run Vetkoll from cron; `vetkoll serve` does it all the time. Ends with 0 if any "
           "mail went through or none was due, 69 if all was refused, 75 if all has to wait."));
    if (!usage_parse(context, &argc, &argv, &error) || !usage_check(NULL, argc, argv, &error) ||
        !send_due(app, &code, &error)) {
        return app_fail(g_steal_pointer(&error));
    }
    return code;
}
