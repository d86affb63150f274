/* vetkoll people import|list|export: the directory of those who can be asked. */
#include "base/clock.h"
#include "base/error.h"
#include "base/file.h"
#include "base/lang.h"
#include "cli/app.h"
#include "cli/people_print.h"
#include "cli/progress.h"
#include "cli/usage.h"
#include "people/department.h"
#include "people/export.h"
#include "people/import.h"
#include "people/limits.h"

#include <gio/gio.h>
#include <string.h>
#include <sysexits.h>

enum { CHANGES_SHOWN = 10 };

typedef enum { OUTPUT_TEXT, OUTPUT_JSON, OUTPUT_CSV } Output;

typedef struct {
    gboolean dry_run;
    gboolean allow_leavers;
    gboolean verbose;
    gboolean quiet;
    gboolean all;
    char **map;
    char *format;
    char *department;
    char *delimiter;
    char *output;
} Options;

/* What the writer's thread needs for an import. */
typedef struct {
    const StaffFile *file;
    const char *name;
    ImportOptions options;
    ImportDiff *diff;
} Job;

static void options_clear(Options *options) {
    g_strfreev(options->map);
    g_free(options->format);
    g_free(options->department);
    g_free(options->delimiter);
    g_free(options->output);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Options, options_clear)

static bool parse_output(const char *text, bool csv, Output *out_output, GError **error) {
    static const char *const names[] = {"text", "json", "csv"};
    for (guint i = 0; i < (csv ? 3U : 2U); i++) {
        if (strcmp(text != NULL ? text : "text", names[i]) == 0) {
            *out_output = (Output)i;
            return true;
        }
    }
    return error_set(error, VK_ERROR_INPUT,
                     tr("--format: \"%s\" finns inte här. Välj %s.",
                        "--format: there is no \"%s\" here. Choose %s."),
                     text, csv ? "text, json, csv" : "text, json");
}

static void show_reading(gpointer data, size_t done, size_t total) {
    progress_show(data, tr("Läser", "Reading"), done, total);
}

static void show_import(gpointer data, ImportStage stage, size_t done, size_t total) {
    switch (stage) {
    case IMPORT_COMPARE:
        progress_show(data, tr("Jämför", "Comparing"), done, total);
        return;
    case IMPORT_WRITE:
        progress_show(data, tr("Skriver", "Writing"), done, total);
        return;
    case IMPORT_READ:
        progress_show(data, tr("Läser", "Reading"), done, total);
        return;
    }
    g_assert_not_reached();
}

static bool job_apply(DbTx *tx, gpointer data, GError **error) {
    Job *job = data;
    return import_apply(tx, job->file, job->name, &job->options, clock_now_us(), &job->diff, error);
}

static void print_to(FILE *stream, const GString *text) {
    fwrite(text->str, 1, text->len, stream);
}

/* The last line of an import: what happened. */
static int conclude(const ImportDiff *diff, bool dry_run, bool quiet) {
    g_autoptr(GError) error = NULL;
    if (diff->faults->count > 0) {
        g_printerr(tr("Filen har %u fel. Inget har ändrats.\n",
                      diff->faults->count == 1 ? "The file has %u fault. Nothing was changed.\n"
                                               : "The file has %u faults. Nothing was changed.\n"),
                   diff->faults->count);
        return EX_DATAERR;
    }
    if (diff->too_many_leave) {
        import_applied(diff, &error);
        g_printerr("vetkoll: %s\n", error->message);
        return dry_run ? EX_OK : EX_DATAERR;
    }
    if (!quiet && dry_run) {
        g_printerr("%s", tr("Provkörning: inget har ändrats. Kör utan --dry-run för att läsa in.\n",
                            "Dry run: nothing was changed. Run without --dry-run to import.\n"));
    } else if (!quiet) {
        g_printerr("%s", tr("Inläst.\n", "Imported.\n"));
    }
    return EX_OK;
}

static void print_result(const Job *job, const Options *options, Output output) {
    g_autoptr(GString) text = g_string_new(NULL);
    if (output == OUTPUT_JSON) {
        people_print_json(job->file, job->name, job->diff, options->dry_run, text);
        print_to(stdout, text);
        return;
    }
    if (job->diff->faults->count > 0) {
        people_print_faults(job->name, job->diff->faults, text);
        print_to(stderr, text);
    } else if (!options->quiet) {
        people_print_diff(job->file, job->name, job->diff, text);
        print_to(stdout, text);
        fflush(stdout);
    }
}

static int people_import(App *app, const Options *options, const char *path) {
    g_autoptr(GError) error = NULL;
    g_autofree char *map = options->map != NULL ? g_strjoinv(",", options->map) : NULL;
    g_autofree char *name = strcmp(path, "-") == 0 ? g_strdup("-") : g_path_get_basename(path);
    Output output;
    Progress progress;
    progress_init(&progress, options->quiet);
    gsize length = 0;
    g_autofree char *text = parse_output(options->format, false, &output, &error)
                                ? file_read(path, LIMIT_FILE_BYTES, &length, &error)
                                : NULL;
    if (text == NULL) {
        return app_fail(g_steal_pointer(&error));
    }
    g_autoptr(StaffFile) file = staff_file_read(text, length, map, show_reading, &progress, &error);
    if (file == NULL) {
        progress_end(&progress);
        g_prefix_error(&error, "%s: ", name);
        return app_fail(g_steal_pointer(&error));
    }
    g_clear_pointer(&text, g_free); /* the people have copies */
    Job job = {.file = file,
               .name = name,
               .options = {.allow_leavers = options->allow_leavers,
                           .change_limit = options->verbose ? G_MAXUINT : CHANGES_SHOWN,
                           .progress = show_import,
                           .progress_data = &progress}};
    bool done = options->dry_run ? import_diff(app->db, file, &job.options, &job.diff, &error)
                                 : writer_run(app->writer, job_apply, &job, &error);
    g_autoptr(ImportDiff) diff = job.diff;
    progress_end(&progress);
    if (!done) {
        return app_fail(g_steal_pointer(&error));
    }
    print_result(&job, options, output);
    return conclude(diff, options->dry_run, options->quiet || output == OUTPUT_JSON);
}

static PersonList *load_people(App *app, const Options *options, GError **error) {
    g_autofree char *department =
        options->department != NULL ? department_path_normalise(options->department) : NULL;
    PersonFilter filter = {.department = department, .with_inactive = options->all};
    return person_list_load(app->db, &filter, error);
}

static int people_list(App *app, const Options *options) {
    g_autoptr(GError) error = NULL;
    g_autoptr(GString) text = g_string_new(NULL);
    Output output;
    if (!parse_output(options->format, true, &output, &error)) {
        return app_fail(g_steal_pointer(&error));
    }
    g_autoptr(PersonList) people = load_people(app, options, &error);
    if (people == NULL) {
        return app_fail(g_steal_pointer(&error));
    }
    switch (output) {
    case OUTPUT_TEXT:
        people_print_list(people, options->all, text);
        break;
    case OUTPUT_JSON:
        people_print_list_json(people, text);
        break;
    case OUTPUT_CSV:
        export_csv(people, ';', text);
        break;
    }
    print_to(stdout, text);
    return EX_OK;
}

static bool parse_delimiter(const char *text, char *out_delimiter, GError **error) {
    if (text == NULL || strcmp(text, ";") == 0) {
        *out_delimiter = ';';
    } else if (strcmp(text, ",") == 0) {
        *out_delimiter = ',';
    } else if (strcmp(text, "tab") == 0) {
        *out_delimiter = '\t';
    } else {
        return error_set(
            error, VK_ERROR_INPUT, "%s",
            tr("--delimiter: välj ; eller , eller tab.", "--delimiter: choose ; or , or tab."));
    }
    return true;
}

static int people_export(App *app, const Options *options) {
    g_autoptr(GError) error = NULL;
    g_autoptr(GString) text = g_string_new(NULL);
    char delimiter = ';';
    g_autoptr(PersonList) people = NULL;
    if (!parse_delimiter(options->delimiter, &delimiter, &error) ||
        (people = load_people(app, options, &error)) == NULL) {
        return app_fail(g_steal_pointer(&error));
    }
    export_csv(people, delimiter, text);
    if (options->output == NULL) {
        print_to(stdout, text);
        return EX_OK;
    }
    /* Names and addresses: for the owner's eyes only. */
    if (!file_write(options->output, text->str, text->len, 0600, &error)) {
        return app_fail(g_steal_pointer(&error));
    }
    return EX_OK;
}

static GOptionContext *make_context(Options *options) {
    const GOptionEntry entries[] = {
        {"dry-run", 'n', 0, G_OPTION_ARG_NONE, &options->dry_run,
         tr("import: visa skillnaden, ändra inget", "import: show the difference, change nothing"),
         NULL},
        {"map", 'm', 0, G_OPTION_ARG_STRING_ARRAY, &options->map,
         tr("import: vilken kolumn som är vilket fält, t.ex. email=Mejl,department=Område+Enhet",
            "import: which column is which field, e.g. email=Mail,department=Area+Unit"),
         tr("FÄLT=KOLUMN,…", "FIELD=COLUMN,…")},
        {"allow-leavers", 0, 0, G_OPTION_ARG_NONE, &options->allow_leavers,
         tr("import: tillåt att mer än 20 % av ett register på minst 50 personer blir inaktiva "
            "(i mindre register behövs det inte)",
            "import: let more than 20 % of a directory of at least 50 people become inactive "
            "(smaller ones need no leave)"),
         NULL},
        {"verbose", 'v', 0, G_OPTION_ARG_NONE, &options->verbose,
         tr("import: visa alla ändringar", "import: show every change"), NULL},
        {"quiet", 'q', 0, G_OPTION_ARG_NONE, &options->quiet,
         tr("import: visa bara fel", "import: show only faults"), NULL},
        {"department", 'd', 0, G_OPTION_ARG_STRING, &options->department,
         tr("list, export: avdelningen och allt under den",
            "list, export: the department and all below it"),
         tr("SÖKVÄG", "PATH")},
        {"all", 'a', 0, G_OPTION_ARG_NONE, &options->all,
         tr("list: även inaktiva", "list: inactive people too"), NULL},
        {"format", 'f', 0, G_OPTION_ARG_STRING, &options->format, "text | json | csv", "FORMAT"},
        {"delimiter", 0, 0, G_OPTION_ARG_STRING, &options->delimiter,
         tr("export: ; (förval), , eller tab", "export: ; (default), , or tab"), "C"},
        {"output", 'o', 0, G_OPTION_ARG_FILENAME, &options->output,
         tr("export: skriv till fil", "export: write to a file"), tr("FIL", "FILE")},
        {0},
    };
    GOptionContext *context = g_option_context_new(
        tr("import FIL.csv | list | export", "import FILE.csv | list | export"));
    g_option_context_set_summary(
        context, tr("Läser in och visar personalregistret. En inläsning är allt eller inget.",
                    "Imports and shows the directory of staff. An import is all or nothing."));
    g_option_context_add_main_entries(context, entries, NULL);
    return context;
}

int cmd_people(App *app, int argc, char **argv) {
    static const UsageVerb verbs[] = {{"import", 1}, {"list", 0}, {"export", 0}, {NULL, 0}};
    g_auto(Options) options = {0};
    g_autoptr(GError) error = NULL;
    g_autoptr(GOptionContext) context = make_context(&options);
    if (!usage_parse(context, &argc, &argv, &error) || !usage_check(verbs, argc, argv, &error)) {
        return app_fail(g_steal_pointer(&error));
    }
    if (strcmp(argv[1], "import") == 0) {
        return people_import(app, &options, argv[2]);
    }
    if (strcmp(argv[1], "list") == 0) {
        return people_list(app, &options);
    }
    options.all = FALSE; /* an import would make inactive people active */
    return people_export(app, &options);
}
