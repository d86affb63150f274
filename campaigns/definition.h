/* A campaign's definition, read from JSON with every fault named by its field.
 *
 * {"name": "hosten-2026", "title": {"sv": "…", "en": "…"},
 *  "kind": "training|knowledge|application|obstacles",
 *  "promise": "identified|confidential|anonymous", "announced": true,
 *  "content": {"pack": "starter", "lessons": [key…], "questionnaire": "name" | "items": [key…] |
 *              "areas": ["area1"…], "per_area": 3, "topics": […], "items_per_page": 4,
 *              "anchors": {"campaign": "an earlier measurement's name", "count": 5}},
 *  "audience": {"departments": [path…], "include_children": true, "roles": […],
 *               "exclude": {"departments": [path…], "roles": […], "emails": […]},
 *               "sample": {"count": 200} | {"percent": 10}},
 *  "seed": 42,
 *  "schedule": {"start": "2026-11-24 09:00", "end": "2026-11-26", "close": "2026-12-15",
 *               "window": {"days": ["tue"…], "from": "09:00", "to": "11:30", "holidays": false},
 *               "reminders": {"after_working_days": 3, "max": 2}},
 *  "follows": "a training's name", "after_days": 30,
 *  "allow_retry": false, "practice": true, "method_text": "…", "minutes": 2}
 *
 * Needed: name, title.sv, kind, content.pack; for a training also lessons, and a
 * questionnaire, areas, topics or items. A questionnaire of the pack says by itself what is asked.
 * Otherwise: promise by kind (training identified, knowledge confidential, application and
 * obstacles anonymous; obstacles always); three items an area for training and knowledge, all there
 * are for the rest; everyone employed; Monday to Friday 08:00-17:00, no holidays; start at launch;
 * end = start, so that all goes at once when the window opens; close 21 days after the start (a
 * follow-up: 14 days after the last person of the training can be due); two reminders, each after
 * three working days. A date alone as end or close means all of that day. A training under a
 * person's name is followed by practice. "seed" may also stand in audience. docs/campaigns.md tells
 * it to those who write one. */
#pragma once

#include "campaigns/audience.h"
#include "campaigns/campaign.h"
#include "campaigns/schedule.h"

typedef struct {
    char *name;
    char *title[LANG_MAX]; /* NULL in an added language that the file does not name */
    char *title_foreign;   /* the first language that the file names and we do not have, or NULL */
    CampaignKind kind;
    Promise promise;
    bool announced;
    char *pack;
    char **lessons;        /* NULL: none */
    char *questionnaire;   /* NULL: none */
    char **items;          /* NULL: by area */
    char **areas;          /* NULL: all that have such items */
    char **topics;         /* NULL: all */
    guint per_area;        /* 0: all there are */
    char *anchor_campaign; /* knowledge: what this is to be compared with (anchor.h); NULL: none */
    guint anchor_count;
    guint items_per_page;
    Audience audience;
    int64_t seed; /* 0: none given */
    Window window;
    int64_t start_at_us; /* 0: at launch */
    int64_t end_at_us;   /* 0: as the start; exclusive */
    int64_t close_at_us; /* 0: by default; exclusive */
    guint remind_after;  /* working days */
    guint remind_max;    /* 0: none */
    char *follows;       /* NULL: none */
    guint after_days;
    bool allow_retry;
    bool practice; /* what is missed comes back later (practice.h); trainings under a name only */
    char *method_text; /* NULL: made from the design */
    guint minutes;
} Definition;

/* INPUT with the field's name and what it should be; LIMIT. */
Definition *definition_parse(const char *json, gsize length, GError **error);

/* The same for a campaign that is to be created: INPUT also for what can be read but hardly meant,
 * as a field that would be passed over or an empty list (read as all there are). What was created
 * before such a rule came is read by definition_parse. docs/schema/campaign.schema.json and
 * docs/campaigns.md say the same as this one. */
Definition *definition_parse_new(const char *json, gsize length, GError **error);
void definition_free(Definition *definition);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Definition, definition_free)
