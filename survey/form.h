/* A form: fixed versions of lessons and items in a fixed order, on numbered pages.
 *
 * Immutable once created, so that a loaded one can be kept and shared between threads. Pages: first
 * one for each lesson, then the item pages; `page` below counts item pages only, from 0. */
#pragma once

#include "store/db.h"
#include "survey/item.h"
#include "survey/lesson.h"

typedef struct Form Form;

/* What a new form is to hold. All lists end with NULL; NULL means what is said. Zeroed: every live
 * knowledge item of the pack, five to a page at most. */
typedef struct {
    const char *pack;
    const char *const *lesson_keys; /* NULL: no lessons */
    const char *const *item_keys;   /* exactly these, in this order; NULL: draw by what follows */
    const ItemMeasure *measures;    /* draw among these; NULL: knowledge only */
    guint measure_count;
    const char *const *areas;  /* draw in these, in this order; NULL: all that have such items */
    const char *const *topics; /* draw only with these topics; NULL: any */
    /* Draw only from this bank; NULL: a form with lessons draws training items and one without
     * draws measurement items, in each area that has enough of them, else both. */
    const ItemBank *bank;
    guint per_area;       /* items to draw in each area; 0: all there are */
    guint items_per_page; /* at most; 0: 5. Pages are made as equal as can be */
    /* The answers become ballots. Otherwise items that may only be asked anonymously are not drawn,
     * and to name one is INPUT. */
    bool anonymous;
} FormSpec;

enum { FORM_ITEMS_MAX = 100, FORM_LESSONS_MAX = 20, FORM_ITEMS_PER_PAGE = 5 };

/* Makes a form of the newest live versions and marks them asked and shown: immutable from now on.
 * The same database, spec and seed give the same items in the same order. NOT_FOUND if there is no
 * such pack; INPUT if a key is unknown or not live, an area has fewer items than asked, or an item
 * that is named may only be asked anonymously; LIMIT over the limits above. */
bool form_create(DbTx *tx, const FormSpec *spec, int64_t seed, int64_t now_us, int64_t *out_form_id,
                 GError **error);

/* Whether form_create would do it; writes nothing. Errors as there. */
bool form_check(Db *db, const FormSpec *spec, int64_t seed, GError **error);

/* NOT_FOUND if there is none. Lessons come rendered. */
Form *form_load(Db *db, int64_t form_id, GError **error);
void form_free(Form *form);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Form, form_free)

int64_t form_id(const Form *form);

guint form_lesson_count(const Form *form);
const Lesson *form_lesson(const Form *form, guint index);

/* Item pages. */
guint form_page_count(const Form *form);

/* The items of an item page, borrowed; returns how many. */
guint form_page_items(const Form *form, guint page, const Item *const **out_items);

guint form_item_count(const Form *form);
const Item *form_item(const Form *form, guint index);

/* NULL if the form does not ask it. */
const Item *form_find_item(const Form *form, int64_t item_id);

/* The order in which to show the item's options to one person: order[position] = option. Shuffled
 * for single and multiple choice, as they are for the rest; always the same for one seed and item.
 * `order` holds at least option_count. */
void form_option_order(const Item *item, int64_t seed, guint order[]);
