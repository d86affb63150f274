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

static bool send_due(App *app, GError **error) {
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
    }
    return sent;
}

int cmd_send(App *app, int argc, char **argv) {
    g_autoptr(GOptionContext) context = g_option_context_new(NULL);
    g_autoptr(GError) error = NULL;
    g_option_context_set_summary(
        context,
        tr("Gör det som schemat säger nu, skickar de brev som ska gå och slutar. För den som kör "
           "Vetkoll från cron; `vetkoll serve` gör det fortlöpande.",
           "Does what the schedule says now, sends the mail that is due, and ends. For those "
           "who run Vetkoll from cron; `vetkoll serve` does it all the time."));
    if (!usage_parse(context, &argc, &argv, &error) || !usage_check(NULL, argc, argv, &error) ||
        !send_due(app, &error)) {
        return app_fail(g_steal_pointer(&error));
    }
    return EX_OK;
}
