/* In how large groups anonymous answers are counted. */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* A department as pooling sees it. Parents come before children; node 0 is the whole organisation.
 */
typedef struct {
    guint parent;  /* index; the root's own is 0 */
    guint invited; /* of this very node */
    guint pool;    /* out: index of the node under which its people's ballots are counted */
} PoolNode;

/* Sets each `pool` to the nearest node at or above whose own invited, with what moved up to it, are
 * at least `k`. Where less than `k` would be left at the root, the smallest of the topmost pools
 * joins it, so that a pool holds 0 or at least `k`. With `keep_root` the root gets a pool even if
 * nothing is left over: for people who come later. CONFLICT if fewer than `k` are invited
 * altogether. */
bool pool_assign(PoolNode *nodes, guint count, guint k, bool keep_root, GError **error);
