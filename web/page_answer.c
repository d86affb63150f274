#include "web/pages.h"

#include <string.h>

#include "base/error.h"
#include "base/token.h"
#include "survey/asked.h"
#include "survey/guide.h"
#include "web/answer_view.h"
#include "web/dates.h"
#include "web/page.h"
#include "web/shown.h"

/* Everything that one request at a personal link knows; travels with the change it asks for. */
typedef struct {
    Visit *visit;
    const Form *form; /* the site's */
    Sheet *sheet;     /* what the person is asked of it */
    char *token;
    Lang lang;
    int64_t now_us;
    guint page;
    Draft *draft;
    GBytes *ballot; /* sealed, of an anonymous person */
} Call;

static void call_free(gpointer data) {
    Call *call = data;
    if (call) {
        draft_free(call->draft);
        sheet_free(call->sheet);
        g_clear_pointer(&call->ballot, g_bytes_unref);
        visit_free(call->visit);
        g_free(call->token);
        g_free(call);
    }
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Call, call_free)

static View call_view(const Site *site, const Call *call) {
    return (View){.site = site,
                  .visit = call->visit,
                  .form = call->form,
                  .sheet = call->sheet,
                  .token = call->token,
                  .lang = call->lang};
}

/* Reads what the link leads to; the token is checked before the database is touched. NULL with
 * NOT_FOUND for a link that is not ours. */
static Call *call_new(const Site *site, Db *db, const Request *request, int64_t invitation_id,
                      GError **error) {
    g_autoptr(Call) call = g_new0(Call, 1);
    call->now_us = request->now_us;
    call->token = g_strdup(request->path + strlen("/k/"));
    if (!answering_visit(db, invitation_id, request->now_us, &call->visit, error)) {
        return NULL;
    }
    call->lang = page_lang(request, call->visit->locale);
    call->form = site_form(site, db, call->visit->form_id, error);
    call->sheet = call->form ? answering_sheet(db, call->visit, call->form, error) : NULL;
    if (!call->sheet) {
        return NULL;
    }
    call->draft = draft_new(call->form);
    return g_steal_pointer(&call);
}

static Reply *reply_to_link(const Site *site, const Call *call, int page) {
    View view = call_view(site, call);
    g_autofree char *href = view_href(&view, call->lang, page);
    return reply_see_other(href);
}

/* As reply_to_link, for a change that came too late: the page there says that it was not saved. */
static Reply *reply_unsaved(const Site *site, const Call *call) {
    View view = call_view(site, call);
    g_autofree char *href = view_href(&view, call->lang, -1);
    g_autofree char *told = g_strconcat(href, strchr(href, '?') ? "&" : "?", "unsaved=1", NULL);
    return reply_see_other(told);
}

/* --- showing --------------------------------------------------------------------------------- */

/* The page for a link that takes no answers now. */
static Reply *show_shut(const Site *site, const Request *request, const Call *call,
                        Message message) {
    g_autofree char *closes = dates_end(call->visit->closes_at_us, call->lang);
    cJSON *own = cJSON_CreateObject();
    cJSON_AddStringToObject(own, "title", call->visit->title[call->lang]);
    cJSON_AddStringToObject(own, "closes", closes);
    cJSON_AddBoolToObject(own, "unsaved",
                          request->method == METHOD_POST || fields_get(request->query, "unsaved"));
    return page_message(site, request, call->lang, message, own);
}

static bool fill_saved(const Call *call, Db *db, GError **error) {
    if (call->visit->respondent_id == 0) {
        return true;
    }
    g_autoptr(GPtrArray) saved = response_answers(db, call->visit->respondent_id, error);
    if (!saved) {
        return false;
    }
    draft_fill(call->draft, saved);
    return true;
}

/* What is measured is shown with its key only when nobody can answer it any more. */
static bool shows_result(const Visit *visit, const Form *form) {
    bool teaches = visit->kind == CAMPAIGN_TRAINING ||
                   (visit->kind == CAMPAIGN_KNOWLEDGE && !visit->key_withheld);
    for (guint i = 0; teaches && i < form_item_count(form); i++) {
        if (item_is_scored(form_item(form, i))) {
            return true;
        }
    }
    return false;
}

static void lesson_destroy(gpointer lesson) {
    lesson_free(lesson);
}

/* The lessons on what the draft has wrong: topic -> Lesson. */
static GHashTable *missed_lessons(const Call *call, Db *db, GError **error) {
    g_autoptr(GHashTable) lessons =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, lesson_destroy);
    for (guint i = 0; i < form_item_count(call->form); i++) {
        const Item *item = form_item(call->form, i);
        Lesson *lesson = NULL;
        if (!item_is_scored(item) || item_is_correct(item, draft_answer(call->draft, i)->choices) ||
            g_hash_table_contains(lessons, item->topic)) {
            continue;
        }
        if (!guide_find(db, item->pack, item->topic, &lesson, error)) {
            return NULL;
        }
        if (lesson) {
            g_hash_table_insert(lessons, g_strdup(item->topic), lesson);
        }
    }
    return g_steal_pointer(&lessons);
}

/* An anonymous person's answers are not here: after a measurement they see what was right. */
static bool has_result(const Visit *visit, const Form *form) {
    bool key_only = visit->promise == PROMISE_ANONYMOUS && visit->kind == CAMPAIGN_KNOWLEDGE;
    return (visit->respondent_id != 0 || key_only) && shows_result(visit, form);
}

/* Whoever asks for a page of what is done (the back button, a second window) is told that it is. */
static Reply *show_complete(const Site *site, Db *db, const Request *request, const Call *call) {
    g_autoptr(GError) error = NULL;
    View view = call_view(site, call);
    bool done_before = fields_get(request->query, "page") || fields_get(request->query, "unsaved");
    if (!has_result(call->visit, call->form)) {
        return view_thanks(&view, done_before);
    }
    g_autoptr(GHashTable) lessons =
        fill_saved(call, db, &error) ? missed_lessons(call, db, &error) : NULL;
    view.lessons = lessons;
    return lessons ? view_result(&view, call->draft, done_before)
                   : page_fault(site, request, error);
}

/* The furthest page that a GET may show: saved answers lead on; an anonymous person's are not here,
 * so that only the lessons and the first questions can be opened. */
static guint visit_reach(const Visit *visit) {
    guint reach = visit->promise == PROMISE_ANONYMOUS ? visit->lesson_count : visit->page;
    return MIN(reach, visit->page_count - 1);
}

/* The page itself, or the next that has anything to ask; the last where none has. */
static guint page_with_items(const View *view, guint page, const Draft *draft) {
    guint positions[FORM_ITEMS_MAX];
    guint last = view->visit->page_count - 1;
    while (page >= view->visit->lesson_count && page < last &&
           view_page_items(view, page, draft, positions) == 0) {
        page++;
    }
    return page;
}

static Reply *show_open(const Site *site, Db *db, const Request *request, const Call *call) {
    g_autoptr(GError) error = NULL;
    const Visit *visit = call->visit;
    View view = call_view(site, call);
    guint page;
    bool named = fields_number(request->query, "page", visit->page_count, &page);
    bool anonymous = visit->promise == PROMISE_ANONYMOUS;
    if (!visit->started || (anonymous && !named)) {
        return view_start(&view);
    }
    guint reach = visit_reach(visit);
    page = named ? MIN(page, reach) : reach;
    if (!fill_saved(call, db, &error)) {
        return page_fault(site, request, error);
    }
    page = page_with_items(&view, page, call->draft);
    return view_page(&view, page, call->draft, false, !named && page > 0);
}

static Reply *show_closed_practice(const Site *site, const Call *call) {
    View view = call_view(site, call);
    return view_start(&view);
}

/* What the link shows now. */
static Reply *show(const Site *site, Db *db, const Request *request, const Call *call) {
    switch (call->visit->state) {
    case VISIT_OPEN:
        return show_open(site, db, request, call);
    case VISIT_COMPLETE:
        return show_complete(site, db, request, call);
    case VISIT_NOT_YET:
        return show_shut(site, request, call, MESSAGE_NOT_YET);
    case VISIT_PAUSED:
        return show_shut(site, request, call, MESSAGE_PAUSED);
    case VISIT_CLOSED:
        return call->visit->practice ? show_closed_practice(site, call)
                                     : show_shut(site, request, call, MESSAGE_CLOSED);
    case VISIT_REVOKED:
        return show_shut(site, request, call, MESSAGE_REVOKED);
    }
    g_assert_not_reached();
}

/* --- changes --------------------------------------------------------------------------------- */

static bool run_start(DbTx *tx, gpointer data, GError **error) {
    const Call *call = data;
    int64_t id = call->visit->invitation_id;
    return answering_start(tx, id, call->now_us, error) &&
           (call->visit->promise == PROMISE_ANONYMOUS ||
            answering_draw(tx, id, call->form, call->now_us, error));
}

static bool run_retry(DbTx *tx, gpointer data, GError **error) {
    const Call *call = data;
    int64_t id = call->visit->invitation_id;
    return answering_retry(tx, id, call->now_us, error) &&
           answering_draw(tx, id, call->form, call->now_us, error);
}

/* The answers to what the page asks; texts are borrowed from the draft. */
static GArray *page_answers(const Call *call) {
    guint positions[FORM_ITEMS_MAX];
    View view = call_view(NULL, call);
    guint count = view_page_items(&view, call->page, call->draft, positions);
    GArray *answers = g_array_new(FALSE, FALSE, sizeof(Answer));
    for (guint i = 0; i < count; i++) {
        g_array_append_vals(answers, draft_answer(call->draft, positions[i]), 1);
    }
    return answers;
}

static bool run_stop(DbTx *tx, gpointer data, GError **error) {
    const Call *call = data;
    return answering_practice(tx, call->visit->invitation_id, true, call->now_us, error);
}

static bool run_resume(DbTx *tx, gpointer data, GError **error) {
    const Call *call = data;
    return answering_practice(tx, call->visit->invitation_id, false, call->now_us, error);
}

static bool run_page(DbTx *tx, gpointer data, GError **error) {
    const Call *call = data;
    g_autoptr(GArray) answers = page_answers(call);
    return answering_page(tx, call->visit->invitation_id, call->form, call->page,
                          (const Answer *)(const void *)answers->data, answers->len, call->now_us,
                          error);
}

static bool run_save(DbTx *tx, gpointer data, GError **error) {
    const Call *call = data;
    g_autoptr(GArray) answers = page_answers(call);
    return answering_save(tx, call->visit->invitation_id, call->form, call->page,
                          (const Answer *)(const void *)answers->data, answers->len, call->now_us,
                          error);
}

static bool run_ballot(DbTx *tx, gpointer data, GError **error) {
    const Call *call = data;
    return answering_ballot(tx, call->visit->invitation_id, call->ballot, call->now_us, error);
}

/* A change that the state no longer allows (finished in another window, closed a moment ago) is
 * answered by what the link shows now. */
static Reply *settle_error(const Site *site, const Request *request, const Call *call,
                           const GError *error) {
    bool overtaken = g_error_matches(error, VK_ERROR, VK_ERROR_CONFLICT) ||
                     g_error_matches(error, VK_ERROR, VK_ERROR_DENIED) ||
                     g_error_matches(error, VK_ERROR, VK_ERROR_NOT_FOUND);
    return overtaken ? reply_unsaved(site, call) : page_fault(site, request, error);
}

static Reply *settle_wish(const Site *site, const Request *request, gpointer data,
                          const GError *error) {
    const Call *call = data;
    return error ? settle_error(site, request, call, error) : reply_to_link(site, call, -1);
}

static Reply *settle_begun(const Site *site, const Request *request, gpointer data,
                           const GError *error) {
    const Call *call = data;
    return error ? settle_error(site, request, call, error) : reply_to_link(site, call, 0);
}

/* True if the draft has answers that only the browser holds: of pages that were left by "back". */
static bool call_carries(const Call *call) {
    guint positions[FORM_ITEMS_MAX];
    View view = call_view(NULL, call);
    guint count = view_page_items(&view, call->page, NULL, positions);
    for (guint i = 0; i < form_item_count(call->form); i++) {
        bool here = false;
        for (guint j = 0; j < count; j++) {
            here = here || positions[j] == i;
        }
        if (!here && draft_names(call->draft, i)) {
            return true;
        }
    }
    return false;
}

static Reply *settle_page(const Site *site, const Request *request, gpointer data,
                          const GError *error) {
    const Call *call = data;
    if (error) {
        return settle_error(site, request, call, error);
    }
    View view = call_view(site, call);
    guint next = view_page_next(&view, call->page, call->draft);
    bool last = next >= call->visit->page_count;
    if (last || !call_carries(call)) {
        return reply_to_link(site, call, last ? -1 : (int)next);
    }
    g_autoptr(GError) fault = NULL;
    g_autoptr(Reader) reader = readers_take(site->readers, &fault);
    return reader && fill_saved(call, reader_db(reader), &fault)
               ? view_page(&view, next, call->draft, false, false)
               : page_fault(site, request, fault);
}

/* Saved as one goes: there is nothing new to show. */
static Reply *settle_saved(const Site *site, const Request *request, gpointer data,
                           const GError *error) {
    return error ? settle_error(site, request, data, error)
                 : reply_new(204, REPLY_PAGE, NULL, NULL);
}

/* The last page of an anonymous check, with all answers: whoever sends it twice, because the first
 * reply never came, has no other way to the result. */
static bool answers_all_sent(const Call *call) {
    return call->visit->promise == PROMISE_ANONYMOUS && call->page + 1 == call->visit->page_count &&
           shows_result(call->visit, call->form);
}

/* The answers are gone from here with this reply, so a result must be in it. */
static Reply *settle_ballot(const Site *site, const Request *request, gpointer data,
                            const GError *error) {
    const Call *call = data;
    bool again = g_error_matches(error, VK_ERROR, VK_ERROR_CONFLICT);
    if (error && !(again && answers_all_sent(call))) {
        return settle_error(site, request, call, error);
    }
    View view = call_view(site, call);
    return shows_result(call->visit, call->form) ? view_result(&view, call->draft, again)
                                                 : reply_to_link(site, call, -1);
}

/* --- taking ---------------------------------------------------------------------------------- */

typedef enum {
    ACTION_START,
    ACTION_NEXT,
    ACTION_BACK,
    ACTION_SAVE,
    ACTION_RETRY,
    ACTION_STOP,
    ACTION_RESUME,
    ACTION_SWITCH
} Action;

static bool action_parse(const Fields *form, Action *out_action) {
    static const char *const words[] = {
        [ACTION_START] = "start",  [ACTION_NEXT] = "next",   [ACTION_BACK] = "back",
        [ACTION_SAVE] = "save",    [ACTION_RETRY] = "retry", [ACTION_STOP] = "stop",
        [ACTION_RESUME] = "resume"};
    const char *text = fields_get(form, "action");
    if (fields_get(form, "switch")) {
        *out_action = ACTION_SWITCH;
        return true;
    }
    for (guint i = 0; text && i < G_N_ELEMENTS(words); i++) {
        if (g_str_equal(text, words[i])) {
            *out_action = (Action)i;
            return true;
        }
    }
    return false;
}

static Reply *ask_change(Call *take_call, WriterFn run,
                         Reply *(*reply)(const Site *, const Request *, gpointer, const GError *),
                         Change *out_change) {
    *out_change = (Change){.run = run, .reply = reply, .free = call_free, .data = take_call};
    return NULL;
}

/* The whole ballot is good: it is sealed here, so that the writer sees no answer. */
static Reply *take_ballot(const Site *site, const Request *request, Call **call,
                          Change *out_change) {
    Call *has = *call;
    g_autoptr(GError) error = NULL;
    return answering_seal(has->visit, has->form, draft_answers(has->draft),
                          form_item_count(has->form), &has->ballot, &error)
               ? ask_change(g_steal_pointer(call), run_ballot, settle_ballot, out_change)
               : page_fault(site, request, error);
}

/* The page's answers are good, or are shown again with what is wrong. */
static Reply *take_next(const Site *site, const Request *request, Call **call, Change *out_change) {
    const Call *has = *call;
    View view = call_view(site, has);
    if (view_page_has_fault(&view, has->page, has->draft)) {
        return view_page(&view, has->page, has->draft, true, false);
    }
    if (has->visit->promise != PROMISE_ANONYMOUS) {
        return ask_change(g_steal_pointer(call), run_page, settle_page, out_change);
    }
    guint next = view_page_next(&view, has->page, has->draft);
    if (next > has->page && next < has->visit->page_count) {
        return view_page(&view, next, has->draft, false, false);
    }
    for (guint page = 0; page < has->visit->page_count; page++) {
        if (view_page_has_fault(&view, page, has->draft)) {
            return view_page(&view, page, has->draft, true, false);
        }
    }
    return take_ballot(site, request, call, out_change);
}

/* The page's items are named, but for those that were sent as they were shown: what is saved holds
 * for them, which may be newer. Places that make no order look like an unanswered one, and are
 * not. True if there are such. */
static bool call_name_page(const Call *call, const Request *request) {
    guint positions[FORM_ITEMS_MAX];
    bool kept = false;
    View view = call_view(NULL, call);
    guint count = view_page_items(&view, call->page, NULL, positions);
    for (guint i = 0; i < count; i++) {
        if (view_is_stored(&view) && draft_fault(call->draft, positions[i]) != DRAFT_BAD_ORDER &&
            shown_unchanged(request->form, positions[i], draft_answer(call->draft, positions[i]))) {
            draft_forget(call->draft, positions[i]);
            kept = true;
        } else {
            draft_name(call->draft, positions[i]);
        }
    }
    return kept;
}

/* Whether the page may be saved as it is, half done. */
static bool call_can_save(const Call *call) {
    guint positions[FORM_ITEMS_MAX];
    View view = call_view(NULL, call);
    guint count = view_page_items(&view, call->page, call->draft, positions);
    for (guint i = 0; i < count; i++) {
        DraftFault fault = draft_fault(call->draft, positions[i]);
        if (fault == DRAFT_TWO_ANSWERS || fault == DRAFT_TOO_LONG) {
            return false;
        }
    }
    return true;
}

/* A page was sent: go on, go back, or show it in the other language. */
static Reply *take_page(const Site *site, Db *db, const Request *request, Call **call,
                        Action action, Change *out_change) {
    g_autoptr(GError) error = NULL;
    Call *has = *call;
    const Visit *visit = has->visit;
    bool stored = visit->promise != PROMISE_ANONYMOUS;
    if (!visit->started ||
        !fields_number(request->form, "page", visit->page_count - 1, &has->page) ||
        (stored && has->page > visit->page)) {
        return reply_to_link(site, has, -1);
    }
    if (!draft_read(has->draft, request->form, &error)) {
        return page_fault(site, request, error);
    }
    bool kept = call_name_page(has, request);
    View view = call_view(site, has);
    /* What is asked hangs on what is saved, where a questionnaire says so. */
    bool goes_on = action == ACTION_NEXT || action == ACTION_SAVE;
    bool needed = kept || !goes_on || !form_is_plain(has->form);
    if (stored && needed && !fill_saved(has, db, &error)) {
        return page_fault(site, request, error);
    }
    if (action == ACTION_NEXT) {
        return take_next(site, request, call, out_change);
    }
    if (action == ACTION_SAVE && stored && call_can_save(has)) {
        return ask_change(g_steal_pointer(call), run_save, settle_saved, out_change);
    }
    int back = action == ACTION_BACK ? view_page_before(&view, has->page, has->draft) : -1;
    return view_page(&view, back >= 0 ? (guint)back : has->page, has->draft, action == ACTION_SAVE,
                     false);
}

/* Something is sent when all is handed in already: it changes nothing, and that is said. */
static Reply *take_done(const Site *site, const Request *request, Call *call, Action action) {
    g_autoptr(GError) error = NULL;
    guint last = call->visit->page_count - 1;
    if (action == ACTION_NEXT && fields_number(request->form, "page", last, &call->page) &&
        answers_all_sent(call)) {
        View view = call_view(site, call);
        return draft_read(call->draft, request->form, &error)
                   ? view_result(&view, call->draft, true)
                   : page_fault(site, request, error);
    }
    return reply_unsaved(site, call);
}

static Reply *take(const Site *site, Db *db, const Request *request, Call **call,
                   Change *out_change) {
    const Visit *visit = (*call)->visit;
    Action action;
    if (!action_parse(request->form, &action)) {
        return page_message(site, request, (*call)->lang, MESSAGE_BAD_FORM, NULL);
    }
    if (visit->practice && (action == ACTION_STOP || action == ACTION_RESUME)) {
        return ask_change(g_steal_pointer(call), action == ACTION_STOP ? run_stop : run_resume,
                          settle_wish, out_change);
    }
    if (visit->state == VISIT_COMPLETE) {
        return action == ACTION_RETRY && visit->allow_retry
                   ? ask_change(g_steal_pointer(call), run_retry, settle_begun, out_change)
                   : take_done(site, request, *call, action);
    }
    if (visit->state != VISIT_OPEN) {
        return show(site, db, request, *call);
    }
    switch (action) {
    case ACTION_START:
        return ask_change(g_steal_pointer(call), run_start, settle_begun, out_change);
    case ACTION_RETRY:
    case ACTION_STOP:
    case ACTION_RESUME:
        return reply_to_link(site, *call, -1);
    case ACTION_NEXT:
    case ACTION_BACK:
    case ACTION_SAVE:
    case ACTION_SWITCH:
        return take_page(site, db, request, call, action, out_change);
    }
    g_assert_not_reached();
}

Reply *page_answer(const Site *site, const Request *request, Change *out_change) {
    g_autoptr(GError) error = NULL;
    const char *token = request->path + strlen("/k/");
    int64_t invitation_id;
    if (!token_read(site->keyring, TOKEN_SURVEY, token, strlen(token), &invitation_id)) {
        if (!rate_limit_take(site->guesses, &request->client, request->now_us)) {
            return page_too_many();
        }
        return page_message(site, request, page_lang(request, LANG_SV), MESSAGE_BAD_LINK, NULL);
    }
    if (invitation_id == 0) { /* a preview's: no invitation ever has that number */
        return page_message(site, request, page_lang(request, LANG_SV), MESSAGE_SAMPLE, NULL);
    }
    g_autoptr(Reader) reader = readers_take(site->readers, &error);
    g_autoptr(Call) call =
        reader ? call_new(site, reader_db(reader), request, invitation_id, &error) : NULL;
    if (!call) {
        return g_error_matches(error, VK_ERROR, VK_ERROR_NOT_FOUND)
                   ? page_message(site, request, page_lang(request, LANG_SV), MESSAGE_BAD_LINK,
                                  NULL)
                   : page_fault(site, request, error);
    }
    return request->method == METHOD_POST
               ? take(site, reader_db(reader), request, &call, out_change)
               : show(site, reader_db(reader), request, call);
}
