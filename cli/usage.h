/* A command line that is not understood: which word is wrong, what may stand there, and where its
 * help is. Errors are of G_OPTION_ERROR: exit code 64. */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* What may follow a command: "import", and how many arguments after it. */
typedef struct {
    const char *name;
    int arguments;
} UsageVerb;

/* Sets the error: what is wrong (a sentence without its full stop) and where the help is; returns
 * false. */
bool usage_fail(GError **error, const char *what);

/* g_option_context_parse, with errors and --help in our words; help ends the program. */
bool usage_parse(GOptionContext *context, int *argc, char ***argv, GError **error);

/* Whether argv[1] is one of the verbs (the last has no name) with its number of arguments. A
 * command without verbs has NULL and takes no arguments at all. */
bool usage_check(const UsageVerb verbs[], int argc, char **argv, GError **error);

/* An unknown word where one of `known` (ended by NULL) should stand. */
bool usage_unknown(const char *word, const char *const known[], GError **error);
