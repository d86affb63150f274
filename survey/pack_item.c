/* One item of items.json: every rule about it, and every fault against them. */
#include "survey/pack_private.h"

#include "survey/item_private.h"

#include <string.h>

static const char *const item_fields[] = {
    "id",      "kind",     "measure",        "area",           "topic",        "polarity",
    "bank",    "referent", "state",          "text",           "options",      "correct",
    "explain", "optional", "not_applicable", "anonymous_only", "localisation", "scene",
    "picture", "roles",    "max_length",     "fixed",          "shuffle",      NULL};

static bool is_scored_measure(ItemMeasure measure) {
    return measure == MEASURE_KNOWLEDGE || measure == MEASURE_SCENARIO;
}

static void unknown_word(Faults *faults, const char *name, const char *word, const char *known) {
    faults_add(faults,
               tr("fältet \"%s\" är \"%.60s\"; välj bland: %s",
                  "the field \"%s\" is \"%.60s\"; choose among: %s"),
               name, word, known);
}

/* The word of an optional field, `fallback` where it is absent. NULL with a fault. */
static const char *optional_word(Faults *faults, const cJSON *json, const char *name,
                                 const char *fallback) {
    return cJSON_GetObjectItemCaseSensitive(json, name) == NULL ? fallback
                                                                : field_text(faults, json, name);
}

/* Kind and measure decide what else is asked for; false if either is unknown. */
static bool read_kind(Faults *faults, const cJSON *json, Item *item) {
    const char *kind = field_text(faults, json, "kind");
    const char *measure = field_text(faults, json, "measure");
    bool kind_known = kind != NULL && item_kind_parse(kind, &item->kind);
    bool measure_known = measure != NULL && item_measure_parse(measure, &item->measure);
    if (kind != NULL && !kind_known) {
        unknown_word(faults, "kind", kind, "single, multiple, true_false, scale, text, order");
    }
    if (measure != NULL && !measure_known) {
        unknown_word(faults, "measure", measure, "knowledge, scenario, application, obstacle");
    }
    return kind_known && measure_known;
}

static void read_place(Faults *faults, const cJSON *json, Item *item) {
    const char *area = field_text(faults, json, "area");
    const char *topic = field_key(faults, json, "topic");
    if (area != NULL && item->measure != MEASURE_OBSTACLE && !item_area_is_question30(area)) {
        unknown_word(faults, "area", area, "area1, area2, area3, area4, area5");
    } else if (area != NULL && !item_area_is_known(area)) {
        unknown_word(faults, "area", area,
                     "comb.capability.physical, comb.capability.psychological, "
                     "comb.opportunity.physical, comb.opportunity.social, "
                     "comb.motivation.reflective, comb.motivation.automatic, comb.open, "
                     "area1, area2, area3, area4, area5");
    }
    item->area = g_strdup(area == NULL ? "" : area);
    item->topic = g_strdup(topic == NULL ? "" : topic);
}

static void read_words(Faults *faults, const cJSON *json, Item *item) {
    const char *fallback = item->kind == ITEM_SCALE ? "" : "none";
    const char *polarity = optional_word(faults, json, "polarity", fallback);
    const char *bank = optional_word(faults, json, "bank", "measurement");
    const char *referent = optional_word(faults, json, "referent", "self");
    const char *state = optional_word(faults, json, "state", "live");
    bool polar = polarity != NULL && item_polarity_parse(polarity, &item->polarity);
    bool polarity_fits =
        item->kind == ITEM_TEXT || (item->polarity != 0) == (item->kind == ITEM_SCALE);
    if (polarity != NULL && (!polar || !polarity_fits)) {
        faults_add(faults, tr("\"polarity\" ska vara positive eller negative för scale (är det bra "
                              "att hålla med?), får vara det för text och utelämnas annars.",
                              "\"polarity\" must be positive or negative for scale (is it good to "
                              "agree?), may be so for text and be left out otherwise."));
    }
    if (bank != NULL && !item_bank_parse(bank, &item->bank)) {
        unknown_word(faults, "bank", bank, "training, measurement");
    }
    if (referent != NULL && !item_referent_parse(referent, &item->referent)) {
        unknown_word(faults, "referent", referent, "self, unit, organisation");
    }
    if (state != NULL && !item_state_parse(state, &item->state)) {
        unknown_word(faults, "state", state, "draft, pilot, live, retired");
    }
}

/* The language's built-in answers of the kind, or NULL if it has none. */
static const char *const *built_in(const Item *item, Lang lang) {
    const LangSpec *spec = lang_spec(lang);
    const char *const *texts = item->kind == ITEM_SCALE ? spec->steps : spec->truths;
    return texts[0] == NULL ? NULL : texts;
}

/* The built-in answers, in the languages that have the item's text and have them. */
static void set_options(Item *item, guint count) {
    item->option_count = count;
    for (guint lang = 0; lang < lang_count(); lang++) {
        const char *const *texts = built_in(item, (Lang)lang);
        if (item->text[lang] != NULL && (count == 0 || texts != NULL)) {
            item->options[lang] = g_new0(char *, (gsize)count + 1);
            for (guint i = 0; i < count; i++) {
                item->options[lang][i] = g_strdup(texts[i]);
            }
        }
    }
}

/* Two options that read the same to a person, whatever their case and spelling of accents. */
static void check_distinct(Faults *faults, const Item *item, Lang lang) {
    for (guint i = 0; i < item->option_count; i++) {
        g_autofree char *folded = g_utf8_casefold(item->options[lang][i], -1);
        for (guint j = 0; j < i; j++) {
            g_autofree char *other = g_utf8_casefold(item->options[lang][j], -1);
            if (folded[0] != '\0' && g_utf8_collate(folded, other) == 0) {
                faults_add(
                    faults,
                    tr("svarsalternativ %u och %u är lika (%s). Ändra eller ta bort det ena.",
                       "options %u and %u are the same (%s). Change or remove one."),
                    j, i, lang_code(lang));
            }
        }
    }
}

/* An added language has the whole item or nothing of it: a fault for a part that is there without
 * "text" or is missing beside it. */
static void check_partner(Faults *faults, const Item *item, Lang lang, const char *name,
                          const char *part) {
    if ((item->text[lang] != NULL) == (part != NULL)) {
        return;
    }
    faults_add(faults,
               tr("\"%s\" saknar text på språket \"%s\", som frågan i övrigt har. Skriv den, "
                  "eller ta bort språket ur hela frågan.",
                  "\"%s\" lacks a text in the language \"%s\", which the rest of the item has. "
                  "Write it, or remove the language from the whole item."),
               part == NULL ? name : "text", lang_code(lang));
}

/* The same for a part that only some items have. */
static void check_scene(Faults *faults, const Item *item, Lang lang, const char *name,
                        char *const part[LANG_MAX]) {
    if (part[LANG_SV] != NULL && part[LANG_SV][0] != '\0') {
        check_partner(faults, item, lang, name, part[lang]);
    }
}

/* What an added language must have beside the question: its explanation, its scene, and words for
 * the built-in answers. */
static void check_languages(Faults *faults, Item *item) {
    bool has_built_in = item->kind == ITEM_SCALE || item->kind == ITEM_TRUE_FALSE;
    for (guint lang = LANG_OWN_COUNT; lang < lang_count(); lang++) {
        if (item->explain[LANG_SV][0] != '\0' || item->explain[lang] != NULL) {
            check_partner(faults, item, (Lang)lang, "explain", item->explain[lang]);
        } else if (item->text[lang] != NULL) {
            item->explain[lang] = g_strdup("");
        }
        check_scene(faults, item, (Lang)lang, "scene", item->scene);
        check_scene(faults, item, (Lang)lang, "picture.alt", item->picture_alt);
        if (has_built_in && item->text[lang] != NULL && item->options[lang] == NULL) {
            faults_add(
                faults,
                tr("språket \"%s\" saknar svar för %s. Skriv dem under \"answers\" i "
                   "språkets language.json, eller ta bort språket ur frågan.",
                   "the language \"%s\" lacks the answers of %s. Write them under "
                   "\"answers\" in its language.json, or remove the language from the item."),
                lang_code((Lang)lang), item_kind_text(item->kind));
        }
    }
}

static void read_choices(Faults *faults, const cJSON *options, Item *item) {
    int count = cJSON_GetArraySize(options);
    int least = item->kind == ITEM_SINGLE ? 2 : 3;
    int most = item->kind == ITEM_ORDER ? ITEM_ORDER_MAX : ITEM_OPTIONS_MAX;
    if (!cJSON_IsArray(options) || count < least || count > most) {
        faults_add(faults,
                   tr("\"options\" ska vara en lista med %d till %d svarsalternativ.",
                      "\"options\" must be a list of %d to %d options."),
                   least, most);
        return;
    }
    item->option_count = (guint)count;
    for (guint lang = 0; lang < lang_count(); lang++) {
        item->options[lang] = item->text[lang] == NULL ? NULL : g_new0(char *, (gsize)count + 1);
    }
    guint i = 0;
    const cJSON *option;
    cJSON_ArrayForEach(option, options) {
        char *text[LANG_MAX] = {0};
        g_autofree char *name = g_strdup_printf("options[%u]", i);
        pair_text(faults, option, name, true, PACK_OPTION_MAX, text);
        for (guint lang = 0; lang < lang_count(); lang++) {
            check_partner(faults, item, (Lang)lang, name, text[lang]);
            if (item->options[lang] == NULL) {
                g_free(text[lang]);
            } else {
                item->options[lang][i] = text[lang] == NULL ? g_strdup("") : text[lang];
            }
        }
        i++;
    }
    for (guint lang = 0; lang < lang_count(); lang++) {
        if (item->options[lang] != NULL) {
            check_distinct(faults, item, (Lang)lang);
        }
    }
}

static void read_options(Faults *faults, const cJSON *json, Item *item) {
    const cJSON *options = cJSON_GetObjectItemCaseSensitive(json, "options");
    switch (item->kind) {
    case ITEM_SINGLE:
    case ITEM_MULTIPLE:
    case ITEM_ORDER:
        read_choices(faults, options, item);
        return;
    case ITEM_TRUE_FALSE:
        set_options(item, LANG_TRUTHS);
        break;
    case ITEM_SCALE:
        set_options(item, ITEM_SCALE_OPTIONS);
        break;
    case ITEM_TEXT:
        set_options(item, 0);
        break;
    }
    if (options != NULL) {
        faults_add(faults,
                   tr("%s har inbyggda svar: ta bort \"options\".",
                      "%s has built-in answers: remove \"options\"."),
                   item_kind_text(item->kind));
    }
}

/* The bit of one index of the key; 0 with a fault. */
static uint32_t key_bit(Faults *faults, const cJSON *index, const Item *item) {
    bool whole = cJSON_IsNumber(index) && !(index->valuedouble > index->valueint) &&
                 !(index->valuedouble < index->valueint);
    if (whole && index->valueint >= 0 && index->valueint < (int)item->option_count) {
        return UINT32_C(1) << index->valueint;
    }
    faults_add(faults,
               tr("\"correct\" ska peka ut svarsalternativ med tal från 0 till %d.",
                  "\"correct\" must name options by numbers from 0 to %d."),
               (int)item->option_count - 1);
    return 0;
}

static void read_key_list(Faults *faults, const cJSON *correct, Item *item) {
    if (!cJSON_IsArray(correct) || cJSON_GetArraySize(correct) == 0) {
        faults_add(faults, tr("\"correct\" ska för multiple vara en lista, till exempel [0, 2].",
                              "\"correct\" must be a list for multiple, such as [0, 2]."));
        return;
    }
    const cJSON *index;
    cJSON_ArrayForEach(index, correct) {
        uint32_t bit = key_bit(faults, index, item);
        if (bit == 0) {
            return;
        }
        if ((item->key_mask & bit) != 0) {
            faults_add(faults, tr("\"correct\" nämner samma svarsalternativ två gånger.",
                                  "\"correct\" names the same option twice."));
        }
        item->key_mask |= bit;
    }
    if (item->key_mask == (UINT32_C(1) << item->option_count) - 1) {
        faults_add(faults, tr("alla svarsalternativ är rätt: då mäter frågan ingenting.",
                              "every option is right: the item measures nothing then."));
    }
}

/* All options, in the right order. */
static void read_key_order(Faults *faults, const cJSON *correct, Item *item) {
    guint place = 0;
    uint32_t key = 0;
    const cJSON *index;
    cJSON_ArrayForEach(index, correct) {
        bool option = cJSON_IsNumber(index) && index->valueint >= 0 &&
                      index->valueint < (int)item->option_count;
        key = option && place < ITEM_ORDER_MAX ? item_order_put(key, place, (guint)index->valueint)
                                               : 0;
        place++;
    }
    if (!cJSON_IsArray(correct) || place != item->option_count || !item_order_is_whole(item, key)) {
        faults_add(faults,
                   tr("\"correct\" ska för order nämna alla svarsalternativ en gång, i rätt "
                      "ordning, till exempel [2, 0, 1].",
                      "\"correct\" must for order name every option once, in the right order, such "
                      "as [2, 0, 1]."));
        return;
    }
    item->key_mask = key;
}

static void read_key(Faults *faults, const cJSON *json, Item *item) {
    const cJSON *correct = cJSON_GetObjectItemCaseSensitive(json, "correct");
    if (!is_scored_measure(item->measure)) {
        if (correct != NULL && !cJSON_IsNull(correct)) {
            faults_add(faults,
                       tr("tillämpning och hinder har inget rätt svar: ta bort \"correct\".",
                          "application and obstacles have no right answer: remove "
                          "\"correct\"."));
        }
        return;
    }
    switch (item->kind) {
    case ITEM_SINGLE:
        item->key_mask = item->option_count == 0 ? 0 : key_bit(faults, correct, item);
        return;
    case ITEM_MULTIPLE:
        if (item->option_count > 0) {
            read_key_list(faults, correct, item);
        }
        return;
    case ITEM_TRUE_FALSE:
        if (!cJSON_IsBool(correct)) {
            faults_add(faults, tr("\"correct\" ska för true_false vara true eller false.",
                                  "\"correct\" must be true or false for true_false."));
        }
        item->key_mask = cJSON_IsTrue(correct) ? 1 : 2;
        return;
    case ITEM_ORDER:
        if (item->option_count > 0) {
            read_key_order(faults, correct, item);
        }
        return;
    case ITEM_SCALE:
    case ITEM_TEXT:
        faults_add(faults,
                   tr("en kunskapsfråga kan inte vara %s: den måste ha ett rätt svar.",
                      "a knowledge item cannot be %s: it must have a right answer."),
                   item_kind_text(item->kind));
        return;
    }
    g_assert_not_reached();
}

Item *pack_item_read(Faults *faults, const cJSON *json) {
    Item *item = item_new();
    item->version = 1;
    if (!field_names(faults, json, item_fields)) {
        return item;
    }
    item->key = g_strdup(field_key(faults, json, "id"));
    bool known = read_kind(faults, json, item);
    read_place(faults, json, item);
    pair_text(faults, cJSON_GetObjectItemCaseSensitive(json, "text"), "text", true, PACK_TEXT_MAX,
              item->text);
    pair_text(faults, cJSON_GetObjectItemCaseSensitive(json, "explain"), "explain",
              known && is_scored_measure(item->measure), PACK_EXPLAIN_MAX, item->explain);
    pair_text(faults, cJSON_GetObjectItemCaseSensitive(json, "localisation"), "localisation", false,
              PACK_EXPLAIN_MAX, item->localisation);
    pack_item_scene(faults, json, item);
    if (!known) {
        return item; /* what follows depends on kind and measure */
    }
    read_words(faults, json, item);
    read_options(faults, json, item);
    check_languages(faults, item);
    read_key(faults, json, item);
    item->optional = field_bool(faults, json, "optional", !is_scored_measure(item->measure));
    item->offers_not_applicable =
        field_bool(faults, json, "not_applicable",
                   item->measure != MEASURE_OBSTACLE && item->kind != ITEM_TEXT);
    item->anonymous_only = field_bool(faults, json, "anonymous_only", false);
    if (item->kind == ITEM_TEXT && item->offers_not_applicable) {
        faults_add(faults, tr("fritext kan lämnas tom: ta bort \"not_applicable\".",
                              "free text can be left empty: remove \"not_applicable\"."));
    }
    pack_item_extras(faults, json, item);
    return item;
}
