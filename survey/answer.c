#include "survey/answer.h"

#include "base/error.h"

#include <string.h>

void answer_clear(Answer *answer) {
    g_clear_pointer(&answer->text, g_free);
    *answer = (Answer){0};
}

void answer_free(Answer *answer) {
    if (answer != NULL) {
        answer_clear(answer);
        g_free(answer);
    }
}

static bool has_text(const Answer *answer) {
    return answer->text != NULL && answer->text[0] != '\0';
}

bool answer_is_blank(const Answer *answer) {
    return answer->choices == 0 && !answer->not_applicable && !has_text(answer);
}

static bool text_validate(const Item *item, const char *text, GError **error) {
    if (!g_utf8_validate(text, -1, NULL)) {
        return error_set(
            error, VK_ERROR_INPUT,
            tr("Svaret är inte läsbar text (UTF-8).", "The answer is not readable text (UTF-8)."));
    }
    if (g_utf8_strlen(text, -1) > (glong)item->text_max) {
        return error_set(error, VK_ERROR_LIMIT,
                         tr("Svaret är för långt: högst %u tecken.",
                            "The answer is too long: at most %u characters."),
                         item->text_max);
    }
    for (const char *at = text; *at != '\0'; at += g_utf8_skip[(guchar)*at]) {
        gunichar c = g_utf8_get_char(at);
        if (g_unichar_iscntrl(c) && c != '\n' && c != '\r' && c != '\t') {
            return error_set(error, VK_ERROR_INPUT,
                             tr("Svaret innehåller ett otillåtet styrtecken.",
                                "The answer holds a control character."));
        }
    }
    return true;
}

/* At most one choice, except where several are asked. */
static bool choices_validate(const Item *item, uint32_t choices, GError **error) {
    if (item->kind == ITEM_ORDER) {
        return choices == 0 || item_order_is_whole(item, choices) ||
               error_set(error, VK_ERROR_INPUT,
                         tr("Fråga %s: ge varje alternativ en egen plats.",
                            "Question %s: give each option a place of its own."),
                         item->key);
    }
    uint32_t known = item->option_count == 0 ? 0 : (UINT32_C(1) << item->option_count) - 1;
    if ((choices & ~known) != 0) {
        return error_set(
            error, VK_ERROR_INPUT,
            tr("Fråga %s har inget sådant svarsalternativ.", "Question %s has no such option."),
            item->key);
    }
    if (item->kind != ITEM_MULTIPLE && (choices & (choices - 1)) != 0) {
        return error_set(error, VK_ERROR_INPUT,
                         tr("Fråga %s tar bara ett svar.", "Question %s takes one answer only."),
                         item->key);
    }
    return true;
}

bool answer_validate(const Item *item, const Answer *answer, GError **error) {
    if (answer->item_id != item->id) {
        return error_set(error, VK_ERROR_INPUT,
                         tr("Svaret hör till en annan fråga än %s.",
                            "The answer belongs to another question than %s."),
                         item->key);
    }
    if (answer->not_applicable &&
        (!item->offers_not_applicable || answer->choices != 0 || has_text(answer))) {
        return error_set(error, VK_ERROR_INPUT,
                         tr("Fråga %s kan inte besvaras så: välj ett alternativ eller inget.",
                            "Question %s cannot be answered so: choose one option or none."),
                         item->key);
    }
    if (has_text(answer) && item->kind != ITEM_TEXT) {
        return error_set(error, VK_ERROR_INPUT,
                         tr("Fråga %s tar inget fritextsvar.", "Question %s takes no free text."),
                         item->key);
    }
    if (has_text(answer) && !text_validate(item, answer->text, error)) {
        return false;
    }
    return choices_validate(item, answer->choices, error);
}
