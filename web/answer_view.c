#include "web/answer_view.h"

#include "web/dates.h"
#include "web/page.h"

char *view_href(const View *view, Lang lang, int page) {
    g_autoptr(GString) href = g_string_new(NULL);
    g_string_printf(href, "%s/k/%s", view->site->root, view->token);
    char mark = '?';
    if (lang != view->visit->locale) {
        g_string_append_printf(href, "%clang=%s", mark, lang_code(lang));
        mark = '&';
    }
    if (page >= 0) {
        g_string_append_printf(href, "%cpage=%d", mark, page);
    }
    return g_string_free(g_steal_pointer(&href), FALSE);
}

/* The layout's values, for a page that its address alone can show again in another language. */
static cJSON *view_values(const View *view) {
    g_autofree char *address = g_strdup_printf("%s/k/%s", view->site->root, view->token);
    return page_frame(view->site, view->lang, address);
}

/* The layout's values, for a page whose answers must travel along to another language. */
static cJSON *view_form_values(const View *view) {
    cJSON *values = page_frame(view->site, view->lang, NULL);
    cJSON_ReplaceItemInObject(values, "switch_form", cJSON_CreateTrue());
    return values;
}

static void add_count(cJSON *object, const char *name, guint number) {
    cJSON_AddNumberToObject(object, name, number);
}

static cJSON *view_own(const View *view) {
    const Visit *visit = view->visit;
    g_autofree char *action = view_href(view, visit->locale, -1);
    cJSON *own = cJSON_CreateObject();
    cJSON_AddStringToObject(own, "action", action);
    cJSON_AddStringToObject(own, "title", visit->title[view->lang]);
    cJSON_AddBoolToObject(own, "identified", visit->promise == PROMISE_IDENTIFIED);
    cJSON_AddBoolToObject(own, "confidential", visit->promise == PROMISE_CONFIDENTIAL);
    cJSON_AddBoolToObject(own, "anonymous", visit->promise == PROMISE_ANONYMOUS);
    return own;
}

static void add_kind(cJSON *own, CampaignKind kind) {
    cJSON_AddBoolToObject(own, "training", kind == CAMPAIGN_TRAINING);
    cJSON_AddBoolToObject(own, "knowledge", kind == CAMPAIGN_KNOWLEDGE);
    cJSON_AddBoolToObject(own, "application", kind == CAMPAIGN_APPLICATION);
    cJSON_AddBoolToObject(own, "obstacles", kind == CAMPAIGN_OBSTACLES);
}

static void add_practice(cJSON *own, const Visit *visit) {
    cJSON_AddBoolToObject(own, "practice", visit->practice);
    cJSON_AddBoolToObject(own, "stopped", visit->practice_stopped);
}

static bool form_has_scored(const Form *form) {
    for (guint i = 0; i < form_item_count(form); i++) {
        if (item_is_scored(form_item(form, i))) {
            return true;
        }
    }
    return false;
}

static bool form_asks_text(const Form *form) {
    for (guint i = 0; i < form_item_count(form); i++) {
        if (form_item(form, i)->kind == ITEM_TEXT) {
            return true;
        }
    }
    return false;
}

static Reply *view_practice(const View *view) {
    const Visit *visit = view->visit;
    bool open = visit->state == VISIT_OPEN;
    g_autofree char *closes = dates_end(visit->closes_at_us, view->lang);
    cJSON *own = view_own(view);
    cJSON_AddBoolToObject(own, "open", open);
    add_count(own, "questions", form_item_count(view->form));
    cJSON_AddBoolToObject(own, "one_question", form_item_count(view->form) == 1);
    cJSON_AddStringToObject(own, "closes", closes);
    cJSON_AddStringToObject(own, "control_phrase", visit->control_phrase);
    cJSON_AddStringToObject(own, "from_address", view->site->settings.from_address);
    add_practice(own, visit);
    return page_reply(view->site, view->lang, open ? 200 : 410, "page/practice.html",
                      view_values(view), own);
}

Reply *view_start(const View *view) {
    if (view->visit->practice) {
        return view_practice(view);
    }
    const Visit *visit = view->visit;
    const ServerSettings *settings = &view->site->settings;
    g_autofree char *closes = dates_end(visit->closes_at_us, view->lang);
    cJSON *own = view_own(view);
    add_kind(own, visit->kind);
    add_count(own, "minutes", visit->minutes);
    cJSON_AddBoolToObject(own, "one_minute", visit->minutes == 1);
    add_count(own, "lessons", visit->lesson_count);
    cJSON_AddBoolToObject(own, "one_lesson", visit->lesson_count == 1);
    add_count(own, "questions", form_item_count(view->form));
    cJSON_AddBoolToObject(own, "one_question", form_item_count(view->form) == 1);
    cJSON_AddBoolToObject(own, "scored", form_has_scored(view->form));
    cJSON_AddBoolToObject(own, "asks_text", form_asks_text(view->form));
    cJSON_AddBoolToObject(own, "practises", visit->practises);
    cJSON_AddStringToObject(own, "closes", closes);
    cJSON_AddStringToObject(own, "control_phrase", visit->control_phrase);
    cJSON_AddStringToObject(own, "from_address", settings->from_address);
    add_count(own, "k", visit->promise == PROMISE_ANONYMOUS ? settings->k_anonymous : settings->k);
    return page_reply(view->site, view->lang, 200, "page/start.html", view_values(view), own);
}

/* --- pages of lessons and items -------------------------------------------------------------- */

guint view_page_items(const View *view, guint page, guint *out_first) {
    const Item *const *items;
    guint lessons = form_lesson_count(view->form);
    guint first = 0, count = 0;
    for (guint at = lessons; at <= page && page >= lessons; at++) {
        first += count;
        count = form_page_items(view->form, at - lessons, &items);
    }
    *out_first = first;
    return count;
}

bool view_page_has_fault(const View *view, guint page, const Draft *draft) {
    guint first;
    guint count = view_page_items(view, page, &first);
    for (guint i = first; i < first + count; i++) {
        if (draft_fault(draft, i) != DRAFT_GOOD) {
            return true;
        }
    }
    return false;
}

static void carry(cJSON *carried, char letter, guint index, const char *value) {
    g_autofree char *name = g_strdup_printf("%c%u", letter, index);
    cJSON *field = cJSON_CreateObject();
    cJSON_AddStringToObject(field, "name", name);
    cJSON_AddStringToObject(field, "value", value);
    cJSON_AddItemToArray(carried, field);
}

static void carry_answer(cJSON *carried, const Item *item, guint index, const Answer *answer) {
    if (answer->not_applicable) {
        carry(carried, 'q', index, "na");
    }
    for (guint option = 0; option < item->option_count; option++) {
        if (answer->choices & (UINT32_C(1) << option)) {
            g_autofree char *value = g_strdup_printf("%u", option);
            carry(carried, 'q', index, value);
        }
    }
    if (answer->text && *answer->text) {
        carry(carried, 't', index, answer->text);
    }
}

/* Hidden fields for what the draft names on other pages than this. */
static cJSON *view_carried(const View *view, const Draft *draft, guint first, guint count) {
    cJSON *carried = cJSON_CreateArray();
    for (guint i = 0; i < form_item_count(view->form); i++) {
        bool here = i >= first && i < first + count;
        if (!here && draft_names(draft, i)) {
            carry_answer(carried, form_item(view->form, i), i, draft_answer(draft, i));
        }
    }
    return carried;
}

static cJSON *view_option(const View *view, const Item *item, guint option, const Answer *answer) {
    cJSON *value = cJSON_CreateObject();
    add_count(value, "value", option);
    cJSON_AddStringToObject(value, "label", item->options[view->lang][option]);
    cJSON_AddBoolToObject(value, "checked", (answer->choices >> option) & 1);
    return value;
}

static cJSON *view_item(const View *view, const Draft *draft, guint index, bool judge) {
    const Item *item = form_item(view->form, index);
    const Answer *answer = draft_answer(draft, index);
    DraftFault fault = judge ? draft_fault(draft, index) : DRAFT_GOOD;
    guint order[ITEM_OPTIONS_MAX];
    cJSON *value = cJSON_CreateObject();
    add_count(value, "index", index);
    add_count(value, "number", index + 1);
    cJSON_AddStringToObject(value, "question", item->text[view->lang]);
    page_add_told(view->site, value, view->lang, "page/items.html", item->told[view->lang]);
    cJSON_AddBoolToObject(value, "is_text", item->kind == ITEM_TEXT);
    cJSON_AddBoolToObject(value, "is_scale", item->kind == ITEM_SCALE);
    cJSON_AddBoolToObject(value, "is_multiple", item->kind == ITEM_MULTIPLE);
    cJSON_AddStringToObject(value, "type", item->kind == ITEM_MULTIPLE ? "checkbox" : "radio");
    cJSON_AddBoolToObject(value, "offers_na",
                          item->offers_not_applicable && item->kind != ITEM_TEXT);
    cJSON_AddBoolToObject(value, "asks_knowledge",
                          item->measure == MEASURE_KNOWLEDGE || item->measure == MEASURE_SCENARIO);
    cJSON_AddBoolToObject(value, "na_checked", answer->not_applicable);
    cJSON_AddStringToObject(value, "words", answer->text ? answer->text : "");
    cJSON_AddBoolToObject(value, "two_answers", fault == DRAFT_TWO_ANSWERS);
    cJSON_AddBoolToObject(value, "too_long", fault == DRAFT_TOO_LONG);
    cJSON *options = cJSON_AddArrayToObject(value, "options");
    g_assert(item->option_count <= ITEM_OPTIONS_MAX);
    form_option_order(item, view->visit->option_seed, order);
    for (guint i = 0; i < item->option_count; i++) {
        cJSON_AddItemToArray(options, view_option(view, item, order[i], answer));
    }
    return value;
}

/* What lessons and item pages share: progress, the way back, answers that travel along. */
static cJSON *view_page_own(const View *view, guint page, const Draft *draft, guint first,
                            guint count) {
    guint pages = view->visit->page_count;
    cJSON *own = view_own(view);
    add_count(own, "page", page);
    add_count(own, "page_number", page + 1);
    add_count(own, "page_count", pages);
    cJSON_AddBoolToObject(own, "many_pages", pages > 1);
    cJSON_AddBoolToObject(own, "has_back", page > 0);
    cJSON_AddBoolToObject(own, "is_last", page + 1 == pages);
    cJSON_AddItemToObject(own, "carried", view_carried(view, draft, first, count));
    return own;
}

static Reply *view_lesson(const View *view, guint page, const Draft *draft, bool welcome_back) {
    const Lesson *lesson = form_lesson(view->form, page);
    cJSON *own = view_page_own(view, page, draft, 0, 0);
    cJSON_AddStringToObject(own, "lesson_title", lesson->title[view->lang]);
    page_add_told(view->site, own, view->lang, "page/lesson.html", lesson->told[view->lang]);
    cJSON_AddStringToObject(own, "lesson_html", lesson->html[view->lang]);
    cJSON_AddBoolToObject(own, "welcome_back", welcome_back);
    return page_reply(view->site, view->lang, 200, "page/lesson.html", view_form_values(view), own);
}

Reply *view_page(const View *view, guint page, const Draft *draft, bool judge, bool welcome_back) {
    guint first;
    guint count = view_page_items(view, page, &first);
    if (count == 0) {
        return view_lesson(view, page, draft, welcome_back);
    }
    bool faulty = judge && view_page_has_fault(view, page, draft);
    cJSON *own = view_page_own(view, page, draft, first, count);
    cJSON_AddBoolToObject(own, "welcome_back", welcome_back);
    cJSON_AddBoolToObject(own, "has_fault", faulty);
    cJSON_AddBoolToObject(own, "one_question", count == 1);
    add_count(own, "first_number", first + 1);
    add_count(own, "last_number", first + count);
    add_count(own, "question_count", form_item_count(view->form));
    cJSON *items = cJSON_AddArrayToObject(own, "items");
    for (guint i = first; i < first + count; i++) {
        cJSON_AddItemToArray(items, view_item(view, draft, i, judge));
    }
    return page_reply(view->site, view->lang, faulty ? 422 : 200, "page/items.html",
                      view_form_values(view), own);
}

/* --- the end --------------------------------------------------------------------------------- */

static cJSON *labels(const View *view, const Item *item, uint32_t choices) {
    cJSON *array = cJSON_CreateArray();
    for (guint option = 0; option < item->option_count; option++) {
        if (choices & (UINT32_C(1) << option)) {
            cJSON *label = cJSON_CreateObject();
            cJSON_AddStringToObject(label, "label", item->options[view->lang][option]);
            cJSON_AddItemToArray(array, label);
        }
    }
    return array;
}

/* The lesson on the item's topic, the first time that it is missed. */
static void add_lesson(cJSON *value, const View *view, const Draft *draft, guint index,
                       bool missed) {
    const Item *item = form_item(view->form, index);
    bool has = missed && view->lessons;
    const Lesson *lesson = has ? g_hash_table_lookup(view->lessons, item->topic) : NULL;
    for (guint i = 0; lesson && i < index; i++) {
        const Item *before = form_item(view->form, i);
        bool told = item_is_scored(before) && g_str_equal(before->topic, item->topic) &&
                    !item_is_correct(before, draft_answer(draft, i)->choices);
        lesson = told ? NULL : lesson;
    }
    cJSON *shown = cJSON_AddArrayToObject(value, "lesson");
    if (lesson) {
        cJSON *own = cJSON_CreateObject();
        cJSON_AddStringToObject(own, "lesson_title", lesson->title[view->lang]);
        cJSON_AddStringToObject(own, "lesson_html", lesson->html[view->lang]);
        page_add_told(view->site, own, view->lang, "page/result.html", lesson->told[view->lang]);
        if (!cJSON_HasObjectItem(own, "other_lang")) {
            cJSON_AddStringToObject(own, "other_lang", ""); /* and not the question's */
        }
        cJSON_AddItemToArray(shown, own);
    }
}

static cJSON *view_outcome(const View *view, const Draft *draft, guint index, bool key_only) {
    const Item *item = form_item(view->form, index);
    const Answer *answer = draft_answer(draft, index);
    bool right = item_is_correct(item, answer->choices);
    cJSON *value = cJSON_CreateObject();
    add_count(value, "number", index + 1);
    cJSON_AddStringToObject(value, "question", item->text[view->lang]);
    page_add_told(view->site, value, view->lang, "page/result.html", item->told[view->lang]);
    cJSON_AddBoolToObject(value, "right", right);
    cJSON_AddBoolToObject(value, "missed", !right && answer->choices != 0);
    cJSON_AddBoolToObject(value, "yours_shown", answer->choices != 0);
    cJSON_AddBoolToObject(value, "not_known", answer->not_applicable);
    cJSON_AddBoolToObject(value, "unanswered",
                          !key_only && answer->choices == 0 && !answer->not_applicable);
    add_lesson(value, view, draft, index, !right);
    cJSON_AddItemToObject(value, "yours", labels(view, item, answer->choices));
    cJSON_AddItemToObject(value, "answers", labels(view, item, item->key_mask));
    cJSON_AddStringToObject(value, "explain", item->explain[view->lang]);
    return value;
}

Reply *view_result(const View *view, const Draft *draft) {
    const Visit *visit = view->visit;
    guint right = 0, scored = 0;
    bool anonymous = visit->promise == PROMISE_ANONYMOUS;
    bool key_only = anonymous && visit->state == VISIT_COMPLETE;
    cJSON *own = view_own(view);
    cJSON *items = cJSON_AddArrayToObject(own, "items");
    for (guint i = 0; i < form_item_count(view->form); i++) {
        const Item *item = form_item(view->form, i);
        if (item_is_scored(item)) {
            scored++;
            right += item_is_correct(item, draft_answer(draft, i)->choices);
            cJSON_AddItemToArray(items, view_outcome(view, draft, i, key_only));
        }
    }
    add_kind(own, visit->kind);
    add_count(own, "right_count", right);
    add_count(own, "scored_count", scored);
    cJSON_AddBoolToObject(own, "one_scored", scored == 1);
    cJSON_AddBoolToObject(own, "all_right", right == scored);
    cJSON_AddBoolToObject(own, "most_right", right < scored && 10 * right >= 8 * scored);
    cJSON_AddBoolToObject(own, "half_right", 10 * right < 8 * scored && 2 * right >= scored);
    cJSON_AddBoolToObject(own, "few_right", 2 * right < scored);
    add_practice(own, visit);
    cJSON_AddBoolToObject(own, "key_only", key_only);
    cJSON_AddBoolToObject(own, "shown_once", anonymous && !key_only);
    cJSON_AddBoolToObject(own, "comes_back",
                          right < scored && (visit->practises || visit->practice) &&
                              !visit->practice_stopped);
    cJSON_AddBoolToObject(own, "allow_retry", visit->allow_retry);
    cJSON_AddBoolToObject(own, "later_attempt", visit->attempt > 1);
    /* An anonymous result exists on this page only: there is no address that shows it again. */
    cJSON *values =
        anonymous && !key_only ? page_frame(view->site, view->lang, NULL) : view_values(view);
    return page_reply(view->site, view->lang, 200, "page/result.html", values, own);
}

Reply *view_thanks(const View *view) {
    cJSON *own = view_own(view);
    g_autofree char *closes = dates_end(view->visit->closes_at_us, view->lang);
    bool withheld = view->visit->key_withheld && form_has_scored(view->form);
    add_kind(own, view->visit->kind);
    cJSON_AddBoolToObject(own, "withheld", withheld);
    cJSON_AddStringToObject(own, "closes", closes);
    cJSON_AddBoolToObject(own, "allow_retry", view->visit->allow_retry);
    return page_reply(view->site, view->lang, 200, "page/thanks.html", view_values(view), own);
}
