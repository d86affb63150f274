/* One version of an item (a question), as it was or will be asked.
 *
 * An item belongs to a content pack and is named there by its key; once asked, a version never
 * changes. Choices are bit masks over the item's own option order: bit i is option i, whatever
 * order a page showed them in. Scale and true/false items have built-in options: stämmer inte,
 * knappt, väl, helt (0..3), and true (0), false (1). Items that ask for an order use the same 32
 * bits for places instead: item_order_at.
 *
 * `body` as stored, and as v_item shows it: {"text": {"sv", "en"}, "options": [{"sv", "en"}],
 * "correct": [index], "explain": {"sv", "en"}, "not_applicable": bool, "optional": bool,
 * "anonymous_only": true, "fixed": [index], "scene": {"sv", "en"}, "picture": name, "picture_alt":
 * {"sv", "en"}, "roles": [role], "text_max": characters}; "options" is [] for text items, "correct"
 * [] where nothing is scored (for order items all options in the right order); what follows
 * "optional" is absent where it says nothing. */
#pragma once

#include "base/lang.h"

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

typedef enum {
    ITEM_SINGLE,
    ITEM_MULTIPLE,
    ITEM_TRUE_FALSE,
    ITEM_SCALE,
    ITEM_TEXT,
    ITEM_ORDER, /* put the options in order */
} ItemKind;
typedef enum {
    MEASURE_KNOWLEDGE,
    MEASURE_SCENARIO,
    MEASURE_APPLICATION,
    MEASURE_OBSTACLE
} ItemMeasure;
typedef enum { BANK_TRAINING, BANK_MEASUREMENT } ItemBank;
typedef enum { REFERENT_SELF, REFERENT_UNIT, REFERENT_ORGANISATION } ItemReferent;
typedef enum { ITEM_DRAFT, ITEM_PILOT, ITEM_LIVE, ITEM_RETIRED } ItemState;

enum {
    ITEM_KIND_COUNT = 6,
    ITEM_MEASURE_COUNT = 4,
    ITEM_AREA_COUNT = 5, /* of question 30 */
    ITEM_OPTIONS_MAX = 10,
    ITEM_SCALE_OPTIONS = 4,
    ITEM_ORDER_MAX = 8,      /* options of an order item: four bits a place */
    ITEM_TEXT_MAX = 2000,    /* the most characters that a text item may allow */
    ITEM_TEXT_DEFAULT = 500, /* what it allows if it says nothing */
    ITEM_ROLES_MAX = 10,
};

typedef struct Item {
    int64_t id; /* 0 while only in a pack */
    char *pack;
    char *key;
    int version;
    ItemKind kind;
    ItemMeasure measure;
    char *area; /* "area1".."area5", "comb.capability.physical" and its like, "comb.open" */
    char *topic;
    /* scale: 1 agreement is good (enabler), -1 agreement is bad (obstacle, risky act); text: 1 asks
     * for what helps, -1 for what hinders; 0 for the rest. */
    int polarity;
    ItemBank bank;
    ItemReferent referent;
    ItemState state;
    guint option_count;
    uint32_t key_mask;   /* bit i: option i is right; an order item's right order; 0: not scored */
    uint32_t fixed_mask; /* bit i: option i keeps its place when the others are shuffled */
    guint text_max;      /* text items: characters at most; 0 for the rest */
    char *text[LANG_MAX];
    char **options[LANG_MAX]; /* option_count of them, NULL-terminated */
    char *explain[LANG_MAX];  /* "" where there is none */
    /* The language that the texts at each place are in: its own, or the one it falls back on. A
     * pack has NULL for the texts that an added language lacks. */
    Lang told[LANG_MAX];
    bool optional; /* always true outside knowledge and scenario */
    /* "Vet inte" (knowledge, scenario) or "Har inte varit aktuellt för mig" (the rest) */
    bool offers_not_applicable;
    /* An answer may cost the person something: only ballots may hold it (form.h, response.h). */
    bool anonymous_only;
    /* What happens, told before the question: a text ("" where none), a picture (picture.h; NULL
     * where none) and what it shows, in words. */
    char *scene[LANG_MAX];
    char *picture;
    char *picture_alt[LANG_MAX];
    char **roles; /* drawn for people with one of these only; NULL: for everybody */
    /* What an organisation should adapt or check before using it; only in a pack, NULL where none.
     */
    char *localisation[LANG_MAX];
} Item;

Item *item_new(void);
void item_free(Item *item);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Item, item_free)

/* "pack/key": the same for all versions of an item. */
char *item_full_key(const char *pack, const char *key);

bool item_is_scored(const Item *item);

/* True if exactly the right options are chosen, or the order is the right one. False for an item
 * that is not scored. */
bool item_is_correct(const Item *item, uint32_t choices);

/* Order items: the choices of an answer are four bits a place, from the lowest: 1 + the option put
 * there, 0 for none. The option at `place`, -1 for none. */
int item_order_at(uint32_t choices, guint place);
/* `choices` with the option at that place. */
uint32_t item_order_put(uint32_t choices, guint place, guint option);
/* True if each of the item's options has one of the places 0..option_count-1, and only one. */
bool item_order_is_whole(const Item *item, uint32_t choices);

/* The words of schema and packs: "true_false", "scenario", "measurement"... Parsing is false for
 * unknown words. */
const char *item_kind_text(ItemKind kind);
bool item_kind_parse(const char *text, ItemKind *out_kind);
const char *item_measure_text(ItemMeasure measure);
bool item_measure_parse(const char *text, ItemMeasure *out_measure);

/* True for area1..area5, the six COM-B cells comb.{capability,opportunity,motivation}.{...}, and
 * comb.open for open questions that span them. */
bool item_area_is_known(const char *area);
