/* Mustache templates: compiled once, then rendered any number of times by any number of threads.
 *
 * All of the public specification: interpolation, sections, inverted sections, comments,
 * delimiters, partials with standalone indentation, inheritance ({{<parent}}{{$block}}...) and
 * dynamic names
 * ({{>*field}}). No lambdas. The context is cJSON and is only read.
 *
 * A field that is missing or null renders as nothing; template_check() is what refuses a wrong
 * name, before anything is sent. False, null, missing, "", 0 and [] are false to a section. Numbers
 * are written the same in every locale.
 *
 * The outermost template's Escape holds for all that is rendered through it, partials too. A
 * Template is immutable after compilation: rendering and checking are safe from several threads at
 * once. */
#pragma once

#include <cjson/cJSON.h>
#include <glib.h>
#include <stdbool.h>

typedef enum {
    ESCAPE_HTML,   /* {{x}} escapes & < > " '; {{{x}}} and {{&x}} write as is */
    ESCAPE_TEXT,   /* as is */
    ESCAPE_HEADER, /* one line: every control character of the result, {{{x}}} too, becomes a space
                    */
} Escape;

enum {
    TEMPLATE_TEXT_MAX = 1024 * 1024,        /* bytes of one template's text */
    TEMPLATE_DEPTH_MAX = 100,               /* sections, partials and blocks within each other */
    TEMPLATE_OUTPUT_MAX = 16 * 1024 * 1024, /* bytes that one rendering may write */
    TEMPLATE_STEP_MAX = 4 * 1000 * 1000,    /* tags and texts that one rendering may walk through */
};

typedef struct Template Template;

/* `text` is UTF-8 (a leading byte order mark is passed over) and is copied. `name` opens the error
 * messages: "name:line: ...". VK_ERROR_INPUT for a fault in the text, VK_ERROR_LIMIT for too large
 * or too deep. */
Template *template_compile(const char *name, const char *text, Escape escape, GError **error);

/* The partial or parent called `name`, or NULL if there is none; owned by whoever answers. */
typedef const Template *(*TemplatePartial)(const char *name, gpointer data);

/* Appends to `out`; on an error `out` is as before. `context` may be NULL, as may `partial`.
 * A missing partial renders as nothing. VK_ERROR_LIMIT for a limit above. */
bool template_render(const Template *t, const cJSON *context, TemplatePartial partial,
                     gpointer data, GString *out, GError **error);

/* As template_render(), with two contexts: a name is looked for in `own`, then in `shared`. */
bool template_render_over(const Template *t, const cJSON *shared, const cJSON *own,
                          TemplatePartial partial, gpointer data, GString *out, GError **error);

/* Whether `t`, with its partials and parents, names only fields that `schema_sample` has: an object
 * that holds every field, in lists one element. VK_ERROR_INPUT with name:line and the fields known
 * there for the first tag that names another one, a missing partial, or a block that the parent
 * lacks. */
bool template_check(const Template *t, const cJSON *schema_sample, TemplatePartial partial,
                    gpointer data, GError **error);

const char *template_name(const Template *t);
void template_free(Template *t);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Template, template_free)
