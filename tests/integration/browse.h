/* A person at a browser without scripts: fetches a page, fills in its form, presses a button.
 *
 * Parsed by libxml2, not by anything of ours, so that what the pages say is read independently. */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef struct Browser Browser;
typedef struct Page Page;

Browser *browser_new(void);
void browser_free(Browser *browser);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Browser, browser_free)

/* The page where the redirects end. NULL if no whole answer came: nothing is known then. */
Page *browser_get(Browser *browser, const char *url);

/* Presses the button whose value is `button` (NULL: the first) in the page's POST form and follows
 * to what comes next. `out_acknowledged` tells whether the POST itself was answered with success
 * (2xx, 3xx), also if the page after it did not come. */
Page *browser_press(Browser *browser, const Page *page, const char *button, bool *out_acknowledged);

void page_free(Page *page);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Page, page_free)

long page_status(const Page *page);
bool page_has_form(const Page *page);
bool page_has_button(const Page *page, const char *value);

/* All text of the page, white space folded. */
char *page_text(const Page *page);

/* Groups of radio buttons or check boxes that share a name, in the page's order. */
guint page_question_count(const Page *page);
/* The words around the group: all of its fieldset, white space folded. Borrowed, as the others. */
const char *page_question_text(const Page *page, guint question);
guint page_option_count(const Page *page, guint question);
const char *page_option_value(const Page *page, guint question, guint option);
const char *page_option_label(const Page *page, guint question, guint option);
void page_choose(Page *page, guint question, guint option);
