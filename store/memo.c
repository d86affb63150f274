#include "store/memo_private.h"

/* Of one kind; then all are forgotten. */
enum { MEMO_MAX = 64 };

struct Memo {
    GHashTable *kinds; /* const DbMemo * -> GHashTable of text -> value */
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

gconstpointer memo_get(Memo *memo, const DbMemo *kind, const char *text, GError **error) {
    GHashTable *values = g_hash_table_lookup(memo->kinds, kind);
    if (values == NULL) {
        values = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, kind->free);
        g_hash_table_insert(memo->kinds, (gpointer)(uintptr_t)kind, values);
    }
    gpointer value = g_hash_table_lookup(values, text);
    if (value != NULL) {
        return value;
    }
    value = kind->make(text, error);
    if (value != NULL) {
        if (g_hash_table_size(values) >= MEMO_MAX) {
            g_hash_table_remove_all(values);
        }
        g_hash_table_insert(values, g_strdup(text), value);
    }
    return value;
}
