/* vetkoll: one program, one command a run. */
#include "base/error.h"
#include "base/lang.h"
#include "cli/app.h"
#include "cli/usage.h"

#include <locale.h>
#include <malloc.h>
#include <signal.h>
#include <string.h>
#include <sysexits.h>

typedef struct {
    const char *name;
    CommandFn run;
    unsigned needs;
    const char *help_sv;
    const char *help_en;
} Command;

static const Command commands[] = {
    {"init", cmd_init, NEEDS_NOTHING, "skapa en installation, eller uppgradera dess databas",
     "create an installation, or upgrade its database"},
    {"people", cmd_people, NEEDS_DB | NEEDS_WRITER, "läs in och visa personalregistret",
     "import and show the directory of staff"},
    {"person", cmd_person, NEEDS_DB | NEEDS_WRITER, "visa, lämna ut eller radera allt om en person",
     "show, hand out or erase all about a person"},
    {"content", cmd_content, NEEDS_CONFIG, "kontrollera och läs in frågor och lektioner",
     "check and import items and lessons"},
    {"campaign", cmd_campaign, NEEDS_DB | NEEDS_WRITER | NEEDS_KEYS | NEEDS_CATALOG,
     "skapa, visa, starta, pausa och stäng kampanjer",
     "create, show, launch, pause and close campaigns"},
    {"serve", cmd_serve, NEEDS_DB | NEEDS_WRITER | NEEDS_KEYS | NEEDS_CATALOG,
     "kör schema, mejl och webb tills programmet avslutas",
     "run scheduler, mailer and web until stopped"},
    {"send", cmd_send, NEEDS_DB | NEEDS_WRITER | NEEDS_KEYS | NEEDS_CATALOG,
     "gör det som är dags nu, skicka och sluta", "do what is due now, send, and end"},
    {"outbox", cmd_outbox, NEEDS_DB | NEEDS_WRITER,
     "visa och rätta till brev som väntar eller misslyckats",
     "show and mend mail that waits or has failed"},
    {"mailbox", cmd_mailbox, NEEDS_DB | NEEDS_WRITER | NEEDS_KEYS,
     "läs brevlådan för returer, och visa vad som kommit tillbaka",
     "read the mailbox of returns, and show what came back"},
    {"report", cmd_report, NEEDS_DB | NEEDS_CATALOG, "visa deltagande, kunskap och fritextsvar",
     "show participation, knowledge and free text"},
    {"evidence", cmd_evidence, NEEDS_DB | NEEDS_WRITER | NEEDS_CATALOG,
     "ta fram underlag för fråga 17, 18, 30 och 39",
     "produce evidence for questions 17, 18, 30 and 39"},
    {"doctor", cmd_doctor, NEEDS_CONFIG, "pröva mejlservrarna och säg vad som behöver rättas",
     "try the relays and say what needs mending"},
    {"demo", cmd_demo, NEEDS_NOTHING, "visa allt med en påhittad kommun",
     "show everything with a made-up municipality"},
};

static char *commands_help(void) {
    g_autoptr(GString) text = g_string_new(tr("Kommandon:\n", "Commands:\n"));
    for (guint i = 0; i < G_N_ELEMENTS(commands); i++) {
        g_string_append_printf(text, "  %-10s %s\n", commands[i].name,
                               tr(commands[i].help_sv, commands[i].help_en));
    }
    g_string_append(text, tr("\nVarje kommando har egen hjälp: vetkoll KOMMANDO --help",
                             "\nEach command has help of its own: vetkoll COMMAND --help"));
    return g_string_free(g_steal_pointer(&text), FALSE);
}

typedef struct {
    char *dir;
    char *lang;
    gboolean version;
} Options;

/* Swedish unless --lang, VETKOLL_LANG or the locale says English. */
static bool options_apply_lang(const Options *options, GError **error) {
    Lang lang = LANG_SV;
    const char *variable = g_getenv("VETKOLL_LANG");
    const char *wanted = options->lang != NULL ? options->lang : variable;
    if (wanted != NULL && !lang_parse(wanted, &lang)) {
        return error_set(error, VK_ERROR_INPUT, "språk/language: sv, en; inte/not %s", wanted);
    }
    lang_set(lang);
    return true;
}

/* --lang decides what the help itself says, so it is looked for before all else. */
static void options_peek_lang(int argc, char **argv) {
    g_autofree char *wanted = NULL;
    g_autofree char *dir = NULL;
    const GOptionEntry entries[] = {
        {"lang", 'l', 0, G_OPTION_ARG_STRING, &wanted, NULL, NULL},
        {"dir", 'C', 0, G_OPTION_ARG_FILENAME, &dir, NULL, NULL},
        {0},
    };
    g_autoptr(GOptionContext) context = g_option_context_new(NULL);
    g_autofree char **copy = g_memdup2(argv, ((gsize)argc + 1) * sizeof *argv);
    g_option_context_add_main_entries(context, entries, NULL);
    g_option_context_set_help_enabled(context, FALSE);
    g_option_context_set_ignore_unknown_options(context, TRUE);
    g_option_context_set_strict_posix(context, TRUE);
    g_option_context_parse(context, &argc, &copy, NULL);
    const Options options = {.lang = wanted};
    options_apply_lang(&options, NULL);
}

static bool options_parse(int *argc, char ***argv, Options *out, GError **error) {
    const GOptionEntry entries[] = {
        {"dir", 'C', 0, G_OPTION_ARG_FILENAME, &out->dir,
         tr("installationens mapp (annars VETKOLL_DIR, annars .)",
            "the installation's folder (else VETKOLL_DIR, else .)"),
         "DIR"},
        {"lang", 'l', 0, G_OPTION_ARG_STRING, &out->lang, "sv | en", "LANG"},
        {"version", 0, 0, G_OPTION_ARG_NONE, &out->version, tr("visa version", "show version"),
         NULL},
        {0},
    };
    g_autoptr(GOptionContext) context =
        g_option_context_new(tr("KOMMANDO [ARGUMENT…]", "COMMAND [ARGUMENT…]"));
    g_autofree char *help = commands_help();
    g_option_context_set_description(context, help);
    g_option_context_add_main_entries(context, entries, NULL);
    g_option_context_set_strict_posix(context, TRUE); /* the rest is the command's */
    return usage_parse(context, argc, argv, error);
}

static const Command *command_find(const char *name, GError **error) {
    const char *names[G_N_ELEMENTS(commands) + 1] = {NULL};
    for (guint i = 0; i < G_N_ELEMENTS(commands); i++) {
        names[i] = commands[i].name;
        if (strcmp(names[i], name) == 0) {
            return &commands[i];
        }
    }
    usage_unknown(name, names, error);
    return NULL;
}

/* --help needs no installation. */
static bool wants_help(int argc, char **argv) {
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
            return true;
        }
    }
    return false;
}

static int command_run(const Command *command, const char *dir, int argc, char **argv) {
    App app = {0};
    g_autoptr(GError) error = NULL;
    g_autofree char *name = g_strconcat("vetkoll ", command->name, NULL);
    g_set_prgname(name); /* for --help */
    bool help = wants_help(argc, argv);
    int code = app_open(&app, dir, help ? NEEDS_NOTHING : command->needs, &error)
                   ? command->run(&app, argc, argv)
                   : app_fail(g_steal_pointer(&error));
    app_clear(&app);
    return code;
}

/* The heaps of threads that make one message after another are not to grow and shrink by a page
 * each time. */
static void set_heaps(void) {
    mallopt(M_TOP_PAD, 256 * 1024);
    mallopt(M_TRIM_THRESHOLD, 1024 * 1024);
}

int main(int argc, char **argv) {
    Options options = {0};
    set_heaps();
    g_autoptr(GError) error = NULL;
    setlocale(LC_CTYPE, "C.UTF-8");
    g_set_prgname("vetkoll");
    signal(SIGPIPE, SIG_IGN);
    options_peek_lang(argc, argv);
    bool parsed = options_parse(&argc, &argv, &options, &error);
    g_autofree char *dir = options.dir;
    g_autofree char *lang = options.lang;
    if (!parsed || !options_apply_lang(&options, &error)) {
        return app_fail(g_steal_pointer(&error));
    }
    if (options.version) {
        g_print("vetkoll %s\n", VETKOLL_VERSION);
        return EX_OK;
    }
    if (argc > 1 && strcmp(argv[1], "--") == 0) {
        argc--;
        argv++;
    }
    if (argc < 2) {
        g_autofree char *help = commands_help();
        g_printerr("%s\n", help);
        return EX_USAGE;
    }
    const Command *command = command_find(argv[1], &error);
    if (command == NULL) {
        return app_fail(g_steal_pointer(&error));
    }
    const char *variable = g_getenv("VETKOLL_DIR");
    const char *where = dir != NULL ? dir : variable != NULL ? variable : ".";
    return command_run(command, where, argc - 1, argv + 1);
}
