#include "survey/reading.h"

#include "survey/pack_private.h"

enum { LONG_WORD = 7, WORDS_MIN = 12 };

typedef struct {
    guint words;
    guint long_words;
    guint sentences;
    guint letters; /* of the word that is being read */
    bool open;     /* the sentence has words */
} Reading;

static void word_end(Reading *reading) {
    if (reading->letters > 0) {
        reading->words++;
        reading->long_words += reading->letters >= LONG_WORD;
        reading->open = true;
    }
    reading->letters = 0;
}

static void sentence_end(Reading *reading) {
    word_end(reading);
    reading->sentences += reading->open;
    reading->open = false;
}

/* A point inside a number or a name (3.5, 1177.se) ends nothing. */
static bool ends_sentence(gunichar c, const char *after) {
    bool mark = c == '.' || c == '!' || c == '?' || c == ':';
    return c == '\n' || (mark && (*after == '\0' || g_unichar_isspace(g_utf8_get_char(after))));
}

double reading_lix(const char *text) {
    Reading reading = {0};
    for (const char *at = text; *at != '\0'; at = g_utf8_next_char(at)) {
        gunichar c = g_utf8_get_char(at);
        if (g_unichar_isalnum(c)) {
            reading.letters++;
        } else if (ends_sentence(c, g_utf8_next_char(at))) {
            sentence_end(&reading);
        } else if (c != '-' && c != '\'' && c != 0x2019) {
            word_end(&reading);
        }
    }
    sentence_end(&reading);
    return reading.words == 0 ? 0
                              : (double)reading.words / reading.sentences +
                                    100.0 * reading.long_words / reading.words;
}

static guint word_count(const char *text) {
    g_auto(GStrv) words = g_strsplit_set(text, " \n", -1);
    return g_strv_length(words);
}

/* All that a person reads of the item, a sentence a line. */
static char *item_text(const Item *item) {
    GString *text = g_string_new(item->scene[LANG_SV]);
    g_string_append_printf(text, "\n%s", item->text[LANG_SV]);
    for (guint i = 0; item->kind != ITEM_SCALE && i < item->option_count; i++) {
        g_string_append_printf(text, "\n%s", item->options[LANG_SV][i]);
    }
    g_string_append_printf(text, "\n%s", item->explain[LANG_SV]);
    return g_string_free(text, FALSE);
}

static void judge(Faults *faults, const char *text, double limit) {
    double lix = reading_lix(text);
    if (lix > limit && word_count(text) >= WORDS_MIN) {
        faults_add(
            faults,
            tr("läsbarhet LIX %.0f, över %.0f: dela långa meningar och byt långa ord.",
               "readability LIX %.0f in Swedish, over %.0f: divide long sentences and change "
               "long words."),
            lix, limit);
    }
}

void pack_reading(const Pack *pack, double limit, GPtrArray *lines) {
    for (guint i = 0; i < pack->items->len; i++) {
        const Item *item = pack->items->pdata[i];
        g_autofree char *text = item_text(item);
        judge(&(Faults){.lines = lines, .file = "items.json", .where = item->key}, text, limit);
    }
    for (guint i = 0; i < pack->lessons->len; i++) {
        const Lesson *lesson = pack->lessons->pdata[i];
        judge(&(Faults){.lines = lines, .file = "lessons", .where = lesson->key},
              lesson->markdown[LANG_SV], limit);
    }
}
