/* What the formats share: labels, numbers in words of a language, and the notes under a table. */
#pragma once

#include "reports/export.h"

#include <cjson/cJSON.h>

void export_participation_text(const Participation *participation, Lang lang, GString *out);
void export_participation_csv(const Participation *participation, Lang lang, GString *out);
void export_participation_json(const Participation *participation, GString *out);
bool export_participation_html(const Participation *participation, Lang lang,
                               const Catalog *catalog, GString *out, GError **error);
void export_knowledge_text(const Knowledge *knowledge, Lang lang, GString *out);
void export_knowledge_csv(const Knowledge *knowledge, Lang lang, GString *out);
void export_knowledge_json(const Knowledge *knowledge, GString *out);
bool export_knowledge_html(const Knowledge *knowledge, Lang lang, const Catalog *catalog,
                           GString *out, GError **error);

/* The two lines that a report begins with: what it is of, and of which campaign. */
void text_head(const Study *study, const char *what, Lang lang, GString *out);

/* The language's one of two texts; both may be printf formats with the same arguments. */
const char *in_lang(Lang lang, const char *sv, const char *en) G_GNUC_FORMAT(2) G_GNUC_FORMAT(3);

/* "Hela organisationen", a department's name, "Övriga inom X". */
char *label_of(const Study *study, ReportRowKind kind, guint node, Lang lang);

/* One decimal and the language's decimal mark, without a sign: "74,5". */
char *percent_number(double share, Lang lang);

/* "74,5 %"; an en dash where undefined. */
char *percent_text(Statistic share, Lang lang);

/* "71,2–77,6 %"; an en dash where undefined. */
char *interval_text(Interval interval, Lang lang);

/* The finite interval if there is one, else Wilson's. */
Interval share_interval(const Share *share);

/* "0–10 %", "90–100 %", or NULL for what is shown or hidden. */
const char *band_text(CellState state, Lang lang);

/* Why this question's figures are not shown, in a few words. */
char *hidden_item_text(const KnowledgeItem *item, Lang lang);

/* "Ej besvarad" and the like: what the share of this report counts. */
const char *counted_text(const KnowledgeItem *item, Lang lang);

const char *state_text(const Study *study, Lang lang);

/* "för få svar eller skyddad" */
const char *hidden_text(Lang lang);

/* A line broken at 100 columns: `first` begins it, `next` what follows. */
void append_wrapped(GString *out, const char *first, const char *next, const char *text);

/* That a larger group was promised than the settings ask now; NULL if none was. Free with g_free.
 */
char *promise_note(const Participation *participation, Lang lang);

/* The sentences under a table. Free with g_strfreev. */
char **participation_notes(const Participation *participation, Lang lang);
char **knowledge_notes(const Knowledge *knowledge, Lang lang);

/* JSON that every format of the same kind shares. Shares carry numerator and denominator. */
cJSON *json_share(const Share *share);
cJSON *json_study(const Study *study);
cJSON *json_participation(const ParticipationCounts *counts);
cJSON *json_areas(const Knowledge *knowledge); /* the whole organisation's */
cJSON *json_items(const Knowledge *knowledge);
void json_print(cJSON *take_root, GString *out);
