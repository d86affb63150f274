/* People of the directory as values: every field is text, so that reading, comparing, storing and
 * exporting are loops over PersonField.
 *
 * A PersonList owns its people and their text. Text is valid UTF-8 in NFC without control
 * characters; a field that is not known is "". */
#pragma once

#include "store/db.h"

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

typedef enum {
    PERSON_KEY, /* the organisation's own key (employee number), "" where it has none */
    PERSON_EMAIL,
    PERSON_GIVEN_NAME,
    PERSON_FAMILY_NAME,
    PERSON_POSITION,
    PERSON_LOCALE,        /* "sv" or "en" */
    PERSON_DEPARTMENT,    /* path, parts joined by '/' */
    PERSON_ROLES,         /* lower case, sorted, unique, joined by ", " */
    PERSON_MANAGER,       /* address (or key) of the nearest manager */
    PERSON_EMPLOYED_FROM, /* YYYY-MM-DD */
    PERSON_EMPLOYED_TO,   /* YYYY-MM-DD */
} PersonField;
enum { PERSON_FIELDS = 11 };

typedef struct Person {
    int64_t id;               /* 0 until stored */
    int64_t manager_id;       /* 0 for none; not set in people read from a file */
    guint line;               /* line of the file; 0 in people read from the database */
    bool active;              /* stored people only */
    const char *email_folded; /* email_fold() of the address */
    const char *text[PERSON_FIELDS];
} Person;

typedef struct PersonList PersonList;

PersonList *person_list_new(void);
void person_list_free(PersonList *list);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(PersonList, person_list_free)

guint person_list_length(const PersonList *list);

/* Borrowed; the pointer is good until the next person_list_add. */
Person *person_list_get(const PersonList *list, guint index);

/* Appends a person with every field "". */
Person *person_list_add(PersonList *list);

/* A copy of the text that lives as long as the list. */
const char *person_list_keep(PersonList *list, const char *text);

/* The same for text that many have in common: kept once, so that equal text is one pointer. */
const char *person_list_share(PersonList *list, const char *text);

/* "email", "given_name"...: the name for --map and JSON. */
const char *person_field_name(PersonField field);
bool person_field_parse(const char *name, PersonField *out_field);

/* The field's heading for people, in the process's language; the reader of staff files knows it. */
const char *person_field_label(PersonField field);

/* "Given Family", or the address where no name is known. The caller frees it. */
char *person_display_name(const Person *person);

typedef struct {
    const char *department; /* path: it and everything below; NULL or "" for all */
    bool with_inactive;
} PersonFilter;

/* The stored people, by id. PERSON_MANAGER is the manager's address as stored. NOT_FOUND if the
 * filter names a department that does not exist. */
PersonList *person_list_load(Db *db, const PersonFilter *filter, GError **error);
