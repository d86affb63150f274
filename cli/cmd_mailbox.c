/* vetkoll mailbox read|list|show: what came back, read and shown. */
#include "base/clock.h"
#include "base/error.h"
#include "base/lang.h"
#include "cli/app.h"
#include "cli/mailbox_files.h"
#include "cli/settings.h"
#include "cli/usage.h"
#include "mailer/notice.h"
#include "mailer/received.h"

#include <cjson/cJSON.h>
#include <inttypes.h>
#include <string.h>
#include <sysexits.h>

enum { SHOWN = 100, LIST_MAX = 1000000 };

typedef struct {
    char *maildir;
    char *campaign;
    char *kind;
    char *format;
    int limit;
    gboolean quiet;
} Options;

static void options_clear(Options *options) {
    g_free(options->maildir);
    g_free(options->campaign);
    g_free(options->kind);
    g_free(options->format);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Options, options_clear)

/* --- read ----------------------------------------------------------------------------- */

static void print_counts(const MailboxCounts *counts) {
    g_print(tr("Lästa: %" PRId64 " (går inte att nå %" PRId64 ", tillfälliga fel %" PRId64
               ", frånvaro %" PRId64 ", klagomål %" PRId64 ", begäran om bevis %" PRId64
               ", att se på %" PRId64 "). Lästa förut: %" PRId64 ". Kvar: %" PRId64 ".\n",
               "Read: %" PRId64 " (undeliverable %" PRId64 ", temporary failures %" PRId64
               ", absences %" PRId64 ", complaints %" PRId64 ", challenges %" PRId64
               ", to look at %" PRId64 "). Read before: %" PRId64 ". Left: %" PRId64 ".\n"),
            counts->read, counts->hard, counts->soft, counts->absent, counts->complaint,
            counts->challenge, counts->unknown, counts->repeated, counts->left);
}

static bool read_files(App *app, const MailboxSettings *settings, char **paths,
                       MailboxCounts *counts, GError **error) {
    g_autofree char *kept = app_path(app, "returns-unknown");
    for (guint i = 0; paths[i] != NULL; i++) {
        bool piped = strcmp(paths[i], "-") == 0; /* nobody else has it */
        if (!mailbox_file_read(app, settings, paths[i], piped ? kept : NULL, counts, error)) {
            return false;
        }
    }
    return true;
}

static bool read_imap(App *app, const MailboxSettings *settings, MailboxCounts *counts,
                      GError **error) {
    if (*settings->url == '\0') {
        return error_set(
            error, VK_ERROR_INPUT,
            tr("Ingen brevlåda är inställd. Ange mail.bounce_mailbox = "
               "imaps://användare@värd/INBOX, "
               "eller läs från filer: vetkoll mailbox read FIL… eller --maildir MAPP.",
               "No mailbox is configured. Set mail.bounce_mailbox = imaps://user@host/INBOX, or "
               "read from files: vetkoll mailbox read FILE… or --maildir DIR."));
    }
    return mailbox_read(settings, app->db_path, app->writer, app->keyring, counts, error);
}

static bool command_read(App *app, const Options *options, char **paths, GError **error) {
    g_auto(BounceSettings) bounces = {0};
    MailboxCounts counts = {0};
    if (!settings_bounces(app, &bounces, error)) {
        return false;
    }
    bool good = options->maildir != NULL
                    ? mailbox_maildir_read(app, &bounces.reader, options->maildir, &counts, error)
                : paths[0] != NULL ? read_files(app, &bounces.reader, paths, &counts, error)
                                   : read_imap(app, &bounces.reader, &counts, error);
    if (!options->quiet && (good || counts.read + counts.repeated > 0)) {
        print_counts(&counts);
    }
    return good;
}

/* --- list ----------------------------------------------------------------------------- */

static const char *kind_words(const char *kind) {
    static const struct {
        const char *kind;
        const char *sv;
        const char *en;
    } words[] = {
        {"undeliverable", "går inte att nå", "undeliverable"},
        {"soft", "tillfälligt fel", "temporary failure"},
        {"absent", "frånvarande", "absent"},
        {"complaint", "klagomål", "complaint"},
        {"challenge", "begär bevis", "challenge"},
        {"retried", "försöks igen", "tried again"},
    };
    for (guint i = 0; i < G_N_ELEMENTS(words); i++) {
        if (strcmp(words[i].kind, kind) == 0) {
            return tr(words[i].sv, words[i].en);
        }
    }
    return kind;
}

static void print_row(const NoticeRow *row) {
    g_autofree char *at = clock_format(row->at_us);
    g_autofree char *until = row->until_us != 0 ? clock_format_date(row->until_us) : NULL;
    g_print("%s  %s  %s/%s  %s", at, row->to_address, row->list_id, row->purpose,
            kind_words(row->kind));
    if (until != NULL) {
        g_print(tr(" till %s", " until %s"), until);
    }
    if (strcmp(row->source, "address") == 0) {
        g_print("%s", tr(" (obekräftat: brevet visar inte att det gäller vårt)",
                         " (unproven: the mail does not show that it is about ours)"));
    }
    g_print("\n    %s%s%s\n", row->enhanced, row->enhanced[0] != '\0' ? " " : "", row->text);
}

static cJSON *row_json(const NoticeRow *row) {
    cJSON *object = cJSON_CreateObject();
    g_autofree char *at = clock_format_utc(row->at_us);
    g_autofree char *until = row->until_us != 0 ? clock_format_date(row->until_us) : NULL;
    cJSON_AddNumberToObject(object, "id", (double)row->id);
    cJSON_AddNumberToObject(object, "outbox", (double)row->outbox_id);
    cJSON_AddStringToObject(object, "kind", row->kind);
    cJSON_AddStringToObject(object, "to", row->to_address);
    cJSON_AddStringToObject(object, "campaign", row->list_id);
    cJSON_AddStringToObject(object, "purpose", row->purpose);
    cJSON_AddStringToObject(object, "at", at);
    if (until != NULL) {
        cJSON_AddStringToObject(object, "until", until);
    }
    cJSON_AddStringToObject(object, "status", row->enhanced);
    cJSON_AddStringToObject(object, "text", row->text);
    cJSON_AddStringToObject(object, "source", row->source);
    return object;
}

static void print_json(const GPtrArray *rows) {
    cJSON *list = cJSON_CreateArray();
    for (guint i = 0; i < rows->len; i++) {
        cJSON_AddItemToArray(list, row_json(g_ptr_array_index(rows, i)));
    }
    char *text = cJSON_Print(list);
    g_print("%s\n", text);
    cJSON_free(text);
    cJSON_Delete(list);
}

static bool command_list(App *app, const Options *options, GError **error) {
    bool json = g_strcmp0(options->format, "json") == 0;
    if (options->limit < 0 || options->limit > LIST_MAX) {
        return error_set(error, VK_ERROR_INPUT, tr("--limit ska vara 1–%d", "--limit must be 1–%d"),
                         LIST_MAX);
    }
    guint shown = options->limit != 0 ? (guint)options->limit : json ? LIST_MAX : SHOWN;
    const NoticeFilter filter = {
        .kind = options->kind, .list_id = options->campaign, .max = json ? shown : shown + 1};
    g_autoptr(GPtrArray) rows = notice_list(app->db, &filter, error);
    if (rows == NULL) {
        return false;
    }
    if (json) {
        print_json(rows);
        return true;
    }
    for (guint i = 0; i < MIN(rows->len, shown); i++) {
        print_row(g_ptr_array_index(rows, i));
    }
    if (rows->len == 0) {
        g_print("%s\n", tr("Inget har kommit tillbaka.", "Nothing has come back."));
    } else if (rows->len > shown) {
        g_print(tr("… och fler; visa dem med --limit\n", "… and more; show them with --limit\n"));
    }
    return true;
}

/* --- show ----------------------------------------------------------------------------- */

static bool command_show(App *app, GError **error) {
    g_auto(BounceSettings) bounces = {0};
    ReceivedCounts counts = {0};
    if (!settings_bounces(app, &bounces, error) || !received_count(app->db, &counts, error)) {
        return false;
    }
    const MailboxSettings *reader = &bounces.reader;
    bool none = *reader->url == '\0';
    g_print(tr("Brevlåda: %s\n", "Mailbox: %s\n"),
            none ? tr("ingen (mail.bounce_mailbox)", "none (mail.bounce_mailbox)") : reader->url);
    g_print(tr("Returadress: %s\n", "Return path: %s\n"), reader->return_path);
    if (!config_bool(app->config, "mail.verp")) {
        g_print("%s\n", tr("mail.verp är false: en studs känns bara igen på brevets Message-ID.",
                           "mail.verp is false: a bounce is known again by its Message-ID alone."));
    }
    g_print(tr("Mappar: %s, %s\n", "Folders: %s, %s\n"), reader->done_folder,
            reader->unknown_folder);
    g_autofree char *last = counts.last_at_us != 0 ? clock_format(counts.last_at_us) : NULL;
    g_print(tr("Lästa %" PRId64 ", senast %s: går inte att nå %" PRId64 ", tillfälliga fel %" PRId64
               ", frånvaro %" PRId64 ", klagomål %" PRId64 ", begäran om bevis %" PRId64
               ", att se på %" PRId64 "\n",
               "Read %" PRId64 ", last %s: undeliverable %" PRId64 ", temporary failures %" PRId64
               ", absences %" PRId64 ", complaints %" PRId64 ", challenges %" PRId64
               ", to look at %" PRId64 "\n"),
            counts.read, last != NULL ? last : "-", counts.hard, counts.soft, counts.absent,
            counts.complaint, counts.challenge, counts.unknown);
    return true;
}

/* --- the command ---------------------------------------------------------------------- */

static const char *summary(void) {
    return tr(
        "read             läs brevlådan (mail.bounce_mailbox) en gång och sluta\n"
        "read FIL…        läs brev ur filer; - är standard in, för den som levererar till ett rör\n"
        "read --maildir M läs en maildir; brev flyttas till dess undermappar\n"
        "list             visa vad som kommit tillbaka, och om vilka brev\n"
        "show             visa brevlådan och vad som lästs ur den\n\n"
        "`vetkoll serve` läser brevlådan hela tiden. Slutkod 0: läst; 75: försök igen senare.",
        "read             read the mailbox (mail.bounce_mailbox) once and end\n"
        "read FILE…       read mail from files; - is standard input, for delivery to a pipe\n"
        "read --maildir D read a maildir; mail is moved to its subfolders\n"
        "list             show what came back, and about which messages\n"
        "show             show the mailbox, and what was read from it\n\n"
        "`vetkoll serve` reads the mailbox all the time. Exit code 0: read; 75: try again later.");
}

static GOptionContext *options_context(Options *options) {
    const GOptionEntry entries[] = {
        {"maildir", 0, 0, G_OPTION_ARG_FILENAME, &options->maildir,
         tr("read: läs denna maildir", "read: read this maildir"), "DIR"},
        {"quiet", 'q', 0, G_OPTION_ARG_NONE, &options->quiet,
         tr("read: skriv inget om allt gick bra", "read: print nothing if all went well"), NULL},
        {"campaign", 0, 0, G_OPTION_ARG_STRING, &options->campaign,
         tr("list: bara denna kampanj", "list: this campaign only"), "NAME"},
        {"kind", 0, 0, G_OPTION_ARG_STRING, &options->kind,
         "list: undeliverable | soft | absent | complaint | challenge | retried", "KIND"},
        {"limit", 0, 0, G_OPTION_ARG_INT, &options->limit,
         tr("list: högst så många", "list: at most so many"), "N"},
        {"format", 0, 0, G_OPTION_ARG_STRING, &options->format, "list: text | json", "FORMAT"},
        {0},
    };
    GOptionContext *context = g_option_context_new("read|list|show");
    g_option_context_set_summary(context, summary());
    g_option_context_add_main_entries(context, entries, NULL);
    return context;
}

int cmd_mailbox(App *app, int argc, char **argv) {
    g_auto(Options) options = {0};
    g_autoptr(GOptionContext) context = options_context(&options);
    g_autoptr(GError) error = NULL;
    if (!usage_parse(context, &argc, &argv, &error)) {
        return app_fail(g_steal_pointer(&error));
    }
    const char *verb = argc > 1 ? argv[1] : "";
    static const UsageVerb verbs[] = {{"read", 0}, {"list", 0}, {"show", 0}, {NULL, 0}};
    bool good = strcmp(verb, "read") == 0 || usage_check(verbs, argc, argv, &error);
    if (strcmp(verb, "read") == 0) { /* the files that follow */
        good = command_read(app, &options, argv + 2, &error);
    } else if (good) {
        good = strcmp(verb, "list") == 0 ? command_list(app, &options, &error)
                                         : command_show(app, &error);
    }
    return good ? EX_OK : app_fail(g_steal_pointer(&error));
}
