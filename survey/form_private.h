/* The layout of a form that was made of a questionnaire: its entries, in order, over the form's
 * positions; for survey/ only. As stored in form.layout:
 *
 * {"pages": 4, "per_page": 5, "sections": [{"page": 0, "title": {}, "intro": {}}],
 *  "grids": [{"first": 3, "count": 4, "text": {}}],
 *  "entries": [{"first": 0, "count": 1, "page": 0, "draw": 0, "required": true, "roles": ["chef"],
 *               "if": [[position, option bits, not applicable, negated]]}]}
 *
 * Entries cover the positions without gaps. `draw` is how many of an entry's items one person is
 * asked, 0 for all of them; the k-th drawn stands on page + k / per_page. */
#pragma once

#include "survey/answer.h"
#include "survey/form.h"

typedef struct {
    guint position;
    uint32_t options; /* any of these chosen */
    bool not_applicable;
    bool negated; /* answered, and with none of them */
} FormCondition;

typedef struct {
    guint first;
    guint count;
    guint page;
    guint draw;
    bool required;
    char **roles;              /* asked of people with one of these; NULL: of all */
    FormCondition *conditions; /* all must hold */
    guint condition_count;
} FormEntry;

typedef struct {
    guint page_count;
    guint per_page;
    GArray *sections; /* FormSection */
    GArray *grids;    /* FormGrid */
    GArray *entries;  /* FormEntry */
} FormLayout;

FormLayout *form_layout_new(void);
void form_layout_free(FormLayout *layout);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FormLayout, form_layout_free)

char *form_layout_format(const FormLayout *layout);

/* INTERNAL if it is not ours, or does not fit `item_count` positions. */
FormLayout *form_layout_parse(const char *json, guint item_count, GError **error);

/* NULL where everybody is asked all of the form. */
const FormLayout *form_layout(const Form *form);

/* Whether the condition holds for an answer; a blank one fulfils none. */
bool form_condition_holds(const FormCondition *condition, const Item *item, const Answer *answer);
