/* Building a questionnaire from its file; for questionnaire*.c only. */
#pragma once

#include "survey/form_private.h"
#include "survey/pack_private.h"
#include "survey/questionnaire.h"

struct Questionnaire {
    char *title[LANG_MAX];
    ItemBank bank;
    FormLayout *layout;
    GPtrArray *items; /* by position */
};

typedef struct {
    Faults faults;
    Questionnaire *made;
    const GPtrArray *items; /* Item *: what may be asked */
    GHashTable *by_key;     /* key -> Item */
    GHashTable *named;  /* set of the Items that stand alone or in a grid, anywhere in the file */
    GHashTable *places; /* Item -> position + 1, of what has been placed */
    GHashTable *told;   /* set of keys that have a fault: what looks at them gets none for it */
    bool full;          /* too long, and that is said */
    guint used;         /* of the current page, in questions */
    guint asked;        /* questions that one person is asked at most */
    bool fresh;         /* the next entry begins a page */
    const cJSON *section;
} Builder;

/* The conditions of the section and of the entry, all to hold; with a fault for each that is wrong,
 * or if they can never hold together. */
void builder_conditions(Builder *builder, const cJSON *entry_json, FormEntry *entry);

/* The items that a draw takes from; with a fault for each that is named and cannot be had. */
GPtrArray *builder_pool(Builder *builder, const cJSON *json, char **roles);

/* The item of that key that can be asked, NULL with a fault. */
Item *builder_item(Builder *builder, const char *key);
