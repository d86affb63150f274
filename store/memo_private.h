/* What was made of texts of the database, kept for the next time (db_memo). */
#pragma once

#include "store/db.h"

typedef struct Memo Memo;

Memo *memo_new(void);
void memo_free(Memo *memo);

/* As db_memo. */
gconstpointer memo_get(Memo *memo, const DbMemo *kind, const char *text, GError **error);
