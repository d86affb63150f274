/* The lesson that goes with a topic: what is shown to somebody who missed a question of it. */
#pragma once

#include "store/db.h"
#include "survey/lesson.h"

/* The newest version of the pack's lesson on the topic, rendered; the first by key where there are
 * several. `out_lesson` NULL if there is none. */
bool guide_find(Db *db, const char *pack, const char *topic, Lesson **out_lesson, GError **error);

/* That version is immutable from now on. */
bool guide_mark_shown(DbTx *tx, const char *pack, const char *topic, int64_t now_us,
                      GError **error);
