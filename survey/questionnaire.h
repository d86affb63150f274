/* A questionnaire: what a pack's file questionnaires/NAME.json says is asked, in which order, of
 * whom and when.
 *
 * {"title": {"sv", "en"}, "bank": "measurement", "items_per_page": 5,
 *  "sections": [{"title": {"sv", "en"}, "intro": {"sv", "en"}, "roles": ["chef"], "if": CONDITION,
 *                "ask": ["key",
 *                        {"item": "key", "required": true, "if": CONDITION, "roles": ["chef"]},
 *                        {"draw": 3, "areas": ["area1"], "topics": [...], "measures": [...],
 *                         "items": ["key"...], "roles": ["chef"], "required": true, "if":
 * CONDITION},
 *                        {"grid": ["key"...], "text": {"sv", "en"}, "if": CONDITION},
 *                        {"break": true}]}]}
 *
 * CONDITION is {"item": "key", "chosen": [0, 1, "na"]} or the same with "not_chosen", or a list of
 * such: all must hold. An item that was passed over fulfils neither. It must stand before, alone
 * (not in a draw), and begins a new page after itself if need be. docs/content.md tells it all;
 * docs/schema/questionnaire.schema.json has the shape.
 *
 * Checked besides: every condition can come true together with those of the items it looks at (no
 * dead branch), every draw has enough items, no item stands twice, required items offer a way out.
 */
#pragma once

#include "survey/item.h"

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>

typedef struct Questionnaire Questionnaire;

enum {
    QUESTIONNAIRE_FILE_MAX = 256 * 1024, /* bytes */
    QUESTIONNAIRE_SECTIONS_MAX = 50,
    QUESTIONNAIRE_CONDITIONS_MAX = 10, /* at one place */
};

/* `items` are the Item * that may be asked; they must outlive it. `file` is for the faults, which
 * are lines "file: where: what is wrong and how to mend it". NULL if any were added. */
Questionnaire *questionnaire_parse(const char *file, const char *json, size_t length,
                                   const GPtrArray *items, GPtrArray *faults);
void questionnaire_free(Questionnaire *questionnaire);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Questionnaire, questionnaire_free)

const char *questionnaire_title(const Questionnaire *questionnaire, Lang lang);
ItemBank questionnaire_bank(const Questionnaire *questionnaire);

/* True if it asks different people different things: not for anonymous answers. */
bool questionnaire_draws(const Questionnaire *questionnaire);

/* True if a free text is asked under a condition: not for anonymous answers either, where a ballot
 * must not tell whose text may be whose. */
bool questionnaire_shuts_text(const Questionnaire *questionnaire);

/* The items at the positions of a form made of it, borrowed. */
const GPtrArray *questionnaire_items(const Questionnaire *questionnaire);

/* The rest of such a form, as stored in form.layout (form_private.h). */
char *questionnaire_layout(const Questionnaire *questionnaire);

/* The item page of each position, from 0. A draw's items have its first page. */
guint questionnaire_page(const Questionnaire *questionnaire, guint position);
