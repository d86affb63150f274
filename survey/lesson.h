/* One version of a lesson: a short text in CommonMark, shown as safe HTML. */
#pragma once

#include "base/lang.h"

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct Lesson {
    int64_t id; /* 0 while only in a pack */
    char *key;
    char *area;
    char *topic;
    char *title[LANG_MAX];
    char *markdown[LANG_MAX];
    char *html[LANG_MAX]; /* no raw HTML and no unsafe link can be in it */
    Lang told[LANG_MAX];  /* as an item's (item.h) */
} Lesson;

Lesson *lesson_new(void);
void lesson_free(Lesson *lesson);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Lesson, lesson_free)

/* CommonMark to HTML with raw HTML and unsafe links (javascript:, data:...) left out. */
char *lesson_render(const char *markdown);

/* True if `markdown` holds raw HTML or an unsafe link, which lesson_render would leave out.
 * `out_line` receives the line of the first, from 1. */
bool lesson_has_unsafe(const char *markdown, int *out_line);
