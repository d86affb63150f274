/* What the mails of a campaign's round share, as the templates' values. */
#pragma once

#include "campaigns/definition.h"

typedef struct {
    const char *organisation[LANG_OWN_COUNT];
    const char *contact;
    const char *base_url; /* without a final slash */
} MailSource;

/* A JSON object: title, kind_*, promise_*, organisation, minutes, closes, control_phrase,
 * verify_url, contact, reminder. */
char *mailtext_values(const Campaign *campaign, const Definition *definition,
                      const MailSource *source, Lang lang, int64_t closes_at_us, bool reminder);

/* What practice mails of one day share: title, organisation, closes, control_phrase, verify_url,
 * contact. */
char *mailtext_practice(const MailSource *source, Lang lang, const char *control_phrase,
                        int64_t closes_at_us);

/* What a practice is called, in mail, on its pages and on /verify. */
const char *mailtext_practice_title(Lang lang);

/* The last day on which an answer is taken: "den 15 december 2026", "15 December 2026". */
char *mailtext_last_day(int64_t closes_at_us, Lang lang);
