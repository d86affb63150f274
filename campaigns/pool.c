#include "campaigns/pool.h"

#include "base/error.h"
#include "base/lang.h"

typedef struct {
    guint held; /* invited that have come to rest here or may still move up */
    guint depth;
    bool stays;
} Pool;

/* The smallest of the pools nearest to the root; 0 if there is none. */
static guint pool_topmost(const Pool *pools, guint count) {
    guint best = 0;
    for (guint i = 1; i < count; i++) {
        if (pools[i].stays &&
            (best == 0 || pools[i].depth < pools[best].depth ||
             (pools[i].depth == pools[best].depth && pools[i].held < pools[best].held))) {
            best = i;
        }
    }
    return best;
}

bool pool_assign(PoolNode *nodes, guint count, guint k, bool keep_root, GError **error) {
    g_assert(count > 0 && nodes[0].parent == 0);
    g_autofree Pool *pools = g_new0(Pool, count);
    guint total = 0;
    for (guint i = 0; i < count; i++) {
        g_assert(i == 0 || nodes[i].parent < i);
        pools[i].held = nodes[i].invited;
        pools[i].depth = i == 0 ? 0 : pools[nodes[i].parent].depth + 1;
        total += nodes[i].invited;
    }
    if (total < k) {
        return error_set(error, VK_ERROR_CONFLICT,
                         tr("anonyma svar kräver minst %u inbjudna, annars kan svar kopplas till "
                            "personer; här är det %u. Vidga urvalet eller välj ett annat löfte",
                            "anonymous answers need at least %u invited, or answers could be tied "
                            "to people; here there are %u. Widen the audience or choose another "
                            "promise"),
                         k, total);
    }
    for (guint i = count - 1; i > 0; i--) {
        pools[i].stays = pools[i].held > 0 && pools[i].held >= k;
        if (!pools[i].stays) {
            pools[nodes[i].parent].held += pools[i].held;
        }
    }
    while (pools[0].held < k && (pools[0].held > 0 || keep_root)) {
        guint joins = pool_topmost(pools, count);
        g_assert(joins != 0); /* the sum is at least k */
        pools[joins].stays = false;
        pools[0].held += pools[joins].held;
    }
    nodes[0].pool = 0;
    for (guint i = 1; i < count; i++) {
        nodes[i].pool = pools[i].stays ? i : nodes[nodes[i].parent].pool;
    }
    return true;
}
