/* The items of a content pack as a person recognises them on a page: by their words. Read from
 * items.json directly, so that what the program makes of a pack is checked against what the pack
 * says. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct {
    char *key;
    char *kind; /* single, multiple, true_false, scale, text */
    char *area;
    char *text[2];      /* sv, en */
    GPtrArray *options; /* char *[2], in the pack's order; empty unless single or multiple */
    uint32_t right;     /* bit i: option i; 0 where not scored */
    guint option_count;
} Asked;

typedef struct Questions Questions;

Questions *questions_open(const char *pack);
void questions_free(Questions *questions);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Questions, questions_free)

/* The item whose text stands in `words`, the longest if several do; NULL if none. */
const Asked *questions_find(const Questions *questions, const char *words);

/* True if the label has the option's words in either language; always for kinds whose words are the
 * program's own. */
bool asked_labels(const Asked *asked, guint option, const char *label);
