#include "web/draft.h"

#include <string.h>

#include "base/error.h"
#include "base/lang.h"

/* Of an order item, by option: as typed, whether that makes an order or not. */
typedef guint8 Places[ITEM_ORDER_MAX];

struct Draft {
    const Form *form;
    guint count;
    Answer *answers;
    bool *named;
    Places *places;
};

Draft *draft_new(const Form *form) {
    Draft *draft = g_new0(Draft, 1);
    draft->form = form;
    draft->count = form_item_count(form);
    draft->answers = g_new0(Answer, MAX(draft->count, 1));
    draft->named = g_new0(bool, MAX(draft->count, 1));
    draft->places = g_new0(Places, MAX(draft->count, 1));
    for (guint i = 0; i < draft->count; i++) {
        draft->answers[i].item_id = form_item(form, i)->id;
    }
    return draft;
}

void draft_free(Draft *draft) {
    if (!draft) {
        return;
    }
    for (guint i = 0; i < draft->count; i++) {
        answer_clear(&draft->answers[i]);
    }
    g_free(draft->answers);
    g_free(draft->named);
    g_free(draft->places);
    g_free(draft);
}

/* "q12" -> 12. False for a name that is not of that shape. */
static bool name_index(const char *name, char letter, guint *out_index) {
    guint64 number;
    if (name[0] != letter || !g_ascii_isdigit(name[1]) ||
        !g_ascii_string_to_unsigned(name + 1, 10, 0, FORM_POSITIONS_MAX, &number, NULL)) {
        return false;
    }
    *out_index = (guint)number;
    return true;
}

static bool choice_read(Answer *answer, const Item *item, const char *value) {
    guint64 option;
    if (item->kind == ITEM_TEXT) {
        return false;
    }
    if (g_str_equal(value, "na")) {
        answer->not_applicable = true;
        return item->offers_not_applicable;
    }
    if (item->kind == ITEM_ORDER || !g_ascii_isdigit(*value) ||
        !g_ascii_string_to_unsigned(value, 10, 0, item->option_count - 1, &option, NULL)) {
        return false;
    }
    answer->choices |= UINT32_C(1) << option;
    return true;
}

static bool text_read(Answer *answer, const Item *item, const char *value) {
    if (item->kind != ITEM_TEXT) {
        return false;
    }
    g_free(answer->text);
    answer->text = g_strstrip(g_strdup(value));
    return true;
}

/* "o12.3" -> 12 and 3. */
static bool place_name(const char *name, guint *out_index, guint *out_option) {
    const char *dot = strchr(name, '.');
    guint64 option;
    if (name[0] != 'o' || dot == NULL || !g_ascii_isdigit(dot[1]) ||
        !g_ascii_string_to_unsigned(dot + 1, 10, 0, ITEM_ORDER_MAX - 1, &option, NULL)) {
        return false;
    }
    g_autofree char *head = g_strndup(name, (gsize)(dot - name));
    *out_option = (guint)option;
    return name_index(head, 'o', out_index);
}

/* The order that the places make; 0 if they make none. */
static uint32_t places_choices(const Item *item, const Places places) {
    uint32_t choices = 0;
    for (guint option = 0; option < item->option_count; option++) {
        guint place = places[option];
        if (place < 1 || place > item->option_count || item_order_at(choices, place - 1) >= 0) {
            return 0;
        }
        choices = item_order_put(choices, place - 1, option);
    }
    return choices;
}

static bool place_read(Draft *draft, guint index, guint option, const char *value) {
    const Item *item = form_item(draft->form, index);
    g_autofree char *digits = g_strstrip(g_strdup(value));
    guint64 place = 0;
    if (item->kind != ITEM_ORDER || option >= item->option_count) {
        return false;
    }
    /* Typed by hand: what is no place is one that makes no order. */
    if (digits[0] != '\0' && !g_ascii_string_to_unsigned(digits, 10, 1, 99, &place, NULL)) {
        place = 99;
    }
    draft->places[index][option] = (guint8)place;
    draft->answers[index].choices = places_choices(item, draft->places[index]);
    return true;
}

/* Fields of other names are none of ours. */
static bool field_read(Draft *draft, const char *name, const char *value) {
    guint index, option = 0;
    bool choice = name_index(name, 'q', &index);
    bool place = !choice && place_name(name, &index, &option);
    if (!choice && !place && !name_index(name, 't', &index)) {
        return true;
    }
    if (index >= draft->count) {
        return false;
    }
    const Item *item = form_item(draft->form, index);
    draft->named[index] = true;
    return place    ? place_read(draft, index, option, value)
           : choice ? choice_read(&draft->answers[index], item, value)
                    : text_read(&draft->answers[index], item, value);
}

bool draft_read(Draft *draft, const Fields *fields, GError **error) {
    for (guint i = 0; i < fields_count(fields); i++) {
        if (!field_read(draft, fields_name(fields, i), fields_value(fields, i))) {
            return error_set(error, VK_ERROR_INPUT,
                             tr("Formuläret svarar på något som inte frågades.",
                                "The form answers what was not asked."));
        }
    }
    return true;
}

void draft_name(Draft *draft, guint index) {
    g_assert(index < draft->count);
    draft->named[index] = true;
}

static void places_fill(Draft *draft, guint index) {
    if (form_item(draft->form, index)->kind != ITEM_ORDER) {
        return;
    }
    for (guint place = 0; place < ITEM_ORDER_MAX; place++) {
        int option = item_order_at(draft->answers[index].choices, place);
        if (option >= 0) {
            draft->places[index][option] = (guint8)(place + 1);
        }
    }
}

void draft_forget(Draft *draft, guint index) {
    g_assert(index < draft->count);
    answer_clear(&draft->answers[index]);
    draft->answers[index] = (Answer){.item_id = form_item(draft->form, index)->id};
    memset(draft->places[index], 0, sizeof draft->places[index]);
    draft->named[index] = false;
}

void draft_fill(Draft *draft, const GPtrArray *saved) {
    for (guint i = 0; i < draft->count; i++) {
        for (guint j = 0; j < saved->len && !draft->named[i]; j++) {
            const Answer *from = g_ptr_array_index(saved, j);
            Answer *to = &draft->answers[i];
            if (from->item_id == to->item_id) {
                to->choices = from->choices;
                to->not_applicable = from->not_applicable;
                g_free(to->text);
                to->text = g_strdup(from->text);
                places_fill(draft, i);
            }
        }
    }
}

const Answer *draft_answer(const Draft *draft, guint index) {
    g_assert(index < draft->count);
    return &draft->answers[index];
}

bool draft_names(const Draft *draft, guint index) {
    g_assert(index < draft->count);
    return draft->named[index];
}

guint draft_place(const Draft *draft, guint index, guint option) {
    g_assert(index < draft->count && option < ITEM_ORDER_MAX);
    return draft->places[index][option];
}

static bool is_placed(const Draft *draft, guint index) {
    static const Places none = {0};
    return memcmp(draft->places[index], none, sizeof none) != 0;
}

DraftFault draft_fault(const Draft *draft, guint index) {
    const Answer *answer = draft_answer(draft, index);
    const Item *item = form_item(draft->form, index);
    if (answer->text && g_utf8_strlen(answer->text, -1) > (glong)item->text_max) {
        return DRAFT_TOO_LONG;
    }
    if (is_placed(draft, index) && answer->choices == 0 && !answer->not_applicable) {
        return DRAFT_BAD_ORDER;
    }
    if (answer_is_blank(answer)) {
        return form_item_required(draft->form, index) ? DRAFT_MISSING : DRAFT_GOOD;
    }
    g_autoptr(GError) error = NULL;
    return answer_validate(item, answer, &error) ? DRAFT_GOOD : DRAFT_TWO_ANSWERS;
}

const Answer *draft_answers(const Draft *draft) {
    return draft->answers;
}
