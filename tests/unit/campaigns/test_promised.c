/* Proves that the smallest group that people are told of is fixed at launch, goes with the round,
 * stays through pauses and whatever the settings become, is never lowered by anything that writes
 * to the database, and is given once to what an earlier version left without. */
#include "campaigns/promised.h"

#include "tests/unit/campaigns/town.h"

#define CAMPAIGN(name, promise, more)                                                              \
    "{\"name\":\"" name "\",\"title\":{\"sv\":\"Titel\"},\"kind\":\"knowledge\",\"promise\":"      \
    "\"" promise "\",\"content\":{\"pack\":\"starter\",\"per_area\":1}" more "}"
#define LATER ",\"schedule\":{\"start\":\"2026-11-30 09:00\"}"

static void launch(Town *town, const char *json, const char *name, guint k) {
    TownDeed deed = {.verb = TOWN_LAUNCH, .text = name, .k = k, .now_us = town->now_us};
    town_do(town, TOWN_CREATE, json);
    town_run(town, town_deed_fn, &deed);
}

static void assert_promised(Town *town, const char *name, guint wanted) {
    g_autoptr(Campaign) campaign = town_campaign(town, name);
    g_assert_cmpuint(campaign->promised_k, ==, wanted);
}

/* What the start page of somebody's link says. */
static guint told(Town *town, const DbQuery *link) {
    g_autoptr(GError) error = NULL;
    g_autoptr(Visit) visit = NULL;
    answering_visit(town->db, town_number(town, link), town->now_us, &visit, &error);
    g_assert_no_error(error);
    return visit->promised_k;
}

#define TOLD(town, name)                                                                           \
    (__extension__({                                                                               \
        static const DbQuery q_link_ = {                                                           \
            "town.link", "SELECT min(i.id) AS n FROM invitation i JOIN v_campaign c"               \
                         " ON c.round_id = i.round_id WHERE c.name = '" name "'"};                 \
        told(town, &q_link_);                                                                      \
    }))

static void test_kept(void) {
    g_auto(Town) town = {0};
    town_open(&town, "2026-11-23 09:00");
    town_settle(&town);
    launch(&town, CAMPAIGN("a", "confidential", ""), "a", 8);
    launch(&town, CAMPAIGN("b", "anonymous", ""), "b", 8);
    launch(&town, CAMPAIGN("c", "anonymous", ""), "c", 12);
    launch(&town, CAMPAIGN("d", "identified", LATER), "d", 9);
    town_tick(&town);
    g_assert_cmpuint(TOLD(&town, "a"), ==, 8);
    g_assert_cmpuint(TOLD(&town, "b"), ==, 10); /* the setting for anonymous ones */
    g_assert_cmpuint(TOLD(&town, "c"), ==, 12); /* the larger of the two */
    /* What is launched afterwards, under another setting, changes nothing of these. */
    launch(&town, CAMPAIGN("e", "confidential", ""), "e", 5);
    town_do(&town, TOWN_PAUSE, "a");
    town_do(&town, TOWN_PAUSE, "d");
    town.now_us = town_at("2026-11-30 09:00");
    town_do(&town, TOWN_RESUME, "a");
    town_do(&town, TOWN_RESUME, "d");
    town_tick(&town);
    town_do(&town, TOWN_CLOSE, "a");
    assert_promised(&town, "a", 8);
    g_assert_cmpuint(TOLD(&town, "a"), ==, 8);
    g_assert_cmpuint(TOLD(&town, "d"), ==, 9); /* launched under 9, opened much later */
    g_assert_cmpuint(TOLD(&town, "e"), ==, 5);
    g_assert_cmpint(TOWN_NUMBER(&town, "SELECT sum(promised_k) AS n FROM round"), ==,
                    8 + 10 + 12 + 9 + 5);
}

static void test_schema(void) {
    static DbQuery bad[] = {
        {"test.lower", "UPDATE round SET promised_k = 7"},
        {"test.none", "UPDATE round SET promised_k = NULL"},
        {"test.four", "UPDATE campaign SET promised_k = 4"},
    };
    g_auto(Town) town = {0};
    town_open(&town, "2026-11-23 09:00");
    town_settle(&town);
    launch(&town, CAMPAIGN("a", "confidential", ""), "a", 8);
    town_tick(&town);
    for (guint i = 0; i < G_N_ELEMENTS(bad); i++) {
        town_fails(&town, town_sql_fn, &bad[i], VK_ERROR_CONFLICT);
    }
    town_sql(&town, "UPDATE round SET promised_k = 9");
    g_assert_cmpuint(TOLD(&town, "a"), ==, 9);
}

static bool keep_fn(DbTx *tx, gpointer data, GError **error) {
    const guint *settings = data;
    return promised_keep(tx, settings[0], settings[1], error);
}

static void test_earlier_version(void) {
    g_auto(Town) town = {0};
    town_open(&town, "2026-11-23 09:00");
    town_settle(&town);
    launch(&town, CAMPAIGN("a", "confidential", ""), "a", 5);
    launch(&town, CAMPAIGN("b", "anonymous", ""), "b", 5);
    launch(&town, CAMPAIGN("c", "confidential", LATER), "c", 5);
    town_tick(&town);
    town_sql(&town, "DROP TRIGGER round_promised_k");
    town_sql(&town, "UPDATE round SET promised_k = NULL");
    town_sql(&town, "UPDATE campaign SET promised_k = NULL");
    g_assert_cmpuint(TOLD(&town, "a"), ==, 5); /* the least that could be set */
    g_assert_cmpuint(TOLD(&town, "b"), ==, 10);
    guint settings[] = {7, 15};
    town_run(&town, keep_fn, settings);
    guint later[] = {20, 30};
    town_run(&town, keep_fn, later); /* once and for all */
    assert_promised(&town, "a", 7);
    assert_promised(&town, "b", 15);
    assert_promised(&town, "c", 7);
    g_assert_cmpuint(TOLD(&town, "a"), ==, 7);
    g_assert_cmpuint(TOLD(&town, "b"), ==, 15);
}

int main(int argc, char **argv) {
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/promised/kept", test_kept);
    g_test_add_func("/promised/schema", test_schema);
    g_test_add_func("/promised/earlier-version", test_earlier_version);
    return g_test_run();
}
