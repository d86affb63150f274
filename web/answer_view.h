/* The employee's pages as values for their templates: pure, but for what the catalog renders. */
#pragma once

#include "campaigns/answering.h"
#include "survey/sheet.h"
#include "web/draft.h"
#include "web/reply.h"
#include "web/site.h"

/* One person's view; all borrowed. */
typedef struct {
    const Site *site;
    const Visit *visit;
    const Form *form;
    const Sheet *sheet;
    const char *token;
    Lang lang;
    GHashTable *lessons; /* topic -> Lesson, of what was missed: shown with the result; or NULL */
} View;

/* The link, "/k/TOKEN", with the language if it is not the invitation's own, and the page if `page`
 * is not negative. */
char *view_href(const View *view, Lang lang, int page);

/* True if answers are saved page by page, under the person's own response. */
bool view_is_stored(const View *view);

/* Who asks, why, what is stored; the button that begins. Of a practice, also when it has closed:
 * there the person can say that they want no more. */
Reply *view_start(const View *view);

/* A lesson or a page of items. Answers to items of other pages that the draft names travel along as
 * hidden fields. With faults among the page's answers the status is 422 if `judge`. */
Reply *view_page(const View *view, guint page, const Draft *draft, bool judge, bool welcome_back);

/* True if an answer of that page cannot be taken as it is. */
bool view_page_has_fault(const View *view, guint page, const Draft *draft);

/* The positions of the items that are asked on that page, as the draft's answers stand; with
 * `draft` NULL, all that the person's sheet has there. Lessons have none. Returns how many; room
 * for FORM_ITEMS_MAX. */
guint view_page_items(const View *view, guint page, const Draft *draft, guint out_positions[]);

/* The page to show after `page`, counting lessons, as the draft's answers stand: asked_next. The
 * visit's page_count if that was the last. */
guint view_page_next(const View *view, guint page, const Draft *draft);

/* The page to show before it: a lesson, or one with anything to ask; -1 if there is none. */
int view_page_before(const View *view, guint page, const Draft *draft);

/* How it went, with explanations. The draft holds the answers; an anonymous one that holds none
 * gives the right answers alone. `done_before`: what was asked for could not be had, because all
 * was sent in already. */
Reply *view_result(const View *view, const Draft *draft, bool done_before);

Reply *view_thanks(const View *view, bool done_before);
