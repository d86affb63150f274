/* The languages. Swedish and English are the program's own: in them it says everything, with tr().
 * What an employee meets (pages, mails, questions) may be had in more, each added by files alone
 * (templates/languages.h); what a language lacks is said in the one that it falls back on.
 *
 * A page or mail names its language itself; the command line and its errors use the process's.
 * main() sets that one, and the languages are added, before any thread starts. */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* Below LANG_OWN_COUNT the program's own; from there up to lang_count() those that were added. */
typedef enum { LANG_SV, LANG_EN, LANG_OWN_COUNT, LANG_MAX = 8 } Lang;

enum { LANG_CODE_MAX = 35, LANG_WEEKDAYS = 7, LANG_MONTHS = 12, LANG_TRUTHS = 2, LANG_STEPS = 4 };

/* The ways to write a time: "den 5 december 2026", "lördag 5 december 2026", and with the hour. */
typedef enum { LANG_DATE, LANG_WEEKDAY_DATE, LANG_TIME, LANG_DATE_FORMS } LangDate;

typedef struct LangSpec {
    const char *code; /* BCP 47: "fi", "sv-x-lattlast" */
    const char *name; /* in the language itself: "suomi" */
    bool right_to_left;
    Lang fallback;                       /* one of the program's own */
    const char *weekdays[LANG_WEEKDAYS]; /* from Monday */
    const char *months[LANG_MONTHS];
    /* With {weekday} {day} {month} {year} {hour} {minute}. With the names all there, or NULL, and
     * then dates are written 2026-12-05. */
    const char *dates[LANG_DATE_FORMS];
    const char *truths[LANG_TRUTHS]; /* "Sant", "Falskt"; NULL: questions so answered fall back */
    const char *steps[LANG_STEPS];   /* from "Stämmer inte" to "Stämmer helt"; NULL likewise */
} LangSpec;

/* How many there are, the program's own included. */
guint lang_count(void);

/* Whether a language tag could be this: "fi", "sv-x-lattlast". */
bool lang_code_is_valid(const char *code);

/* The language added, or given anew if the code was there. False if there is no room for more. The
 * texts are copied and kept for good. */
bool lang_add(const LangSpec *spec, Lang *out_lang);

const LangSpec *lang_spec(Lang lang);

/* The process's language, one of the program's own. */
void lang_set(Lang lang);
Lang lang_current(void);

/* "sv", "sv_SE.UTF-8", "en-GB", "sv-x-lattlast"...: the language whose code is the longest
 * beginning. False for a language we do not have. */
bool lang_parse(const char *text, Lang *out_lang);

/* Whether it is exactly the code of a language that we have. */
bool lang_is_there(const char *code);

/* As lang_parse() for what is stored; Swedish for a language that has been taken away since. */
Lang lang_stored(const char *code);

/* "sv", "en"... */
const char *lang_code(Lang lang);

/* Copies into the empty places of the added languages what they fall back on. Free each text with
 * g_free. */
void lang_fill(char *texts[LANG_MAX]);

/* Frees and clears all the places. */
void lang_clear(char *texts[LANG_MAX]);

/* The time in words of the language. Free with g_free. */
char *lang_date(Lang lang, LangDate form, GDateTime *time);

/* The text in the process's language; both may be printf formats with the same arguments. */
const char *tr(const char *sv, const char *en) G_GNUC_FORMAT(1) G_GNUC_FORMAT(2);
