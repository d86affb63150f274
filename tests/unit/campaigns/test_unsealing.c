/* Proves when sealed ballots are opened: never fewer than ten of a group at once, the rest when the
 * campaign closes, small groups with the one above; that none is lost or counted twice, whatever
 * stops or fails; that too few stay sealed; and that the schema holds the promise by itself. */
#include "campaigns/seal.h"
#include "campaigns/unsealing.h"
#include "survey/personal.h"
#include "survey/tally.h"

#include "tests/unit/campaigns/town.h"

/* The town's groups in an anonymous round: 19 people at the root, 25 in Skola, 16 in Vård/Norr. */
#define OBSTACLES                                                                                  \
    "{\"name\":\"t\",\"title\":{\"sv\":\"Titel\"},\"kind\":\"obstacles\","                         \
    "\"schedule\":{\"close\":\"2026-12-11 17:00\"},"                                               \
    "\"content\":{\"pack\":\"starter\",\"items\":[\"h-01\",\"h-11\"]}}"

enum { SKOLA = 101, NORR = 301 };

typedef struct {
    Town town;
    Form *form;
} Scene;

static void scene_open(Scene *scene) {
    g_autoptr(GError) error = NULL;
    town_open(&scene->town, "2026-11-23 09:00");
    town_settle(&scene->town);
    town_do(&scene->town, TOWN_CREATE, OBSTACLES);
    town_do(&scene->town, TOWN_LAUNCH, "t");
    town_tick(&scene->town);
    town_send(&scene->town, DELIVERY_SENT);
    g_autoptr(Campaign) campaign = town_campaign(&scene->town, "t");
    scene->form = form_load(scene->town.db, campaign->form_id, &error);
    g_assert_no_error(error);
}

static void scene_close(Scene *scene) {
    form_free(scene->form);
    town_close(&scene->town);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Scene, scene_close)

static int64_t number_of(Scene *scene, const char *sql, int64_t id) {
    static const DbQuery q_link = {"test.link",
                                   "SELECT id AS n FROM invitation WHERE person_id = $1"};
    static const DbQuery q_sealed = {"test.sealed", "SELECT count(*) AS n FROM ballot_sealed b"
                                                    " JOIN stratum s ON s.id = b.stratum_id"
                                                    " AND ($1 = 0 OR s.id = $1)"};
    static const DbQuery q_opened = {"test.opened", "SELECT count(*) AS n FROM ballot b"
                                                    " JOIN stratum s ON s.id = b.stratum_id"
                                                    " AND ($1 = 0 OR s.id = $1)"};
    const DbQuery *query = g_str_equal(sql, "link")     ? &q_link
                           : g_str_equal(sql, "sealed") ? &q_sealed
                                                        : &q_opened;
    g_autoptr(GError) error = NULL;
    g_autoptr(DbStmt) row = db_query(scene->town.db, query, &error);
    g_assert_no_error(error);
    db_bind_int(row, 1, id);
    g_assert_cmpint(db_step(row, &error), ==, DB_ROW);
    return db_int(row, "n");
}

/* The group's stratum. */
#define GROUP(scene, path_text)                                                                    \
    TOWN_NUMBER(&(scene)->town, "SELECT id AS n FROM stratum WHERE path = '" path_text "'")

static void assert_counts(Scene *scene, int64_t stratum_id, int64_t sealed, int64_t opened) {
    g_assert_cmpint(number_of(scene, "sealed", stratum_id), ==, sealed);
    g_assert_cmpint(number_of(scene, "opened", stratum_id), ==, opened);
}

static void cast(Scene *scene, int64_t person_id) {
    Answer answers[] = {
        {.item_id = form_item(scene->form, 0)->id, .choices = 1u << (person_id % 4)},
        {.item_id = form_item(scene->form, 1)->id, .text = (char[]){"Tiden"}}};
    TownDeed deed = {.verb = TOWN_START,
                     .now_us = scene->town.now_us,
                     .id = number_of(scene, "link", person_id),
                     .form = scene->form,
                     .answers = answers,
                     .count = person_id % 3 == 0 ? 2 : 1};
    town_run(&scene->town, town_deed_fn, &deed);
    deed.verb = TOWN_BALLOT;
    town_run(&scene->town, town_deed_fn, &deed);
}

static void cast_many(Scene *scene, int64_t first, guint count) {
    for (guint i = 0; i < count; i++) {
        cast(scene, first + i);
    }
}

static void assert_tallied(Scene *scene, int64_t answered) {
    g_autoptr(GError) error = NULL;
    bool equal = false;
    int64_t round = TOWN_NUMBER(&scene->town, "SELECT id AS n FROM round");
    g_assert_true(tally_check(scene->town.db, round, &equal, &error));
    g_assert_no_error(error);
    g_assert_true(equal);
    g_assert_cmpint(TOWN_NUMBER(&scene->town, "SELECT coalesce(sum(answered), 0) AS n"
                                              " FROM tally_item"),
                    ==, answered);
}

static void test_open_round(void) {
    g_auto(Scene) scene = {0};
    scene_open(&scene);
    int64_t skola = GROUP(&scene, "Skola");
    int64_t norr = GROUP(&scene, "Vård/Norr");
    cast_many(&scene, SKOLA, 19);
    cast_many(&scene, NORR, 16);
    g_assert_cmpuint(town_tick(&scene.town).unsealed, ==, 0); /* 35, but of no group twice ten */
    assert_counts(&scene, 0, 35, 0);
    assert_tallied(&scene, 0);
    cast(&scene, SKOLA + 19);
    g_assert_cmpuint(town_tick(&scene.town).unsealed, ==, 10);
    assert_counts(&scene, skola, 10, 10);
    assert_counts(&scene, norr, 16, 0);
    assert_tallied(&scene, 10);
    cast_many(&scene, SKOLA + 20, 5);
    g_assert_cmpuint(town_tick(&scene.town).unsealed, ==, 0);
    assert_counts(&scene, skola, 15, 10);
}

/* At the close all is counted, and a text for each third; what is known of the key is gone. */
static void test_closing(void) {
    g_auto(Scene) scene = {0};
    scene_open(&scene);
    int64_t root = GROUP(&scene, "");
    int64_t skola = GROUP(&scene, "Skola");
    int64_t norr = GROUP(&scene, "Vård/Norr");
    cast_many(&scene, SKOLA, 22);
    town_tick(&scene.town);
    assert_counts(&scene, skola, 10, 12);
    cast_many(&scene, NORR, 4);
    cast_many(&scene, 1, 3);
    cast_many(&scene, 201, 5);
    town_do(&scene.town, TOWN_CLOSE, "t");
    g_assert_cmpuint(town_tick(&scene.town).unsealed, ==, 22);
    assert_counts(&scene, skola, 0, 22);
    assert_counts(&scene, norr, 0, 0); /* four alone: counted with the eight above */
    assert_counts(&scene, root, 0, 12);
    assert_tallied(&scene, 34);
    g_assert_cmpint(TOWN_NUMBER(&scene.town, "SELECT count(*) AS n FROM ballot_text"), ==,
                    (22 + 1) / 3 + 1 + 1 + 2);
    g_assert_cmpint(TOWN_NUMBER(&scene.town, "SELECT count(*) AS n FROM round WHERE unsealed = 1"
                                             " AND seal_salt IS NULL AND seal_public IS NULL"),
                    ==, 1);
    g_assert_cmpint(TOWN_NUMBER(&scene.town, "SELECT count(*) AS n FROM invitation"
                                             " WHERE status = 'complete'"),
                    ==, 34);
    g_assert_cmpint(town_tick(&scene.town).next_at_us, ==, INT64_MAX); /* nothing left to do */
}

/* Where the root has too few and every other group enough, the topmost of these joins it. */
static void test_root_is_joined(void) {
    g_auto(Scene) scene = {0};
    scene_open(&scene);
    cast_many(&scene, 1, 3);
    cast_many(&scene, SKOLA, 14);
    cast_many(&scene, NORR, 11);
    scene.town.now_us = town_at("2026-12-12 09:00"); /* closes by itself */
    g_assert_cmpuint(town_tick(&scene.town).unsealed, ==, 28);
    assert_counts(&scene, GROUP(&scene, "Vård/Norr"), 0, 11);
    assert_counts(&scene, GROUP(&scene, "Skola"), 0, 0);
    assert_counts(&scene, GROUP(&scene, ""), 0, 17);
    assert_tallied(&scene, 28);
}

static bool erase_fn(DbTx *tx, gpointer data, GError **error) {
    const int64_t *round_id = data;
    guint changed = 0;
    return survey_erase_answers(tx, *round_id, 100, &changed, error) && changed == 9;
}

/* Nine stay shut, and go when raw answers do. */
static void test_too_few(void) {
    g_auto(Scene) scene = {0};
    scene_open(&scene);
    cast_many(&scene, SKOLA, 9);
    town_do(&scene.town, TOWN_CLOSE, "t");
    g_assert_cmpuint(town_tick(&scene.town).unsealed, ==, 0);
    assert_counts(&scene, 0, 9, 0); /* kept, and shut */
    g_assert_cmpint(town_tick(&scene.town).next_at_us, ==, INT64_MAX);
    int64_t round_id = TOWN_NUMBER(&scene.town, "SELECT id AS n FROM round");
    town_run(&scene.town, erase_fn, &round_id);
    assert_counts(&scene, 0, 0, 0);
}

static void test_nobody(void) {
    g_auto(Scene) scene = {0};
    scene_open(&scene);
    town_do(&scene.town, TOWN_CLOSE, "t");
    town_tick(&scene.town);
    g_assert_cmpint(TOWN_NUMBER(&scene.town, "SELECT count(*) AS n FROM round WHERE unsealed = 1"
                                             " AND seal_salt IS NULL"),
                    ==, 1);
}

static void runner_with(Town *town, const uint8_t seed) {
    const uint8_t key[KEYRING_KEY_BYTES] = {seed};
    keyring_free(town->keyring);
    town->keyring = keyring_new(key);
    town_start_runner(town, 1000);
}

/* The key file that was there when the round opened is needed; until it is back, nothing is lost.
 */
static void test_key_file_lost(void) {
    g_auto(Scene) scene = {0};
    scene_open(&scene);
    cast_many(&scene, SKOLA, 12);
    town_do(&scene.town, TOWN_CLOSE, "t");
    g_autoptr(GError) error = NULL;
    RunnerResult result = {0};
    g_autoptr(Keyring) first = g_steal_pointer(&scene.town.keyring);
    runner_with(&scene.town, 99);
    g_assert_false(runner_drain(scene.town.runner, scene.town.now_us, &result, &error));
    g_assert_error(error, VK_ERROR, VK_ERROR_INPUT);
    g_test_message("%s", error->message);
    assert_counts(&scene, 0, 12, 0);
    g_autoptr(Keyring) wrong = g_steal_pointer(&scene.town.keyring);
    scene.town.keyring = g_steal_pointer(&first);
    town_start_runner(&scene.town, 1000);
    g_assert_cmpuint(town_tick(&scene.town).unsealed, ==, 12);
    assert_counts(&scene, 0, 0, 12);
}

/* More than one transaction opens: 60 people vote as often as it takes. */
static void test_many(void) {
    enum { BALLOTS = 1230 };
    g_auto(Scene) scene = {0};
    scene_open(&scene);
    g_autoptr(GError) error = NULL;
    g_autoptr(Visit) visit = NULL;
    int64_t link = number_of(&scene, "link", SKOLA);
    answering_visit(scene.town.db, link, scene.town.now_us, &visit, &error);
    g_assert_no_error(error);
    for (guint i = 0; i < BALLOTS; i++) {
        /* Straight into the pile: only so can there be so many. */
        TownDeed deed = {.verb = TOWN_START, .now_us = scene.town.now_us, .id = link};
        Answer answer = {.item_id = form_item(scene.form, 0)->id, .choices = 1u << (i % 4)};
        deed.form = scene.form;
        deed.answers = &answer;
        deed.count = 1;
        town_run(&scene.town, town_deed_fn, &deed);
        deed.verb = TOWN_BALLOT;
        town_run(&scene.town, town_deed_fn, &deed);
        town_sql(&scene.town, "UPDATE invitation SET status = 'started' WHERE person_id = 101");
    }
    int64_t skola = GROUP(&scene, "Skola");
    g_assert_cmpuint(town_tick(&scene.town).unsealed, ==, BALLOTS - 10);
    assert_counts(&scene, skola, 10, BALLOTS - 10);
    town_do(&scene.town, TOWN_CLOSE, "t");
    g_assert_cmpuint(town_tick(&scene.town).unsealed, ==, 10);
    assert_tallied(&scene, BALLOTS);
}

/* Who has answered is not reminded; who has not, is. */
static void test_reminders(void) {
    g_auto(Scene) scene = {0};
    scene_open(&scene);
    cast_many(&scene, SKOLA, 25);
    scene.town.now_us = town_at("2026-11-26 09:00");
    g_assert_cmpuint(town_tick(&scene.town).reminded, ==, 35);
    cast_many(&scene, NORR, 16);
    g_assert_cmpuint(town_send(&scene.town, DELIVERY_SENT), ==, 19);
}

/* An anonymous invitation can hold no respondent or hour, and a given promise stays: whoever
 * tries is refused by the database. */
static void test_schema(void) {
    static DbQuery bad[] = {
        {"test.bad1", "UPDATE invitation SET respondent_id = 7 WHERE person_id = 101"},
        {"test.bad2", "UPDATE invitation SET measured_id = 7 WHERE person_id = 101"},
        {"test.bad3", "UPDATE invitation SET attempt = 1 WHERE person_id = 101"},
        {"test.bad4", "UPDATE invitation SET completed_at_us = 1795770000000001"
                      " WHERE person_id = 101"},
        {"test.bad5", "UPDATE invitation SET started_at_us = 1795770060000000"
                      " WHERE person_id = 101"},
        {"test.bad6", "UPDATE invitation SET anonymous = 0"},
        {"test.bad7", "UPDATE campaign SET promise = 'confidential'"},
    };
    g_auto(Scene) scene = {0};
    scene_open(&scene);
    g_assert_cmpint(TOWN_NUMBER(&scene.town, "SELECT min(anonymous) AS n FROM invitation"), ==, 1);
    for (guint i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_test_message("%s", bad[i].sql);
        town_fails(&scene.town, town_sql_fn, &bad[i], VK_ERROR_CONFLICT);
    }
}

int main(int argc, char **argv) {
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/unsealing/open-round", test_open_round);
    g_test_add_func("/unsealing/closing", test_closing);
    g_test_add_func("/unsealing/root-is-joined", test_root_is_joined);
    g_test_add_func("/unsealing/too-few", test_too_few);
    g_test_add_func("/unsealing/nobody", test_nobody);
    g_test_add_func("/unsealing/key-file-lost", test_key_file_lost);
    g_test_add_func("/unsealing/many", test_many);
    g_test_add_func("/unsealing/reminders", test_reminders);
    g_test_add_func("/unsealing/schema", test_schema);
    return g_test_run();
}
