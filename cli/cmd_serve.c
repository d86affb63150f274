/* One process: scheduler, mailer and web.
 *
 * Started bottom-up and stopped top-down: on SIGTERM or SIGINT the web answers what is in flight,
 * the scheduler ends its step, the sender settles the messages it has begun, and only then does the
 * writer close. SIGKILL at any moment loses nothing that was acknowledged. */
#include "base/clock.h"
#include "base/handoff.h"
#include "base/lang.h"
#include "base/log.h"
#include "cli/app.h"
#include "cli/settings.h"
#include "cli/tidy.h"
#include "cli/usage.h"

#include <glib-unix.h>
#include <inttypes.h>
#include <sysexits.h>

enum { SCHEDULER_POLL_MS = 1000, SCHEDULER_RETRY_MS = 5000 };

typedef struct {
    Runner *runner;
    Sender *sender;
    Handoff *stop; /* closed to end the loop */
    const char *db_path;
    guint erased; /* rows, since the file was last written anew */
} Scheduler;

static int scheduler_wait_ms(int64_t next_at_us, int64_t now_us) {
    int64_t wait_ms = (next_at_us - now_us) / 1000;
    return (int)CLAMP(wait_ms, 0,
                      SCHEDULER_POLL_MS); /* campaigns are launched by other processes */
}

/* When the last of what was to be erased is. */
static void scheduler_tidy(Scheduler *scheduler, const RunnerResult *result) {
    scheduler->erased += result->erased;
    if (result->erased == 0 && scheduler->erased > 0) {
        tidy_after_erasure(scheduler->db_path, scheduler->erased);
        scheduler->erased = 0;
    }
}

/* A step of the scheduler; returns how long to wait for the next. */
static int scheduler_step(Scheduler *scheduler) {
    g_autoptr(GError) error = NULL;
    RunnerResult result = {0};
    int64_t now_us = clock_now_us();
    if (!runner_tick(scheduler->runner, now_us, &result, &error)) {
        log_event(LOG_WARNING, "scheduler.failed", "error=\"%s\"", error->message);
        return SCHEDULER_RETRY_MS;
    }
    if (result.mailed + result.reminded + result.practised > 0) {
        sender_wake(scheduler->sender);
    }
    if (result.opened + result.closed + result.invited + result.mailed + result.reminded > 0) {
        log_event(LOG_INFO, "scheduler.tick",
                  "opened=%u invited=%u mailed=%u reminded=%u closed=%u", result.opened,
                  result.invited, result.mailed, result.reminded, result.closed);
    }
    if (result.unsealed > 0) {
        log_event(LOG_INFO, "scheduler.unsealed", "ballots=%u", result.unsealed);
    }
    if (result.practised > 0) {
        log_event(LOG_INFO, "scheduler.practice", "mailed=%u", result.practised);
    }
    if (result.undeliverable + result.absent > 0) {
        log_event(LOG_INFO, "scheduler.reach", "undeliverable=%u absent=%u", result.undeliverable,
                  result.absent);
    }
    scheduler_tidy(scheduler, &result);
    return scheduler_wait_ms(result.next_at_us, now_us);
}

static gpointer scheduler_loop(gpointer data) {
    Scheduler *scheduler = data;
    while (!handoff_is_closed(scheduler->stop)) {
        int wait_ms = scheduler_step(scheduler);
        if (wait_ms > 0) {
            handoff_pop(scheduler->stop, wait_ms);
        }
    }
    return NULL;
}

static gboolean serve_quit(gpointer data) {
    g_main_loop_quit(data);
    return G_SOURCE_CONTINUE;
}

static void serve_until_signal(void) {
    g_autoptr(GMainLoop) loop = g_main_loop_new(NULL, FALSE);
    g_unix_signal_add(SIGTERM, serve_quit, loop);
    g_unix_signal_add(SIGINT, serve_quit, loop);
    g_main_loop_run(loop);
}

/* `out_reader` NULL where no mailbox is configured. */
static bool start_reader(App *app, const BounceSettings *bounces, MailboxReader **out_reader,
                         GError **error) {
    if (*bounces->reader.url == '\0') {
        return true;
    }
    *out_reader =
        mailbox_reader_start(&bounces->reader, app->db_path, app->writer, app->keyring, error);
    return *out_reader != NULL;
}

static bool serve(App *app, GError **error) {
    g_auto(MailSettings) mail = {0};
    g_auto(BounceSettings) bounces = {0};
    ServerSettings web = {0};
    RunnerSettings schedule = {0};
    g_autofree char *host = NULL;
    g_autofree char *demo_dir = NULL;
    if (!settings_mail(app, &mail, error) || !settings_bounces(app, &bounces, error) ||
        !settings_server(app, &web, &host, &demo_dir, error)) {
        return false;
    }
    settings_runner(app, &schedule);
    g_autoptr(Runner) runner = runner_new(app->writer, app->db_path, &schedule, error);
    if (runner == NULL) {
        return false;
    }
    g_autoptr(Sender) sender =
        sender_start(&mail.sender, app->db_path, app->writer, app->catalog, app->keyring, error);
    if (sender == NULL) {
        return false;
    }
    g_autoptr(MailboxReader) reader = NULL;
    if (!start_reader(app, &bounces, &reader, error)) {
        return false;
    }
    g_autoptr(Server) server = server_start(&web, app->writer, app->catalog, app->keyring, error);
    if (server == NULL) {
        return false;
    }
    g_autoptr(Handoff) stop = handoff_new(1);
    Scheduler scheduler = {
        .runner = runner, .sender = sender, .stop = stop, .db_path = app->db_path};
    GThread *thread = g_thread_new("scheduler", scheduler_loop, &scheduler);
    g_print(tr("Vetkoll lyssnar på %s:%u, länkar börjar med %s. Avsluta med Ctrl-C.\n",
               "Vetkoll listens on %s:%u, links begin with %s. Stop with Ctrl-C.\n"),
            host, server_port(server), web.base_url);
    serve_until_signal();
    log_event(LOG_INFO, "serve.stopping", "reason=signal");
    handoff_close(stop);
    g_thread_join(thread);
    return true;
}

int cmd_serve(App *app, int argc, char **argv) {
    g_autoptr(GOptionContext) context = g_option_context_new(NULL);
    g_autoptr(GError) error = NULL;
    if (!usage_parse(context, &argc, &argv, &error) || !usage_check(NULL, argc, argv, &error) ||
        !serve(app, &error)) {
        return app_fail(g_steal_pointer(&error));
    }
    return EX_OK;
}
