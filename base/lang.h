/* The two languages of every text, Swedish first.
 *
 * A page or mail names its language itself; the command line and its errors use the process's,
 * which main() sets once before any thread starts. */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef enum { LANG_SV, LANG_EN } Lang;
enum { LANG_COUNT = 2 };

void lang_set(Lang lang);
Lang lang_current(void);

/* "sv", "sv_SE.UTF-8", "en-GB"...; false for a language we do not have. */
bool lang_parse(const char *text, Lang *out_lang);

/* "sv" or "en". */
const char *lang_code(Lang lang);

/* The text in the process's language; both may be printf formats with the same arguments. */
const char *tr(const char *sv, const char *en) G_GNUC_FORMAT(1) G_GNUC_FORMAT(2);
