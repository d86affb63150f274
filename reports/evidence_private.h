/* What evidence consists of, for its own files. */
#pragma once

#include "reports/evidence.h"

#include "reports/facts.h"
#include "reports/knowledge.h"

enum { QUESTION_COUNT = 8, TOP_COUNT = 5 }; /* 17, 18, 30 in five areas, 39 */

typedef enum { STATUS_NO, STATUS_BEGUN, STATUS_YES } EvidenceStatus;

typedef struct {
    Knowledge *knowledge;
    GateFacts facts;
} EvidenceCampaign;

typedef struct {
    int question;
    int area; /* 0..4 for question 30, else -1 */
    EvidenceStatus status;
    GPtrArray *campaigns; /* EvidenceCampaign *, those it is judged by; borrowed */
    GPtrArray *findings;  /* GateFinding * */
} EvidenceQuestion;

struct Evidence {
    char *as_of;
    char *organisation[LANG_OWN_COUNT];
    EvidenceWindow window;
    int64_t employed;
    GPtrArray *campaigns; /* EvidenceCampaign * */
    EvidenceQuestion questions[QUESTION_COUNT];
};

/* The question as it is put, word for word in Swedish. */
const char *question_text(int question, Lang lang);

/* The box of question 30 that an area is, word for word in Swedish. */
const char *area_box_text(int area, Lang lang);

/* "17", "30: Regler och krav". */
char *question_label(const EvidenceQuestion *question, Lang lang);

const char *status_text(EvidenceStatus status, Lang lang);

/* What it comes to, in a sentence or two. */
char *conclusion_text(const EvidenceQuestion *question, Lang lang);

/* "" or "area1".."area5". */
const char *question_part(const EvidenceQuestion *question);

/* What was found out, in sentences: for the campaigns it is judged by. Free with g_strfreev. */
char **result_texts(const EvidenceQuestion *question, Lang lang);

/* Each rule that keeps the box from being supported: what is needed and what was found. */
char **missing_texts(const EvidenceQuestion *question, Lang lang);

/* The rules with what they need and what was found, both languages. */
cJSON *json_findings(const GPtrArray *findings);

const char *outcome_text(const GateFinding *finding, Lang lang);
