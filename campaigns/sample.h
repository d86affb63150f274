/* A campaign's mail as one person would have it, whatever the campaign's state: for a look at it
 * before it is sent. Nothing is queued and nothing is counted. */
#pragma once

#include "campaigns/definition.h"
#include "campaigns/mailtext.h"
#include "mailer/outbox.h"

typedef struct {
    char *email;
    char *name;
    char *given_name;
    Lang locale;
    bool made_up; /* nobody is in the audience yet */
} SamplePerson;

void sample_person_clear(SamplePerson *person);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(SamplePerson, sample_person_clear)

/* The person with that address; with NULL the first of the audience, or someone made up where it
 * has nobody. NOT_FOUND if nobody in the directory has the address. */
bool sample_person(Db *db, const Definition *definition, const char *email, int64_t now_us,
                   SamplePerson *out, GError **error);

/* The mailing's text: the invitation's, or the first reminder's. A draft without a closing date is
 * taken to close when a launch now would close it. */
MailingText *sample_mailing(Db *db, const Campaign *campaign, const Definition *definition,
                            const MailSource *source, guint k_anonymous, int64_t now_us,
                            bool reminder);
