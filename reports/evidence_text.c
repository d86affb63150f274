/* The words of evidence. The questions are quoted from MSB's report of the 2023 round (MSB2333),
 * word for word; the English is ours. */
#include "reports/evidence_private.h"

#include "reports/export_private.h"

#include <string.h>

const char *question_text(int question, Lang lang) {
    switch (question) {
    case 17:
        return in_lang(
            lang,
            "Har organisationen, de senaste två åren, undersökt i vilken utsträckning "
            "medarbetarna efter genomförd utbildning i informationssäkerhet vet hur de ska "
            "arbeta på ett informationssäkert sätt?",
            "Has the organisation, in the last two years, examined to what extent the "
            "staff, after completed training in information security, know how to work in "
            "an information-secure way?");
    case 18:
        return in_lang(lang,
                       "De senaste två åren, har organisationen undersökt om medarbetarna använder "
                       "sina kunskaper i sitt arbete efter genomförd utbildning i "
                       "informationssäkerhet?",
                       "In the last two years, has the organisation examined whether the staff use "
                       "their knowledge in their work after completed training in information "
                       "security?");
    case 30:
        return in_lang(
            lang,
            "De senaste två åren, har organisationen i sin undersökning av medarbetarnas "
            "kunskaper undersökt kunskaperna inom följande grundläggande områden?",
            "In the last two years, has the organisation in its examination of the staff's "
            "knowledge examined the knowledge in the following basic areas?");
    case 39:
        return in_lang(lang,
                       "De senaste två åren, har organisationen undersökt vilka hinder respektive "
                       "framgångsfaktorer som påverkar medarbetarnas möjligheter att arbeta på ett "
                       "informationssäkert sätt?",
                       "In the last two years, has the organisation examined which obstacles and "
                       "success factors affect the staff's possibilities to work in an "
                       "information-secure way?");
    default:
        g_assert_not_reached();
    }
}

const char *area_box_text(int area, Lang lang) {
    static const char *const texts[GATE_AREA_COUNT][LANG_OWN_COUNT] = {
        {"vad som menas med informationssäkerhet och informationssäkerhetsarbete, samt varför det "
         "är "
         "viktigt för organisationen",
         "what information security and information security work mean, and why it matters to the "
         "organisation"},
        {"de regler och krav som styr informationssäkerhetsarbetet inom organisationen",
         "the rules and requirements that govern information security work in the organisation"},
        {"vilka stöd och verktyg som medarbetarna har tillgång till för att kunna arbeta på ett "
         "informationssäkert sätt",
         "which support and tools the staff have access to in order to work in an "
         "information-secure "
         "way"},
        {"informationssäkerhetsrelaterade hot, sårbarheter och risker",
         "threats, vulnerabilities and risks related to information security"},
        {"vad medarbetarna ska göra om en informationssäkerhetsincident inträffar",
         "what the staff are to do if an information security incident happens"},
    };
    return texts[area][lang];
}

const char *question_part(const EvidenceQuestion *q) {
    static const char *const parts[] = {"area1", "area2", "area3", "area4", "area5"};
    return q->area < 0 ? "" : parts[q->area];
}

char *question_label(const EvidenceQuestion *q, Lang lang) {
    if (q->area < 0) {
        return g_strdup_printf("%d", q->question);
    }
    return g_strdup_printf("%d.%d %s", q->question, q->area + 1,
                           knowledge_area_text(question_part(q), lang));
}

const char *status_text(EvidenceStatus status, Lang lang) {
    switch (status) {
    case STATUS_NO:
        return in_lang(lang, "nej", "no");
    case STATUS_BEGUN:
        return in_lang(lang, "påbörjat", "begun");
    case STATUS_YES:
        return in_lang(lang, "ja", "yes");
    }
    g_assert_not_reached();
}

const char *outcome_text(const GateFinding *finding, Lang lang) {
    switch (finding->outcome) {
    case GATE_MET:
        return in_lang(lang, "uppfyllt", "met");
    case GATE_NOT_MET:
        return finding->rule->weight == RULE_INFORMS
                   ? in_lang(lang, "upplysning", "for information")
                   : in_lang(lang, "saknas", "missing");
    case GATE_UNCONFIRMED:
        return in_lang(lang, "att bekräfta", "to confirm");
    }
    g_assert_not_reached();
}

char *conclusion_text(const EvidenceQuestion *q, Lang lang) {
    g_autofree char *label = question_label(q, lang);
    const char *box = q->area < 0 ? in_lang(lang, "ett ja på fråga", "a yes to question")
                                  : in_lang(lang, "rutan", "the box");
    switch (q->status) {
    case STATUS_YES:
        return g_strdup_printf(in_lang(lang,
                                       "Underlaget stöder %s %s. Det är organisationen som avgör "
                                       "vad den kryssar i. Ej verifierad av en andra person.",
                                       "The evidence supports %s %s. It is the organisation that "
                                       "decides what to tick. Not verified by a second person."),
                               box, label);
    case STATUS_BEGUN:
        return g_strdup_printf(
            in_lang(lang,
                    "En undersökning finns, men underlaget stöder ännu inte "
                    "%s %s. Det som saknas står nedan.",
                    "There is an examination, but the evidence does not yet support "
                    "%s %s. What is missing stands below."),
            box, label);
    case STATUS_NO:
        return g_strdup_printf(in_lang(lang,
                                       "Ingen kampanj inom fönstret har undersökt detta, så "
                                       "underlaget stöder inte %s %s.",
                                       "No campaign within the window has examined this, so the "
                                       "evidence does not support %s %s."),
                               box, label);
    }
    g_assert_not_reached();
}

static void add(GPtrArray *texts, char *take_text) {
    g_ptr_array_add(texts, take_text);
}

static char *share_sentence(const char *what, const Share *share, Lang lang) {
    g_autofree char *percent = percent_text(share->share, lang);
    g_autofree char *interval = interval_text(share_interval(share), lang);
    g_autofree char *bounds = interval_text(share->bounds, lang);
    g_autofree char *of = g_strdup_printf("%" G_GINT64_FORMAT " %s %" G_GINT64_FORMAT, share->x,
                                          in_lang(lang, "av", "of"), share->n);
    return g_strconcat(what, ": ", percent, " (", of, "; ",
                       in_lang(lang, "95\u00a0% intervall ", "95% interval "), interval,
                       in_lang(lang, "; gränser utan antaganden ", "; bounds without assumptions "),
                       bounds, ").", NULL);
}

/* A statement within a sentence: quoted, without its full stop. */
static char *quoted(const char *text, Lang lang) {
    g_autofree char *bare =
        g_str_has_suffix(text, ".") ? g_strndup(text, strlen(text) - 1) : g_strdup(text);
    return g_strconcat(in_lang(lang, "”", "“"), bare, "”", NULL);
}

static void add_knowledge(GPtrArray *texts, const EvidenceCampaign *campaign, Lang lang) {
    const GateFacts *facts = &campaign->facts;
    if (!facts->at_mark.share.defined) {
        add(texts, g_strdup(in_lang(lang,
                                    "Inget resultat redovisas: för få av dem som svarade hade "
                                    "slutfört en utbildning minst ett dygn före.",
                                    "No result is reported: too few of those who answered had "
                                    "completed a training at least a day before.")));
        return;
    }
    add(texts, share_sentence(in_lang(lang, "Utbildade med minst 80\u00a0% rätt",
                                      "Trained people with at least 80% right"),
                              &facts->at_mark, lang));
    if (facts->score.defined) {
        g_autofree char *mean =
            percent_text((Statistic){.defined = true, .value = facts->score.mean}, lang);
        g_autofree char *interval = interval_text(
            (Interval){.defined = true, .low = facts->score.low, .high = facts->score.high}, lang);
        add(texts,
            g_strconcat(in_lang(lang, "Medelresultat: ", "Mean result: "), mean,
                        in_lang(lang, " rätt (95\u00a0% intervall ", " right (95% interval "),
                        interval, ").", NULL));
    }
}

static void add_area(GPtrArray *texts, const EvidenceCampaign *campaign, int area, Lang lang) {
    const Share *share = &campaign->facts.share_area[area];
    if (!share->share.defined) {
        add(texts, g_strdup(in_lang(lang, "Inget resultat redovisas: för få svar.",
                                    "No result is reported: too few answers.")));
        return;
    }
    add(texts, share_sentence(in_lang(lang, "Rätta svar i området", "Right answers in the area"),
                              share, lang));
}

static void add_application(GPtrArray *texts, const EvidenceCampaign *campaign, Lang lang) {
    const Knowledge *k = campaign->knowledge;
    for (guint i = 0; i < k->items->len; i++) {
        const KnowledgeItem *item = &g_array_index(k->items, KnowledgeItem, i);
        if (item->state != CELL_SHOWN) {
            continue;
        }
        const char *method = item->scored ? in_lang(lang, "Situation", "Situation")
                                          : in_lang(lang, "Självskattad", "Self-rated");
        g_autofree char *text = quoted(item->item->text[lang], lang);
        g_autofree char *what = g_strconcat(method, ", ", text, NULL);
        add(texts, share_sentence(what, &item->share, lang));
    }
}

static gint compare_agreement(gconstpointer a, gconstpointer b) {
    const KnowledgeItem *left = *(const KnowledgeItem *const *)a;
    const KnowledgeItem *right = *(const KnowledgeItem *const *)b;
    double l = left->top_two.share.value, r = right->top_two.share.value;
    return l > r ? -1 : l < r ? 1 : g_strcmp0(left->item->key, right->item->key);
}

/* The most common obstacles, and the success factors that most say they have. */
static void add_obstacles(GPtrArray *texts, const EvidenceCampaign *campaign, Lang lang) {
    const Knowledge *k = campaign->knowledge;
    g_autoptr(GPtrArray) enablers = g_ptr_array_new();
    guint listed = 0;
    for (guint i = 0; i < k->ranking->len; i++) {
        KnowledgeItem *item =
            &g_array_index(k->items, KnowledgeItem, g_array_index(k->ranking, guint, i));
        if (item->item->polarity > 0) {
            g_ptr_array_add(enablers, item);
        } else if (listed < TOP_COUNT) {
            g_autofree char *text = quoted(item->item->text[lang], lang);
            g_autofree char *what =
                g_strdup_printf(in_lang(lang, "Hinder %u, %s", "Obstacle %u, %s"), ++listed, text);
            add(texts, share_sentence(what, &item->share, lang));
        }
    }
    g_ptr_array_sort(enablers, compare_agreement);
    for (guint i = 0; i < MIN(enablers->len, TOP_COUNT); i++) {
        const KnowledgeItem *item = g_ptr_array_index(enablers, i);
        g_autofree char *text = quoted(item->item->text[lang], lang);
        g_autofree char *what = g_strdup_printf(
            in_lang(lang, "Framgångsfaktor %u, %s", "Success factor %u, %s"), i + 1, text);
        add(texts, share_sentence(what, &item->top_two, lang));
    }
}

static char *campaign_sentence(const EvidenceCampaign *campaign, Lang lang) {
    const Study *study = campaign->knowledge->study;
    const GateFacts *f = &campaign->facts;
    if (!participation_whole(campaign->knowledge->participation)) {
        return g_strdup_printf(in_lang(lang,
                                       "%s (%s): för få bjöds in för att några antal ska visas.",
                                       "%s (%s): too few were invited for any numbers to be "
                                       "shown."),
                               study->title[lang], study->name);
    }
    Share rate = stats_share(f->complete, f->invited, 0);
    g_autofree char *percent = percent_text(rate.share, lang);
    g_autofree char *lost =
        f->undeliverable == 0
            ? g_strdup("")
            : g_strdup_printf(
                  in_lang(lang, " %" G_GINT64_FORMAT " av dem gick inte att nå med mejl.",
                          " %" G_GINT64_FORMAT " of them could not be reached by mail."),
                  f->undeliverable);
    return g_strdup_printf(
        in_lang(lang,
                "%s (%s): av %" G_GINT64_FORMAT " inbjudna har %" G_GINT64_FORMAT
                " slutfört (%s) och %" G_GINT64_FORMAT " svarat delvis.%s",
                "%s (%s): of %" G_GINT64_FORMAT " invited %" G_GINT64_FORMAT
                " have completed (%s) and %" G_GINT64_FORMAT " answered in part.%s"),
        study->title[lang], study->name, f->invited, f->complete, percent, f->partial, lost);
}

static char **texts_end(GPtrArray *take_texts) {
    g_ptr_array_add(take_texts, NULL);
    return (char **)g_ptr_array_free(take_texts, FALSE);
}

char **result_texts(const EvidenceQuestion *q, Lang lang) {
    GPtrArray *texts = g_ptr_array_new();
    for (guint i = 0; i < q->campaigns->len; i++) {
        const EvidenceCampaign *campaign = g_ptr_array_index(q->campaigns, i);
        add(texts, campaign_sentence(campaign, lang));
        char *promised = promise_note(campaign->knowledge->participation, lang);
        if (promised) {
            add(texts, promised);
        }
        if (campaign->knowledge->open_anonymous) {
            add(texts, g_strdup(in_lang(lang, "Kampanjen är anonym och pågår: inget resultat än.",
                                        "The campaign is anonymous and in progress: no result "
                                        "yet.")));
        } else if (campaign->knowledge->ballots == BALLOTS_SHUT) {
            add(texts, ballots_text(BALLOTS_SHUT, lang));
        } else if (q->question == 17) {
            add_knowledge(texts, campaign, lang);
        } else if (q->question == 30) {
            add_area(texts, campaign, q->area, lang);
        } else if (q->question == 18) {
            add_application(texts, campaign, lang);
        } else {
            add_obstacles(texts, campaign, lang);
        }
    }
    return texts_end(texts);
}

char **missing_texts(const EvidenceQuestion *q, Lang lang) {
    GPtrArray *texts = g_ptr_array_new();
    for (guint i = 0; i < q->findings->len; i++) {
        const GateFinding *finding = g_ptr_array_index(q->findings, i);
        if (finding->outcome != GATE_MET && finding->rule->weight != RULE_INFORMS) {
            add(texts, g_strdup_printf("%s (%s): %s", finding->need[lang], finding->rule->id,
                                       finding->found[lang]));
        }
    }
    return texts_end(texts);
}
