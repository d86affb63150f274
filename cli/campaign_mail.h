/* A campaign's mail before it is sent: shown, or sent once to an address of one's own. */
#pragma once

#include "cli/app.h"

typedef struct {
    const char *campaign;
    const char *message; /* "invitation", "reminder"; NULL: the invitation */
    const char *person;  /* whose mail it is, by address; NULL: the first of the audience */
    const char *lang;    /* "sv", "en", "both"; NULL: both, or the person's where only one can be */
    const char *format;  /* "text", "html", "eml"; NULL: text */
    const char *folder;  /* files instead of standard output; NULL: none */
    const char *to;      /* of a test mail */
} CampaignMail;

bool campaign_mail_preview(App *app, const CampaignMail *wanted, GError **error);

/* Sends at once, over the first relay that takes it. */
bool campaign_mail_test(App *app, const CampaignMail *wanted, GError **error);
