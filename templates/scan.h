/* Finds the tags of a template's text, one after the other. */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef enum {
    TAG_VALUE,
    TAG_RAW,
    TAG_SECTION,
    TAG_INVERTED,
    TAG_CLOSE,
    TAG_COMMENT,
    TAG_DELIMITERS,
    TAG_PARTIAL,
    TAG_PARENT,
    TAG_BLOCK,
} TagKind;

typedef struct {
    TagKind kind;
    bool dynamic;      /* the name stood after a * */
    const char *begin; /* the tag itself, delimiters included */
    const char *end;
    const char *name; /* in the text, without spaces around it */
    gsize name_length;
    guint line;
} Tag;

enum { DELIMITER_MAX = 15, NAME_MAX_LENGTH = 255 };

typedef struct {
    const char *template_name;
    const char *at;      /* what is not scanned yet; zero-terminated */
    const char *counted; /* up to here the lines are counted in `line` */
    guint line;
    char open[DELIMITER_MAX + 1];
    char close[DELIMITER_MAX + 1];
} Scanner;

void scanner_init(Scanner *scanner, const char *template_name, const char *text);

/* The next tag; `out_found` is false at the end of the text. A change of delimiters is followed
 * here. VK_ERROR_INPUT for a tag that is not closed, or whose content is not a name. */
bool scanner_next(Scanner *scanner, Tag *out_tag, bool *out_found, GError **error);
