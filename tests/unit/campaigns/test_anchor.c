/* Proves that two measurements share as many items as asked, spread over the areas, and differ in
 * the rest; that a changed item is no anchor; and that the banks stay apart in whatever a campaign
 * asks. */
#include "campaigns/anchor.h"

#include "tests/unit/campaigns/town.h"

#define MEASUREMENT(name, content)                                                                 \
    "{\"name\":\"" name "\",\"title\":{\"sv\":\"Titel\"},\"kind\":\"knowledge\",\"seed\":7,"       \
    "\"content\":{\"pack\":\"starter\"" content "}}"
#define AFTER(count)                                                                               \
    MEASUREMENT("after", ",\"anchors\":{\"campaign\":\"before\",\"count\":" count "}")

static void open_before(Town *town) {
    town_open(town, "2026-11-23 09:00");
    town_settle(town);
    town_do(town, TOWN_CREATE, MEASUREMENT("before", ""));
    town_do(town, TOWN_LAUNCH, "before");
}

/* How many items the two have in common, in the area with the fewest. */
#define SHARED                                                                                     \
    "FROM v_form_item a JOIN campaign x ON x.form_id = a.form_id AND x.name = 'before'"            \
    " JOIN v_form_item b ON b.item_id = a.item_id JOIN campaign y ON y.form_id = b.form_id"        \
    " AND y.name = 'after' JOIN v_item i ON i.id = a.item_id"
#define ASKED                                                                                      \
    "FROM v_form_item f JOIN campaign c ON c.form_id = f.form_id AND c.name = 'after'"             \
    " JOIN v_item i ON i.id = f.item_id"

static void test_shared(void) {
    static const struct {
        const char *after;
        int64_t shared;
        int64_t least; /* in any area */
    } cases[] = {
        {AFTER("5"), 5, 1},   {AFTER("8"), 8, 1},
        {AFTER("10"), 10, 2}, {AFTER("15"), 15, 3}, /* the same form */
        {AFTER("2"), 5, 1}, /* five in an area, three asked twice: one at least is the same */
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_auto(Town) town = {0};
        open_before(&town);
        town_do(&town, TOWN_CREATE, cases[i].after);
        town_do(&town, TOWN_LAUNCH, "after");
        g_assert_cmpint(TOWN_NUMBER(&town, "SELECT count(*) AS n " SHARED), ==, cases[i].shared);
        g_assert_cmpint(TOWN_NUMBER(&town, "SELECT min(n) AS n FROM (SELECT count(*) AS n " SHARED
                                           " GROUP BY i.area)"),
                        ==, cases[i].least);
        g_assert_cmpint(TOWN_NUMBER(&town, "SELECT count(*) AS n " ASKED), ==, 15);
        g_assert_cmpint(TOWN_NUMBER(&town, "SELECT min(n) AS n FROM (SELECT count(*) AS n " ASKED
                                           " GROUP BY i.area)"),
                        ==, 3);
    }
}

static void test_refused(void) {
    g_auto(Town) town = {0};
    open_before(&town);
    town_refuses(&town, TOWN_CREATE, AFTER("16"), VK_ERROR_INPUT);
    town_refuses(&town, TOWN_CREATE,
                 MEASUREMENT("x", ",\"items\":[\"k1-01\"],\"anchors\":{\"campaign\":\"before\"}"),
                 VK_ERROR_INPUT);
    /* One that is to be launched before may be named before it is there, but not launched. */
    town_do(&town, TOWN_CREATE, MEASUREMENT("y", ",\"anchors\":{\"campaign\":\"later\"}"));
    town_refuses(&town, TOWN_LAUNCH, "y", VK_ERROR_NOT_FOUND);
    /* Changed words: a new version, which is no anchor. */
    town_sql(&town,
             "INSERT INTO item (pack, item_key, version, kind, measure, area, polarity,"
             " topic, bank, referent, state, body, body_sha256, created_at_us) SELECT pack,"
             " item_key, version + 1, kind, measure, area, polarity, topic, bank, referent,"
             " state, body, body_sha256, created_at_us FROM item WHERE bank = 'measurement'");
    town_refuses(&town, TOWN_CREATE, AFTER("1"), VK_ERROR_INPUT);
}

/* A training cannot ask what measures, nor a measurement what has been practised. */
static void test_banks(void) {
    g_auto(Town) town = {0};
    open_before(&town);
    town_refuses(&town, TOWN_CREATE, MEASUREMENT("x", ",\"items\":[\"t1-01\"]"), VK_ERROR_INPUT);
    town_refuses(&town, TOWN_CREATE,
                 "{\"name\":\"x\",\"title\":{\"sv\":\"T\"},\"kind\":\"training\",\"content\":"
                 "{\"pack\":\"starter\",\"lessons\":[\"grunder\"],\"items\":[\"k1-01\"]}}",
                 VK_ERROR_INPUT);
    town_refuses(&town, TOWN_CREATE,
                 "{\"name\":\"x\",\"title\":{\"sv\":\"T\"},\"kind\":\"training\",\"content\":"
                 "{\"pack\":\"starter\",\"lessons\":[\"grunder\"],\"areas\":[\"area1\"],"
                 "\"per_area\":4}}",
                 VK_ERROR_INPUT);
    town_do(&town, TOWN_CREATE,
            "{\"name\":\"z\",\"title\":{\"sv\":\"T\"},\"kind\":\"training\",\"content\":"
            "{\"pack\":\"starter\",\"lessons\":[\"grunder\"],\"areas\":[\"area1\"]}}");
    town_do(&town, TOWN_LAUNCH, "z");
    g_assert_cmpint(
        TOWN_NUMBER(&town, "SELECT count(*) AS n FROM v_form_item f JOIN campaign c ON c.form_id ="
                           " f.form_id JOIN v_item i ON i.id = f.item_id WHERE (c.kind ="
                           " 'training') <> (i.bank = 'training')"),
        ==, 0);
}

int main(int argc, char **argv) {
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/anchor/shared", test_shared);
    g_test_add_func("/anchor/refused", test_refused);
    g_test_add_func("/anchor/banks", test_banks);
    return g_test_run();
}
