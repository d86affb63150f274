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
    GPtrArray *nodes;     /* StudyNode *, a department before its children, siblings by name */
} Study;

/* How small a group may be. */
typedef struct {
    int64_t k;           /* identified and confidential rounds; default 5 */
    int64_t k_anonymous; /* anonymous rounds; default 10 */
    int64_t
        k_sensitive; /* self-reported breaches and the like, whole organisation only; default 20 */
} ReportSettings;

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

/* The smallest group of this round that may be shown. */
int64_t study_k(const Study *study, const ReportSettings *settings);

/* [node]: index of the parent; for aggregate.h. Free with g_free. */
int *study_parents(const Study *study);

/* The population that shares are of: the invited of a census, the frame of a sample. `node`'s own.
 */
int64_t study_node_base(const Study *study, guint index);

const char *study_kind_text(CampaignKind kind, Lang lang);
const char *study_promise_text(Promise promise, Lang lang);
