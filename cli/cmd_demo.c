/* vetkoll demo: every step is one of Vetkoll's own commands, run as a user would; only the
 * employees are played, by a program that reads their mail and fills in their pages over HTTP. */
#include "base/clock.h"
#include "base/error.h"
#include "base/lang.h"
#include "campaigns/campaign.h"
#include "cli/app.h"
#include "cli/demo.h"
#include "cli/usage.h"

#include <errno.h>
#include <gio/gio.h>
#include <glib-unix.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <sysexits.h>

enum { DEMO_WAIT_MS = 120000, DEMO_POLL_MS = 100 };

static const char marker[] = "vetkoll-demo";

static void demo_clear(Demo *demo) {
    g_free(demo->dir);
    g_free(demo->program);
    g_free(demo->maildir);
    g_free(demo->site_dir);
    g_free(demo->db_path);
    g_free(demo->base_url);
}

static bool remove_tree(GFile *file, GError **error) {
    g_autoptr(GFileEnumerator) children = g_file_enumerate_children(
        file, G_FILE_ATTRIBUTE_STANDARD_NAME, G_FILE_QUERY_INFO_NOFOLLOW_SYMLINKS, NULL, NULL);
    for (GFile *child = NULL; children != NULL;) {
        if (!g_file_enumerator_iterate(children, NULL, &child, NULL, error)) {
            return false;
        }
        if (child == NULL) {
            break;
        }
        if (!remove_tree(child, error)) {
            return false;
        }
    }
    return g_file_delete(file, NULL, error);
}

/* A fresh folder; only an earlier demonstration's is removed. */
static bool demo_make_dir(const Demo *demo, GError **error) {
    g_autofree char *mark = g_build_filename(demo->dir, marker, NULL);
    g_autoptr(GFile) folder = g_file_new_for_path(demo->dir);
    if (g_file_test(mark, G_FILE_TEST_EXISTS) && !remove_tree(folder, error)) {
        return false;
    }
    if (g_mkdir_with_parents(demo->site_dir, 0750) != 0) {
        return error_set(
            error, VK_ERROR_DENIED,
            tr("mappen %s kunde inte skapas: %s", "the folder %s could not be created: %s"),
            demo->site_dir, error_reason(errno));
    }
    if (g_file_test(demo->db_path, G_FILE_TEST_EXISTS)) {
        return error_set(error, VK_ERROR_CONFLICT,
                         tr("%s är en riktig installation; välj en annan mapp med --dir",
                            "%s is a real installation; choose another folder with --dir"),
                         demo->dir);
    }
    return g_file_set_contents(mark, "", 0, error);
}

static char **command_line(const Demo *demo, const char *const *arguments) {
    g_autoptr(GStrvBuilder) line = g_strv_builder_new();
    g_strv_builder_add_many(line, demo->program, "--dir", demo->dir, "--lang",
                            lang_code(lang_current()), NULL);
    for (guint i = 0; arguments[i] != NULL; i++) {
        g_strv_builder_add(line, arguments[i]);
    }
    return g_strv_builder_end(line);
}

/* Runs one of our own commands, shown as a user would type it. */
static bool run(const Demo *demo, const char *const *arguments, GError **error) {
    g_autofree char *shown = g_strjoinv(" ", (char **)(uintptr_t)arguments);
    g_auto(GStrv) line = command_line(demo, arguments);
    int status = 0;
    g_print("\n$ vetkoll %s\n", shown);
    return g_spawn_sync(NULL, line, NULL, G_SPAWN_CHILD_INHERITS_STDIN, NULL, NULL, NULL, NULL,
                        &status, error) &&
           g_spawn_check_wait_status(status, error);
}

#define RUN(demo, error, ...) run(demo, (const char *const[]){__VA_ARGS__, NULL}, error)

static bool demo_prepare(const Demo *demo, GError **error) {
    g_autofree char *staff = g_build_filename(demo->dir, "personal.csv", NULL);
    g_autofree char *pack = g_build_filename(VETKOLL_CONTENT_DIR, "starter", NULL);
    if (!demo_write_files(demo, error) || !RUN(demo, error, "init") ||
        !RUN(demo, error, "people", "import", staff) ||
        !RUN(demo, error, "content", "check", pack) ||
        !RUN(demo, error, "content", "import", pack)) {
        return false;
    }
    for (guint i = 0; i < G_N_ELEMENTS(demo_campaigns); i++) {
        g_autofree char *name = g_strconcat(demo_campaigns[i], ".json", NULL);
        g_autofree char *file = g_build_filename(demo->dir, name, NULL);
        if (!RUN(demo, error, "campaign", "create", file) ||
            !RUN(demo, error, "campaign", "launch", demo_campaigns[i])) {
            return false;
        }
    }
    return true;
}

/* The server must not outlive the demonstration, however that ends. */
static void server_set_up(gpointer data) {
    (void)data;
    prctl(PR_SET_PDEATHSIG, SIGTERM);
}

static bool server_launch(Demo *demo, GError **error) {
    g_auto(GStrv) line = command_line(demo, (const char *const[]){"serve", NULL});
    g_print("\n$ vetkoll serve\n");
    return g_spawn_async(NULL, line, NULL, G_SPAWN_DO_NOT_REAP_CHILD, server_set_up, NULL,
                         &demo->server, error);
}

static bool server_alive(const Demo *demo) {
    return waitpid(demo->server, NULL, WNOHANG) == 0;
}

/* SIGTERM, and the exit status of a server that finished what was in flight. */
static bool server_end(Demo *demo, GError **error) {
    int status = 0;
    if (demo->server == 0) {
        return true;
    }
    kill(demo->server, SIGTERM);
    bool waited = waitpid(demo->server, &status, 0) == demo->server;
    demo->server = 0;
    return waited && g_spawn_check_wait_status(status, error);
}

static int64_t count_invited(const Demo *demo, GError **error) {
    int64_t invited = 0;
    g_autoptr(Db) db = db_open(demo->db_path, error);
    g_autoptr(GPtrArray) campaigns = db != NULL ? campaign_list(db, error) : NULL;
    for (guint i = 0; campaigns != NULL && i < campaigns->len; i++) {
        const Campaign *campaign = g_ptr_array_index(campaigns, i);
        invited += campaign->invited;
    }
    return campaigns != NULL ? invited : -1;
}

/* Waits until everyone who is invited has got the mail. */
static bool demo_await_mail(Demo *demo, int64_t expected, GError **error) {
    for (int waited_ms = 0; waited_ms < DEMO_WAIT_MS; waited_ms += DEMO_POLL_MS) {
        int64_t arrived = demo_mail_count(demo->maildir);
        if (arrived >= expected && count_invited(demo, error) == expected) {
            g_print(tr("%d mejl har kommit fram.\n", "%d mails have arrived.\n"), (int)arrived);
            return true;
        }
        if (!server_alive(demo)) {
            demo->server = 0;
            return error_set(error, VK_ERROR_INTERNAL,
                             tr("servern avslutades", "the server ended"));
        }
        g_usleep(DEMO_POLL_MS * 1000);
    }
    return error_set(error, VK_ERROR_INTERNAL,
                     tr("alla mejl kom inte fram i tid", "not all mail arrived in time"));
}

/* Whether the ballots of every closed campaign are opened. */
static bool all_opened(const Demo *demo, GError **error) {
    g_autoptr(Db) db = db_open(demo->db_path, error);
    g_autoptr(GPtrArray) campaigns = db != NULL ? campaign_list(db, error) : NULL;
    bool opened = campaigns != NULL;
    for (guint i = 0; campaigns != NULL && i < campaigns->len; i++) {
        const Campaign *campaign = g_ptr_array_index(campaigns, i);
        opened = opened &&
                 (campaign->state != CAMPAIGN_CLOSED || !campaign->has_seal || campaign->unsealed);
    }
    return opened;
}

static bool demo_await_opened(const Demo *demo, GError **error) {
    for (int waited_ms = 0; waited_ms < DEMO_WAIT_MS; waited_ms += DEMO_POLL_MS) {
        if (all_opened(demo, error)) {
            return true;
        }
        if (*error != NULL) {
            return false;
        }
        g_usleep(DEMO_POLL_MS * 1000);
    }
    return error_set(error, VK_ERROR_INTERNAL,
                     tr("alla svar öppnades inte i tid", "not all answers were opened in time"));
}

/* Reports show departments when a campaign is closed, so two are; the training stays open, to be
 * tried. */
static bool demo_reports(const Demo *demo, GError **error) {
    g_autofree char *evidence = g_build_filename(demo->site_dir, "underlag", NULL);
    g_autofree char *today = clock_format_date(clock_now_us());
    for (guint i = 1; i < G_N_ELEMENTS(demo_campaigns); i++) {
        if (!RUN(demo, error, "campaign", "close", demo_campaigns[i])) {
            return false;
        }
    }
    if (!demo_await_opened(demo, error)) {
        return false;
    }
    for (guint i = 0; i < G_N_ELEMENTS(demo_campaigns); i++) {
        static const char *const reports[] = {"participation", "knowledge"};
        for (guint j = 0; j < G_N_ELEMENTS(reports); j++) {
            g_autofree char *name = g_strdup_printf("%s-%s.html", reports[j], demo_campaigns[i]);
            g_autofree char *path = g_build_filename(demo->site_dir, name, NULL);
            if (!RUN(demo, error, "report", reports[j], demo_campaigns[i]) ||
                !RUN(demo, error, "report", reports[j], demo_campaigns[i], "--format", "html",
                     "--out", path)) {
                return false;
            }
        }
    }
    return RUN(demo, error, "evidence", "--as-of", today, "--out", evidence);
}

/* What was acknowledged over HTTP must be what the database says. */
static bool demo_check(const Demo *demo, const DemoAnswers *answers, GError **error) {
    g_autoptr(Db) db = db_open(demo->db_path, error);
    g_autoptr(GPtrArray) campaigns = db != NULL ? campaign_list(db, error) : NULL;
    int64_t complete = 0;
    for (guint i = 0; campaigns != NULL && i < campaigns->len; i++) {
        const Campaign *campaign = g_ptr_array_index(campaigns, i);
        complete += campaign->complete;
    }
    if (campaigns != NULL && complete != answers->completed) {
        return error_set(error, VK_ERROR_INTERNAL,
                         tr("%u slutförda svar kvitterades men %d finns i databasen",
                            "%u completed answers were acknowledged but the database has %d"),
                         answers->completed, (int)complete);
    }
    return campaigns != NULL;
}

static bool demo_play(Demo *demo, GError **error) {
    DemoAnswers answers = {0};
    enum { PEOPLE_CAMPAIGNS = 3 * 1200 };
    if (!server_launch(demo, error) || !demo_await_mail(demo, PEOPLE_CAMPAIGNS, error)) {
        return false;
    }
    g_autoptr(GPtrArray) mails = demo_mail_read(demo->maildir, demo->base_url, error);
    if (mails == NULL || !demo_answer(demo, mails, &answers, error)) {
        return false;
    }
    g_print(tr("%u personer började svara och %u slutförde: %u formulär på %.1f s.\n",
               "%u people began to answer and %u completed: %u forms in %.1f s.\n"),
            answers.visitors, answers.completed, answers.posts, answers.seconds);
    return demo_check(demo, &answers, error) && demo_reports(demo, error) &&
           demo_write_site(demo, mails, error);
}

static gboolean demo_quit(gpointer data) {
    g_main_loop_quit(data);
    return G_SOURCE_CONTINUE;
}

static void demo_stay_up(const Demo *demo) {
    g_autoptr(GMainLoop) loop = g_main_loop_new(NULL, FALSE);
    g_print(tr("\nÖppna %s/ i en webbläsare. Avsluta med Ctrl-C.\n",
               "\nOpen %s/ in a browser. Stop with Ctrl-C.\n"),
            demo->base_url);
    g_unix_signal_add(SIGTERM, demo_quit, loop);
    g_unix_signal_add(SIGINT, demo_quit, loop);
    g_main_loop_run(loop);
}

static Demo demo_new(const char *dir, const char *listen) {
    Demo demo = {.dir = g_canonicalize_filename(strcmp(dir, ".") == 0 ? marker : dir, NULL)};
    demo.program = g_file_read_link("/proc/self/exe", NULL);
    demo.maildir = g_build_filename(demo.dir, "mail", NULL);
    demo.site_dir = g_build_filename(demo.dir, "site", NULL);
    demo.db_path = g_build_filename(demo.dir, "vetkoll.db", NULL);
    demo.base_url = g_strconcat("http://", listen, NULL);
    return demo;
}

int cmd_demo(App *app, int argc, char **argv) {
    gboolean once = FALSE;
    g_autofree char *listen = NULL;
    const GOptionEntry entries[] = {
        {"once", 0, 0, G_OPTION_ARG_NONE, &once,
         tr("visa rapporterna och avsluta", "show the reports and exit"), NULL},
        {"listen", 0, 0, G_OPTION_ARG_STRING, &listen, tr("adress:port", "address:port"),
         "ADDRESS"},
        {0},
    };
    g_autoptr(GOptionContext) context = g_option_context_new(NULL);
    g_autoptr(GError) error = NULL;
    g_option_context_add_main_entries(context, entries, NULL);
    if (!usage_parse(context, &argc, &argv, &error) || !usage_check(NULL, argc, argv, &error)) {
        return app_fail(g_steal_pointer(&error));
    }
    Demo demo = demo_new(app->dir, listen != NULL ? listen : "127.0.0.1:8080");
    bool played =
        demo_make_dir(&demo, &error) && demo_prepare(&demo, &error) && demo_play(&demo, &error);
    if (played && !once) {
        demo_stay_up(&demo);
    }
    bool ended = server_end(&demo, played ? &error : NULL);
    demo_clear(&demo);
    if (!played || !ended) {
        return app_fail(g_steal_pointer(&error));
    }
    if (once) {
        g_print(tr("\nAllt gick bra.\n", "\nEverything worked.\n"));
    }
    return EX_OK;
}
