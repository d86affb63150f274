/* Launching: from a draft to a campaign with a form and dates, and a look at what it would do. */
#pragma once

#include "campaigns/campaign.h"
#include "campaigns/definition.h"

/* Makes the form, and fixes the dates and the smallest group that its people are told of, by the
 * settings `k` and `k_anonymous` (promised.h); the runner opens it when it starts. CONFLICT unless
 * it is a draft, if the closing date has passed, if the training it follows is not launched, or if
 * an anonymous campaign would invite fewer than `k_anonymous`; INPUT if content or audience is
 * lacking. */
bool campaign_launch(DbTx *tx, const char *name, guint k, guint k_anonymous, int64_t now_us,
                     GError **error);

/* Whether the form that the definition asks for can be made. NOT_FOUND if its pack is not there. */
bool campaign_check_content(Db *db, const Definition *definition, GError **error);

/* What a launch now would do, or what a launched one will do. */
typedef struct {
    guint population;
    guint eligible;        /* before sampling */
    guint invited;         /* of a follow-up: those who may be invited in time */
    char **unknown_emails; /* to be left out, but nobody's; NULL: none */
    bool follow_up;        /* mail goes as people come due, from first_send on */
    int64_t starts_at_us;
    int64_t first_send_at_us;
    int64_t last_send_at_us;
    int64_t closes_at_us;
    GArray *first_reminders; /* int64_t: after the first mail, before the close */
    GArray *last_reminders;  /* after the last mail */
} LaunchPreview;

void launch_preview_free(LaunchPreview *preview);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LaunchPreview, launch_preview_free)

/* Fails as the launch would. */
LaunchPreview *campaign_preview(Db *db, const char *name, guint k_anonymous, int64_t now_us,
                                GError **error);
