/* What the answers say, by area, question and department.
 *
 * Scored questions: the share right ("vet inte" counts as not right and is shown apart). Four-step
 * statements: the counts of all four steps, the share of the two highest, and the share counted:
 * for application the good practice, for obstacles the prevalence of the obstacle (the two highest
 * steps of a barrier, the two lowest of an enabler; MEASUREMENT 4.11). n is the answers to that
 * very question. By department only the sums of areas are shown, and only once the campaign is
 * closed: a live table would give a single answer away by its change. An anonymous round shows
 * nothing before it is closed. What was written is shown by texts.h alone. */
#pragma once

#include "reports/aggregate.h"
#include "reports/ballots.h"
#include "reports/participation.h"
#include "reports/stats.h"
#include "reports/study.h"
#include "survey/form.h"

typedef enum {
    CELL_SHOWN,
    CELL_BAND_LOW,  /* sensitive and 0 or 1 of n: shown only as "0-10 %" */
    CELL_BAND_HIGH, /* sensitive and n-1 or n of n: "90-100 %" */
    CELL_HIDDEN,    /* too few, or protected */
} CellState;

typedef struct {
    const Item *item; /* of the form that Knowledge owns */
    bool scored;      /* right or wrong; else a four-step statement */
    bool whole_only;  /* too sensitive to be part of a department's figures */
    int64_t k;        /* so many must have answered this one */
    CellState state;
    Share share; /* of answers: right, or counted as above; n includes "vet inte" where scored */
    int64_t not_applicable;
    int64_t steps[ITEM_SCALE_OPTIONS]; /* statements: how many chose each step, lowest first */
    Share top_two;
} KnowledgeItem;

typedef struct {
    bool scored;      /* sums right answers; else statements, which are never mixed with them */
    const char *area; /* area1..area5 or comb.<cell> */
    guint item_count; /* questions that its sums are made of */
    CellState state;
    int64_t respondents; /* people: the largest n among its questions */
    Share share;         /* of answers */
    int64_t not_applicable;
} KnowledgeArea;

typedef struct {
    ReportRowKind kind;
    guint node, depth;
    bool shown;
    GArray *areas; /* KnowledgeArea, in the order of Knowledge.areas */
} KnowledgeRow;

typedef struct Knowledge {
    Participation *participation; /* who answered; owns the study */
    const Study *study;
    int64_t k;            /* study_k */
    bool open_anonymous;  /* anonymous and not closed: nothing below is filled */
    BallotsState ballots; /* BALLOTS_SHUT: nothing below is filled */
    bool whole_only;      /* not closed: departments are not shown */
    guint hidden_count;   /* departments */
    GArray *items;        /* KnowledgeItem, by area and place in the form */
    GArray *areas;        /* KnowledgeArea, the whole organisation */
    GPtrArray *rows;      /* KnowledgeRow *, in tree order, the organisation first */
    GArray *ranking;      /* guint: index in `items` of obstacles, most prevalent first */
    int64_t text_count;   /* free-text answers to questions that k_text or more answered */
    int64_t k_text;       /* study_k_text */
    guint text_items;     /* questions that ask for text */
    Form *form;
} Knowledge;

bool knowledge_load(Db *db, const char *campaign, const ReportSettings *settings,
                    Knowledge **out_knowledge, GError **error);
bool knowledge_load_study(Db *db, Study *take_study, const ReportSettings *settings,
                          Knowledge **out_knowledge, GError **error);
void knowledge_free(Knowledge *knowledge);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Knowledge, knowledge_free)

/* The area's name, marked where it sums self-rated practice. Free with g_free. */
char *knowledge_area_label(const KnowledgeArea *area, Lang lang);

/* "Hot, sårbarheter och risker" for area4; the code itself for one we do not know. */
const char *knowledge_area_text(const char *area, Lang lang);
