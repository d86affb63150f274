/* Proves that a form is what was asked for, the same for the same seed, in pages as equal as can
 * be, and that what it asks is frozen. */
#include "tests/unit/survey/fixture.h"

#include <string.h>

static const ItemMeasure scored[] = {MEASURE_KNOWLEDGE, MEASURE_SCENARIO};
static const ItemBank measurement = BANK_MEASUREMENT;
static const ItemBank training = BANK_TRAINING;

static char *keys_of(const Form *form) {
    GString *keys = g_string_new(NULL);
    for (guint i = 0; i < form_item_count(form); i++) {
        g_string_append_printf(keys, "%s ", form_item(form, i)->key);
    }
    return g_string_free(keys, FALSE);
}

static void test_by_area(void) {
    g_auto(Fixture) fixture = {0};
    fixture_open(&fixture);
    fixture_store_starter(&fixture);
    const FormSpec spec = {.pack = "starter",
                           .measures = scored,
                           .measure_count = G_N_ELEMENTS(scored),
                           .bank = &measurement,
                           .per_area = 3};
    g_autoptr(Form) form = fixture_form(&fixture, &spec, 42);
    g_autoptr(Form) same = fixture_form(&fixture, &spec, 42);
    g_assert_cmpuint(form_item_count(form), ==, 15);
    g_assert_cmpint(form_id(form), !=, form_id(same));
    for (guint i = 0; i < 15; i++) {
        g_autofree char *area = g_strdup_printf("area%u", i / 3 + 1);
        g_assert_cmpstr(form_item(form, i)->area, ==, area);
        g_assert_true(item_is_scored(form_item(form, i)));
        g_assert_cmpint(form_item(form, i)->id, ==, form_item(same, i)->id);
        g_assert_true(form_find_item(form, form_item(form, i)->id) == form_item(form, i));
    }
    g_assert_null(form_find_item(form, 999999));
    /* Seeds choose: of 20 there are many different forms, and every item is drawn by some. */
    g_autoptr(GHashTable) forms = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_autoptr(GHashTable) items = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (int64_t seed = 0; seed < 20; seed++) {
        g_autoptr(Form) other = fixture_form(&fixture, &spec, seed);
        g_hash_table_add(forms, keys_of(other));
        for (guint i = 0; i < form_item_count(other); i++) {
            g_hash_table_add(items, g_strdup(form_item(other, i)->key));
        }
    }
    g_assert_cmpuint(g_hash_table_size(forms), >=, 15);
    g_assert_cmpuint(g_hash_table_size(items), ==, 25);
}

static void test_training(void) {
    g_auto(Fixture) fixture = {0};
    fixture_open(&fixture);
    fixture_store_starter(&fixture);
    const FormSpec spec = {.pack = "starter",
                           .lesson_keys = (const char *const[]){"natfiske", "losenord", NULL},
                           .measures = scored,
                           .measure_count = G_N_ELEMENTS(scored),
                           .topics = (const char *const[]){"natfiske", "losenord", NULL},
                           .bank = &training};
    g_autoptr(Form) form = fixture_form(&fixture, &spec, 1);
    g_assert_cmpuint(form_lesson_count(form), ==, 2);
    g_assert_cmpstr(form_lesson(form, 0)->key, ==, "natfiske");
    g_assert_cmpstr(form_lesson(form, 1)->title[LANG_SV], ==, "Lösenord som du slipper komma ihåg");
    g_assert_true(g_str_has_prefix(form_lesson(form, 0)->html[LANG_EN], "<p>Fraudsters"));
    g_autofree char *keys = keys_of(form);
    g_assert_cmpstr(keys, ==, "t3-04 t3-05 t3-06 t4-01 t4-02 t4-03 ");
}

/* Without a bank named, a check after lessons spares the measurement items, and fills up with them
 * only where an area has too few of its own. */
static void test_bank_by_lessons(void) {
    static const struct {
        bool lessons;
        guint per_area;
        const char *topic;
        const char *keys;
    } cases[] = {
        {true, 3, "natfiske", "t4-01 t4-02 t4-03 "},
        {true, 0, "natfiske", "t4-01 t4-02 t4-03 "},
        {true, 5, "natfiske", "k4-01 k4-02 k4-03 t4-01 t4-02 t4-03 "},
        {false, 3, "rapportera", "k5 k5 k5 "},
        {false, 0, "natfiske", "k3-04 k4-01 k4-02 k4-03 "},
    };
    g_auto(Fixture) fixture = {0};
    fixture_open(&fixture);
    fixture_store_starter(&fixture);
    for (guint c = 0; c < G_N_ELEMENTS(cases); c++) {
        const FormSpec spec = {
            .pack = "starter",
            .lesson_keys = cases[c].lessons ? (const char *const[]){"natfiske", NULL} : NULL,
            .measures = scored,
            .measure_count = G_N_ELEMENTS(scored),
            .topics = (const char *const[]){cases[c].topic, NULL},
            .per_area = cases[c].per_area};
        g_autoptr(Form) form = fixture_form(&fixture, &spec, 3);
        for (guint i = 0; i < form_item_count(form); i++) {
            g_test_message("case %u: %s", c, form_item(form, i)->key);
            g_assert_nonnull(strstr(cases[c].keys, c == 3 ? "k5" : form_item(form, i)->key));
            g_assert_true(c == 2 || form_item(form, i)->bank ==
                                        (cases[c].lessons ? BANK_TRAINING : BANK_MEASUREMENT));
        }
        g_assert_cmpuint(form_item_count(form), ==,
                         cases[c].per_area == 0 ? (c == 1 ? 3 : 4) : cases[c].per_area);
    }
}

static void test_named(void) {
    g_auto(Fixture) fixture = {0};
    fixture_open(&fixture);
    fixture_store_starter(&fixture);
    const FormSpec spec = {.pack = "starter",
                           .item_keys = (const char *const[]){"h-12", "k1-02", "a-04", NULL},
                           .anonymous = true};
    g_autoptr(Form) form = fixture_form(&fixture, &spec, 1);
    g_autofree char *keys = keys_of(form);
    g_assert_cmpstr(keys, ==, "h-12 k1-02 a-04 ");
    const Item *reversed = fixture_item(form, "a-04");
    g_assert_cmpint(reversed->polarity, ==, -1);
    g_assert_true(reversed->optional);
    g_assert_true(reversed->offers_not_applicable);
    g_assert_cmpstr(reversed->options[LANG_SV][3], ==, "Stämmer helt");
}

/* Open questions come last, whatever area sorts first. */
static void test_obstacles(void) {
    g_auto(Fixture) fixture = {0};
    fixture_open(&fixture);
    fixture_store_starter(&fixture);
    const ItemMeasure measure = MEASURE_OBSTACLE;
    const FormSpec spec = {.pack = "starter",
                           .measures = &measure,
                           .measure_count = 1,
                           .items_per_page = 6,
                           .anonymous = true};
    g_autoptr(Form) form = fixture_form(&fixture, &spec, 1);
    g_assert_cmpuint(form_item_count(form), ==, 12);
    g_assert_cmpint(form_item(form, 10)->kind, ==, ITEM_TEXT);
    g_assert_cmpint(form_item(form, 11)->kind, ==, ITEM_TEXT);
    g_assert_cmpint(form_item(form, 9)->kind, ==, ITEM_SCALE);
    g_assert_cmpuint(form_page_count(form), ==, 2);
}

static void test_pages(void) {
    static const struct {
        guint per_area;
        guint per_page;
        const char *sizes;
    } cases[] = {
        {1, 0, "5 "},       {2, 0, "5 5 "}, {3, 4, "4 4 4 3 "},
        {1, 2, "2 2 1 "},   {1, 3, "3 2 "}, {5, 5, "5 5 5 5 5 "},
        {5, 7, "7 6 6 6 "}, {1, 100, "5 "}, {1, 1, "1 1 1 1 1 "},
    };
    g_auto(Fixture) fixture = {0};
    fixture_open(&fixture);
    fixture_store_starter(&fixture);
    for (guint c = 0; c < G_N_ELEMENTS(cases); c++) {
        const FormSpec spec = {.pack = "starter",
                               .measures = scored,
                               .measure_count = G_N_ELEMENTS(scored),
                               .bank = &measurement,
                               .per_area = cases[c].per_area,
                               .items_per_page = cases[c].per_page};
        g_autoptr(Form) form = fixture_form(&fixture, &spec, 1);
        g_autoptr(GString) sizes = g_string_new(NULL);
        guint index = 0;
        for (guint page = 0; page < form_page_count(form); page++) {
            const Item *const *items;
            guint count = form_page_items(form, page, &items);
            g_string_append_printf(sizes, "%u ", count);
            for (guint i = 0; i < count; i++) {
                g_assert_true(items[i] == form_item(form, index));
                index++;
            }
        }
        g_assert_cmpstr(sizes->str, ==, cases[c].sizes);
    }
}

static void test_refused(void) {
    const ItemBank bank = BANK_TRAINING;
    const FormSpec specs[] = {
        {.pack = "starter", .item_keys = (const char *const[]){"k1-01", "k9-99", NULL}},
        {.pack = "starter", .item_keys = (const char *const[]){"k1-01", "k1-01", NULL}},
        {.pack = "starter", .item_keys = (const char *const[]){NULL}},
        {.pack = "starter", .lesson_keys = (const char *const[]){"saknas", NULL}},
        {.pack = "starter", .topics = (const char *const[]){"saknas", NULL}},
        {.pack = "starter", .areas = (const char *const[]){"area9", NULL}},
        {.pack = "starter", .bank = &bank, .per_area = 6},
    };
    static const DbQuery q_forms = {"test.forms", "SELECT count(*) AS n FROM form"};
    static const DbQuery q_asked = {"test.asked",
                                    "SELECT count(*) AS n FROM item WHERE asked_at_us IS NOT NULL"};
    g_auto(Fixture) fixture = {0};
    fixture_open(&fixture);
    fixture_store_starter(&fixture);
    for (guint i = 0; i < G_N_ELEMENTS(specs); i++) {
        FixtureForm form = {.spec = &specs[i], .seed = 1};
        g_test_message("case %u", i);
        fixture_fails(&fixture, fixture_form_fn, &form, VK_ERROR_INPUT);
        g_autoptr(GError) fault = NULL;
        g_assert_false(form_check(fixture.db, &specs[i], 1, &fault));
        g_assert_error(fault, VK_ERROR, VK_ERROR_INPUT);
    }
    const FormSpec unknown = {.pack = "saknas"};
    FixtureForm form = {.spec = &unknown, .seed = 1};
    fixture_fails(&fixture, fixture_form_fn, &form, VK_ERROR_NOT_FOUND);
    g_assert_cmpint(fixture_number(&fixture, &q_forms), ==, 0);
    g_assert_cmpint(fixture_number(&fixture, &q_asked), ==, 0);
    g_autoptr(GError) error = NULL;
    g_assert_null(form_load(fixture.db, 1, &error));
    g_assert_error(error, VK_ERROR, VK_ERROR_NOT_FOUND);
}

/* What may cost a person something is asked in ballots only: others never draw it, whatever the
 * seed, and refuse it by name. */
static void test_anonymous_only(void) {
    static const ItemMeasure unscored[] = {MEASURE_APPLICATION, MEASURE_OBSTACLE};
    g_auto(Fixture) fixture = {0};
    fixture_open(&fixture);
    fixture_store_starter(&fixture);
    FormSpec spec = {.pack = "starter", .measures = unscored, .measure_count = 2};
    g_autoptr(Form) named = fixture_form(&fixture, &spec, 1);
    g_assert_cmpuint(form_item_count(named), ==, 8 + 12 - 3);
    for (guint i = 0; i < form_item_count(named); i++) {
        g_assert_false(form_item(named, i)->anonymous_only);
    }
    spec.anonymous = true;
    g_autoptr(Form) anonymous = fixture_form(&fixture, &spec, 1);
    g_assert_cmpuint(form_item_count(anonymous), ==, 8 + 12);
    static const char *const keys[] = {"a-04", "a-07", "h-03"};
    for (guint i = 0; i < G_N_ELEMENTS(keys); i++) {
        g_assert_true(fixture_item(anonymous, keys[i])->anonymous_only);
        const FormSpec one = {.pack = "starter",
                              .item_keys = (const char *const[]){"k1-01", keys[i], NULL}};
        FixtureForm form = {.spec = &one, .seed = 1};
        fixture_fails(&fixture, fixture_form_fn, &form, VK_ERROR_INPUT);
    }
}

static bool change_asked(DbTx *tx, gpointer data, GError **error) {
    const DbQuery *query = data;
    g_autoptr(DbStmt) stmt = db_tx_query(tx, query, error);
    return stmt != NULL && db_run(stmt, NULL, error);
}

/* Not even another program's statement changes what was asked or shown; retiring goes. */
static void test_frozen(void) {
    static DbQuery refused[] = {
        {"test.body", "UPDATE item SET body = '{}' WHERE item_key = 'k1-01'"},
        {"test.topic", "UPDATE item SET topic = 'x' WHERE item_key = 'k1-01'"},
        {"test.bank", "UPDATE item SET bank = 'training' WHERE item_key = 'k1-01'"},
        {"test.lesson", "UPDATE lesson SET body = '{}' WHERE lesson_key = 'grunder'"},
    };
    static DbQuery allowed[] = {
        {"test.retire", "UPDATE item SET state = 'retired' WHERE item_key = 'k1-01'"},
        {"test.unasked", "UPDATE item SET topic = 'x' WHERE item_key = 'k2-01'"},
    };
    g_auto(Fixture) fixture = {0};
    fixture_open(&fixture);
    fixture_store_starter(&fixture);
    const FormSpec spec = {.pack = "starter",
                           .lesson_keys = (const char *const[]){"grunder", NULL},
                           .item_keys = (const char *const[]){"k1-01", NULL}};
    g_autoptr(Form) form = fixture_form(&fixture, &spec, 1);
    for (guint i = 0; i < G_N_ELEMENTS(refused); i++) {
        fixture_fails(&fixture, change_asked, &refused[i], VK_ERROR_CONFLICT);
    }
    for (guint i = 0; i < G_N_ELEMENTS(allowed); i++) {
        fixture_run(&fixture, change_asked, &allowed[i]);
    }
}

static void test_option_order(void) {
    g_autoptr(Item) item = item_new();
    item->id = 12;
    item->kind = ITEM_SINGLE;
    item->option_count = 4;
    guint first[4] = {0};
    for (int64_t seed = 0; seed < 4000; seed++) {
        guint order[4];
        guint again[4];
        form_option_order(item, seed, order);
        form_option_order(item, seed, again);
        guint seen = 0;
        for (guint i = 0; i < 4; i++) {
            g_assert_cmpuint(order[i], ==, again[i]);
            seen |= 1u << order[i];
        }
        g_assert_cmpuint(seen, ==, 15);
        first[order[0]]++;
    }
    for (guint i = 0; i < 4; i++) { /* 1,000 expected, standard deviation 27 */
        g_assert_cmpuint(first[i], >, 850);
        g_assert_cmpuint(first[i], <, 1150);
    }
    item->kind = ITEM_SCALE;
    guint order[4];
    form_option_order(item, 7, order);
    for (guint i = 0; i < 4; i++) {
        g_assert_cmpuint(order[i], ==, i);
    }
}

/* Written down so that a change of the generator, which would change running rounds, is seen. */
static void test_option_order_fixed(void) {
    g_autoptr(Item) item = item_new();
    item->id = 12;
    item->kind = ITEM_MULTIPLE;
    item->option_count = 5;
    guint order[5];
    form_option_order(item, 2026, order);
    g_autofree char *text =
        g_strdup_printf("%u%u%u%u%u", order[0], order[1], order[2], order[3], order[4]);
    g_assert_cmpstr(text, ==, "13420");
}

int main(int argc, char **argv) {
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/form/by-area", test_by_area);
    g_test_add_func("/form/training", test_training);
    g_test_add_func("/form/bank-by-lessons", test_bank_by_lessons);
    g_test_add_func("/form/named", test_named);
    g_test_add_func("/form/obstacles", test_obstacles);
    g_test_add_func("/form/pages", test_pages);
    g_test_add_func("/form/refused", test_refused);
    g_test_add_func("/form/anonymous-only", test_anonymous_only);
    g_test_add_func("/form/frozen", test_frozen);
    g_test_add_func("/form/option-order", test_option_order);
    g_test_add_func("/form/option-order-fixed", test_option_order_fixed);
    return g_test_run();
}
