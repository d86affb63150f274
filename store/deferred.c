#include "store/deferred_private.h"

typedef struct {
    const DbDeferred *kind;
    GArray *entries;
    guint written; /* so many of the first have been flushed */
    guint mark;    /* entries, and written ones, when the job began */
    guint written_mark;
} DeferredKind;

struct Deferred {
    GPtrArray *kinds; /* of DeferredKind; a few */
};

static void kind_free(gpointer data) {
    DeferredKind *kind = data;
    g_array_unref(kind->entries);
    g_free(kind);
}

Deferred *deferred_new(void) {
    Deferred *deferred = g_new0(Deferred, 1);
    deferred->kinds = g_ptr_array_new_with_free_func(kind_free);
    return deferred;
}

void deferred_free(Deferred *deferred) {
    if (deferred != NULL) {
        g_ptr_array_unref(deferred->kinds);
        g_free(deferred);
    }
}

GArray *deferred_entries(Deferred *deferred, const DbDeferred *kind) {
    for (guint i = 0; i < deferred->kinds->len; i++) {
        const DeferredKind *known = g_ptr_array_index(deferred->kinds, i);
        if (known->kind == kind) {
            return known->entries;
        }
    }
    DeferredKind *added = g_new0(DeferredKind, 1);
    added->kind = kind;
    added->entries = g_array_new(FALSE, FALSE, (guint)kind->entry_size);
    g_ptr_array_add(deferred->kinds, added);
    return added->entries;
}

void deferred_mark(Deferred *deferred) {
    for (guint i = 0; i < deferred->kinds->len; i++) {
        DeferredKind *kind = g_ptr_array_index(deferred->kinds, i);
        kind->mark = kind->entries->len;
        kind->written_mark = kind->written;
    }
}

void deferred_undo(Deferred *deferred) {
    for (guint i = 0; i < deferred->kinds->len; i++) {
        DeferredKind *kind = g_ptr_array_index(deferred->kinds, i);
        g_array_set_size(kind->entries, kind->mark);
        kind->written = kind->written_mark;
    }
}

static bool kind_flush(DeferredKind *kind, DbTx *tx, GError **error) {
    guint from = kind->written;
    kind->written = kind->entries->len;
    return from == kind->written ||
           kind->kind->flush(tx, kind->entries->data + from * kind->kind->entry_size,
                             kind->written - from, error);
}

bool deferred_flush(Deferred *deferred, DbTx *tx, const DbDeferred *kind, GError **error) {
    for (guint i = 0; i < deferred->kinds->len; i++) {
        DeferredKind *each = g_ptr_array_index(deferred->kinds, i);
        if ((kind == NULL || each->kind == kind) && !kind_flush(each, tx, error)) {
            return false;
        }
    }
    return true;
}
