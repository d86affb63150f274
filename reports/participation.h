/* Who took part, by department with children rolled up: invited, undeliverable, not begun, begun,
 * partly answered, complete. Small departments, and what would give them away, are suppressed on
 * `invited`, and on those of them that the mail could reach: where all but two were undeliverable,
 * "complete" would tell of those two. */
#pragma once

#include "reports/aggregate.h"
#include "reports/study.h"

/* Disjoint: invited = undeliverable + none + started + partial + complete. */
typedef struct {
    int64_t population; /* people of the frame */
    int64_t invited;
    int64_t undeliverable; /* not begun, and the mail could not be delivered */
    int64_t none;          /* not begun, though it was */
    int64_t started;       /* begun, nothing answered yet */
    int64_t partial;       /* answered some of it */
    int64_t complete;
} ParticipationCounts;

typedef enum {
    ROW_UNIT,
    ROW_REST
} ReportRowKind; /* a department | "other units" of the one above */

typedef struct {
    ReportRowKind kind;
    guint node; /* index in the study's tree; for ROW_REST, the department whose remainder it is */
    guint depth;
    bool shown; /* false: too few, or protected; the counts are then 0 */
    ParticipationCounts counts;
} ParticipationRow;

typedef struct Participation {
    Study *study;
    int64_t k, k_set; /* study_k, study_k_set */
    guint hidden_count;
    GArray *rows; /* ParticipationRow, in tree order, the organisation first */
    Aggregate *gate;
} Participation;

bool participation_load(Db *db, const char *campaign, const ReportSettings *settings,
                        Participation **out_participation, GError **error);

/* Of a study already loaded, which it takes. */
bool participation_load_study(Db *db, Study *take_study, const ReportSettings *settings,
                              Participation **out_participation, GError **error);

void participation_free(Participation *participation);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Participation, participation_free)

/* The organisation's counts; NULL if even they are suppressed. */
const ParticipationCounts *participation_whole(const Participation *participation);
