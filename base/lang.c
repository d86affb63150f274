#include "base/lang.h"

#include <string.h>

static Lang process_lang = LANG_SV; /* set once by main() before threads start */

/* Those after the program's own are added before threads start. */
static guint spec_count = LANG_OWN_COUNT;
static LangSpec specs[LANG_MAX] = {
    [LANG_SV] = {.code = "sv",
                 .name = "Svenska",
                 .fallback = LANG_SV,
                 .weekdays = {"måndag", "tisdag", "onsdag", "torsdag", "fredag", "lördag",
                              "söndag"},
                 .months = {"januari", "februari", "mars", "april", "maj", "juni", "juli",
                            "augusti", "september", "oktober", "november", "december"},
                 .dates = {[LANG_DATE] = "den {day} {month} {year}",
                           [LANG_WEEKDAY_DATE] = "{weekday} {day} {month} {year}",
                           [LANG_TIME] = "{weekday} {day} {month} {year} kl. {hour}.{minute}"},
                 .truths = {"Sant", "Falskt"},
                 .steps = {"Stämmer inte", "Stämmer knappt", "Stämmer väl", "Stämmer helt"}},
    [LANG_EN] = {.code = "en",
                 .name = "English",
                 .fallback = LANG_EN,
                 .weekdays = {"Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday",
                              "Sunday"},
                 .months = {"January", "February", "March", "April", "May", "June", "July",
                            "August", "September", "October", "November", "December"},
                 .dates = {[LANG_DATE] = "{day} {month} {year}",
                           [LANG_WEEKDAY_DATE] = "{weekday} {day} {month} {year}",
                           [LANG_TIME] = "{weekday} {day} {month} {year} at {hour}:{minute}"},
                 .truths = {"True", "False"},
                 .steps = {"Not true", "Hardly true", "Quite true", "Completely true"}},
};

guint lang_count(void) {
    return spec_count;
}

const LangSpec *lang_spec(Lang lang) {
    g_assert((guint)lang < spec_count);
    return &specs[lang];
}

const char *lang_code(Lang lang) {
    return lang_spec(lang)->code;
}

bool lang_code_is_valid(const char *code) {
    gsize part = 0;
    bool first = true;
    for (const char *at = code; *at != '\0'; at++) {
        if (*at == '-' && part >= (first ? 2 : 1)) {
            part = 0;
            first = false;
        } else if (first ? g_ascii_islower(*at) && part < 3 : g_ascii_isalnum(*at) && part < 8) {
            part++;
        } else {
            return false;
        }
    }
    return part >= (first ? 2 : 1) && strlen(code) <= LANG_CODE_MAX;
}

static void intern_all(const char *texts[], gsize count) {
    for (gsize i = 0; i < count; i++) {
        texts[i] = g_intern_string(texts[i]);
    }
}

bool lang_add(const LangSpec *spec, Lang *out_lang) {
    guint lang = LANG_OWN_COUNT;
    g_assert(spec->fallback < LANG_OWN_COUNT);
    while (lang < spec_count && g_ascii_strcasecmp(specs[lang].code, spec->code) != 0) {
        lang++;
    }
    if (lang == LANG_MAX) {
        return false;
    }
    LangSpec own = *spec;
    own.code = g_intern_string(spec->code);
    own.name = g_intern_string(spec->name);
    intern_all(own.weekdays, LANG_WEEKDAYS);
    intern_all(own.months, LANG_MONTHS);
    intern_all(own.dates, LANG_DATE_FORMS);
    intern_all(own.truths, LANG_TRUTHS);
    intern_all(own.steps, LANG_STEPS);
    specs[lang] = own;
    spec_count = MAX(spec_count, lang + 1);
    *out_lang = (Lang)lang;
    return true;
}

void lang_set(Lang lang) {
    g_assert(lang < LANG_OWN_COUNT);
    process_lang = lang;
}

Lang lang_current(void) {
    return process_lang;
}

/* The length of `code` if `text` begins with it, in any case and with "_" for "-"; else 0. */
static gsize code_begins(const char *text, const char *code) {
    gsize i = 0;
    while (code[i] != '\0') {
        char letter = text[i] == '_' ? '-' : g_ascii_tolower(text[i]);
        if (letter != g_ascii_tolower(code[i])) {
            return 0;
        }
        i++;
    }
    return g_ascii_isalnum(text[i]) ? 0 : i;
}

bool lang_parse(const char *text, Lang *out_lang) {
    gsize longest = 0;
    for (guint lang = 0; text != NULL && lang < spec_count; lang++) {
        gsize length = code_begins(text, specs[lang].code);
        if (length > longest) {
            longest = length;
            *out_lang = (Lang)lang;
        }
    }
    return longest > 0;
}

bool lang_is_there(const char *code) {
    Lang lang;
    return lang_parse(code, &lang) && strcmp(lang_code(lang), code) == 0;
}

Lang lang_stored(const char *code) {
    Lang lang = LANG_SV;
    lang_parse(code, &lang);
    return lang;
}

void lang_fill(char *texts[LANG_MAX]) {
    for (guint lang = LANG_OWN_COUNT; lang < spec_count; lang++) {
        if (texts[lang] == NULL) {
            texts[lang] = g_strdup(texts[specs[lang].fallback]);
        }
    }
}

void lang_clear(char *texts[LANG_MAX]) {
    for (guint lang = 0; lang < LANG_MAX; lang++) {
        g_clear_pointer(&texts[lang], g_free);
    }
}

/* Appends the value of the field that `text` begins with; its length, or 0 if it is none. */
static gsize field_append(GString *out, const char *text, const LangSpec *spec, GDateTime *time) {
    static const char *const fields[] = {"{weekday}", "{day}",  "{month}",
                                         "{year}",    "{hour}", "{minute}"};
    gsize which = 0;
    while (which < G_N_ELEMENTS(fields) && !g_str_has_prefix(text, fields[which])) {
        which++;
    }
    switch (which) {
    case 0:
        g_string_append(out, spec->weekdays[g_date_time_get_day_of_week(time) - 1]);
        break;
    case 1:
        g_string_append_printf(out, "%d", g_date_time_get_day_of_month(time));
        break;
    case 2:
        g_string_append(out, spec->months[g_date_time_get_month(time) - 1]);
        break;
    case 3:
        g_string_append_printf(out, "%d", g_date_time_get_year(time));
        break;
    case 4:
        g_string_append_printf(out, "%02d", g_date_time_get_hour(time));
        break;
    case 5:
        g_string_append_printf(out, "%02d", g_date_time_get_minute(time));
        break;
    default:
        return 0;
    }
    return strlen(fields[which]);
}

char *lang_date(Lang lang, LangDate form, GDateTime *time) {
    const LangSpec *spec = lang_spec(lang);
    if (spec->dates[form] == NULL) {
        return g_date_time_format(time, form == LANG_TIME ? "%Y-%m-%d %H:%M" : "%Y-%m-%d");
    }
    g_autoptr(GString) out = g_string_new(NULL);
    const char *at = spec->dates[form];
    while (*at != '\0') {
        gsize length = *at == '{' ? field_append(out, at, spec, time) : 0;
        if (length == 0) {
            g_string_append_c(out, *at++);
        }
        at += length;
    }
    return g_string_free(g_steal_pointer(&out), FALSE);
}

const char *tr(const char *sv, const char *en) {
    return process_lang == LANG_SV ? sv : en;
}
