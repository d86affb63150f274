/* What a mailbox has received, as a mail program reads it (GMime over the raw files). */
#pragma once

#include <glib.h>

typedef struct {
    char *file;       /* base name */
    char *to;         /* address */
    char *to_name;    /* decoded; "" if none */
    char *subject;    /* decoded */
    char *message_id; /* without <> */
    char *list_id;
    char *auto_submitted;
    char *link;      /* first URL with /k/ in the plain part; NULL if none */
    char *html_link; /* the same of the HTML part */
    char *text;      /* plain part, decoded */
} Letter;

void letter_free(Letter *letter);

/* Reads the files of FOLDER that are not yet in `seen` (a set of base names, which it adds to).
 * GPtrArray of Letter. */
GPtrArray *inbox_read(const char *folder, GHashTable *seen);
