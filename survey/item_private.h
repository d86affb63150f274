/* Rows and stored bodies of items and lessons, and the words of the schema; for survey/ only. */
#pragma once

#include "store/db.h"
#include "survey/item.h"
#include "survey/lesson.h"

#include <cJSON.h>

/* Columns that item_from_row reads; the statement calls the table `i`. */
#define ITEM_COLUMNS                                                                               \
    "i.id AS id, i.pack AS pack, i.item_key AS item_key, i.version AS version, i.kind AS kind, "   \
    "i.measure AS measure, i.area AS area, i.polarity AS polarity, i.topic AS topic, "             \
    "i.bank AS bank, i.referent AS referent, i.state AS state, i.body AS body"

/* The current row. INTERNAL if it is not what item_body_format and the schema allow. */
Item *item_from_row(DbStmt *row, GError **error);

/* {"sv", "en"} in an object of ours, and added languages that have the text. Each is read
 * as the language `told` says, or as the one it falls back on. False where one is missing. */
void pair_add(cJSON *object, const char *name, char *const text[LANG_MAX]);
bool pairs_read(const cJSON *object, const char *name, const Lang told[LANG_MAX],
                char *out_text[LANG_MAX]);

/* For pairs_read: the language itself where it has all of `names` (NULL-terminated) that say
 * anything, else the one it falls back on: what stands together is in one language. */
void pairs_told(const cJSON *object, const char *const names[], Lang out_told[LANG_MAX]);

/* Prints, and frees the JSON. */
char *body_print(cJSON *take_json);

/* The stored JSON; the same item gives the same bytes. */
char *item_body_format(const Item *item);
bool item_body_parse(Item *item, const char *body, GError **error);

/* Hex SHA-256 of all that makes an item version one: a change of it is a new version. */
char *item_digest(const Item *item, const char *body);

/* The same for lessons, whose body is {"sv": {"title", "markdown"}, "en": {...}}. Parsing renders.
 */
char *lesson_body_format(const Lesson *lesson);
bool lesson_body_parse(Lesson *lesson, const char *body, GError **error);
char *lesson_digest(const Lesson *lesson, const char *body);

const char *item_bank_text(ItemBank bank);
bool item_bank_parse(const char *text, ItemBank *out_bank);
const char *item_referent_text(ItemReferent referent);
bool item_referent_parse(const char *text, ItemReferent *out_referent);
const char *item_state_text(ItemState state);
bool item_state_parse(const char *text, ItemState *out_state);
const char *item_polarity_text(int polarity);
bool item_polarity_parse(const char *text, int *out_polarity);

/* area1..area5. */
bool item_area_is_question30(const char *area);
