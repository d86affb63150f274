#include "web/answer_view.h"

#include "reports/study.h"
#include "survey/asked.h"
#include "web/dates.h"
#include "web/page.h"
#include "web/shown.h"

char *view_href(const View *view, Lang lang, int page) {
    bool foreign = lang != view->visit->locale;
    char number[16] = "";
    if (page >= 0) {
        g_snprintf(number, sizeof number, "%cpage=%d", foreign ? '&' : '?', page);
    }
    return g_strconcat(view->site->root, "/k/", view->token, foreign ? "?lang=" : "",
                       foreign ? lang_code(lang) : "", number, NULL);
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

bool view_is_stored(const View *view) {
    return view->visit->promise != PROMISE_ANONYMOUS;
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

static Reply *view_practice(const View *view) {
    const Visit *visit = view->visit;
    bool open = visit->state == VISIT_OPEN;
    g_autofree char *closes = dates_end(visit->closes_at_us, view->lang);
    cJSON *own = view_own(view);
    cJSON_AddBoolToObject(own, "open", open);
    add_count(own, "questions", form_item_count(view->form));
    cJSON_AddBoolToObject(own, "one_question", form_item_count(view->form) == 1);
    cJSON_AddBoolToObject(own, "up_to", false);
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
    guint questions = sheet_asked_at_most(view->sheet);
    cJSON *own = view_own(view);
    add_kind(own, visit->kind);
    add_count(own, "minutes", visit->minutes);
    cJSON_AddBoolToObject(own, "one_minute", visit->minutes == 1);
    add_count(own, "lessons", visit->lesson_count);
    cJSON_AddBoolToObject(own, "one_lesson", visit->lesson_count == 1);
    add_count(own, "questions", questions);
    cJSON_AddBoolToObject(own, "one_question", questions == 1);
    cJSON_AddBoolToObject(own, "up_to", form_varies(view->form));
    cJSON_AddBoolToObject(own, "scored", form_has_scored(view->form));
    cJSON_AddBoolToObject(own, "asks_text", form_asks_text(view->form));
    cJSON_AddBoolToObject(own, "practises", visit->practises);
    cJSON_AddStringToObject(own, "closes", closes);
    cJSON_AddStringToObject(own, "control_phrase", visit->control_phrase);
    cJSON_AddStringToObject(own, "from_address", settings->from_address);
    add_count(own, "k", visit->promised_k);
    add_count(own, "k_text", (guint)report_settings(visit->promised_k, 0).k_text);
    cJSON_AddBoolToObject(own, "requires", form_requires(view->form));
    return page_reply(view->site, view->lang, 200, "page/start.html", view_values(view), own);
}

/* --- pages of lessons and items -------------------------------------------------------------- */

/* Which positions are asked, as the draft's answers stand. */
static bool *view_asked(const View *view, const Draft *draft) {
    bool *asked = g_new0(bool, form_item_count(view->form));
    sheet_asked(view->sheet, draft_answers(draft), asked);
    return asked;
}

guint view_page_items(const View *view, guint page, const Draft *draft, guint out_positions[]) {
    guint lessons = form_lesson_count(view->form);
    g_autofree bool *asked = draft ? view_asked(view, draft) : NULL;
    return page < lessons ? 0 : sheet_page(view->sheet, page - lessons, asked, out_positions);
}

guint view_page_next(const View *view, guint page, const Draft *draft) {
    guint lessons = form_lesson_count(view->form);
    bool plain = form_is_plain(view->form) || page + 1 < lessons;
    return plain
               ? page + 1
               : lessons + asked_next(view->sheet, draft_answers(draft), (int)page - (int)lessons);
}

int view_page_before(const View *view, guint page, const Draft *draft) {
    int lessons = (int)form_lesson_count(view->form);
    g_autofree bool *asked = view_asked(view, draft);
    int before =
        (int)page > lessons ? sheet_page_before(view->sheet, page - (guint)lessons, asked) : -1;
    return before >= 0 ? lessons + before : MIN((int)page, lessons) - 1;
}

bool view_page_has_fault(const View *view, guint page, const Draft *draft) {
    guint positions[FORM_ITEMS_MAX];
    guint count = view_page_items(view, page, draft, positions);
    for (guint i = 0; i < count; i++) {
        if (draft_fault(draft, positions[i]) != DRAFT_GOOD) {
            return true;
        }
    }
    return false;
}

static void carry_field(cJSON *carried, const char *name, const char *value) {
    cJSON *field = cJSON_CreateObject();
    cJSON_AddStringToObject(field, "name", name);
    cJSON_AddStringToObject(field, "value", value);
    cJSON_AddItemToArray(carried, field);
}

static void carry(cJSON *carried, char letter, guint index, const char *value) {
    g_autofree char *name = g_strdup_printf("%c%u", letter, index);
    carry_field(carried, name, value);
}

/* An order that was typed wrong travels too: it is for its page to say so. */
static void carry_places(cJSON *carried, const Draft *draft, const Item *item, guint index) {
    for (guint option = 0; option < item->option_count; option++) {
        guint place = draft_place(draft, index, option);
        if (place > 0) {
            g_autofree char *name = g_strdup_printf("o%u.%u", index, option);
            g_autofree char *value = g_strdup_printf("%u", place);
            carry_field(carried, name, value);
        }
    }
}

static void carry_answer(cJSON *carried, const Draft *draft, const Item *item, guint index) {
    const Answer *answer = draft_answer(draft, index);
    if (answer->not_applicable) {
        carry(carried, 'q', index, "na");
    }
    if (item->kind == ITEM_ORDER) {
        carry_places(carried, draft, item, index);
        return;
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

/* What a page of items shows. */
typedef struct {
    guint positions[FORM_ITEMS_MAX];
    guint count;
    guint first_number; /* of its first question, among those asked */
    guint asked_count;  /* in all */
    guint page_number;  /* among the pages with anything on them, lessons too */
    guint page_count;
    bool is_last;
    bool has_back;
} Leaf;

static void leaf_count(Leaf *leaf, const View *view, guint item_page, const bool asked[]) {
    guint lessons = form_lesson_count(view->form);
    guint end = form_page_count(view->form);
    guint positions[FORM_ITEMS_MAX];
    for (guint page = 0; page < end; page++) {
        guint count = sheet_page(view->sheet, page, asked, positions);
        bool shown = count > 0 || page == item_page;
        leaf->first_number += page < item_page ? count : 0;
        leaf->page_number += shown && page <= item_page;
        leaf->page_count += shown;
        leaf->asked_count += count;
    }
    leaf->page_number += lessons;
    leaf->page_count += lessons;
    leaf->first_number++;
}

static Leaf leaf_new(const View *view, guint page, const Draft *draft) {
    guint lessons = form_lesson_count(view->form);
    Leaf leaf = {0};
    g_autofree bool *asked = view_asked(view, draft);
    if (page >= lessons) {
        leaf.count = sheet_page(view->sheet, page - lessons, asked, leaf.positions);
        leaf_count(&leaf, view, page - lessons, asked);
        leaf.is_last = sheet_ends_with(view->sheet, page - lessons, asked);
    } else {
        leaf_count(&leaf, view, G_MAXUINT, asked);
        leaf.page_number = page + 1;
    }
    leaf.has_back = view_page_before(view, page, draft) >= 0;
    return leaf;
}

/* Hidden fields for what the draft names on other pages than this. */
static cJSON *view_carried(const View *view, const Draft *draft, const Leaf *leaf) {
    cJSON *carried = cJSON_CreateArray();
    for (guint i = 0; i < form_item_count(view->form); i++) {
        bool here = false;
        for (guint j = 0; j < leaf->count; j++) {
            here = here || leaf->positions[j] == i;
        }
        if (!here && draft_names(draft, i)) {
            carry_answer(carried, draft, form_item(view->form, i), i);
        }
    }
    return carried;
}

static cJSON *view_option(const View *view, const Draft *draft, guint index, guint option) {
    const Item *item = form_item(view->form, index);
    guint place = draft_place(draft, index, option);
    g_autofree char *placed = place > 0 ? g_strdup_printf("%u", place) : g_strdup("");
    cJSON *value = cJSON_CreateObject();
    add_count(value, "value", option);
    cJSON_AddStringToObject(value, "label", item->options[view->lang][option]);
    cJSON_AddStringToObject(value, "place", placed);
    cJSON_AddBoolToObject(value, "checked",
                          item->kind != ITEM_ORDER &&
                              ((draft_answer(draft, index)->choices >> option) & 1));
    return value;
}

/* The scene, unless the question before on the page has the same. */
static void add_scene(cJSON *value, const View *view, const Item *item, const Item *before) {
    const char *text = item->scene[view->lang];
    bool again = before && g_str_equal(text, before->scene[view->lang]) &&
                 g_strcmp0(item->picture, before->picture) == 0;
    bool picture = item->picture && !again;
    g_autofree char *source =
        picture ? g_strconcat(view->site->root, "/picture/", item->picture, NULL) : g_strdup("");
    cJSON_AddBoolToObject(value, "has_scene", !again && (*text || item->picture));
    cJSON_AddStringToObject(value, "scene", again ? "" : text);
    cJSON_AddBoolToObject(value, "has_picture", picture);
    cJSON_AddStringToObject(value, "picture_src", source);
    cJSON_AddStringToObject(value, "picture_alt", picture ? item->picture_alt[view->lang] : "");
}

static void add_grid(cJSON *value, const View *view, guint index) {
    const FormGrid *grid = form_item_grid(view->form, index);
    cJSON_AddBoolToObject(value, "in_grid", grid != NULL);
    cJSON_AddBoolToObject(value, "grid_last", grid && grid->first + grid->count == index + 1);
    cJSON *begun = cJSON_AddArrayToObject(value, "grid");
    if (grid && grid->first == index) {
        cJSON *own = cJSON_CreateObject();
        cJSON_AddStringToObject(own, "grid_text", grid->text[view->lang]);
        page_add_told(view->site, own, view->lang, "page/items.html", grid->told[view->lang]);
        cJSON_AddItemToArray(begun, own);
    }
}

static void add_faults(cJSON *value, const Draft *draft, guint index, bool judge) {
    DraftFault fault = judge ? draft_fault(draft, index) : DRAFT_GOOD;
    cJSON_AddBoolToObject(value, "faulty", fault != DRAFT_GOOD);
    cJSON_AddBoolToObject(value, "two_answers", fault == DRAFT_TWO_ANSWERS);
    cJSON_AddBoolToObject(value, "too_long", fault == DRAFT_TOO_LONG);
    cJSON_AddBoolToObject(value, "bad_order", fault == DRAFT_BAD_ORDER);
    cJSON_AddBoolToObject(value, "missing", fault == DRAFT_MISSING);
}

static cJSON *view_item(const View *view, const Draft *draft, guint index, guint number,
                        bool judge) {
    const Item *item = form_item(view->form, index);
    const Answer *answer = draft_answer(draft, index);
    bool saved = view_is_stored(view) && !draft_names(draft, index);
    g_autofree char *shown = saved ? shown_mark(answer) : NULL;
    guint order[ITEM_OPTIONS_MAX];
    cJSON *value = cJSON_CreateObject();
    add_count(value, "index", index);
    add_count(value, "number", number);
    cJSON_AddStringToObject(value, "question", item->text[view->lang]);
    page_add_told(view->site, value, view->lang, "page/items.html", item->told[view->lang]);
    cJSON_AddBoolToObject(value, "is_text", item->kind == ITEM_TEXT);
    cJSON_AddBoolToObject(value, "is_order", item->kind == ITEM_ORDER);
    cJSON_AddBoolToObject(value, "is_scale", item->kind == ITEM_SCALE);
    cJSON_AddBoolToObject(value, "is_multiple", item->kind == ITEM_MULTIPLE);
    cJSON_AddStringToObject(value, "type", item->kind == ITEM_MULTIPLE ? "checkbox" : "radio");
    cJSON_AddBoolToObject(value, "required", form_item_required(view->form, index));
    cJSON_AddBoolToObject(value, "offers_na",
                          item->offers_not_applicable && item->kind != ITEM_TEXT);
    cJSON_AddBoolToObject(value, "asks_knowledge",
                          item->measure == MEASURE_KNOWLEDGE || item->measure == MEASURE_SCENARIO);
    cJSON_AddBoolToObject(value, "na_checked", answer->not_applicable);
    cJSON_AddStringToObject(value, "words", answer->text ? answer->text : "");
    cJSON_AddStringToObject(value, "shown", shown ? shown : "");
    add_count(value, "text_max", item->text_max);
    add_count(value, "option_count", item->option_count);
    add_grid(value, view, index);
    add_faults(value, draft, index, judge);
    cJSON *options = cJSON_AddArrayToObject(value, "options");
    g_assert(item->option_count <= ITEM_OPTIONS_MAX);
    form_option_order(item, view->visit->option_seed, order);
    for (guint i = 0; i < item->option_count; i++) {
        cJSON_AddItemToArray(options, view_option(view, draft, index, order[i]));
    }
    return value;
}

/* What lessons and item pages share: progress, the way back, answers that travel along. */
static cJSON *view_page_own(const View *view, guint page, const Draft *draft, const Leaf *leaf) {
    cJSON *own = view_own(view);
    add_count(own, "page", page);
    add_count(own, "page_number", leaf->page_number);
    add_count(own, "page_count", leaf->page_count);
    cJSON_AddBoolToObject(own, "many_pages", leaf->page_count > 1);
    cJSON_AddBoolToObject(own, "saves", leaf->count > 0 && view_is_stored(view));
    cJSON_AddBoolToObject(own, "has_back", leaf->has_back);
    cJSON_AddBoolToObject(own, "is_last", leaf->is_last);
    cJSON_AddItemToObject(own, "carried", view_carried(view, draft, leaf));
    return own;
}

static Reply *view_lesson(const View *view, guint page, const Draft *draft, bool welcome_back) {
    const Lesson *lesson = form_lesson(view->form, page);
    Leaf leaf = leaf_new(view, page, draft);
    cJSON *own = view_page_own(view, page, draft, &leaf);
    cJSON_AddStringToObject(own, "lesson_title", lesson->title[view->lang]);
    page_add_told(view->site, own, view->lang, "page/lesson.html", lesson->told[view->lang]);
    cJSON_AddStringToObject(own, "lesson_html", lesson->html[view->lang]);
    cJSON_AddBoolToObject(own, "welcome_back", welcome_back);
    return page_reply(view->site, view->lang, 200, "page/lesson.html", view_form_values(view), own);
}

/* The heading above the page's items, and what leads in to it on its first page. */
static void add_section(cJSON *own, const View *view, guint item_page) {
    const FormSection *section = form_page_section(view->form, item_page);
    const char *title = section ? section->title[view->lang] : "";
    const char *intro =
        section && section->first_page == item_page ? section->intro[view->lang] : "";
    cJSON *shown = cJSON_AddArrayToObject(own, "section");
    if (*title || *intro) {
        cJSON *value = cJSON_CreateObject();
        cJSON_AddStringToObject(value, "section_title", title);
        cJSON_AddStringToObject(value, "section_intro", intro);
        page_add_told(view->site, value, view->lang, "page/items.html", section->told[view->lang]);
        cJSON_AddItemToArray(shown, value);
    }
}

Reply *view_page(const View *view, guint page, const Draft *draft, bool judge, bool welcome_back) {
    guint lessons = form_lesson_count(view->form);
    if (page < lessons) {
        return view_lesson(view, page, draft, welcome_back);
    }
    Leaf leaf = leaf_new(view, page, draft);
    bool faulty = judge && view_page_has_fault(view, page, draft);
    cJSON *own = view_page_own(view, page, draft, &leaf);
    cJSON_AddBoolToObject(own, "welcome_back", welcome_back);
    cJSON_AddBoolToObject(own, "has_fault", faulty);
    cJSON_AddBoolToObject(own, "one_question", leaf.count == 1);
    cJSON_AddBoolToObject(own, "no_question", leaf.count == 0);
    add_count(own, "first_number", leaf.first_number);
    add_count(own, "last_number", leaf.first_number + leaf.count - 1);
    add_count(own, "question_count", leaf.asked_count);
    add_section(own, view, page - lessons);
    cJSON *items = cJSON_AddArrayToObject(own, "items");
    const Item *before = NULL;
    for (guint i = 0; i < leaf.count; i++) {
        const Item *item = form_item(view->form, leaf.positions[i]);
        cJSON *value = view_item(view, draft, leaf.positions[i], leaf.first_number + i, judge);
        add_scene(value, view, item, before);
        cJSON_AddItemToArray(items, value);
        before = item;
    }
    return page_reply(view->site, view->lang, faulty ? 422 : 200, "page/items.html",
                      view_form_values(view), own);
}

/* --- the end --------------------------------------------------------------------------------- */

/* The options chosen; of an order item all, from the first place to the last. */
static cJSON *labels(const View *view, const Item *item, uint32_t choices) {
    cJSON *array = cJSON_CreateArray();
    for (guint i = 0; i < item->option_count; i++) {
        bool ordered = item->kind == ITEM_ORDER;
        int option = ordered ? item_order_at(choices, i) : (choices >> i & 1) ? (int)i : -1;
        if (option >= 0) {
            g_autofree char *text =
                ordered ? g_strdup_printf("%u. %s", i + 1, item->options[view->lang][option])
                        : g_strdup(item->options[view->lang][option]);
            cJSON *label = cJSON_CreateObject();
            cJSON_AddStringToObject(label, "label", text);
            cJSON_AddItemToArray(array, label);
        }
    }
    return array;
}

/* The lesson on the item's topic, the first time that it is missed. */
static void add_lesson(cJSON *value, const View *view, const Draft *draft, const bool asked[],
                       guint index, bool missed) {
    const Item *item = form_item(view->form, index);
    bool has = missed && view->lessons;
    const Lesson *lesson = has ? g_hash_table_lookup(view->lessons, item->topic) : NULL;
    for (guint i = 0; lesson && i < index; i++) {
        const Item *before = form_item(view->form, i);
        bool told = asked[i] && item_is_scored(before) && g_str_equal(before->topic, item->topic) &&
                    !item_is_correct(before, draft_answer(draft, i)->choices);
        lesson = told ? NULL : lesson;
    }
    cJSON *shown = cJSON_AddArrayToObject(value, "lesson");
    if (lesson) {
        cJSON *own = cJSON_CreateObject();
        cJSON_AddStringToObject(own, "lesson_title", lesson->title[view->lang]);
        cJSON_AddStringToObject(own, "lesson_html", lesson->html[view->lang]);
        page_add_told(view->site, own, view->lang, "page/result.html", lesson->told[view->lang]);
        cJSON_AddItemToArray(shown, own);
    }
}

static cJSON *view_outcome(const View *view, const Draft *draft, const bool asked[], guint index,
                           guint number, bool key_only) {
    const Item *item = form_item(view->form, index);
    const Answer *answer = draft_answer(draft, index);
    bool right = item_is_correct(item, answer->choices);
    cJSON *value = cJSON_CreateObject();
    add_count(value, "number", number);
    cJSON_AddStringToObject(value, "question", item->text[view->lang]);
    page_add_told(view->site, value, view->lang, "page/result.html", item->told[view->lang]);
    cJSON_AddBoolToObject(value, "right", right);
    cJSON_AddBoolToObject(value, "missed", !right && answer->choices != 0);
    cJSON_AddBoolToObject(value, "yours_shown", answer->choices != 0);
    cJSON_AddBoolToObject(value, "not_known", answer->not_applicable);
    cJSON_AddBoolToObject(value, "unanswered",
                          !key_only && answer->choices == 0 && !answer->not_applicable);
    add_lesson(value, view, draft, asked, index, !right);
    cJSON_AddItemToObject(value, "yours", labels(view, item, answer->choices));
    cJSON_AddItemToObject(value, "answers", labels(view, item, item->key_mask));
    cJSON_AddStringToObject(value, "explain", item->explain[view->lang]);
    return value;
}

static bool draft_names_any(const View *view, const Draft *draft) {
    for (guint i = 0; i < form_item_count(view->form); i++) {
        if (draft_names(draft, i)) {
            return true;
        }
    }
    return false;
}

Reply *view_result(const View *view, const Draft *draft, bool done_before) {
    const Visit *visit = view->visit;
    guint right = 0, scored = 0, number = 0;
    bool anonymous = visit->promise == PROMISE_ANONYMOUS;
    bool key_only = anonymous && visit->state == VISIT_COMPLETE && !draft_names_any(view, draft);
    g_autofree bool *asked = view_asked(view, draft);
    cJSON *own = view_own(view);
    cJSON *items = cJSON_AddArrayToObject(own, "items");
    for (guint i = 0; i < sheet_count(view->sheet); i++) {
        guint position = sheet_position(view->sheet, i);
        const Item *item = form_item(view->form, position);
        /* The key alone has no answers that a branch could hang on. */
        bool shown = asked[position] || key_only;
        number += shown;
        if (shown && item_is_scored(item)) {
            scored++;
            right += item_is_correct(item, draft_answer(draft, position)->choices);
            cJSON_AddItemToArray(items,
                                 view_outcome(view, draft, asked, position, number, key_only));
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
    cJSON_AddBoolToObject(own, "done_before", done_before);
    cJSON_AddBoolToObject(own, "later_attempt", visit->attempt > 1);
    /* An anonymous result exists on this page only: there is no address that shows it again. */
    cJSON *values =
        anonymous && !key_only ? page_frame(view->site, view->lang, NULL) : view_values(view);
    return page_reply(view->site, view->lang, 200, "page/result.html", values, own);
}

Reply *view_thanks(const View *view, bool done_before) {
    cJSON *own = view_own(view);
    g_autofree char *closes = dates_end(view->visit->closes_at_us, view->lang);
    bool withheld = view->visit->key_withheld && form_has_scored(view->form);
    add_kind(own, view->visit->kind);
    cJSON_AddBoolToObject(own, "done_before", done_before);
    cJSON_AddBoolToObject(own, "withheld", withheld);
    cJSON_AddBoolToObject(own, "asks_text", form_asks_text(view->form));
    cJSON_AddStringToObject(own, "closes", closes);
    cJSON_AddBoolToObject(own, "allow_retry", view->visit->allow_retry);
    return page_reply(view->site, view->lang, 200, "page/thanks.html", view_values(view), own);
}
