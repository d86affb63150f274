/* vetkoll send: sends all mail that is due now, and ends. */
#include "base/lang.h"
#include "cli/app.h"
#include "cli/settings.h"
#include "mailer/outbox.h"

#include "base/clock.h"

#include <inttypes.h>
#include <sysexits.h>

static bool send_due(App *app, GError **error) {
    SenderSettings settings = {0};
    g_autofree char *relay = NULL;
    g_autofree char *password = NULL;
    SenderCounts counts = {0};
    OutboxCounts left = {0};
    if (!settings_sender(app, &settings, &relay, &password, error)) {
        return false;
    }
    g_autoptr(GError) fault = NULL;
    bool drained = sender_drain(&settings, app->db_path, app->writer, app->catalog, app->keyring,
                                &counts, &fault);
    if (!outbox_count(app->db, clock_now_us(), &left, error)) {
        return false;
    }
    g_print(tr("Skickade: %" PRId64 ". Försöks igen senare: %" PRId64 ". Misslyckade: %" PRId64
               ". Väntar i utkorgen: %" PRId64 ".\n",
               "Sent: %" PRId64 ". To be tried again: %" PRId64 ". Failed: %" PRId64
               ". Waiting in the outbox: %" PRId64 ".\n"),
            counts.sent, counts.deferred, counts.failed, left.waiting);
    if (!drained) {
        g_propagate_error(error, g_steal_pointer(&fault));
    }
    return drained;
}

int cmd_send(App *app, int argc, char **argv) {
    gboolean once = FALSE;
    const GOptionEntry entries[] = {
        {"once", 0, 0, G_OPTION_ARG_NONE, &once,
         tr("skicka det som ska gå nu och sluta (sker alltid; `vetkoll serve` skickar fortlöpande)",
            "send what is due now and end (always so; `vetkoll serve` goes on sending)"),
         NULL},
        G_OPTION_ENTRY_NULL};
    g_autoptr(GOptionContext) context = g_option_context_new(NULL);
    g_autoptr(GError) error = NULL;
    g_option_context_add_main_entries(context, entries, NULL);
    g_option_context_set_summary(
        context, tr("Skickar de brev som ska gå nu.", "Sends the mail that is due now."));
    if (!g_option_context_parse(context, &argc, &argv, &error) || !send_due(app, &error)) {
        return app_fail(g_steal_pointer(&error));
    }
    return EX_OK;
}
