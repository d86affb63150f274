#include "reports/export.h"

#include "base/clock.h"
#include "reports/export_private.h"

#include <math.h>
#include <string.h>

bool export_parse_format(const char *text, ExportFormat *out_format) {
    static const char *const names[] = {"text", "json", "csv", "html"};
    for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
        if (strcmp(text, names[i]) == 0) {
            *out_format = (ExportFormat)i;
            return true;
        }
    }
    return false;
}

bool export_participation(const Participation *participation, ExportFormat format, Lang lang,
                          const Catalog *catalog, GString *out, GError **error) {
    switch (format) {
    case EXPORT_TEXT:
        export_participation_text(participation, lang, out);
        return true;
    case EXPORT_JSON:
        export_participation_json(participation, out);
        return true;
    case EXPORT_CSV:
        export_participation_csv(participation, lang, out);
        return true;
    case EXPORT_HTML:
        return export_participation_html(participation, lang, catalog, out, error);
    }
    g_assert_not_reached();
}

bool export_knowledge(const Knowledge *knowledge, ExportFormat format, Lang lang,
                      const Catalog *catalog, GString *out, GError **error) {
    switch (format) {
    case EXPORT_TEXT:
        export_knowledge_text(knowledge, lang, out);
        return true;
    case EXPORT_JSON:
        export_knowledge_json(knowledge, out);
        return true;
    case EXPORT_CSV:
        export_knowledge_csv(knowledge, lang, out);
        return true;
    case EXPORT_HTML:
        return export_knowledge_html(knowledge, lang, catalog, out, error);
    }
    g_assert_not_reached();
}

const char *in_lang(Lang lang, const char *sv, const char *en) {
    return lang == LANG_SV ? sv : en;
}

char *label_of(const Study *study, ReportRowKind kind, guint node, Lang lang) {
    const char *name = node == 0 ? in_lang(lang, "Hela organisationen", "Whole organisation")
                                 : study_node(study, node)->name;
    if (kind == ROW_UNIT) {
        return g_strdup(name);
    }
    if (node == 0) {
        return g_strdup(in_lang(lang, "Övriga enheter", "Other units"));
    }
    return g_strconcat(in_lang(lang, "Övriga inom ", "Others within "), name, NULL);
}

char *percent_number(double share, Lang lang) {
    char buffer[G_ASCII_DTOSTR_BUF_SIZE];
    /* Half away from zero, on the tenth; the sum 0.05 guards against 0.4999... of a decimal
     * fraction. */
    double tenths = floor(share * 1000 + 0.5 + 1e-9);
    g_ascii_formatd(buffer, sizeof buffer, "%.1f", tenths / 10);
    if (lang == LANG_SV) {
        g_strdelimit(buffer, ".", ',');
    }
    return g_strdup(buffer);
}

char *percent_text(Statistic share, Lang lang) {
    if (!share.defined) {
        return g_strdup("–");
    }
    g_autofree char *number = percent_number(share.value, lang);
    return g_strconcat(number, in_lang(lang, "\u00a0%", "%"), NULL);
}

char *interval_text(Interval interval, Lang lang) {
    if (!interval.defined) {
        return g_strdup("–");
    }
    g_autofree char *low = percent_number(interval.low, lang);
    g_autofree char *high = percent_number(interval.high, lang);
    return g_strconcat(low, "–", high, in_lang(lang, "\u00a0%", "%"), NULL);
}

Interval share_interval(const Share *share) {
    return share->finite.defined ? share->finite : share->wilson;
}

const char *band_text(CellState state, Lang lang) {
    switch (state) {
    case CELL_BAND_LOW:
        return in_lang(lang, "0–10\u00a0%", "0–10%");
    case CELL_BAND_HIGH:
        return in_lang(lang, "90–100\u00a0%", "90–100%");
    case CELL_SHOWN:
    case CELL_HIDDEN:
        return NULL;
    }
    g_assert_not_reached();
}

const char *counted_text(const KnowledgeItem *item, Lang lang) {
    if (item->scored) {
        return in_lang(lang, "rätt", "right");
    }
    return item->item->measure == MEASURE_OBSTACLE
               ? in_lang(lang, "upplever hinder", "meet the obstacle")
               : in_lang(lang, "gör som det är tänkt", "do as intended");
}

const char *state_text(const Study *study, Lang lang) {
    return study->closed ? in_lang(lang, "stängd", "closed")
                         : in_lang(lang, "pågår", "in progress");
}

void append_wrapped(GString *out, const char *first, const char *next, const char *text) {
    enum { WIDTH = 100 };
    g_auto(GStrv) words = g_strsplit(text, " ", -1);
    glong column = g_utf8_strlen(first, -1);
    g_string_append(out, first);
    for (guint i = 0; words[i]; i++) {
        glong width = g_utf8_strlen(words[i], -1);
        if (i > 0 && column + 1 + width > WIDTH) {
            g_string_append_printf(out, "\n%s", next);
            column = g_utf8_strlen(next, -1);
        } else if (i > 0) {
            g_string_append_c(out, ' ');
            column++;
        }
        g_string_append(out, words[i]);
        column += width;
    }
    g_string_append_c(out, '\n');
}

const char *hidden_text(Lang lang) {
    return in_lang(lang, "för få svar eller skyddad", "too few answers, or protected");
}

char *hidden_item_text(const KnowledgeItem *item, Lang lang) {
    if (!item->whole_only) {
        return g_strdup(hidden_text(lang));
    }
    return g_strdup_printf(in_lang(lang, "känslig: färre än %" G_GINT64_FORMAT " svar",
                                   "sensitive: fewer than %" G_GINT64_FORMAT " answers"),
                           item->k);
}

static void add_note(GPtrArray *notes, char *take_note) {
    g_ptr_array_add(notes, take_note);
}

static char **notes_end(GPtrArray *take_notes) {
    g_ptr_array_add(take_notes, NULL);
    return (char **)g_ptr_array_free(take_notes, FALSE);
}

static void add_hidden_note(GPtrArray *notes, guint hidden, int64_t k, Lang lang) {
    if (hidden == 1) {
        add_note(
            notes,
            g_strdup_printf(
                in_lang(lang,
                        "1 enhet visas inte: den har färre än %" G_GINT64_FORMAT " personer, "
                        "eller så skulle någon som har det gå att räkna fram. Den ingår i raden "
                        "ovanför sig.",
                        "1 unit is not shown: it has fewer than %" G_GINT64_FORMAT " people, or "
                        "would give away some that are. It is part of the row above it."),
                k));
    } else if (hidden > 1) {
        add_note(
            notes,
            g_strdup_printf(
                in_lang(lang,
                        "%u enheter visas inte: de har färre än %" G_GINT64_FORMAT " personer, "
                        "eller så skulle någon som har det gå att räkna fram. De ingår i raderna "
                        "ovanför sig.",
                        "%u units are not shown: they have fewer than %" G_GINT64_FORMAT
                        " people, or would give away some that are. They are part of the rows "
                        "above them."),
                hidden, k));
    }
}

char *promise_note(const Participation *p, Lang lang) {
    if (p->k <= p->k_set) {
        return NULL;
    }
    return g_strdup_printf(
        in_lang(lang,
                "Minsta grupp är %" G_GINT64_FORMAT ": det lovades de som bjöds in, och löftet "
                "följer omgången. Inställningen är nu %" G_GINT64_FORMAT
                " och gäller kampanjer som startas efter ändringen.",
                "The smallest group is %" G_GINT64_FORMAT ": that was promised to those invited, "
                "and stays with the round. The setting is %" G_GINT64_FORMAT
                " now, and holds for campaigns launched after the change."),
        p->k, p->k_set);
}

static void add_promise_note(GPtrArray *notes, const Participation *p, Lang lang) {
    char *note = promise_note(p, lang);
    if (note) {
        add_note(notes, note);
    }
}

char **participation_notes(const Participation *p, Lang lang) {
    GPtrArray *notes = g_ptr_array_new();
    add_note(notes, g_strdup(in_lang(
                        lang,
                        "Svarsandel: slutförda av inbjudna; inom parentes slutförda och delvis "
                        "besvarade av inbjudna. Ej nådda är inbjudna vars mejl inte gick att "
                        "leverera: de räknas bland de inbjudna, men inte som ej börjat.",
                        "Response rate: complete of invited; in parentheses complete and "
                        "partial of invited. Undeliverable are invited people whose mail could not "
                        "be delivered: they count as invited, but not as not begun.")));
    if (!p->study->closed) {
        add_note(notes, g_strdup(in_lang(lang, "Kampanjen pågår: siffrorna kan öka.",
                                         "The campaign is in progress: the figures may grow.")));
    }
    add_hidden_note(notes, p->hidden_count, p->k, lang);
    add_promise_note(notes, p, lang);
    return notes_end(notes);
}

static bool has_scored(const Knowledge *k) {
    for (guint i = 0; i < k->items->len; i++) {
        if (g_array_index(k->items, KnowledgeItem, i).scored) {
            return true;
        }
    }
    return false;
}

/* Why questions that are too sensitive for the others' limit are not shown, and which. */
static void add_sensitive_note(GPtrArray *notes, const Knowledge *k, Lang lang) {
    g_autoptr(GPtrArray) keys = g_ptr_array_new();
    int64_t needed = 0;
    for (guint i = 0; i < k->items->len; i++) {
        const KnowledgeItem *item = &g_array_index(k->items, KnowledgeItem, i);
        if (item->whole_only && item->state == CELL_HIDDEN) {
            g_ptr_array_add(keys, item->item->key);
            needed = item->k;
        }
    }
    if (keys->len == 0) {
        return;
    }
    g_ptr_array_add(keys, NULL);
    g_autofree char *all = g_strjoinv(", ", (char **)keys->pdata);
    add_note(notes, g_strdup_printf(
                        in_lang(lang,
                                "%s visas inte: färre än %" G_GINT64_FORMAT
                                " personer har svarat. Frågor om egna regelbrott, den närmaste "
                                "chefen, arbetsgruppen och egna hjälpmedel är så känsliga att "
                                "minst så många svar behövs, så att ingen kan pekas ut.",
                                "%s: not shown, as fewer than %" G_GINT64_FORMAT
                                " people have answered. Questions on own breaches of rules, one's "
                                "manager, one's group and own aids are so sensitive that at least "
                                "that many answers are needed, so that nobody can be pointed out."),
                        all, needed));
}

static void add_text_note(GPtrArray *notes, const Knowledge *k, Lang lang) {
    if (k->text_items == 0) {
        return;
    }
    add_note(notes,
             g_strdup_printf(
                 in_lang(lang,
                         "Fritextsvar läses för sig: vetkoll report texts %s. De visas när "
                         "kampanjen är stängd och, för varje fråga, om minst %" G_GINT64_FORMAT
                         " personer har svarat på den.",
                         "Free text is read by itself: vetkoll report texts %s. It is shown once "
                         "the campaign is closed and, for each question, if at least "
                         "%" G_GINT64_FORMAT " people have answered it."),
                 k->study->name, k->k_text));
}

static void add_scale_notes(GPtrArray *notes, const Knowledge *k, Lang lang) {
    if (k->study->kind == CAMPAIGN_OBSTACLES) {
        add_note(notes,
                 g_strdup(in_lang(
                     lang,
                     "Hinder: andelen som svarat stämmer väl eller helt på ett hinder, eller "
                     "stämmer inte eller knappt på en framgångsfaktor.",
                     "Obstacle: the share who answered quite or completely true to an "
                     "obstacle, or not or hardly true to a success factor.")));
    } else {
        add_note(notes,
                 g_strdup(in_lang(
                     lang,
                     "Påståendena är självskattade. Människor överskattar gärna sig själva: "
                     "använd dem för att se utveckling, inte som facit.",
                     "The statements are self-rated. People tend to overrate themselves: use "
                     "them for trends, not as the truth.")));
    }
    add_note(notes,
             g_strdup(in_lang(
                 lang,
                 "Känsliga påståenden visas bara för hela organisationen, och nära 0 eller "
                 "100\u00a0% bara som 0–10 eller 90–100\u00a0%.",
                 "Sensitive statements are shown for the whole organisation only, and near 0 "
                 "or 100% only as 0–10 or 90–100%.")));
}

char **knowledge_notes(const Knowledge *k, Lang lang) {
    GPtrArray *notes = g_ptr_array_new();
    if (k->open_anonymous) {
        add_note(notes,
                 g_strdup(in_lang(lang,
                                  "Kampanjen är anonym och pågår: resultatet visas först när "
                                  "den är stängd, så att inget enskilt svar går att följa.",
                                  "The campaign is anonymous and in progress: its result is "
                                  "shown once it is closed, so that no single answer can be "
                                  "traced.")));
        return notes_end(notes);
    }
    char *ballots = ballots_text(k->ballots, lang);
    if (ballots) {
        add_note(notes, ballots);
    }
    if (k->ballots == BALLOTS_SHUT) {
        return notes_end(notes);
    }
    add_note(notes,
             g_strdup(in_lang(
                 lang,
                 "n är svaren på just den frågan. Intervallet är 95\u00a0% (Wilson, korrigerat för "
                 "ändlig population) och gäller om de som svarat liknar dem som inte gjort "
                 "det. Gränserna gäller alltid: alla som inte svarat har fel, eller alla har "
                 "rätt.",
                 "n is the answers to that very question. The interval is 95% (Wilson, "
                 "corrected for a finite population) and holds if those who answered are like "
                 "those who did not. The bounds always hold: all who did not answer are wrong, "
                 "or all are right.")));
    if (has_scored(k)) {
        add_note(notes,
                 g_strdup(in_lang(lang, "\"Vet inte\" räknas som inte rätt och visas för sig.",
                                  "\"Don't know\" counts as not right and is shown apart.")));
    } else {
        add_scale_notes(notes, k, lang);
    }
    add_sensitive_note(notes, k, lang);
    add_text_note(notes, k, lang);
    if (k->whole_only) {
        add_note(notes,
                 g_strdup(in_lang(lang,
                                  "Kampanjen pågår: enheternas siffror visas när den är "
                                  "stängd.",
                                  "The campaign is in progress: the units' figures are shown "
                                  "once it is closed.")));
    }
    add_hidden_note(notes, k->hidden_count, k->k, lang);
    add_promise_note(notes, k->participation, lang);
    return notes_end(notes);
}
