/* What the public page /verify lists, so that an employee can check that a mail is genuine. */
#pragma once

#include "campaigns/campaign.h"

typedef struct {
    char *name;
    char *title[LANG_MAX];
    CampaignKind kind;
    char *control_phrase;
    int64_t opened_at_us;
    int64_t closes_at_us;
} VerifyEntry;

void verify_entry_free(VerifyEntry *entry);

/* Announced campaigns that run (paused ones too), by opening, and last practice mails if there
 * are such: GPtrArray of VerifyEntry. The sender
 * address is the configuration's. */
GPtrArray *verify_list(Db *db, int64_t now_us, GError **error);
