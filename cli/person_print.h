/* The words of `vetkoll person`: the copy of what is stored, what erasure does, and its log. */
#pragma once

#include "campaigns/retention.h"
#include "campaigns/rights.h"

#include <glib.h>

/* All that is stored, and what cannot be shown and why. `rows` of PersonalRow. */
void person_print_copy(const DirectoryPerson *person, const GPtrArray *rows, int64_t now_us,
                       GString *out);
void person_print_copy_json(const DirectoryPerson *person, const GPtrArray *rows, int64_t now_us,
                            GString *out);

/* How many rows of each table, what goes, what stays and why. `done`: it has been erased. */
void person_print_erasure(const DirectoryPerson *person, const GPtrArray *rows, bool done,
                          GString *out);

/* The periods that are set, and the log's `lines` (RetentionLine), newest first. */
void person_print_retention(const RetentionSettings *settings, const GPtrArray *lines,
                            GString *out);
