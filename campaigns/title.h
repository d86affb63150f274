/* A campaign's title in every language, as its table keeps it. */
#pragma once

#include "base/lang.h"
#include "store/db.h"

/* Reads the columns title_sv, title_en and titles_added; a language without a title gets that of
 * the one it falls back on. Clear with lang_clear. */
void title_read(DbStmt *row, char *out_title[LANG_MAX]);

/* What titles_added keeps: JSON, or "" where no added language has a title. Free with g_free. */
char *titles_added(char *const title[LANG_MAX]);
