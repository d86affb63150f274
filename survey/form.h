/* A form: fixed versions of lessons and items in a fixed order, on numbered pages.
 *
 * Immutable once created, so that a loaded one can be kept and shared between threads. Pages: first
 * one for each lesson, then the item pages; `page` below counts item pages only, from 0.
 *
 * A form made of a questionnaire (questionnaire.h) also has pools that items are drawn from,
 * conditions on earlier answers, sections and grids; what one person is asked of it is a Sheet
 * (sheet.h). `position` is an item's place in the form, 0..form_item_count-1; answers in "the
 * form's order" are form_item_count of them, the one to each position, blank where there is none.
 */
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
    const char
        *questionnaire; /* one of the pack's: it says what is asked; NULL: what follows does */
    const char *const *item_keys; /* exactly these, in this order; NULL: draw by what follows */
    const ItemMeasure *measures;  /* draw among these; NULL: knowledge only */
    guint measure_count;
    const char *const *areas;  /* draw in these, in this order; NULL: all that have such items */
    const char *const *topics; /* draw only with these topics; NULL: any */
    /* Draw only from this bank; NULL: a form with lessons draws training items and one without
     * draws measurement items, in each area that has enough of them, else both. */
    const ItemBank *bank;
    guint per_area;       /* items to draw in each area; 0: all there are */
    guint items_per_page; /* at most; 0: 5. Pages are made as equal as can be */
    /* The answers become ballots. Otherwise items that may only be asked anonymously are not drawn,
     * and to name one is INPUT. For ballots a questionnaire that asks different people different
     * things (a draw, roles) is INPUT: the items on a ballot would point at the person. */
    bool anonymous;
} FormSpec;

enum {
    FORM_ITEMS_MAX = 100,     /* that one person is asked */
    FORM_POSITIONS_MAX = 500, /* with all that may be drawn */
    FORM_LESSONS_MAX = 20,
    FORM_ITEMS_PER_PAGE = 5,
};

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

/* A form over `count` items that the caller keeps, in no database: for a look before there is one.
 * `layout` is a questionnaire's (questionnaire_layout); INTERNAL if it does not fit the items. */
Form *form_assemble(Item *const *items, guint count, const char *layout, GError **error);

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

/* The position of an item; -1 if the form does not ask it. */
int form_item_position(const Form *form, int64_t item_id);

/* True if what is asked depends on the person or on earlier answers: then only the Sheet knows. */
bool form_varies(const Form *form);

/* True of a form made without a questionnaire: everybody is asked all of it, page by page, and may
 * pass over anything. */
bool form_is_plain(const Form *form);

/* True if it depends on the person: on a draw or on roles. */
bool form_draws(const Form *form);

/* True if any item asks for free text. */
bool form_asks_text(const Form *form);

/* A heading over one or more pages. */
typedef struct {
    guint first_page;
    char *title[LANG_MAX]; /* "" where there is none */
    char *intro[LANG_MAX]; /* "" where there is none */
    Lang told[LANG_MAX];   /* as an item's (item.h) */
} FormSection;

/* The section of an item page; NULL where the form has none. Show its intro on first_page. */
const FormSection *form_page_section(const Form *form, guint page);

/* Scale items that stand as the rows of one table, under one question. */
typedef struct {
    guint first; /* position of the first row */
    guint count;
    char *text[LANG_MAX];
    Lang told[LANG_MAX]; /* as an item's (item.h) */
} FormGrid;

/* The grid that the item at `position` is a row of; NULL if of none. */
const FormGrid *form_item_grid(const Form *form, guint position);

/* The item must be answered where it is asked ("vet inte" is an answer). */
bool form_item_required(const Form *form, guint position);

/* True if any item is. */
bool form_requires(const Form *form);

/* The order in which to show the item's options to one person: order[position] = option. Shuffled
 * for single and multiple choice and for order items, but for options of fixed_mask, which keep
 * their place; as they are for the rest; always the same for one seed and item. An order item's is
 * never the right order. `order` holds at least option_count. */
void form_option_order(const Item *item, int64_t seed, guint order[]);
