/* The languages that were added by files: each is a folder of templates with a language.json in it,
 * embedded or in the directory that overrides (catalog.h). The folder's name is the language's
 * code.
 *
 *   {"name": "suomi",          what the language calls itself, for the menu of languages
 *    "direction": "ltr",       or "rtl"
 *    "fallback": "sv",         or "en": says what the language lacks
 *    "dates": {"weekdays": [7 from Monday], "months": [12], "date": "{day}. {month}ta {year}",
 *              "weekday_date": "...", "time": "... {hour}.{minute}"},
 *    "answers": {"true_false": ["...", "..."], "scale": [4, from not true to completely true]}}
 *
 * Without "dates" they are written 2026-12-05; without "answers" questions so answered fall back.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* Adds to base/lang.h all that are embedded or in `override_dir`, which may be NULL. For the start
 * of the process. VK_ERROR_INPUT names file and field. */
bool languages_load(const char *override_dir, GError **error);

/* The same for files already read (source.h). */
bool languages_add(GHashTable *files, GError **error);
