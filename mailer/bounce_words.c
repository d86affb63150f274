/* Texts as words, and patterns over them. A pattern is tried at each word; '*' stands for up to
 * GAP_MAX words, so the cost is bounded by words x patterns x GAP_MAX for the one or two '*' a
 * pattern has. */
#include "mailer/bounce_private.h"

#include <string.h>

enum { WORDS_MAX = 600, GAP_MAX = 4 };

struct BounceWords {
    guint count;
    const char *words[WORDS_MAX];
    GString *text; /* the words, each with its NUL */
};

static bool is_separator(const char *start, const char *p) {
    if (g_ascii_isalnum(*p) || (guchar)*p >= 0x80) {
        return false;
    }
    bool inside = p > start && (g_ascii_isalnum(p[-1]) || (guchar)p[-1] >= 0x80) &&
                  (g_ascii_isalnum(p[1]) || (guchar)p[1] >= 0x80);
    return !(inside && (*p == '.' || *p == '\''));
}

/* "550" and "5.1.1": in an answer of many lines they stand in the middle of the sentence. */
static bool is_code(const char *start, const char *end) {
    size_t size = (size_t)(end - start);
    bool is_reply = size == 3 && (*start == '4' || *start == '5');
    bool is_status = size >= 5 && (*start == '4' || *start == '5') && start[1] == '.';
    return (is_reply || is_status) && strspn(start, "0123456789.") >= size;
}

static void word_add(BounceWords *words, gsize offsets[], const char *start, const char *end) {
    if (end > start && words->count < WORDS_MAX && !is_code(start, end)) {
        offsets[words->count++] = words->text->len;
        g_string_append_len(words->text, start, end - start);
        g_string_append_c(words->text, '\0');
    }
}

/* One run of text without white space and brackets: no address, no link, the rest cut into words.
 */
static void chunk_add(BounceWords *words, gsize offsets[], const char *start, const char *end) {
    size_t size = (size_t)(end - start);
    if (memchr(start, '@', size) != NULL) {
        return;
    }
    const char *link = g_strstr_len(start, (gssize)size, "//");
    if (link != NULL) {
        const char *query = g_strstr_len(link, end - link, "p="); /* ?p=NoSuchUser */
        if (query == NULL) {
            return;
        }
        start = query + 2;
    }
    const char *word = start;
    for (const char *p = start; p < end; p++) {
        if (is_separator(start, p)) {
            word_add(words, offsets, word, p);
            word = p + 1;
        }
    }
    word_add(words, offsets, word, end);
}

BounceWords *bounce_words_new(const char *text) {
    BounceWords *words = g_new0(BounceWords, 1);
    words->text = g_string_new(NULL);
    g_autofree char *lower = g_utf8_strdown(text, -1);
    g_autoptr(GString) plain = g_string_new(lower);
    g_string_replace(plain, "\xe2\x80\x99", "'", 0);
    gsize offsets[WORDS_MAX];
    const char *chunk = plain->str;
    const char *p = plain->str;
    for (; *p != '\0'; p++) {
        if (strchr(" \t\n<>()[]{},;\"", *p)) {
            chunk_add(words, offsets, chunk, p);
            chunk = p + 1;
        }
    }
    chunk_add(words, offsets, chunk, p);
    for (guint i = 0; i < words->count; i++) {
        words->words[i] = words->text->str + offsets[i];
    }
    return words;
}

void bounce_words_free(BounceWords *words) {
    if (words != NULL) {
        g_string_free(words->text, TRUE);
        g_free(words);
    }
}

/* Words that servers use for the same thing. */
static const struct {
    const char *name;
    const char *words;
} classes[] = {
    {"$who", "user|users|recipient|recipients|address|addresses|account|person|people|addressee"},
    {"$who", "username|userid|alias|member|customer|rcpt"},
    {"$box", "mailbox|inbox|maildir|maildrop|mailfolder|mailfile|folder|box|storage"},
    {"$host", "host|domain|server|site|hostname"},
    {"$mail", "mail|mails|email|emails|message|messages|content"},
    {"$not",
     "not|no|never|unable|cannot|can't|couldn't|won't|don't|doesn't|didn't|isn't|aren't|wasn't"},
    {"$wrong", "unknown|invalid|bad|nonexistent|non-existent|unresolvable"},
    {"$refused", "refused|rejected|denied|prohibited|forbidden|disallowed|blocked"},
    {"$limit", "size|limit|storage|space|quota|capacity|allowed"},
    {"$closed", "disabled|suspended|locked|deactivated|frozen|terminated|inactive|closed|paused"},
};

static bool alternatives_match(const char *token, const char *end, const char *word);

static bool class_matches(const char *token, size_t size, const char *word) {
    for (size_t i = 0; i < G_N_ELEMENTS(classes); i++) {
        const char *words = classes[i].words;
        if (strlen(classes[i].name) == size && memcmp(classes[i].name, token, size) == 0 &&
            alternatives_match(words, words + strlen(words), word)) {
            return true;
        }
    }
    return false;
}

/* Whether `word` is one of the "a|b|c+|$d" that lie between `token` and `end`. */
static bool alternatives_match(const char *token, const char *end, const char *word) {
    size_t length = strlen(word);
    while (token < end) {
        const char *bar = memchr(token, '|', (size_t)(end - token));
        const char *stop = bar ? bar : end;
        size_t size = (size_t)(stop - token);
        bool prefix = size > 1 && token[size - 1] == '+';
        size -= prefix;
        bool fits = prefix ? length >= size : length == size;
        if (*token == '$' ? class_matches(token, size, word)
                          : fits && memcmp(token, word, size) == 0) {
            return true;
        }
        token = stop + 1;
    }
    return false;
}

static bool match_at(const BounceWords *words, guint i, const char *pattern) {
    while (*pattern != '\0') {
        const char *end = pattern + strcspn(pattern, " ");
        const char *next = *end == ' ' ? end + 1 : end;
        if (end - pattern == 1 && *pattern == '?') {
            if (i++ >= words->count) {
                return false;
            }
            pattern = next;
            continue;
        }
        if (end - pattern == 1 && *pattern == '*') {
            for (guint gap = 0; gap <= GAP_MAX; gap++) {
                if (match_at(words, i + gap, next)) {
                    return true;
                }
            }
            return false;
        }
        if (i >= words->count || !alternatives_match(pattern, end, words->words[i])) {
            return false;
        }
        i++;
        pattern = next;
    }
    return true;
}

bool bounce_words_match(const BounceWords *words, const char *pattern) {
    if (g_str_has_prefix(pattern, "^ ")) {
        return match_at(words, 0, pattern + 2);
    }
    const char *first_end = pattern + strcspn(pattern, " ");
    for (guint i = 0; i < words->count; i++) {
        if (alternatives_match(pattern, first_end, words->words[i]) &&
            match_at(words, i, pattern)) {
            return true;
        }
    }
    return false;
}
