/* Reading and checking a pack: faults as lines, fields of JSON with their limits; for pack*.c only.
 */
#pragma once

#include "survey/pack.h"
#include "survey/questionnaire.h"

#include <cJSON.h>

struct Pack {
    char *name;
    char *title[LANG_MAX];
    GPtrArray *items;          /* Item * */
    GPtrArray *lessons;        /* Lesson * */
    GHashTable *pictures;      /* name (picture.h) -> GBytes */
    GPtrArray *questionnaires; /* PackQuestionnaire * */
};

typedef struct {
    char *name;
    char *json; /* as in the file */
    Questionnaire *checked;
} PackQuestionnaire;

void pack_questionnaire_free(PackQuestionnaire *questionnaire);

/* Puts the pack's questionnaires in place of those stored under `name`. */
bool questionnaires_store(DbTx *tx, const Pack *pack, const char *name, GError **error);

/* The stored JSON; INPUT, with the names there are, if there is none of that name. */
char *questionnaire_text(Db *db, const char *pack, const char *name, GError **error);

/* Where the faults go, and what is being read now. */
typedef struct {
    GPtrArray *lines;
    const char *file;
    const char *where; /* the item or lesson; NULL for the file itself */
} Faults;

enum {
    PACK_KEY_MAX = 40,
    PACK_TITLE_MAX = 120,
    PACK_TEXT_MAX = 600,
    PACK_OPTION_MAX = 200,
    PACK_EXPLAIN_MAX = 800,
    PACK_SCENE_MAX = 1500,
    PACK_ALT_MAX = 500,
    PACK_ROLE_MAX = 100,
};

Pack *pack_new(void);

/* a-z, 0-9, '-', '_' and '.', beginning with a letter or digit, at most PACK_KEY_MAX. */
bool pack_name_is_valid(const char *name);

/* Adds "file: where: message", up to PACK_FAULTS_MAX lines and one that says there are more. */
void faults_add(Faults *faults, const char *format, ...) G_GNUC_PRINTF(2, 3);

/* A file of the pack's folder, whole, or NULL with a fault if it is missing, larger than `max`
 * bytes or unreadable. Free with g_free. */
char *faults_file(Faults *faults, const char *dir, const char *name, size_t max,
                  size_t *out_length);

/* Parses a whole file's text; a fault with the line, and NULL, if it is not UTF-8 or not JSON. Free
 * with cJSON_Delete. */
cJSON *faults_json(Faults *faults, const char *text, size_t length);

/* A fault for each field not in `known` (ended by NULL) and each that is given twice. False, with a
 * fault, if it is no object at all. */
bool field_names(Faults *faults, const cJSON *object, const char *const known[]);

/* The text of a field that must be there. NULL with a fault, if it is not. Borrowed. */
const char *field_text(Faults *faults, const cJSON *object, const char *name);

/* The same for keys, which follow the rule of pack_name_is_valid. */
const char *field_key(Faults *faults, const cJSON *object, const char *name);

/* True or false; `fallback` where absent, and with a fault where it is something else. */
bool field_bool(Faults *faults, const cJSON *object, const char *name, bool fallback);

/* {"sv", "en"} into new texts, and those of other languages that are there. What is missing or
 * wrong becomes a fault and an empty text, NULL in a language that was added; absent as a whole is
 * a fault only if required. `name` is for the fault; `pair` may be NULL: absent. */
void pair_text(Faults *faults, const cJSON *pair, const char *name, bool required, glong max,
               char *out_text[LANG_MAX]);

/* One item, with all its faults. Never NULL; of use only if no fault was added. */
Item *pack_item_read(Faults *faults, const cJSON *json);

/* The parts of pack_item_read that few items have: before its kind is known, and after. A picture
 * is left by its file's name until pack_pictures_read. */
void pack_item_scene(Faults *faults, const cJSON *json, Item *item);
void pack_item_extras(Faults *faults, const cJSON *json, Item *item);

/* A list of texts on one line, each once; NULL where absent, and with a fault where wrong. Free
 * with g_strfreev. */
char **field_words(Faults *faults, const cJSON *object, const char *name, guint max);

/* A whole number; `fallback` where absent, and with a fault where it is out of range. */
guint field_count(Faults *faults, const cJSON *object, const char *name, guint min, guint max,
                  guint fallback);

/* The files of pictures/ that items name: checked, kept in the pack, and the items changed to their
 * names by content. */
void pack_pictures_read(Pack *pack, const char *dir, GPtrArray *lines);

/* All of questionnaires/, checked against the pack's items. */
void pack_questionnaires_read(Pack *pack, const char *dir, GPtrArray *lines);
/* Puts the texts of the files items.CODE.json in `dir` into what items.json, or lessons.json,
 * holds. */
void pack_language_items(const char *dir, cJSON *root, GPtrArray *lines);
void pack_language_lessons(const char *dir, cJSON *root, GPtrArray *lines);

/* The questionnaire's JSON with these files' texts in it; NULL if they have none for it. */
char *pack_language_questionnaire(const char *dir, const char *name, const char *json,
                                  GPtrArray *lines);

/* A fault for each questionnaire that these files name and the pack lacks. */
void pack_language_names(const char *dir, const Pack *pack, GPtrArray *lines);

/* The JSON without the texts of languages that are not here any more. */
char *pack_language_here(const char *json);

/* lessons.json and the lesson texts of a folder. */
void pack_lessons_read(Pack *pack, const char *dir, GPtrArray *lines);
