/* What people wrote in answer to the open questions of a campaign, to be coded by hand.
 *
 * A text comes with its question and nothing else: no person, department, instant, order of
 * arrival, number of its own, nor what the same person answered to anything else.
 *
 * - Only once the campaign is closed, whatever it promised, and an anonymous one's last ballot is
 *   opened: else two calls a moment apart would show the text of whoever answered in between.
 * - Only where at least k_text people's texts are there (study.h); fewer are not even counted.
 * - Only of the whole organisation: not if all who were asked are of one department.
 *
 * What no rule here helps against: a person's erasure takes their texts away, and who has a list
 * from before sees which (docs/privacy.md). */
#pragma once

#include "reports/ballots.h"
#include "survey/form.h"

typedef enum {
    TEXTS_SHOWN,
    TEXTS_NOT_ASKED, /* the campaign has no open question */
    TEXTS_OPEN,      /* answers are still taken */
    TEXTS_WAITING,   /* ballots are being opened */
    TEXTS_SHUT,      /* too few ballots: sealed for good */
    TEXTS_ONE_UNIT,  /* only a part of the organisation was asked */
} TextsState;

typedef enum {
    QUESTION_SHOWN,
    QUESTION_FEW,    /* fewer than k texts are there */
    QUESTION_ERASED, /* there were enough, and their time is over (privacy.keep_answers) */
} QuestionState;

typedef struct {
    const Item *item; /* of the form that Texts owns */
    QuestionState state;
    GPtrArray *texts; /* char *, sorted; empty unless shown */
} OpenQuestion;

typedef struct {
    Study *study;
    int64_t k;
    TextsState state;
    GPtrArray *questions; /* OpenQuestion *, in the form's order; empty unless TEXTS_SHOWN */
    Form *form;
} Texts;

/* The campaign's latest round. Errors as study_find. */
bool texts_load(Db *db, const char *campaign, const ReportSettings *settings, Texts **out_texts,
                GError **error);
void texts_free(Texts *texts);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Texts, texts_free)

/* Why nothing at all is shown; NULL for TEXTS_SHOWN. Free with g_free. */
char *texts_why(const Texts *texts, Lang lang);

/* Why this question's texts are not shown; NULL where they are. Free with g_free. */
char *texts_question_why(const Texts *texts, const OpenQuestion *question, Lang lang);

/* What everybody who reads the texts must know first: lines, ended by NULL. Static. */
const char *const *texts_advice(Lang lang);
