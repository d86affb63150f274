#include "web/draft.h"

#include <string.h>

#include "base/error.h"
#include "base/lang.h"

struct Draft {
    const Form *form;
    guint count;
    Answer *answers;
    bool *named;
};

Draft *draft_new(const Form *form) {
    Draft *draft = g_new0(Draft, 1);
    draft->form = form;
    draft->count = form_item_count(form);
    draft->answers = g_new0(Answer, MAX(draft->count, 1));
    draft->named = g_new0(bool, MAX(draft->count, 1));
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
    g_free(draft);
}

/* "q12" -> 12. False for a name that is not of that shape. */
static bool name_index(const char *name, char letter, guint *out_index) {
    guint64 number;
    if (name[0] != letter || !g_ascii_isdigit(name[1]) ||
        !g_ascii_string_to_unsigned(name + 1, 10, 0, FORM_ITEMS_MAX * 10, &number, NULL)) {
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
    if (!g_ascii_isdigit(*value) ||
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

bool draft_read(Draft *draft, const Fields *fields, GError **error) {
    for (guint i = 0; i < fields_count(fields); i++) {
        const char *name = fields_name(fields, i);
        guint index;
        bool choice = name_index(name, 'q', &index);
        if (!choice && !name_index(name, 't', &index)) {
            continue;
        }
        bool known = index < draft->count;
        const Item *item = known ? form_item(draft->form, index) : NULL;
        const char *value = fields_value(fields, i);
        if (!known || !(choice ? choice_read(&draft->answers[index], item, value)
                               : text_read(&draft->answers[index], item, value))) {
            return error_set(error, VK_ERROR_INPUT,
                             tr("Formuläret svarar på något som inte frågades.",
                                "The form answers what was not asked."));
        }
        draft->named[index] = true;
    }
    return true;
}

void draft_name(Draft *draft, guint index) {
    g_assert(index < draft->count);
    draft->named[index] = true;
}

void draft_forget(Draft *draft, guint index) {
    g_assert(index < draft->count);
    answer_clear(&draft->answers[index]);
    draft->answers[index] = (Answer){.item_id = form_item(draft->form, index)->id};
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

DraftFault draft_fault(const Draft *draft, guint index) {
    const Answer *answer = draft_answer(draft, index);
    if (answer->text && g_utf8_strlen(answer->text, -1) > ANSWER_TEXT_MAX) {
        return DRAFT_TOO_LONG;
    }
    g_autoptr(GError) error = NULL;
    return answer_validate(form_item(draft->form, index), answer, &error) ? DRAFT_GOOD
                                                                          : DRAFT_TWO_ANSWERS;
}

const Answer *draft_answers(const Draft *draft) {
    return draft->answers;
}
