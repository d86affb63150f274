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

/* The last day on which an answer is taken: "den 15 december 2026", "15 December 2026". */
char *mailtext_last_day(int64_t closes_at_us, Lang lang);
