/* The employee's pages as values for their templates: pure, but for what the catalog renders. */
#pragma once

#include "campaigns/answering.h"
#include "web/draft.h"
#include "web/reply.h"
#include "web/site.h"

/* One person's view; all borrowed. */
typedef struct {
    const Site *site;
    const Visit *visit;
    const Form *form;
    const char *token;
    Lang lang;
    GHashTable *lessons; /* topic -> Lesson, of what was missed: shown with the result; or NULL */
} View;

/* The link, "/k/TOKEN", with the language if it is not the invitation's own, and the page if `page`
 * is not negative. */
char *view_href(const View *view, Lang lang, int page);

/* Who asks, why, what is stored; the button that begins. Of a practice, also when it has closed:
 * there the person can say that they want no more. */
Reply *view_start(const View *view);

/* A lesson or a page of items. Answers to items of other pages that the draft names travel along as
 * hidden fields. With faults among the page's answers the status is 422 if `judge`. */
Reply *view_page(const View *view, guint page, const Draft *draft, bool judge, bool welcome_back);

/* True if an answer of that page cannot be taken as it is. */
bool view_page_has_fault(const View *view, guint page, const Draft *draft);

/* The form's items on that page (lessons have none): the first one's index, and how many. */
guint view_page_items(const View *view, guint page, guint *out_first);

/* How it went, with explanations. The draft holds the answers; an anonymous one that holds none
 * gives the right answers alone. */
Reply *view_result(const View *view, const Draft *draft);

Reply *view_thanks(const View *view);
