/* Proves that a stored body gives the same item back, that every change which makes a new version
 * changes the digest, and that only exactly the right choices are right. */
#include "survey/item_private.h"

#include <string.h>

static Item *sample(void) {
    Item *item = item_new();
    item->key = g_strdup("k-1");
    item->kind = ITEM_MULTIPLE;
    item->measure = MEASURE_KNOWLEDGE;
    item->area = g_strdup("area4");
    item->topic = g_strdup("natfiske");
    item->bank = BANK_TRAINING;
    item->option_count = 3;
    item->key_mask = 5;
    item->offers_not_applicable = true;
    for (int lang = 0; lang < LANG_OWN_COUNT; lang++) {
        item->text[lang] = g_strdup("Vad är \"rätt\" för O'Brien & 李?");
        item->explain[lang] = g_strdup("");
        item->options[lang] = g_strsplit("Å|Ä <b>|Ö\\n", "|", -1);
    }
    return item;
}

static void test_body_round_trip(void) {
    g_autoptr(Item) item = sample();
    g_autofree char *body = item_body_format(item);
    g_autoptr(Item) back = item_new();
    GError *error = NULL;
    g_assert_true(item_body_parse(back, body, &error));
    g_assert_no_error(error);
    g_assert_cmpuint(back->option_count, ==, 3);
    g_assert_cmpuint(back->key_mask, ==, 5);
    g_assert_true(back->offers_not_applicable);
    g_assert_false(back->optional);
    g_assert_cmpstr(back->text[LANG_SV], ==, item->text[LANG_SV]);
    g_assert_cmpstr(back->options[LANG_EN][2], ==, "Ö\\n");
    g_assert_null(back->options[LANG_EN][3]);
    g_autofree char *again = item_body_format(back);
    g_assert_cmpstr(again, ==, body);
    /* A body written before there was the flag has none, and stays as it was. */
    g_assert_null(strstr(body, "anonymous_only"));
    item->anonymous_only = true;
    g_autofree char *flagged = item_body_format(item);
    g_assert_true(item_body_parse(back, flagged, &error));
    g_assert_no_error(error);
    g_assert_true(back->anonymous_only);
}

static void test_damaged_body(void) {
    static const char *const bodies[] = {
        "",
        "[]",
        "{\"text\":{\"sv\":\"a\",\"en\":\"b\"}}",
        "{\"text\":{\"sv\":\"a\",\"en\":\"b\"},\"options\":[{\"sv\":\"x\"}],\"correct\":[],"
        "\"explain\":{\"sv\":\"\",\"en\":\"\"},\"not_applicable\":true,\"optional\":true}",
        "{\"text\":{\"sv\":\"a\",\"en\":\"b\"},\"options\":[],\"correct\":[0],"
        "\"explain\":{\"sv\":\"\",\"en\":\"\"},\"not_applicable\":true,\"optional\":true}",
    };
    for (guint i = 0; i < G_N_ELEMENTS(bodies); i++) {
        g_autoptr(Item) item = item_new();
        g_autoptr(GError) error = NULL;
        g_assert_false(item_body_parse(item, bodies[i], &error));
        g_assert_nonnull(error);
    }
}

static void test_digest(void) {
    g_autoptr(Item) item = sample();
    g_autofree char *body = item_body_format(item);
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_assert_true(g_hash_table_add(seen, item_digest(item, body)));
    g_assert_false(g_hash_table_add(seen, item_digest(item, body)));
    item->bank = BANK_MEASUREMENT;
    g_assert_true(g_hash_table_add(seen, item_digest(item, body)));
    item->polarity = -1;
    g_assert_true(g_hash_table_add(seen, item_digest(item, body)));
    item->referent = REFERENT_UNIT;
    g_assert_true(g_hash_table_add(seen, item_digest(item, body)));
    item->measure = MEASURE_SCENARIO;
    g_assert_true(g_hash_table_add(seen, item_digest(item, body)));
    item->topic[0] = 'N';
    g_assert_true(g_hash_table_add(seen, item_digest(item, body)));
    item->state = ITEM_RETIRED; /* retiring is no new version */
    g_assert_false(g_hash_table_add(seen, item_digest(item, body)));
    item->key_mask = 1;
    g_autofree char *changed = item_body_format(item);
    g_assert_true(g_hash_table_add(seen, item_digest(item, changed)));
}

static void test_correct(void) {
    g_autoptr(Item) item = sample();
    for (uint32_t choices = 0; choices < 8; choices++) {
        g_assert_cmpint(item_is_correct(item, choices), ==, choices == 5);
    }
    item->key_mask = 0;
    g_assert_false(item_is_scored(item));
    g_assert_false(item_is_correct(item, 0));
}

static void test_words(void) {
    for (int i = 0; i < ITEM_KIND_COUNT; i++) {
        ItemKind kind;
        g_assert_true(item_kind_parse(item_kind_text((ItemKind)i), &kind));
        g_assert_cmpint((int)kind, ==, i);
    }
    for (int i = 0; i < ITEM_MEASURE_COUNT; i++) {
        ItemMeasure measure;
        g_assert_true(item_measure_parse(item_measure_text((ItemMeasure)i), &measure));
        g_assert_cmpint((int)measure, ==, i);
    }
    for (int polarity = -1; polarity <= 1; polarity++) {
        int back = 7;
        g_assert_true(item_polarity_parse(item_polarity_text(polarity), &back));
        g_assert_cmpint(back, ==, polarity);
    }
    ItemKind kind = ITEM_TEXT;
    g_assert_false(item_kind_parse("Single", &kind));
    g_assert_false(item_kind_parse(NULL, &kind));
    g_assert_cmpint(kind, ==, ITEM_TEXT);
    g_assert_true(item_area_is_known("comb.open"));
    g_assert_true(item_area_is_question30("area5"));
    g_assert_false(item_area_is_question30("comb.open"));
    g_assert_false(item_area_is_known("area6"));
    g_assert_false(item_area_is_known(""));
}

int main(int argc, char **argv) {
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/item/body-round-trip", test_body_round_trip);
    g_test_add_func("/item/damaged-body", test_damaged_body);
    g_test_add_func("/item/digest", test_digest);
    g_test_add_func("/item/correct", test_correct);
    g_test_add_func("/item/words", test_words);
    return g_test_run();
}
