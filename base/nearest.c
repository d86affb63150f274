#include "base/nearest.h"

#include <glib.h>

enum { NEAREST_WORD_MAX = 64 };

/* Optimal string alignment; both at most NEAREST_WORD_MAX long. */
static guint distance(const gunichar *a, guint a_length, const gunichar *b, guint b_length) {
    guint rows[3][NEAREST_WORD_MAX + 1];
    for (guint j = 0; j <= b_length; j++) {
        rows[0][j] = j;
    }
    for (guint i = 1; i <= a_length; i++) {
        guint *row = rows[i % 3];
        const guint *above = rows[(i + 2) % 3];
        row[0] = i;
        for (guint j = 1; j <= b_length; j++) {
            guint change = above[j - 1] + (a[i - 1] != b[j - 1]);
            row[j] = MIN(MIN(above[j], row[j - 1]) + 1, change);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
                row[j] = MIN(row[j], rows[(i + 1) % 3][j - 2] + 1);
            }
        }
    }
    return rows[a_length % 3][b_length];
}

static gunichar *letters(const char *word, guint *out_length) {
    g_autofree char *valid = g_utf8_make_valid(word, -1);
    g_autofree char *folded = g_utf8_casefold(valid, -1);
    glong length = 0;
    gunichar *text = g_utf8_to_ucs4_fast(folded, -1, &length);
    *out_length = (guint)length;
    return text;
}

const char *nearest_word(const char *word, const char *const words[]) {
    guint length = 0;
    g_autofree gunichar *wanted = letters(word, &length);
    const char *nearest = NULL;
    guint least = G_MAXUINT;
    for (guint i = 0; words[i] != NULL && length <= NEAREST_WORD_MAX; i++) {
        guint other_length = 0;
        g_autofree gunichar *other = letters(words[i], &other_length);
        if (other_length > NEAREST_WORD_MAX) {
            continue;
        }
        guint apart = distance(wanted, length, other, other_length);
        if (apart < least && 3 * apart <= MAX(length, other_length)) {
            least = apart;
            nearest = words[i];
        }
    }
    return nearest;
}
