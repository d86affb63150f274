/* Who is asked: a choice over the directory, and for anonymous rounds in how large groups.
 *
 * Choosing and pooling are pure functions over rows; the same rows and seed give the same result in
 * any order of input. */
#pragma once

#include "store/db.h"

typedef struct {
    int64_t person_id;
    char *path;          /* department, "" for none */
    char **roles;        /* sorted, never NULL */
    char *email;         /* only where loaded from the directory; may be NULL */
    char *employed_from; /* YYYY-MM-DD or NULL */
    char *employed_to;
    bool is_manager;
} AudiencePerson;

typedef struct {
    char **departments; /* paths; NULL: all */
    bool include_children;
    char **roles;               /* any of them; NULL: all */
    char **exclude_departments; /* with their children */
    char **exclude_roles;
    char **exclude_emails;
    guint sample_count;    /* 0: no sample by count */
    double sample_percent; /* 0: no sample by share */
} Audience;

void audience_clear(Audience *audience);
void audience_person_free(AudiencePerson *person);

/* Everyone employed on the Stockholm day of `now_us`, by person_id: GPtrArray of AudiencePerson. */
GPtrArray *audience_load(Db *db, int64_t now_us, GError **error);

/* Borrowed rows of `people` that the audience names, sampled if it says so (stratified by
 * department, proportional allocation by largest remainder), in a seeded random order.
 * `out_eligible` (may be NULL) receives how many there were before sampling. */
GPtrArray *audience_choose(const Audience *audience, const GPtrArray *people, int64_t seed,
                           guint *out_eligible);

/* INPUT, naming the value, if a department, role or address of the audience is nobody's in
 * `people`. */
bool audience_check(const Audience *audience, const GPtrArray *people, GError **error);

/* A node of the department tree, as pooling sees it. Parents come before children; node 0 is the
 * root. */
typedef struct {
    guint parent;  /* index; the root's own is 0 */
    guint invited; /* of this very node */
    guint pool;    /* out: index of the node whose stratum its people's ballots carry */
} AudienceNode;

/* Sets each `pool` to the nearest node at or above whose own pool, with what moved up to it, has at
 * least `k` invited. If `keep_root`, the root gets one even where nothing moved up to it. CONFLICT
 * if fewer than `k` are invited altogether; afterwards every pool holds 0 or at least `k`. */
bool audience_pool(AudienceNode *nodes, guint count, guint k, bool keep_root, GError **error);
