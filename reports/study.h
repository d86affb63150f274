/* One round of a campaign as the reports see it: its facts, and the tree of departments of its
 * frame. */
#pragma once

#include "base/lang.h"
#include "campaigns/campaign.h"
#include "store/db.h"

typedef struct {
    int64_t stratum_id;
    int parent;  /* index of the parent, which stands before; -1 for the organisation */
    guint depth; /* 0 for the organisation */
    char *path, *name;
    int64_t population, invited; /* of this very node, children not included */
} StudyNode;

typedef struct Study {
    int64_t campaign_id, round_id, form_id, follows_id; /* follows_id 0: none */
    char *name;
    char *title[LANG_OWN_COUNT];
    CampaignKind kind;
    Promise promise;
    bool announced, closed;
    char *state, *design, *method_text;
    int64_t frame_at_us, opens_at_us, closes_at_us;
    int64_t closed_at_us; /* when it was closed; 0 while it is not */
    int64_t promised_k;   /* the smallest group that its people were told of */
    GPtrArray *nodes;     /* StudyNode *, a department before its children, siblings by name */
} Study;

/* How many people must have answered before anything is shown (MEASUREMENT 5.1). The first two are
 * settings, privacy.k and privacy.k_anonymous; the others no setting lowers. */
enum {
    REPORT_K = 5,            /* identified and confidential rounds */
    REPORT_K_ANONYMOUS = 10, /* anonymous rounds */
    REPORT_K_SENSITIVE = 20, /* own breaches, the manager, the group: whole organisation only */
    REPORT_K_TEXT = 20,      /* open questions, word for word: whole organisation only */
};

typedef struct {
    int64_t k, k_anonymous, k_sensitive, k_text;
} ReportSettings;

/* Of the two that an organisation sets; what is sensitive needs at least as many as they do. */
ReportSettings report_settings(int64_t k, int64_t k_anonymous);
ReportSettings report_settings_default(void);

/* The campaign's latest round. NOT_FOUND for an unknown name; CONFLICT if it has no round yet. */
bool study_find(Db *db, const char *campaign, Study **out_study, GError **error);

/* Every round of every campaign, by opening and name. */
GPtrArray *study_list(Db *db, GError **error);

void study_free(Study *study);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Study, study_free)

const StudyNode *study_node(const Study *study, guint index);

/* The index of a stratum, -1 if it is not of this round. */
int study_node_index(const Study *study, int64_t stratum_id);

/* The first instant at which no answer was, or will be, taken. */
int64_t study_end_us(const Study *study);

/* Whether it is closed, and its last instant lies in from_us..to_us, the end excluded: what closes
 * at the midnight that ends a month is of that month. */
bool study_closed_within(const Study *study, int64_t from_us, int64_t to_us);

/* Whether all who were asked are of one department, and others are not of it: then what is said of
 * the whole is said of a part of the organisation. */
bool study_is_of_one_unit(const Study *study);

/* The smallest group of this round that may be shown: what the settings ask, or what its people
 * were promised, whichever is larger. A setting that is lowered opens no round that is there. */
int64_t study_k(const Study *study, const ReportSettings *settings);

/* What the settings alone ask. */
int64_t study_k_set(const Study *study, const ReportSettings *settings);

/* Likewise for open questions, word for word. */
int64_t study_k_text(const Study *study, const ReportSettings *settings);

/* [node]: index of the parent; for aggregate.h. Free with g_free. */
int *study_parents(const Study *study);

/* The population that shares are of: the invited of a census, the frame of a sample. `node`'s own.
 */
int64_t study_node_base(const Study *study, guint index);

const char *study_kind_text(CampaignKind kind, Lang lang);
const char *study_promise_text(Promise promise, Lang lang);
