#include "survey/form.h"

#include "survey/form_private.h"
#include "survey/item_private.h"
#include "survey/queries.h"
#include "survey/shuffle_private.h"

#include "base/error.h"

#include <string.h>

static const DbQuery q_form = {"form.find", "SELECT layout FROM form WHERE id = $1"};
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
    Item **items;
    guint item_count;
    guint *page_starts; /* index of each page's first item, and the end */
    guint page_count;
    FormLayout *layout; /* NULL: everybody is asked all of it */
    bool borrows_items;
};

void form_free(Form *form) {
    if (form == NULL) {
        return;
    }
    for (guint i = 0; i < form->lesson_count; i++) {
        lesson_free(form->lessons[i]);
    }
    for (guint i = 0; !form->borrows_items && i < form->item_count; i++) {
        item_free(form->items[i]);
    }
    g_free(form->items);
    g_free(form->page_starts);
    form_layout_free(form->layout);
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
    form->items = g_new0(Item *, FORM_POSITIONS_MAX);
    form->page_starts = g_new0(guint, FORM_POSITIONS_MAX + 1);
    db_bind_int(row, 1, form->id);
    DbStep step;
    while ((step = db_step(row, error)) == DB_ROW) {
        g_assert(form->item_count < FORM_POSITIONS_MAX);
        guint page = (guint)db_int(row, "page");
        g_assert(page < FORM_POSITIONS_MAX);
        Item *item = item_from_row(row, error);
        if (item == NULL) {
            return false;
        }
        while (form->page_count <= page) {
            form->page_starts[form->page_count++] = form->item_count;
        }
        form->items[form->item_count++] = item;
    }
    form->page_starts[form->page_count] = form->item_count;
    return step == DB_DONE;
}

/* `*out_layout` is NULL where the form has none. */
static bool form_find(Db *db, int64_t form_id, char **out_layout, GError **error) {
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
    *out_layout = step == DB_ROW ? g_strdup(db_text(row, "layout")) : NULL;
    return step == DB_ROW;
}

static bool layout_load(Form *form, const char *json, GError **error) {
    if (json == NULL) {
        return true;
    }
    form->layout = form_layout_parse(json, form->item_count, error);
    if (form->layout == NULL) {
        return false;
    }
    /* Pages at the end that only drawn items reach. */
    while (form->page_count < form->layout->page_count) {
        form->page_starts[++form->page_count] = form->item_count;
    }
    return true;
}

Form *form_load(Db *db, int64_t form_id, GError **error) {
    g_autoptr(Form) form = g_new0(Form, 1);
    g_autofree char *layout = NULL;
    form->id = form_id;
    if (!form_find(db, form_id, &layout, error) || !lessons_load(form, db, error) ||
        !items_load(form, db, error) || !layout_load(form, layout, error)) {
        return NULL;
    }
    return g_steal_pointer(&form);
}

Form *form_assemble(Item *const *items, guint count, const char *layout, GError **error) {
    g_autoptr(Form) form = g_new0(Form, 1);
    form->borrows_items = true;
    form->items = g_memdup2(items, count * sizeof *items);
    form->page_starts = g_new0(guint, FORM_POSITIONS_MAX + 1);
    form->item_count = count;
    return layout_load(form, layout, error) ? g_steal_pointer(&form) : NULL;
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

int form_item_position(const Form *form, int64_t item_id) {
    for (guint i = 0; i < form->item_count; i++) {
        if (form->items[i]->id == item_id) {
            return (int)i;
        }
    }
    return -1;
}

const Item *form_find_item(const Form *form, int64_t item_id) {
    int position = form_item_position(form, item_id);
    return position < 0 ? NULL : form->items[position];
}

const FormLayout *form_layout(const Form *form) {
    return form->layout;
}

bool form_is_plain(const Form *form) {
    return form->layout == NULL;
}

static const FormEntry *entry_at(const Form *form, guint index) {
    return &g_array_index(form->layout->entries, FormEntry, index);
}

bool form_draws(const Form *form) {
    for (guint i = 0; form->layout != NULL && i < form->layout->entries->len; i++) {
        if (entry_at(form, i)->draw > 0 || entry_at(form, i)->roles != NULL) {
            return true;
        }
    }
    return false;
}

bool form_varies(const Form *form) {
    for (guint i = 0; form->layout != NULL && i < form->layout->entries->len; i++) {
        if (entry_at(form, i)->condition_count > 0) {
            return true;
        }
    }
    return form_draws(form);
}

bool form_item_required(const Form *form, guint position) {
    for (guint i = 0; form->layout != NULL && i < form->layout->entries->len; i++) {
        const FormEntry *entry = entry_at(form, i);
        if (position - entry->first < entry->count) {
            return entry->required;
        }
    }
    return false;
}

bool form_asks_text(const Form *form) {
    for (guint i = 0; i < form_item_count(form); i++) {
        if (form_item(form, i)->kind == ITEM_TEXT) {
            return true;
        }
    }
    return false;
}

bool form_requires(const Form *form) {
    for (guint i = 0; form->layout != NULL && i < form->layout->entries->len; i++) {
        if (entry_at(form, i)->required) {
            return true;
        }
    }
    return false;
}

const FormSection *form_page_section(const Form *form, guint page) {
    const FormSection *found = NULL;
    for (guint i = 0; form->layout != NULL && i < form->layout->sections->len; i++) {
        const FormSection *section = &g_array_index(form->layout->sections, FormSection, i);
        found = section->first_page <= page ? section : found;
    }
    return found;
}

const FormGrid *form_item_grid(const Form *form, guint position) {
    for (guint i = 0; form->layout != NULL && i < form->layout->grids->len; i++) {
        const FormGrid *grid = &g_array_index(form->layout->grids, FormGrid, i);
        if (position - grid->first < grid->count) {
            return grid;
        }
    }
    return NULL;
}

/* Shuffles the options that are not fixed among the places that are theirs. */
static void shuffle_free(const Item *item, uint64_t seed, guint order[]) {
    guint free_options[ITEM_OPTIONS_MAX];
    guint shuffled[ITEM_OPTIONS_MAX];
    guint count = 0;
    for (guint i = 0; i < item->option_count; i++) {
        order[i] = i;
        if ((item->fixed_mask >> i & 1) == 0) {
            free_options[count++] = i;
        }
    }
    shuffle_order(seed, count, shuffled);
    for (guint i = 0; i < count; i++) {
        order[free_options[i]] = free_options[shuffled[i]];
    }
}

/* The order that is right must not be the one that is shown. */
static void avoid_key(const Item *item, guint order[]) {
    uint32_t shown = 0;
    for (guint i = 0; i < item->option_count; i++) {
        shown = item_order_put(shown, i, order[i]);
    }
    if (item_is_correct(item, shown)) {
        guint first = order[0];
        memmove(order, order + 1, (item->option_count - 1) * sizeof *order);
        order[item->option_count - 1] = first;
    }
}

void form_option_order(const Item *item, int64_t seed, guint order[]) {
    switch (item->kind) {
    case ITEM_SINGLE:
    case ITEM_MULTIPLE:
        shuffle_free(item, shuffle_seed(seed, item->id), order);
        return;
    case ITEM_ORDER:
        shuffle_free(item, shuffle_seed(seed, item->id), order);
        avoid_key(item, order);
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
