#include "survey/item.h"

#include "survey/item_private.h"

#include <string.h>

static const char *const kind_words[] = {[ITEM_SINGLE] = "single",
                                         [ITEM_MULTIPLE] = "multiple",
                                         [ITEM_TRUE_FALSE] = "true_false",
                                         [ITEM_SCALE] = "scale",
                                         [ITEM_TEXT] = "text",
                                         [ITEM_ORDER] = "order",
                                         NULL};
static const char *const measure_words[] = {[MEASURE_KNOWLEDGE] = "knowledge",
                                            [MEASURE_SCENARIO] = "scenario",
                                            [MEASURE_APPLICATION] = "application",
                                            [MEASURE_OBSTACLE] = "obstacle",
                                            NULL};
static const char *const bank_words[] = {
    [BANK_TRAINING] = "training", [BANK_MEASUREMENT] = "measurement", NULL};
static const char *const referent_words[] = {[REFERENT_SELF] = "self",
                                             [REFERENT_UNIT] = "unit",
                                             [REFERENT_ORGANISATION] = "organisation",
                                             NULL};
static const char *const state_words[] = {[ITEM_DRAFT] = "draft",
                                          [ITEM_PILOT] = "pilot",
                                          [ITEM_LIVE] = "live",
                                          [ITEM_RETIRED] = "retired",
                                          NULL};
/* Index 0 is polarity -1. */
static const char *const polarity_words[] = {"negative", "none", "positive", NULL};

static const char *const areas[] = {
    "area1",
    "area2",
    "area3",
    "area4",
    "area5",
    "comb.capability.physical",
    "comb.capability.psychological",
    "comb.opportunity.physical",
    "comb.opportunity.social",
    "comb.motivation.reflective",
    "comb.motivation.automatic",
    "comb.open",
    NULL,
};

static int word_index(const char *const words[], const char *text) {
    for (int i = 0; text != NULL && words[i] != NULL; i++) {
        if (strcmp(words[i], text) == 0) {
            return i;
        }
    }
    return -1;
}

Item *item_new(void) {
    return g_new0(Item, 1);
}

void item_free(Item *item) {
    if (item == NULL) {
        return;
    }
    g_free(item->pack);
    g_free(item->key);
    g_free(item->area);
    g_free(item->topic);
    for (guint lang = 0; lang < LANG_MAX; lang++) {
        g_strfreev(item->options[lang]);
    }
    lang_clear(item->text);
    lang_clear(item->explain);
    lang_clear(item->localisation);
    lang_clear(item->scene);
    lang_clear(item->picture_alt);
    g_free(item->picture);
    g_strfreev(item->roles);
    g_free(item);
}

char *item_full_key(const char *pack, const char *key) {
    return g_strconcat(pack, "/", key, NULL);
}

bool item_is_scored(const Item *item) {
    return item->key_mask != 0;
}

bool item_is_correct(const Item *item, uint32_t choices) {
    return item_is_scored(item) && choices == item->key_mask;
}

enum { PLACE_BITS = 4 };

int item_order_at(uint32_t choices, guint place) {
    return place < ITEM_ORDER_MAX ? (int)((choices >> (PLACE_BITS * place)) & 0xf) - 1 : -1;
}

uint32_t item_order_put(uint32_t choices, guint place, guint option) {
    g_assert(place < ITEM_ORDER_MAX && option < ITEM_ORDER_MAX);
    guint shift = PLACE_BITS * place;
    return (choices & ~(UINT32_C(0xf) << shift)) | ((uint32_t)(option + 1) << shift);
}

bool item_order_is_whole(const Item *item, uint32_t choices) {
    uint32_t placed = 0;
    for (guint place = 0; place < ITEM_ORDER_MAX; place++) {
        int option = item_order_at(choices, place);
        bool due = place < item->option_count;
        if (due != (option >= 0) || (due && (guint)option >= item->option_count)) {
            return false;
        }
        placed |= due ? UINT32_C(1) << option : 0;
    }
    return placed == (UINT32_C(1) << item->option_count) - 1;
}

const char *item_kind_text(ItemKind kind) {
    return kind_words[kind];
}

bool item_kind_parse(const char *text, ItemKind *out_kind) {
    int index = word_index(kind_words, text);
    if (index < 0) {
        return false;
    }
    *out_kind = (ItemKind)index;
    return true;
}

const char *item_measure_text(ItemMeasure measure) {
    return measure_words[measure];
}

bool item_measure_parse(const char *text, ItemMeasure *out_measure) {
    int index = word_index(measure_words, text);
    if (index < 0) {
        return false;
    }
    *out_measure = (ItemMeasure)index;
    return true;
}

const char *item_bank_text(ItemBank bank) {
    return bank_words[bank];
}

bool item_bank_parse(const char *text, ItemBank *out_bank) {
    int index = word_index(bank_words, text);
    if (index < 0) {
        return false;
    }
    *out_bank = (ItemBank)index;
    return true;
}

const char *item_referent_text(ItemReferent referent) {
    return referent_words[referent];
}

bool item_referent_parse(const char *text, ItemReferent *out_referent) {
    int index = word_index(referent_words, text);
    if (index < 0) {
        return false;
    }
    *out_referent = (ItemReferent)index;
    return true;
}

const char *item_state_text(ItemState state) {
    return state_words[state];
}

bool item_state_parse(const char *text, ItemState *out_state) {
    int index = word_index(state_words, text);
    if (index < 0) {
        return false;
    }
    *out_state = (ItemState)index;
    return true;
}

const char *item_polarity_text(int polarity) {
    return polarity_words[polarity + 1];
}

bool item_polarity_parse(const char *text, int *out_polarity) {
    int index = word_index(polarity_words, text);
    if (index < 0) {
        return false;
    }
    *out_polarity = index - 1;
    return true;
}

bool item_area_is_known(const char *area) {
    return word_index(areas, area) >= 0;
}

bool item_area_is_question30(const char *area) {
    int index = word_index(areas, area);
    return index >= 0 && index < ITEM_AREA_COUNT;
}
