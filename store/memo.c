#include "store/memo_private.h"

#include <string.h>

/* Of one kind; then all are forgotten. */
enum { MEMO_MAX = 64 };

struct Memo {
    GHashTable *kinds; /* const DbMemo * -> GHashTable of text -> value */
    /* The latest that was found: the texts are long, and one comes again and again. */
    const DbMemo *latest_kind;
    const char *latest_text;
    gpointer latest;
};

Memo *memo_new(void) {
    Memo *memo = g_new0(Memo, 1);
    memo->kinds =
        g_hash_table_new_full(NULL, NULL, NULL, (GDestroyNotify)(void (*)(void))g_hash_table_unref);
    return memo;
}

void memo_free(Memo *memo) {
    if (memo != NULL) {
        g_hash_table_unref(memo->kinds);
        g_free(memo);
    }
}

static GHashTable *values_of(Memo *memo, const DbMemo *kind) {
    GHashTable *values = g_hash_table_lookup(memo->kinds, kind);
    if (values == NULL) {
        values = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, kind->free);
        g_hash_table_insert(memo->kinds, (gpointer)(uintptr_t)kind, values);
    }
    return values;
}

static bool values_add(GHashTable *values, const DbMemo *kind, const char *text, GError **error) {
    gpointer value = kind->make(text, error);
    if (value != NULL) {
        if (g_hash_table_size(values) >= MEMO_MAX) {
            g_hash_table_remove_all(values);
        }
        g_hash_table_insert(values, g_strdup(text), value);
    }
    return value != NULL;
}

gconstpointer memo_get(Memo *memo, const DbMemo *kind, const char *text, GError **error) {
    if (kind == memo->latest_kind && strcmp(text, memo->latest_text) == 0) {
        return memo->latest;
    }
    GHashTable *values = values_of(memo, kind);
    gpointer own_text = NULL;
    gpointer value = NULL;
    if (!g_hash_table_lookup_extended(values, text, &own_text, &value)) {
        memo->latest_kind = NULL; /* it may be forgotten now */
        if (!values_add(values, kind, text, error)) {
            return NULL;
        }
        g_hash_table_lookup_extended(values, text, &own_text, &value);
    }
    memo->latest_kind = kind;
    memo->latest_text = own_text;
    memo->latest = value;
    return value;
}
