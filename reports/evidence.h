/* The evidence for questions 17, 18, 30 (five areas) and 39 of the national assessment: what was
 * examined in 24 whole calendar months, by which campaigns, of whom, with which result, and which
 * box that supports or what is missing. The organisation decides what it ticks; this says on what
 * grounds.
 *
 * The result depends on the database and the arguments only: no clock, so the same gives the same
 * bytes. */
#pragma once

#include "reports/gates.h"
#include "reports/study.h"
#include "store/db.h"
#include "templates/catalog.h"

/* The first and last day of the window, and the instants [from, to) that they make in Stockholm. */
typedef struct {
    char from[11], to[11], month[8];
    int64_t from_us, to_us;
} EvidenceWindow;

/* window(M): the first day of month M-23 to the last day of M, M being the month of `as_of`
 * ("2026-11-24"). INPUT for anything else. */
bool evidence_window(const char *as_of, EvidenceWindow *out_window, GError **error);

typedef struct Evidence Evidence;

typedef struct {
    const char *as_of; /* YYYY-MM-DD */
    const char *organisation[LANG_OWN_COUNT];
    ReportSettings report;
    GHashTable *confirmations; /* rule id -> what the organisation confirms; NULL: none */
} EvidenceSpec;

bool evidence_load(Db *db, const EvidenceSpec *spec, Evidence **out_evidence, GError **error);
void evidence_free(Evidence *evidence);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Evidence, evidence_free)

/* evidence.json, both languages in it. Free with g_free. */
char *evidence_json(const Evidence *evidence);

/* evidence.html. */
bool evidence_html(const Evidence *evidence, const Catalog *catalog, Lang lang, GString *out,
                   GError **error);

/* What each question comes to, for the terminal. */
char *evidence_summary(const Evidence *evidence, Lang lang);

/* Appends a row per question and area to the table `evidence`. */
bool evidence_record(DbTx *tx, const Evidence *evidence, const char *file_sha256, int64_t now_us,
                     GError **error);
