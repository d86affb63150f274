/* Reading and checking a pack: faults as lines, fields of JSON with their limits; for pack*.c only.
 */
#pragma once

#include "survey/pack.h"

#include <cJSON.h>

struct Pack {
    char *name;
    char *title[LANG_MAX];
    GPtrArray *items;   /* Item * */
    GPtrArray *lessons; /* Lesson * */
};

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

/* Puts the texts of the files items.CODE.json in `dir` into what items.json, or lessons.json,
 * holds. */
void pack_language_items(const char *dir, cJSON *root, GPtrArray *lines);
void pack_language_lessons(const char *dir, cJSON *root, GPtrArray *lines);

/* lessons.json and the lesson texts of a folder. */
void pack_lessons_read(Pack *pack, const char *dir, GPtrArray *lines);
