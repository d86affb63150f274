#include "survey/form.h"

#include "survey/item_private.h"
#include "survey/queries.h"
#include "survey/shuffle_private.h"

#include "base/error.h"

static const DbQuery q_form = {"form.find", "SELECT id FROM form WHERE id = $1"};
static const DbQuery q_lessons = {"form.lessons",
                                  "SELECT l.id AS id, l.lesson_key AS lesson_key, l.area AS area, "
                                  "l.topic AS topic, l.body AS body "
                                  "FROM form_lesson f JOIN lesson l ON l.id = f.lesson_id WHERE "
                                  "f.form_id = $1 ORDER BY f.position"};
static const DbQuery q_items = {"form.items", "SELECT f.page AS page, " ITEM_COLUMNS
                                              " FROM form_item f JOIN item i ON i.id = f.item_id "
                                              "WHERE f.form_id = $1 ORDER BY f.position"};

const DbQuery *const form_queries[] = {&q_form, &q_lessons, &q_items, NULL};

struct Form {
    int64_t id;
    Lesson *lessons[FORM_LESSONS_MAX];
    guint lesson_count;
    Item *items[FORM_ITEMS_MAX];
    guint item_count;
    guint page_starts[FORM_ITEMS_MAX + 1]; /* index of each page's first item, and the end */
    guint page_count;
};

void form_free(Form *form) {
    if (form == NULL) {
        return;
    }
    for (guint i = 0; i < form->lesson_count; i++) {
        lesson_free(form->lessons[i]);
    }
    for (guint i = 0; i < form->item_count; i++) {
        item_free(form->items[i]);
    }
    g_free(form);
}

static bool lessons_load(Form *form, Db *db, GError **error) {
    g_autoptr(DbStmt) row = db_query(db, &q_lessons, error);
    if (row == NULL) {
        return false;
    }
    db_bind_int(row, 1, form->id);
    DbStep step;
    while ((step = db_step(row, error)) == DB_ROW) {
        g_assert(form->lesson_count < FORM_LESSONS_MAX);
        g_autoptr(Lesson) lesson = lesson_new();
        lesson->id = db_int(row, "id");
        lesson->key = g_strdup(db_text(row, "lesson_key"));
        lesson->area = g_strdup(db_text(row, "area"));
        lesson->topic = g_strdup(db_text(row, "topic"));
        if (!lesson_body_parse(lesson, db_text(row, "body"), error)) {
            return false;
        }
        form->lessons[form->lesson_count++] = g_steal_pointer(&lesson);
    }
    return step == DB_DONE;
}

static bool items_load(Form *form, Db *db, GError **error) {
    g_autoptr(DbStmt) row = db_query(db, &q_items, error);
    if (row == NULL) {
        return false;
    }
    db_bind_int(row, 1, form->id);
    int64_t last_page = -1;
    DbStep step;
    while ((step = db_step(row, error)) == DB_ROW) {
        g_assert(form->item_count < FORM_ITEMS_MAX);
        int64_t page = db_int(row, "page");
        Item *item = item_from_row(row, error);
        if (item == NULL) {
            return false;
        }
        if (page != last_page) {
            form->page_starts[form->page_count++] = form->item_count;
            last_page = page;
        }
        form->items[form->item_count++] = item;
    }
    form->page_starts[form->page_count] = form->item_count;
    return step == DB_DONE;
}

static bool form_exists(Db *db, int64_t form_id, GError **error) {
    g_autoptr(DbStmt) row = db_query(db, &q_form, error);
    if (row == NULL) {
        return false;
    }
    db_bind_int(row, 1, form_id);
    DbStep step = db_step(row, error);
    if (step == DB_DONE) {
        return error_set(error, VK_ERROR_NOT_FOUND,
                         tr("Formulär %" G_GINT64_FORMAT " finns inte.",
                            "There is no form %" G_GINT64_FORMAT "."),
                         form_id);
    }
    return step == DB_ROW;
}

Form *form_load(Db *db, int64_t form_id, GError **error) {
    g_autoptr(Form) form = g_new0(Form, 1);
    form->id = form_id;
    if (!form_exists(db, form_id, error) || !lessons_load(form, db, error) ||
        !items_load(form, db, error)) {
        return NULL;
    }
    return g_steal_pointer(&form);
}

int64_t form_id(const Form *form) {
    return form->id;
}

guint form_lesson_count(const Form *form) {
    return form->lesson_count;
}

const Lesson *form_lesson(const Form *form, guint index) {
    g_assert(index < form->lesson_count);
    return form->lessons[index];
}

guint form_page_count(const Form *form) {
    return form->page_count;
}

guint form_page_items(const Form *form, guint page, const Item *const **out_items) {
    g_assert(page < form->page_count);
    guint start = form->page_starts[page];
    *out_items = (const Item *const *)&form->items[start];
    return form->page_starts[page + 1] - start;
}

guint form_item_count(const Form *form) {
    return form->item_count;
}

const Item *form_item(const Form *form, guint index) {
    g_assert(index < form->item_count);
    return form->items[index];
}

const Item *form_find_item(const Form *form, int64_t item_id) {
    for (guint i = 0; i < form->item_count; i++) {
        if (form->items[i]->id == item_id) {
            return form->items[i];
        }
    }
    return NULL;
}

void form_option_order(const Item *item, int64_t seed, guint order[]) {
    switch (item->kind) {
    case ITEM_SINGLE:
    case ITEM_MULTIPLE:
        shuffle_order(shuffle_seed(seed, item->id), item->option_count, order);
        return;
    case ITEM_TRUE_FALSE:
    case ITEM_SCALE:
    case ITEM_TEXT:
        for (guint i = 0; i < item->option_count; i++) {
            order[i] = i;
        }
        return;
    }
    g_assert_not_reached();
}
