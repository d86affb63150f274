#include "base/error.h"
#include "reports/csv_line.h"
#include "reports/export_private.h"

/* Everybody who opens the file must meet it, whatever language they chose: first theirs, then the
 * other. */
static Lang other_lang(Lang lang) {
    return lang == LANG_SV ? LANG_EN : LANG_SV;
}

static const char *first_heading(Lang lang) {
    return in_lang(lang, "LÄS DETTA FÖRST", "READ THIS FIRST");
}

/* --- text ---------------------------------------------------------------------------- */

static void print_advice(Lang lang, GString *out) {
    g_string_append_printf(out, "%s\n", first_heading(lang));
    for (const char *const *line = texts_advice(lang); *line; line++) {
        append_wrapped(out, "  · ", "    ", *line);
    }
    g_string_append_c(out, '\n');
}

/* One text under its number; the lines that its author made are kept. */
static void print_answer(guint number, const char *text, GString *out) {
    g_autofree char *first = g_strdup_printf("%5u. ", number);
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (guint i = 0; lines[i]; i++) {
        append_wrapped(out, i == 0 ? first : "       ", "       ", g_strchomp(lines[i]));
    }
}

static void print_question(const Texts *texts, const OpenQuestion *question, Lang lang,
                           GString *out) {
    g_autofree char *why = texts_question_why(texts, question, lang);
    g_autofree char *head = g_strdup_printf("%s · ", question->item->key);
    append_wrapped(out, head, "  ", question->item->text[lang]);
    if (why) {
        append_wrapped(out, "  ", "  ", why);
    } else {
        g_string_append_printf(out, "  %u %s\n", question->texts->len,
                               in_lang(lang, "texter", "texts"));
    }
    for (guint i = 0; i < question->texts->len; i++) {
        print_answer(i + 1, g_ptr_array_index(question->texts, i), out);
    }
    g_string_append_c(out, '\n');
}

static void texts_text(const Texts *texts, Lang lang, GString *out) {
    g_autofree char *why = texts_why(texts, lang);
    text_head(texts->study, in_lang(lang, "Fritextsvar", "Free text"), lang, out);
    print_advice(lang, out);
    print_advice(other_lang(lang), out);
    if (why) {
        append_wrapped(out, "", "", why);
    }
    for (guint i = 0; i < texts->questions->len; i++) {
        print_question(texts, g_ptr_array_index(texts->questions, i), lang, out);
    }
}

/* --- CSV ----------------------------------------------------------------------------- */

static void csv_sentence(CsvLine *line, const char *text) {
    csv_line_text(line, text);
    csv_line_end(line);
}

static void csv_advice(CsvLine *line, Lang lang) {
    csv_sentence(line, first_heading(lang));
    for (const char *const *advice = texts_advice(lang); *advice; advice++) {
        csv_sentence(line, *advice);
    }
}

static void csv_question(CsvLine *line, const OpenQuestion *question) {
    csv_line_text(line, question->item->key);
    csv_line_text(line, question->item->text[line->lang]);
}

static void texts_csv(const Texts *texts, Lang lang, GString *out) {
    static const char *const heads[][LANG_OWN_COUNT] = {
        {"Fråga", "Item"},  {"Frågans text", "Item text"},
        {"Visas", "Shown"}, {"Nr", "No."},
        {"Text", "Text"},   {"Kod", "Code"}};
    CsvLine line = {.out = out, .lang = lang};
    g_autofree char *nothing = texts_why(texts, lang);
    csv_line_mark(&line);
    csv_advice(&line, lang);
    csv_advice(&line, other_lang(lang));
    if (nothing) {
        csv_sentence(&line, nothing);
        return;
    }
    csv_line_heads(&line, heads, G_N_ELEMENTS(heads));
    for (guint i = 0; i < texts->questions->len; i++) {
        const OpenQuestion *question = g_ptr_array_index(texts->questions, i);
        g_autofree char *why = texts_question_why(texts, question, lang);
        if (why) {
            csv_question(&line, question);
            csv_line_text(&line, why);
            csv_line_empty(&line, 3);
            csv_line_end(&line);
        }
        for (guint j = 0; j < question->texts->len; j++) {
            csv_question(&line, question);
            csv_line_text(&line, in_lang(lang, "ja", "yes"));
            csv_line_count(&line, j + 1);
            csv_line_text(&line, g_ptr_array_index(question->texts, j));
            csv_line_empty(&line, 1); /* for whoever codes */
            csv_line_end(&line);
        }
    }
}

/* --- JSON ---------------------------------------------------------------------------- */

/* NULL takes in both languages: null. Takes the texts. */
static void add_pair(cJSON *to, const char *key, char *take_sv, char *take_en) {
    g_autofree char *sv = take_sv;
    g_autofree char *en = take_en;
    if (!sv || !en) {
        cJSON_AddNullToObject(to, key);
        return;
    }
    cJSON *pair = cJSON_AddObjectToObject(to, key);
    cJSON_AddStringToObject(pair, "sv", sv);
    cJSON_AddStringToObject(pair, "en", en);
}

static void add_advice(cJSON *to, const char *key, Lang lang) {
    cJSON *lines = cJSON_AddArrayToObject(to, key);
    for (const char *const *line = texts_advice(lang); *line; line++) {
        cJSON_AddItemToArray(lines, cJSON_CreateString(*line));
    }
}

static cJSON *question_json(const Texts *texts, const OpenQuestion *question) {
    static const char *const states[] = {
        [QUESTION_SHOWN] = "shown", [QUESTION_FEW] = "suppressed", [QUESTION_ERASED] = "erased"};
    const Item *item = question->item;
    cJSON *json = cJSON_CreateObject();
    cJSON_AddStringToObject(json, "item", item->key);
    cJSON_AddNumberToObject(json, "version", item->version);
    cJSON_AddNumberToObject(json, "polarity", item->polarity);
    add_pair(json, "text", g_strdup(item->text[LANG_SV]), g_strdup(item->text[LANG_EN]));
    cJSON_AddStringToObject(json, "state", states[question->state]);
    add_pair(json, "why", texts_question_why(texts, question, LANG_SV),
             texts_question_why(texts, question, LANG_EN));
    if (question->state == QUESTION_SHOWN) {
        cJSON *list = cJSON_AddArrayToObject(json, "texts");
        for (guint i = 0; i < question->texts->len; i++) {
            cJSON_AddItemToArray(list, cJSON_CreateString(g_ptr_array_index(question->texts, i)));
        }
    }
    return json;
}

static void texts_json(const Texts *texts, GString *out) {
    static const char *const states[] = {
        [TEXTS_SHOWN] = "shown",         [TEXTS_NOT_ASKED] = "not_asked",
        [TEXTS_OPEN] = "open",           [TEXTS_WAITING] = "ballots_waiting",
        [TEXTS_SHUT] = "ballots_sealed", [TEXTS_ONE_UNIT] = "one_unit"};
    cJSON *root = cJSON_CreateObject();
    cJSON_AddStringToObject(root, "schema", "vetkoll-texts/1");
    cJSON *advice = cJSON_AddObjectToObject(root, "read_first");
    add_advice(advice, "sv", LANG_SV);
    add_advice(advice, "en", LANG_EN);
    cJSON_AddItemToObject(root, "campaign", json_study(texts->study));
    cJSON_AddNumberToObject(root, "k", (double)texts->k);
    cJSON_AddStringToObject(root, "state", states[texts->state]);
    add_pair(root, "why", texts_why(texts, LANG_SV), texts_why(texts, LANG_EN));
    cJSON *questions = cJSON_AddArrayToObject(root, "questions");
    for (guint i = 0; i < texts->questions->len; i++) {
        cJSON_AddItemToArray(questions,
                             question_json(texts, g_ptr_array_index(texts->questions, i)));
    }
    json_print(root, out);
}

bool export_texts(const Texts *texts, ExportFormat format, Lang lang, GString *out,
                  GError **error) {
    switch (format) {
    case EXPORT_TEXT:
        texts_text(texts, lang, out);
        return true;
    case EXPORT_JSON:
        texts_json(texts, out);
        return true;
    case EXPORT_CSV:
        texts_csv(texts, lang, out);
        return true;
    case EXPORT_HTML:
        return error_set(error, VK_ERROR_INPUT,
                         tr("fritextsvar finns som text, json och csv, inte som html",
                            "free text comes as text, json and csv, not as html"));
    }
    g_assert_not_reached();
}
