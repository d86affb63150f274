/* The directory as a staff file that Excel opens and that an import reads back without a change:
 * UTF-8 with byte order mark, CRLF, fields quoted where needed, headings of person_field_label().
 *
 * A cell that a spreadsheet would run as a formula gets an apostrophe in front (csv.h), which the
 * import takes away again. */
#pragma once

#include "people/person.h"

#include <glib.h>
#include <stdbool.h>

void export_csv(const PersonList *people, char delimiter, GString *out);
