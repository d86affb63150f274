/* All templates, short texts and static files of the program, in every language.
 *
 * They are embedded from the folder templates/; a directory with the same layout may replace them
 * file by file:
 *   sv/NAME, en/NAME     templates by language; NAME like mail/invitation.txt or page/items.html
 *   CODE/NAME            the same in a language that CODE/language.json adds (languages.h). A page
 *                        or mail that it lacks is wholly in the language that it falls back on
 *   shared/NAME          templates for all; a language's own NAME wins
 *   sv/texts.json        short strings, a flat object; an override names only the keys it changes
 *   fields/NAME.json     without the ending of NAME: the declared fields, a sample context that
 *                        names every field; one file for all languages and endings of NAME. Not
 *                        needed for partials, whose last part starts with _. Not to be overridden.
 *   static/NAME          files served as they are
 * The ending gives the escaping: .html HTML, .txt text, .subject header (one line).
 * Partials and parents are named like any template: {{> page/_head.html}}, {{< page/_layout.html}}.
 *
 * Immutable once open: safe to share between threads. */
#pragma once

#include "base/lang.h"

#include <cjson/cJSON.h>
#include <gio/gio.h>
#include <glib.h>
#include <stdbool.h>

typedef struct Catalog Catalog;

/* Compiles everything and checks it against the declared fields and between the languages.
 * `override_dir` may be NULL. VK_ERROR_INPUT names each fault with file and line, one a row. */
Catalog *catalog_open(const char *override_dir, GError **error);

/* As catalog_open(), with the directory `base_dir` in place of what is embedded. */
Catalog *catalog_open_from(const char *base_dir, const char *override_dir, GError **error);

void catalog_free(Catalog *catalog);

/* Appends the template to `out`; VK_ERROR_NOT_FOUND if there is none called `name`. `values` may be
 * NULL. The line break that ends a .subject file is not part of the result. */
bool catalog_render(const Catalog *catalog, Lang lang, const char *name, const cJSON *values,
                    GString *out, GError **error);

/* As catalog_render(); a name is looked for in `own`, then in `shared`: many messages with the same
 * shared values need no copy of them. */
bool catalog_render_over(const Catalog *catalog, Lang lang, const char *name, const cJSON *shared,
                         const cJSON *own, GString *out, GError **error);

/* The language that the template is in for one who reads `lang`: that, or what it falls back on. */
Lang catalog_told(const Catalog *catalog, Lang lang, const char *name);

bool catalog_has(const Catalog *catalog, Lang lang, const char *name);

/* The short text called `key`; aborts on one that is unknown, which is our own fault. */
const char *catalog_text(const Catalog *catalog, Lang lang, const char *key);

/* A new reference to the static file ("app.css"), or NULL. */
GBytes *catalog_static(const Catalog *catalog, const char *name);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Catalog, catalog_free)
