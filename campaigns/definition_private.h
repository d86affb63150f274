/* The fields of a definition as definition*.c reads them: each function takes one of an object, and
 * names it in the fault. */
#pragma once

#include "campaigns/definition.h"

#include <cjson/cJSON.h>

enum { DEFINITION_TEXT_MAX = 300, DEFINITION_LIST_MAX = 5000 }; /* characters; values */

/* An object of the file and its name in messages, "" at the top. */
typedef struct {
    const cJSON *object; /* NULL: not there */
    const char *name;
} Scope;

/* Sets INPUT and returns false; `sv` and `en` say what the field should be. */
bool scope_fault(Scope scope, const char *key, const char *sv, const char *en, GError **error);

const cJSON *scope_get(Scope scope, const char *key);

/* Refuses fields that are not in `keys`, or stand twice. */
bool scope_check(Scope scope, const char *const *keys, GError **error);

/* INPUT unless the field is `there`. */
bool scope_need(Scope scope, const char *key, bool there, GError **error);

/* All these leave `out` alone where the field is absent. */
bool scope_text(Scope scope, const char *key, glong max, char **out, GError **error);
bool scope_list(Scope scope, const char *key, char ***out, GError **error); /* [] as if absent */
bool scope_count(Scope scope, const char *key, guint min, guint max, guint *out, GError **error);
bool scope_bool(Scope scope, const char *key, bool *out, GError **error);
/* One of `words`; `out` receives its index. */
bool scope_word(Scope scope, const char *key, const char *const *words, guint *out, GError **error);
/* `whole_day`: a date alone means the end of that day. */
bool scope_time(Scope scope, const char *key, bool whole_day, int64_t *out, GError **error);

bool scope_time_is_date(const cJSON *value);

/* Whether a campaign can be called so. */
bool definition_name_is_valid(const char *name);

/* What can be read but cannot be meant (definition_parse_new); `definition` is of the same file. */
bool definition_check(Scope top, const Definition *definition, GError **error);
