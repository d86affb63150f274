/* The rules by which evidence supports a box: one table with their words, thresholds and source,
 * and functions that hold them against facts. Pure. Source: the measurement design, 6.2 (gates G17,
 * G18, G30, G39); each threshold is printed beside what was found. */
#pragma once

#include "base/lang.h"
#include "reports/stats.h"

#define GATE_VERSION "2026-1"

enum { GATE_AREA_COUNT = 5 };

typedef enum { GATE_MET, GATE_NOT_MET, GATE_UNCONFIRMED } GateOutcome;

/* What a rule does when it does not hold. */
typedef enum {
    RULE_DECIDES, /* the box is not supported */
    RULE_INFORMS, /* said, but does not decide */
    RULE_CONFIRM, /* only the organisation can know: unsupported until it confirms */
} RuleWeight;

/* How people's knowledge is put to use was examined: which methods. */
typedef enum { METHOD_SELF_REPORT = 1, METHOD_SCENARIO = 2 } GateMethod;

/* What is known of one round (for question 18: of all that followed up a training, together).
 * Numbers are of the whole organisation. Zeroed: nothing was done. */
typedef struct {
    bool closed_in_window, method_stored, census, random_sample;
    int64_t frame_age_days; /* from frame to opening; -1: no frame */
    int64_t invited, undeliverable, complete, partial;
    int64_t employed; /* at the as-of date */
    int64_t k;        /* smallest group shown */
    /* G17; the counted completed a training at least a day before they answered, within the window
     */
    int64_t counted;
    int64_t delayed;           /* of them, 30 to 90 days before */
    int64_t trained_in_window; /* and still employed */
    Share at_mark;             /* of the counted, those with at least 80 % right */
    Mean score;                /* of the counted, 0..1 */
    guint live_items, live_items_area[GATE_AREA_COUNT]; /* scored, of the measurement bank */
    Statistic kr20;
    guint negative_items; /* with an item-rest correlation below 0 */
    /* G18 */
    guint methods;        /* GateMethod bits */
    int64_t days_after;   /* shortest time from training to follow-up; -1: not known of all */
    bool trained_in_time; /* every training that is followed up lies within the window */
    int64_t self_invited, self_complete;
    bool self_anonymous;
    /* G30 */
    guint scored_items_area[GATE_AREA_COUNT];
    int64_t answered_area[GATE_AREA_COUNT];
    Share share_area[GATE_AREA_COUNT];
    /* G39 */
    guint barriers, enablers, open_barriers, open_enablers;
    guint com_parts; /* bits: capability 1, opportunity 2, motivation 4 */
    guint shown_barriers, shown_enablers;
    bool anonymous;
} GateFacts;

/* The rules, in the order in which they are shown, ended by one without an id. */
typedef struct GateRule {
    const char *id; /* "G17-b"; for question 30 held against each area */
    int question;   /* 17, 18, 30, 39; 0: every question */
    RuleWeight weight;
    const char *need[LANG_OWN_COUNT]; /* {x} is replaced by the threshold */
    double threshold;                 /* a number, or a share where `percent` */
    bool percent;
    const char *source;
    /* What was found, in words, and whether it suffices. NULL where only the organisation can know.
     */
    bool (*holds)(const GateFacts *facts, double threshold, int area, char *found[LANG_OWN_COUNT]);
} GateRule;
const GateRule *gate_rules(void);

/* One rule held against the facts. Owned texts. */
typedef struct {
    const GateRule *rule;
    GateOutcome outcome;
    char *need[LANG_OWN_COUNT];
    char *found[LANG_OWN_COUNT];
} GateFinding;
void gate_finding_free(GateFinding *finding);

/* Every rule of the question, in order: GateFinding *. `area` 0..4 for question 30, else -1.
 * `confirmations` (rule id, or "id:area2" -> the organisation's words) may be NULL. */
GPtrArray *gates_evaluate(const GateFacts *facts, int question, int area,
                          GHashTable *confirmations);

/* True if every rule that decides is met and every one to confirm is confirmed. */
bool gates_pass(const GPtrArray *findings);

/* How many of those rules are. */
guint gates_met(const GPtrArray *findings);
