#include "reports/gates_private.h"

#include "reports/export_private.h"

#include <math.h>

#define SOURCE_GATES "MEASUREMENT 6.2"
#define COUNT        G_GINT64_FORMAT

static bool is_share_at_least(int64_t x, int64_t n, double share) {
    return n > 0 && (double)x >= share * (double)n - 1e-9;
}

/* "312 av 400 (78,0 %)" */
static void say_share(char *found[LANG_OWN_COUNT], int64_t x, int64_t n, const char *sv,
                      const char *en) {
    Share share = stats_share(x, n, 0);
    for (Lang lang = LANG_SV; lang <= LANG_EN; lang++) {
        g_autofree char *percent = percent_text(share.share, lang);
        found[lang] = g_strdup_printf("%" COUNT " %s %" COUNT " %s (%s)", x,
                                      in_lang(lang, "av", "of"), n, in_lang(lang, sv, en), percent);
    }
}

/* "77,1 %, intervall 71,0–82,3 %, halva bredden 5,7 procentenheter" */
static void say_precision(char *found[LANG_OWN_COUNT], const Share *share) {
    Statistic half = stats_half_width(share);
    if (!half.defined) {
        gate_say(found, "går inte att beräkna: för få svar", "cannot be computed: too few answers");
        return;
    }
    for (Lang lang = LANG_SV; lang <= LANG_EN; lang++) {
        g_autofree char *percent = percent_text(share->share, lang);
        g_autofree char *interval = interval_text(share_interval(share), lang);
        g_autofree char *width = percent_number(half.value, lang);
        found[lang] = g_strdup_printf("%s (%" COUNT "/%" COUNT "), %s %s, %s %s %s", percent,
                                      share->x, share->n, in_lang(lang, "intervall", "interval"),
                                      interval, in_lang(lang, "halva bredden", "half-width"), width,
                                      in_lang(lang, "procentenheter", "percentage points"));
    }
}

static bool holds_closed(const GateFacts *f, double x, int area, char *found[LANG_OWN_COUNT]) {
    (void)x, (void)area;
    if (f->closed_in_window) {
        gate_say(found, "stängd inom fönstret", "closed within the window");
    } else {
        gate_say(found, "ingen stängd kampanj inom fönstret",
                 "no closed campaign within the window");
    }
    return f->closed_in_window;
}

static bool holds_frame(const GateFacts *f, double x, int area, char *found[LANG_OWN_COUNT]) {
    (void)area;
    if (f->frame_age_days < 0 || f->invited == 0) {
        gate_say(found, "ingen urvalsram", "no frame");
        return false;
    }
    gate_say(found, "urvalsramen togs %" COUNT " dagar före öppningen",
             "the frame was taken %" COUNT " days before opening", f->frame_age_days);
    return (double)f->frame_age_days <= x;
}

static bool holds_counts(const GateFacts *f, double x, int area, char *found[LANG_OWN_COUNT]) {
    (void)x, (void)area;
    gate_say(found,
             "%" COUNT " inbjudna: %" COUNT " slutförda, %" COUNT " delvis, %" COUNT
             " utan svar, %" COUNT " gick inte att nå",
             "%" COUNT " invited: %" COUNT " complete, %" COUNT " partial, %" COUNT " none, %" COUNT
             " undeliverable",
             f->invited, f->complete, f->partial,
             f->invited - f->complete - f->partial - f->undeliverable, f->undeliverable);
    return f->invited > 0;
}

static bool holds_method(const GateFacts *f, double x, int area, char *found[LANG_OWN_COUNT]) {
    (void)x, (void)area;
    if (f->method_stored) {
        gate_say(found, "metodtexten är sparad", "the method text is stored");
    } else {
        gate_say(found, "ingen metodtext", "no method text");
    }
    return f->method_stored;
}

static bool holds_verified(const GateFacts *f, double x, int area, char *found[LANG_OWN_COUNT]) {
    (void)f, (void)x, (void)area;
    gate_say(found, "ej verifierad", "not verified");
    return false;
}

static bool holds_trained(const GateFacts *f, double x, int area, char *found[LANG_OWN_COUNT]) {
    (void)x, (void)area;
    gate_say(found,
             "%" COUNT " av %" COUNT
             " svarande hade slutfört en utbildning minst ett dygn före svaret "
             "(%" COUNT " av dem 30–90 dagar före); bara de räknas",
             "%" COUNT " of %" COUNT " who answered had completed a training at least a day before "
             "(%" COUNT " of them 30–90 days before); only they are counted",
             f->counted, f->complete, f->delayed);
    return f->counted > 0;
}

static bool holds_items(const GateFacts *f, double x, int area, char *found[LANG_OWN_COUNT]) {
    (void)area;
    guint fewest = G_MAXUINT;
    for (guint i = 0; i < GATE_AREA_COUNT; i++) {
        fewest = MIN(fewest, f->live_items_area[i]);
    }
    gate_say(found, "%u mätfrågor, minst %u per område",
             "%u measurement items, at least %u an area", f->live_items, fewest);
    return (double)f->live_items >= x && fewest >= 3;
}

static bool holds_coverage(const GateFacts *f, double x, int area, char *found[LANG_OWN_COUNT]) {
    (void)x, (void)area;
    const char *sv = f->census ? "alla i målgruppen inbjudna" : "slumpmässigt urval";
    const char *en = f->census ? "everybody in the target group invited" : "a random sample";
    if (!f->census && !f->random_sample) {
        sv = en = "–";
    }
    found[LANG_SV] = g_strdup_printf("%" COUNT " utbildade inom fönstret och anställda, %" COUNT
                                     " av dem räknade; %s",
                                     f->trained_in_window, f->counted, sv);
    found[LANG_EN] = g_strdup_printf("%" COUNT " trained within the window and employed, %" COUNT
                                     " of them counted; %s",
                                     f->trained_in_window, f->counted, en);
    return f->trained_in_window > 0 && (f->census || f->random_sample);
}

/* Enough people, or nearly everybody of few. */
static bool is_enough(const GateFacts *f, int64_t n, double x, double rate, int64_t few) {
    bool nearly_all = f->census && is_share_at_least(f->complete, f->invited, rate) && n > 0;
    return (double)n >= x || (nearly_all && (few == 0 || f->invited < few));
}

static bool holds_number(const GateFacts *f, double x, int area, char *found[LANG_OWN_COUNT]) {
    (void)area;
    gate_say(found, "n = %" COUNT ", svar från %" COUNT " av %" COUNT,
             "n = %" COUNT ", answers from %" COUNT " of %" COUNT, f->counted, f->complete,
             f->invited);
    return is_enough(f, f->counted, x, 0.80, 38);
}

static bool holds_precision(const GateFacts *f, double x, int area, char *found[LANG_OWN_COUNT]) {
    (void)area;
    Statistic half = stats_half_width(&f->at_mark);
    say_precision(found, &f->at_mark);
    bool mean = f->score.defined && (f->score.high - f->score.low) / 2 <= 0.05;
    if (mean) {
        for (Lang lang = LANG_SV; lang <= LANG_EN; lang++) {
            g_autofree char *first = found[lang];
            g_autofree char *width = percent_number((f->score.high - f->score.low) / 2, lang);
            found[lang] = g_strdup_printf(
                "%s; %s ± %s %s", first, in_lang(lang, "medelresultatets intervall", "the mean's"),
                width, in_lang(lang, "procentenheter", "percentage points"));
        }
    }
    return (half.defined && half.value <= x + 1e-9) || mean;
}

static bool holds_response(const GateFacts *f, double x, int area, char *found[LANG_OWN_COUNT]) {
    (void)area;
    say_share(found, f->complete, f->invited, "inbjudna har slutfört", "invited have completed");
    return is_share_at_least(f->complete, f->invited, x);
}

static bool holds_reliable(const GateFacts *f, double x, int area, char *found[LANG_OWN_COUNT]) {
    (void)area;
    if (!f->kr20.defined) {
        gate_say(found, "KR-20 går inte att beräkna: för få svar eller ingen spridning",
                 "KR-20 cannot be computed: too few answers or no spread");
        return false;
    }
    char text[G_ASCII_DTOSTR_BUF_SIZE];
    /* Cut, not rounded: 0.597 must not read as the 0.60 that is asked for. */
    g_ascii_formatd(text, sizeof text, "%.2f", floor(f->kr20.value * 100) / 100);
    found[LANG_EN] = g_strdup_printf("KR-20 = %s, %u questions with a negative correlation", text,
                                     f->negative_items);
    g_strdelimit(text, ".", ',');
    found[LANG_SV] =
        g_strdup_printf("KR-20 = %s, %u frågor med negativt samband", text, f->negative_items);
    return f->kr20.value >= x && f->negative_items == 0;
}

static const char *step_text(ShareStep step, Lang lang) {
    static const char *const texts[][LANG_OWN_COUNT] = {
        [STEP_UNDEFINED] = {"okänd andel", "unknown share"},
        [STEP_NONE] = {"ingen", "none"},
        [STEP_TO_25] = {"mer än 0\u00a0% till mindre än 25\u00a0%",
                        "more than 0% to less than 25%"},
        [STEP_TO_50] = {"25\u00a0% till mindre än 50\u00a0%", "25% to less than 50%"},
        [STEP_TO_75] = {"50\u00a0% till mindre än 75\u00a0%", "50% to less than 75%"},
        [STEP_TO_100] = {"75\u00a0% till mindre än 100\u00a0%", "75% to less than 100%"},
        [STEP_ALL] = {"alla", "all"},
    };
    return texts[step][lang];
}

static bool holds_extent(const GateFacts *f, double x, int area, char *found[LANG_OWN_COUNT]) {
    (void)x, (void)area;
    int64_t counted = MIN(f->counted, f->employed);
    ShareStep step = stats_step(counted, f->employed);
    for (Lang lang = LANG_SV; lang <= LANG_EN; lang++) {
        found[lang] = g_strdup_printf("%" COUNT " %s %" COUNT " %s: %s", counted,
                                      in_lang(lang, "av", "of"), f->employed,
                                      in_lang(lang, "anställda är både utbildade och prövade",
                                              "employed are both trained and tested"),
                                      step_text(step, lang));
    }
    return step != STEP_UNDEFINED && step != STEP_NONE;
}

static void say_methods(const GateFacts *f, char *found[LANG_OWN_COUNT]) {
    bool self = f->methods & METHOD_SELF_REPORT, scenario = f->methods & METHOD_SCENARIO;
    for (Lang lang = LANG_SV; lang <= LANG_EN; lang++) {
        found[lang] =
            g_strconcat(self ? in_lang(lang, "självskattning", "self-report") : "",
                        self && scenario ? in_lang(lang, " och ", " and ") : "",
                        scenario ? in_lang(lang, "situationsfrågor", "situational judgement") : "",
                        self || scenario ? "" : in_lang(lang, "ingen metod", "no method"), NULL);
    }
}

static bool holds_methods(const GateFacts *f, double x, int area, char *found[LANG_OWN_COUNT]) {
    (void)area;
    guint count =
        (f->methods & METHOD_SELF_REPORT ? 1u : 0) + (f->methods & METHOD_SCENARIO ? 1u : 0);
    say_methods(f, found);
    return (double)count >= x;
}

static bool holds_other_method(const GateFacts *f, double x, int area,
                               char *found[LANG_OWN_COUNT]) {
    (void)x, (void)area;
    say_methods(f, found);
    return f->methods & METHOD_SCENARIO;
}

static bool holds_days(const GateFacts *f, double x, int area, char *found[LANG_OWN_COUNT]) {
    (void)area;
    if (f->days_after < 0) {
        gate_say(found, "inte känt för alla: kampanjen följer inte upp en utbildning",
                 "not known of all: the campaign does not follow up a training");
        return false;
    }
    gate_say(found, "minst %" COUNT " dagar efter utbildningen",
             "at least %" COUNT " days after the training", f->days_after);
    return (double)f->days_after >= x;
}

static bool holds_recent(const GateFacts *f, double x, int area, char *found[LANG_OWN_COUNT]) {
    (void)x, (void)area;
    if (f->trained_in_time) {
        gate_say(found, "alla utbildade inom fönstret", "all trained within the window");
    } else {
        gate_say(found, "inte visat för alla", "not shown of all");
    }
    return f->trained_in_time;
}

static bool holds_self_report(const GateFacts *f, double x, int area, char *found[LANG_OWN_COUNT]) {
    (void)area;
    if (!(f->methods & METHOD_SELF_REPORT)) {
        gate_say(found, "ingen självskattning", "no self-report");
        return false;
    }
    say_share(found, f->self_complete, f->self_invited, "inbjudna har slutfört",
              "invited have completed");
    for (Lang lang = LANG_SV; lang <= LANG_EN; lang++) {
        g_autofree char *first = found[lang];
        found[lang] =
            g_strconcat(first, ", ",
                        f->self_anonymous ? in_lang(lang, "anonymt", "anonymous")
                                          : in_lang(lang, "inte anonymt", "not anonymous"),
                        NULL);
    }
    return f->self_anonymous && f->self_complete >= f->k &&
           is_share_at_least(f->self_complete, f->self_invited, x);
}

static bool holds_area_items(const GateFacts *f, double x, int area, char *found[LANG_OWN_COUNT]) {
    guint count = f->scored_items_area[area];
    gate_say(found, count == 1 ? "%u fråga" : "%u frågor",
             count == 1 ? "%u question" : "%u questions", count);
    return (double)f->scored_items_area[area] >= x;
}

static bool holds_area_number(const GateFacts *f, double x, int area, char *found[LANG_OWN_COUNT]) {
    gate_say(found, "n = %" COUNT ", svar från %" COUNT " av %" COUNT,
             "n = %" COUNT ", answers from %" COUNT " of %" COUNT, f->answered_area[area],
             f->complete, f->invited);
    return is_enough(f, f->answered_area[area], x, 0.80, 0);
}

static bool holds_area_precision(const GateFacts *f, double x, int area,
                                 char *found[LANG_OWN_COUNT]) {
    Statistic half = stats_half_width(&f->share_area[area]);
    say_precision(found, &f->share_area[area]);
    return half.defined && half.value <= x + 1e-9;
}

static bool holds_anonymous(const GateFacts *f, double x, int area, char *found[LANG_OWN_COUNT]) {
    (void)x, (void)area;
    if (f->anonymous) {
        gate_say(found, "anonym", "anonymous");
    } else {
        gate_say(found, "inte anonym", "not anonymous");
    }
    return f->anonymous;
}

static bool holds_both_kinds(const GateFacts *f, double x, int area, char *found[LANG_OWN_COUNT]) {
    (void)area;
    gate_say(found, "%u hinder och %u framgångsfaktorer", "%u obstacles and %u success factors",
             f->barriers, f->enablers);
    return f->barriers >= x && f->enablers >= x;
}

static bool holds_com_parts(const GateFacts *f, double x, int area, char *found[LANG_OWN_COUNT]) {
    (void)area;
    guint parts = (f->com_parts & 1) + (f->com_parts >> 1 & 1) + (f->com_parts >> 2 & 1);
    gate_say(found, "%u av 3 delar", "%u of 3 parts", parts);
    return parts >= x;
}

static bool holds_open(const GateFacts *f, double x, int area, char *found[LANG_OWN_COUNT]) {
    (void)area;
    gate_say(found, "%u öppna frågor om hinder, %u om framgångsfaktorer",
             "%u open questions on obstacles, %u on success factors", f->open_barriers,
             f->open_enablers);
    return f->open_barriers >= x && f->open_enablers >= x;
}

static bool holds_survey_number(const GateFacts *f, double x, int area,
                                char *found[LANG_OWN_COUNT]) {
    (void)area;
    say_share(found, f->complete, f->invited, "inbjudna har slutfört", "invited have completed");
    return is_enough(f, f->complete, x, 0.60, 0);
}

static bool holds_ranking(const GateFacts *f, double x, int area, char *found[LANG_OWN_COUNT]) {
    (void)area;
    gate_say(found, "%u hinder och %u framgångsfaktorer redovisas med intervall",
             "%u obstacles and %u success factors are reported with intervals",
             MIN(f->shown_barriers, 5), MIN(f->shown_enablers, 5));
    return f->shown_barriers >= MIN(x, f->barriers) && f->shown_enablers >= MIN(x, f->enablers) &&
           f->shown_barriers > 0 && f->shown_enablers > 0;
}

// clang-format off
/* The one table. Thresholds are this project's choice; the questions do not state any. */
static const GateRule rules[] = {
    {"G-a", 0, RULE_DECIDES,
     {"kampanjen är stängd inom fönstret på {x} hela kalendermånader",
      "the campaign was closed within the window of {x} whole calendar months"},
     24, false, SOURCE_GATES " common, R14", holds_closed},
    {"G-b", 0, RULE_DECIDES,
     {"urvalsramen är högst {x} dagar gammal när kampanjen öppnar",
      "the frame is at most {x} days old when the campaign opens"},
     31, false, SOURCE_GATES " common", holds_frame},
    {"G-c", 0, RULE_DECIDES,
     {"n, N och antal slutförda, delvis, obesvarade och ej nådda är sparade",
      "n, N and the numbers complete, partial, none and undeliverable are stored"},
     0, false, SOURCE_GATES " common, R29", holds_counts},
    {"G-d", 0, RULE_DECIDES,
     {"metoden är beskriven i ord", "the method is described in words"},
     0, false, SOURCE_GATES " common", holds_method},
    {"G-e", 0, RULE_INFORMS,
     {"en andra person har verifierat underlaget", "a second person has verified the evidence"},
     0, false, SOURCE_GATES " common, R36", holds_verified},
    {"G17-a", 17, RULE_DECIDES,
     {"var och en som räknas har slutfört en utbildning minst ett dygn före svaret",
      "everybody who is counted completed a training at least a day before answering"},
     1, false, SOURCE_GATES " G17 a", holds_trained},
    {"G17-b", 17, RULE_DECIDES,
     {"minst {x} mätfrågor i bruk, minst 3 per område",
      "at least {x} live measurement items, at least 3 an area"},
     15, false, SOURCE_GATES " G17 b", holds_items},
    {"G17-c", 17, RULE_DECIDES,
     {"N är de som utbildats inom fönstret och ännu är anställda; totalundersökning eller "
      "slumpurval",
      "N is those trained within the window and still employed; a census or a random sample"},
     0, false, SOURCE_GATES " G17 c", holds_coverage},
    {"G17-d", 17, RULE_DECIDES,
     {"minst {x} räknade, eller totalundersökning av färre än 38 med minst 80\u00a0% svar",
      "at least {x} counted, or a census of fewer than 38 with at least 80% response"},
     30, false, SOURCE_GATES " G17 d", holds_number},
    {"G17-e", 17, RULE_DECIDES,
     {"andelen med minst 80\u00a0% rätt är känd på {x} procentenheter när, eller medelresultatet på 5",
      "the share with at least 80% right is known to within {x} percentage points, or the mean "
      "result to within 5"},
     0.10, true, SOURCE_GATES " G17 e", holds_precision},
    {"G17-f", 17, RULE_DECIDES,
     {"minst {x}\u00a0% av de inbjudna har slutfört; annars är resultatet indikativt",
      "at least {x}% of the invited have completed; otherwise the result is indicative"},
     0.50, true, SOURCE_GATES " G17 f", holds_response},
    {"G17-g", 17, RULE_DECIDES,
     {"provets reliabilitet KR-20 är minst 0,60 och ingen fråga samvarierar negativt med resten",
      "the test's reliability KR-20 is at least 0.60 and no item correlates negatively with the "
      "rest"},
     0.60, false, SOURCE_GATES " G17 g, 4.2", holds_reliable},
    {"G17-h", 17, RULE_DECIDES,
     {"andelen av alla anställda som är både utbildade och prövade är angiven",
      "the share of all employed who are both trained and tested is stated"},
     0, false, SOURCE_GATES " G17 h, R16", holds_extent},
    {"G18-a", 18, RULE_DECIDES,
     {"minst {x} olika metoder", "at least {x} different methods"},
     2, false, SOURCE_GATES " G18, R24", holds_methods},
    {"G18-b", 18, RULE_DECIDES,
     {"minst {x} av metoderna är inte självskattning",
      "at least {x} of the methods is not self-report"},
     1, false, SOURCE_GATES " G18, R35", holds_other_method},
    {"G18-c", 18, RULE_DECIDES,
     {"minst {x} dagar efter utbildningen", "at least {x} days after the training"},
     30, false, SOURCE_GATES " G18", holds_days},
    {"G18-d", 18, RULE_DECIDES,
     {"deltagarna har utbildats inom fönstret", "the participants were trained within the window"},
     0, false, SOURCE_GATES " G18", holds_recent},
    {"G18-e", 18, RULE_DECIDES,
     {"självskattningen är anonym, har minst så många svar som minsta grupp och minst {x}\u00a0% svar",
      "the self-report is anonymous, has at least as many answers as the smallest group and at "
      "least {x}% response"},
     0.40, true, SOURCE_GATES " G18", holds_self_report},
    {"G30-a", 30, RULE_DECIDES,
     {"minst {x} poängsatta frågor i området", "at least {x} scored items in the area"},
     3, false, SOURCE_GATES " G30", holds_area_items},
    {"G30-b", 30, RULE_DECIDES,
     {"besvarade av minst {x}, eller totalundersökning med minst 80\u00a0% svar",
      "answered by at least {x}, or a census with at least 80% response"},
     30, false, SOURCE_GATES " G30", holds_area_number},
    {"G30-c", 30, RULE_DECIDES,
     {"områdets andel är känd på {x} procentenheter när",
      "the area's share is known to within {x} percentage points"},
     0.15, true, SOURCE_GATES " G30", holds_area_precision},
    {"G30-d", 30, RULE_CONFIRM,
     {"frågornas ord är avstämda mot organisationens egna regler, stöd och rutiner",
      "the wording is checked against the organisation's own rules, support and routines"},
     0, false, SOURCE_GATES " G30, areas 2, 3 and 5", NULL},
    {"G39-a", 39, RULE_DECIDES,
     {"undersökningen är anonym", "the survey is anonymous"},
     0, false, SOURCE_GATES " G39", holds_anonymous},
    {"G39-b", 39, RULE_DECIDES,
     {"minst {x} frågor om hinder och minst {x} om framgångsfaktorer",
      "at least {x} items on obstacles and at least {x} on success factors"},
     3, false, SOURCE_GATES " G39", holds_both_kinds},
    {"G39-c", 39, RULE_DECIDES,
     {"frågorna täcker de {x} delarna förmåga, möjlighet och motivation",
      "the items cover the {x} parts capability, opportunity and motivation"},
     3, false, SOURCE_GATES " G39, 4.11", holds_com_parts},
    {"G39-d", 39, RULE_DECIDES,
     {"minst {x} öppen fråga åt vardera hållet", "at least {x} open question each way"},
     1, false, SOURCE_GATES " G39", holds_open},
    {"G39-e", 39, RULE_DECIDES,
     {"minst {x} svar, eller totalundersökning med minst 60\u00a0% svar",
      "at least {x} answers, or a census with at least 60% response"},
     30, false, SOURCE_GATES " G39", holds_survey_number},
    {"G39-f", 39, RULE_DECIDES,
     {"de {x} vanligaste av vardera slaget redovisas med intervall (alla, om de är färre)",
      "the {x} most common of each kind are reported with intervals (all, if fewer)"},
     5, false, SOURCE_GATES " G39", holds_ranking},
    {"G39-g", 39, RULE_CONFIRM,
     {"de öppna svaren är kodade", "the open answers are coded"},
     0, false, SOURCE_GATES " G39, 4.11", NULL},
    {"G39-h", 39, RULE_CONFIRM,
     {"resultatet är överlämnat till ledningen (datum)",
      "the result was handed to management (date)"},
     0, false, SOURCE_GATES " G39, R2", NULL},
    {.id = NULL},
};

// clang-format on

const GateRule *gate_rules(void) {
    return rules;
}
