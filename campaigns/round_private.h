/* What a round plan holds, between the file that makes it and the one that writes it. */
#pragma once

#include "campaigns/pool.h"
#include "campaigns/round.h"

struct RoundPlan {
    int64_t campaign_id;
    int64_t form_id;
    int64_t closes_at_us;
    bool follow_up;
    guint promised_k;
    Definition *definition;
    GPtrArray *people; /* AudiencePerson, all of the frame */
    GPtrArray *chosen; /* borrowed, in order of invitation */
    guint eligible;
    guint invited;
    guint due;
    GPtrArray *paths;    /* char *, sorted: parents first, "" at index 0 */
    GHashTable *indices; /* borrowed path -> index into paths */
    PoolNode *nodes;     /* one a path */
    guint *population;   /* one a path */
};
