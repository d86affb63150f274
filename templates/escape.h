/* Appends values to a text, escaped for its target. */
#pragma once

#include "templates/render.h"

/* As ESCAPE_HTML for HTML, as is for the others. */
void escape_append(GString *out, const char *text, Escape escape);

/* The shortest of at most 17 digits that reads back the same, with a decimal point; nothing for an
 * infinite number or none. */
void number_append(GString *out, double number);

/* Makes one line of what stands in `out` from `from` on: runs of control characters, line breaks
 * among them, become a space, and none is left at the end. */
void line_make(GString *out, gsize from);
