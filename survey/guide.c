#include "survey/guide.h"

#include "survey/item_private.h"
#include "survey/queries.h"

static const DbQuery q_find = {
    "guide.find", "SELECT id, lesson_key, area, topic, body FROM lesson WHERE pack = $1 AND"
                  " topic = $2 ORDER BY lesson_key, version DESC LIMIT 1"};
static const DbQuery q_shown = {
    "guide.shown",
    "UPDATE lesson SET shown_at_us = $1 WHERE shown_at_us IS NULL AND id = (SELECT l.id FROM"
    " lesson l WHERE l.pack = $2 AND l.topic = $3 ORDER BY l.lesson_key, l.version DESC LIMIT 1)"};

const DbQuery *const guide_queries[] = {&q_find, &q_shown, NULL};

bool guide_find(Db *db, const char *pack, const char *topic, Lesson **out_lesson, GError **error) {
    g_autoptr(DbStmt) row = db_query(db, &q_find, error);
    if (row == NULL) {
        return false;
    }
    db_bind_text(row, 1, pack);
    db_bind_text(row, 2, topic);
    DbStep step = db_step(row, error);
    if (step != DB_ROW) {
        *out_lesson = NULL;
        return step == DB_DONE;
    }
    g_autoptr(Lesson) lesson = lesson_new();
    lesson->id = db_int(row, "id");
    lesson->key = g_strdup(db_text(row, "lesson_key"));
    lesson->area = g_strdup(db_text(row, "area"));
    lesson->topic = g_strdup(db_text(row, "topic"));
    if (!lesson_body_parse(lesson, db_text(row, "body"), error)) {
        return false;
    }
    *out_lesson = g_steal_pointer(&lesson);
    return true;
}

bool guide_mark_shown(DbTx *tx, const char *pack, const char *topic, int64_t now_us,
                      GError **error) {
    g_autoptr(DbStmt) mark = db_tx_query(tx, &q_shown, error);
    if (mark == NULL) {
        return false;
    }
    db_bind_int(mark, 1, now_us);
    db_bind_text(mark, 2, pack);
    db_bind_text(mark, 3, topic);
    return db_run(mark, NULL, error);
}
