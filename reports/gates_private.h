/* What the table of rules and its evaluation share. */
#pragma once

#include "reports/gates.h"

/* Writes what was found in both languages from formats that take the same arguments. */
__attribute__((format(printf, 2, 4), format(printf, 3, 4))) void
gate_say(char *found[LANG_OWN_COUNT], const char *sv, const char *en, ...);
