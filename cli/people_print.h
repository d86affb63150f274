/* The words of `vetkoll people`: differences, faults and lists, as text and as JSON. */
#pragma once

#include "people/import.h"

#include <glib.h>
#include <stdbool.h>

/* What was read and from which columns, then each kind of change with its first examples. */
void people_print_diff(const StaffFile *file, const char *name, const ImportDiff *diff,
                       GString *out);

/* One line a fault: file, line, column, value, what is wrong, what to do. */
void people_print_faults(const char *name, const FaultList *faults, GString *out);

/* The same as one JSON object. */
void people_print_json(const StaffFile *file, const char *name, const ImportDiff *diff,
                       bool dry_run, GString *out);

/* A table by department and name; `with_state` says who is inactive. */
void people_print_list(const PersonList *people, bool with_state, GString *out);

/* A JSON array with one object a person. */
void people_print_list_json(const PersonList *people, GString *out);
