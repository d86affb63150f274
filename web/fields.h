/* Reads what a form or a query string carries: application/x-www-form-urlencoded, as the URL
 * Standard (section 5.1) has it, with limits, and strict where browsers never are sloppy: a percent
 * sign must begin two hexadecimal digits, and names and values must be UTF-8 without NUL and other
 * control characters (line breaks and tabs apart). Line breaks come out as '\n', as typed, whatever
 * the browser sent. */
#pragma once

#include <glib.h>
#include <stdbool.h>

enum {
    FIELDS_MAX = 512,        /* fields in one form */
    FIELDS_NAME_MAX = 64,    /* bytes in a name */
    FIELDS_VALUE_MAX = 8192, /* bytes in a value, decoded */
};

typedef struct Fields Fields;

/* NULL with INPUT for what is not well-formed, LIMIT for what is too much. `text` need not end in
 * NUL. */
Fields *fields_parse(const char *text, gsize length, GError **error);

void fields_free(Fields *fields);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Fields, fields_free)

guint fields_count(const Fields *fields);
const char *fields_name(const Fields *fields, guint index);
const char *fields_value(const Fields *fields, guint index);

/* The first value of that name, or NULL. Borrowed from `fields`. */
const char *fields_get(const Fields *fields, const char *name);

/* A value that is a plain decimal number of 0..max; false if absent or anything else. */
bool fields_number(const Fields *fields, const char *name, guint max, guint *out_number);
