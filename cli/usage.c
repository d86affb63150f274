#include "cli/usage.h"

#include "base/lang.h"
#include "base/nearest.h"

#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

bool usage_fail(GError **error, const char *what) {
    const char *stop = g_str_has_suffix(what, "?") ? "" : ".";
    g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_FAILED,
                tr("%s%s Se `%s --help`.", "%s%s See `%s --help`."), what, stop, g_get_prgname());
    return false;
}

/* GLib's message ends in the option's name. */
static char *option_fault(const GError *fault) {
    const char *blank = strrchr(fault->message, ' ');
    const char *option = blank != NULL ? blank + 1 : fault->message;
    if (g_error_matches(fault, G_OPTION_ERROR, G_OPTION_ERROR_UNKNOWN_OPTION)) {
        static const char *const before[] = {"--lang", "-l", "--dir", "-C", NULL};
        g_auto(GStrv) parts = g_strsplit(option, "=", 2);
        return g_strv_contains(before, parts[0])
                   ? g_strdup_printf(tr("%s ska stå före kommandot: vetkoll %s VÄRDE KOMMANDO",
                                        "%s stands before the command: vetkoll %s VALUE COMMAND"),
                                     parts[0], parts[0])
                   : g_strdup_printf(
                         tr("det finns ingen flagga %s här", "there is no option %s here"), option);
    }
    if (g_str_has_prefix(fault->message, "Missing argument")) {
        return g_strdup_printf(tr("%s saknar sitt värde", "%s lacks its value"), option);
    }
    return g_strdup(fault->message);
}

/* GLib's own headings are in the language of the system, or in English. */
static void print_help(GOptionContext *context) {
    g_autofree char *help = g_option_context_get_help(context, TRUE, NULL);
    g_autoptr(GString) text = g_string_new(help);
    g_string_replace(text, "Usage:", tr("Användning:", "Usage:"), 1);
    g_string_replace(text, "[OPTION…]", tr("[FLAGGA…]", "[OPTION…]"), 1);
    g_string_replace(text, "\nOptions:\n", tr("\nFlaggor:\n", "\nOptions:\n"), 1);
    g_print("%s", text->str);
}

bool usage_parse(GOptionContext *context, int *argc, char ***argv, GError **error) {
    g_autoptr(GError) fault = NULL;
    gboolean help = FALSE;
    const GOptionEntry entries[] = {
        {"help", 'h', 0, G_OPTION_ARG_NONE, &help, tr("visa den här hjälpen", "show this help"),
         NULL},
        {0},
    };
    g_option_context_set_help_enabled(context, FALSE);
    g_option_context_add_main_entries(context, entries, NULL);
    bool parsed = g_option_context_parse(context, argc, argv, &fault);
    if (help) {
        print_help(context);
        exit(EX_OK);
    }
    if (parsed) {
        return true;
    }
    g_autofree char *what = option_fault(fault);
    return usage_fail(error, what);
}

bool usage_unknown(const char *word, const char *const known[], GError **error) {
    const char *meant = nearest_word(word, known);
    g_autofree char *all = g_strjoinv(", ", (char **)(guintptr)known);
    g_autofree char *what = meant != NULL
                                ? g_strdup_printf(tr("\"%s\" finns inte; menade du %s?",
                                                     "there is no \"%s\"; did you mean %s?"),
                                                  word, meant)
                                : g_strdup_printf(tr("\"%s\" finns inte; välj bland %s",
                                                     "there is no \"%s\"; choose among %s"),
                                                  word, all);
    return usage_fail(error, what);
}

static const char **verb_names(const UsageVerb verbs[]) {
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    for (guint i = 0; verbs[i].name != NULL; i++) {
        g_ptr_array_add(names, (gpointer)(guintptr)verbs[i].name);
    }
    g_ptr_array_add(names, NULL);
    return (const char **)g_ptr_array_free(g_steal_pointer(&names), FALSE);
}

static bool check_count(int argc, char **argv, int wanted, GError **error) {
    g_autofree char *what =
        argc > wanted
            ? g_strdup_printf(tr("\"%s\" är ett argument för mycket", "\"%s\" is one too many"),
                              argv[wanted])
            : g_strdup_printf(tr("efter %s saknas ett argument", "an argument is missing after %s"),
                              argv[argc - 1]);
    return argc == wanted || usage_fail(error, what);
}

bool usage_check(const UsageVerb verbs[], int argc, char **argv, GError **error) {
    if (verbs == NULL) {
        return check_count(argc, argv, 1, error);
    }
    g_autofree const char **names = verb_names(verbs);
    if (argc < 2) {
        g_autofree char *all = g_strjoinv(", ", (char **)(guintptr)names);
        g_autofree char *what =
            g_strdup_printf(tr("skriv vad som ska göras: %s", "write what to do: %s"), all);
        return usage_fail(error, what);
    }
    for (guint i = 0; verbs[i].name != NULL; i++) {
        if (strcmp(argv[1], verbs[i].name) == 0) {
            return check_count(argc, argv, 2 + verbs[i].arguments, error);
        }
    }
    return usage_unknown(argv[1], names, error);
}
