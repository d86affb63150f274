/* Asks for a campaign's definition, question by question with defaults. */
#pragma once

#include <glib.h>
#include <stdio.h>

/* Asks on `out`, reads lines from `in`; an empty line takes the default, a wrong answer is asked
 * again. The definition as indented JSON, or NULL: INPUT if `in` ends before a question that needs
 * an answer. */
char *campaign_ask(FILE *in, FILE *out, GError **error);
