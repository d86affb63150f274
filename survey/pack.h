/* A content pack: a folder of lessons and items in Swedish and English.
 *
 *   items.json          {"pack": "name", "version": 1, "title": {"sv", "en"}, "items": [...]}
 *   lessons.json        {"lessons": [{"key", "area", "topic", "title": {"sv", "en"}}]}; may be
 * absent lessons/KEY.sv.md   CommonMark without raw HTML, and lessons/KEY.en.md
 *   pictures/FILE       that items name; may be absent
 *   questionnaires/NAME.json  (questionnaire.h); may be absent
 *
 * docs/content.md has every field. Checking finds every fault, not only the first. */
#pragma once

#include "store/db.h"
#include "survey/item.h"
#include "survey/lesson.h"

typedef struct Pack Pack;

enum {
    PACK_FILE_MAX = 4 * 1024 * 1024, /* bytes of items.json */
    PACK_LESSON_MAX = 64 * 1024,     /* bytes of one lesson text */
    PACK_ITEMS_MAX = 5000,
    PACK_LESSONS_MAX = 500,
    PACK_FAULTS_MAX = 200, /* more are counted, not listed */
};

/* Reads and checks a pack's folder. NULL with INPUT if it has faults, NOT_FOUND if there is no such
 * folder. `*out_faults` (may be NULL) is set in every case, also on failure: a new array of char *
 * lines "file: item: what is wrong and how to mend it", empty for a good pack. */
Pack *pack_load(const char *dir, GPtrArray **out_faults, GError **error);

/* The files items.CODE.json of a pack's folder whose language there is not here: they are passed
 * over. Names, freed with the array. */
GPtrArray *pack_foreign_files(const char *dir);

/* The items alone, from the text of items.json; the same checks, no lessons. Faults are added to
 * `faults`; NULL if any were. */
Pack *pack_parse(const char *json, size_t length, GPtrArray *faults);

void pack_free(Pack *pack);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Pack, pack_free)

const char *pack_name(const Pack *pack);
const char *pack_title(const Pack *pack, Lang lang);
guint pack_item_count(const Pack *pack);
const Item *pack_item(const Pack *pack, guint index);
guint pack_lesson_count(const Pack *pack);
const Lesson *pack_lesson(const Pack *pack, guint index);

guint pack_questionnaire_count(const Pack *pack);
const char *pack_questionnaire_name(const Pack *pack, guint index);

/* A line "file: item: ..." for each text that reads harder than `limit` (reading.h). */
void pack_reading(const Pack *pack, double limit, GPtrArray *lines);

typedef struct {
    guint items_added;     /* keys that were not there */
    guint items_replaced;  /* changed in place: never asked */
    guint items_versioned; /* changed as a new version: the old one has been asked */
    guint items_unchanged;
    guint items_retired; /* keys no longer in the pack: not drawn for new forms */
    guint lessons_added;
    guint lessons_replaced;
    guint lessons_versioned;
    guint lessons_unchanged;
    guint questionnaires;
} PackStored;

/* Stores the pack under `name` (NULL: its own). Storing the same again changes nothing. */
bool pack_store(DbTx *tx, const Pack *pack, const char *name, int64_t now_us,
                PackStored *out_stored, GError **error);

/* One stored pack, for listing. */
typedef struct {
    char *name;
    int64_t items;        /* live keys */
    int64_t scored;       /* of them knowledge and scenario */
    int64_t lessons;      /* keys */
    char *questionnaires; /* names, "a, b"; "" where there are none */
} PackSummary;
void pack_summary_free(PackSummary *summary);
GPtrArray *pack_list(Db *db, GError **error);
