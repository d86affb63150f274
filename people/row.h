/* One row of a staff file as a person, each field checked by itself. Pure. */
#pragma once

#include "people/columns.h"
#include "people/fault.h"
#include "people/person.h"

/* `cells` has one text for each column. Appends a person, with "" where a field is faulty; a faulty
 * address leaves email_folded "". */
Person *row_parse(const Columns *columns, const char *const *cells, guint line, PersonList *people,
                  FaultList *faults);
