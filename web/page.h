/* What the pages have in common: the values of the layout, rendering, and the pages that say that
 * something is not to be had. */
#pragma once

#include "web/reply.h"
#include "web/request.h"
#include "web/site.h"

#include <cjson/cJSON.h>

/* Why there is no page of its own to show. Each has its own words in page/message.html and its own
 * status. */
typedef enum {
    MESSAGE_NOT_FOUND, /* 404: no such page */
    MESSAGE_BAD_LINK, /* 404: a personal link that we did not make, or of which something is missing
                       */
    MESSAGE_NOT_YET,  /* 403: the survey has not opened */
    MESSAGE_PAUSED,   /* 503 and Retry-After: for a while only, so nobody may remember it as gone */
    MESSAGE_CLOSED,   /* 410 */
    MESSAGE_REVOKED,  /* 410 */
    MESSAGE_BAD_FORM, /* 400: a form that no page of ours sends */
    MESSAGE_TOO_LARGE,  /* 413 */
    MESSAGE_BAD_METHOD, /* 405 */
    MESSAGE_BUSY,       /* 503 and Retry-After: nothing was saved */
    MESSAGE_FAULT,      /* 500: nothing was saved */
    MESSAGE_SAMPLE,     /* 200: the link of a preview or a test mail */
} Message;

/* The layout's values, for page_reply(). `address`: where the page is to be had in another language
 * with lang=CODE added; NULL: the menu of languages has no links. */
cJSON *page_frame(const Site *site, Lang lang, const char *address);

/* "mailto:..." or "tel:..." where the contact is just one of them; "" otherwise. */
char *page_contact_href(const char *contact);

/* Renders the template with the layout's values and the page's own; takes both. */
Reply *page_reply(const Site *site, Lang lang, unsigned status, const char *name,
                  cJSON *take_values, cJSON *take_own);

/* `own` may carry what page/message.html can say more: title, closes, unsaved. NULL: nothing. What
 * was sent and could not be saved for now stands in the page, with a button that sends it again. */
Reply *page_message(const Site *site, const Request *request, Lang lang, Message message,
                    cJSON *take_own);

/* What marks words on the page `name` that are in the language `told` and not in the page's own:
 * other_lang and other_direction, for page/_other.html. */
void page_add_told(const Site *site, cJSON *value, Lang lang, const char *name, Lang told);
/* 429, a few words in both languages: too many wrong links from one network. */
Reply *page_too_many(void);

/* The page for an error, logged if it is ours. `request` may be NULL. */
Reply *page_fault(const Site *site, const Request *request, const GError *error);

/* The language asked for, or `otherwise`. */
Lang page_lang(const Request *request, Lang otherwise);
