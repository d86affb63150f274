/* Proves a campaign's life: created, launched, paused, resumed, closed, each only from where it
 * may, what the preview promises, and that an anonymous one with too few people is refused. */
#include "campaigns/campaign.h"

#include "campaigns/phrase.h"
#include "campaigns/queries.h"
#include "campaigns/verify.h"
#include "tests/unit/campaigns/town.h"

#define SURVEY(name, more)                                                                         \
    "{\"name\":\"" name "\",\"title\":{\"sv\":\"Titel\",\"en\":\"Title\"},\"kind\":\"knowledge\"," \
    "\"content\":{\"pack\":\"starter\",\"per_area\":1}" more "}"
#define OBSTACLES(name, more)                                                                      \
    "{\"name\":\"" name "\",\"title\":{\"sv\":\"Hinder\"},\"kind\":\"obstacles\","                 \
    "\"content\":{\"pack\":\"starter\"}" more "}"

static void test_life(void) {
    g_auto(Town) town = {0};
    town_open(&town, "2026-11-23 07:00");
    town_settle(&town);
    town_do(&town, TOWN_CREATE, SURVEY("a", ""));
    town_refuses(&town, TOWN_CREATE, SURVEY("a", ""), VK_ERROR_CONFLICT);
    town_refuses(&town, TOWN_LAUNCH, "b", VK_ERROR_NOT_FOUND);
    town_refuses(&town, TOWN_PAUSE, "a", VK_ERROR_CONFLICT);
    town_refuses(&town, TOWN_RESUME, "a", VK_ERROR_CONFLICT);
    town_do(&town, TOWN_LAUNCH, "a");
    town_refuses(&town, TOWN_LAUNCH, "a", VK_ERROR_CONFLICT);
    town_do(&town, TOWN_PAUSE, "a");
    g_assert_cmpuint(town_tick(&town).opened, ==, 0);
    town_do(&town, TOWN_RESUME, "a");
    g_autoptr(Campaign) scheduled = town_campaign(&town, "a");
    g_assert_cmpint(scheduled->state, ==, CAMPAIGN_SCHEDULED);
    g_assert_cmpint(scheduled->closes_at_us, ==, town_at("2026-12-14 07:00"));

    RunnerResult result = town_tick(&town);
    g_assert_cmpuint(result.opened, ==, 1);
    g_assert_cmpuint(result.invited, ==, 60);
    g_assert_cmpuint(result.mailed, ==, 0); /* the window opens at eight */
    g_assert_cmpint(result.next_at_us, ==, town_at("2026-11-23 08:00"));
    town.now_us = result.next_at_us;
    g_assert_cmpuint(town_tick(&town).mailed, ==, 60);

    town_do(&town, TOWN_PAUSE, "a");
    g_assert_cmpuint(town_send(&town, DELIVERY_SENT), ==, 0);
    town_do(&town, TOWN_RESUME, "a");
    town_tick(&town);
    g_assert_cmpuint(town_send(&town, DELIVERY_SENT), ==, 60);

    town_do(&town, TOWN_CLOSE, "a");
    town_refuses(&town, TOWN_CLOSE, "a", VK_ERROR_CONFLICT);
    town_refuses(&town, TOWN_RESUME, "a", VK_ERROR_CONFLICT);
    g_autoptr(Campaign) closed = town_campaign(&town, "a");
    g_assert_cmpint(closed->state, ==, CAMPAIGN_CLOSED);
    g_assert_cmpint(closed->closes_at_us, ==, town.now_us);
    g_assert_cmpint(closed->invited, ==, 60);
    g_assert_cmpint(town_tick(&town).next_at_us, ==, INT64_MAX);
}

/* What waits when it is resumed outside the window goes when the window opens, not before. */
static void test_resume_at_night(void) {
    g_auto(Town) town = {0};
    town_open(&town, "2026-11-23 16:00");
    town_settle(&town);
    town_do(&town, TOWN_CREATE, SURVEY("a", ""));
    town_do(&town, TOWN_LAUNCH, "a");
    g_assert_cmpuint(town_tick(&town).mailed, ==, 60);
    town_do(&town, TOWN_PAUSE, "a");
    town.now_us = town_at("2026-11-23 22:00");
    town_do(&town, TOWN_RESUME, "a");
    town_tick(&town);
    g_assert_cmpuint(town_send(&town, DELIVERY_SENT), ==, 0);
    town.now_us = town_at("2026-11-24 08:00");
    town_tick(&town);
    g_assert_cmpuint(town_send(&town, DELIVERY_SENT), ==, 60);
}

/* A retry that comes due after the window waits for the next one. */
static void test_retry_waits_for_window(void) {
    g_auto(Town) town = {0};
    town_open(&town, "2026-11-23 16:59");
    town_settle(&town);
    town_do(&town, TOWN_CREATE, SURVEY("a", ""));
    town_do(&town, TOWN_LAUNCH, "a");
    RunnerResult result = town_tick(&town);
    g_assert_cmpuint(town_send(&town, DELIVERY_TRANSIENT), ==, 60);
    g_assert_cmpint(result.next_at_us, ==, town_at("2026-11-23 17:00"));
    town.now_us = result.next_at_us;
    town_tick(&town);
    town.now_us = town_at("2026-11-24 07:59");
    g_assert_cmpuint(town_send(&town, DELIVERY_SENT), ==, 0);
    town.now_us = town_at("2026-11-24 08:00");
    town_tick(&town);
    g_assert_cmpuint(town_send(&town, DELIVERY_SENT), ==, 60);
}

static void test_close_cancels(void) {
    g_auto(Town) town = {0};
    town_open(&town, "2026-11-23 16:00");
    town_settle(&town);
    town_do(&town, TOWN_CREATE, SURVEY("a", ""));
    town_do(&town, TOWN_LAUNCH, "a");
    town_tick(&town);
    town_do(&town, TOWN_CLOSE, "a");
    g_assert_cmpuint(town_send(&town, DELIVERY_SENT), ==, 0);
    g_assert_cmpuint(town_tick(&town).cancelled, ==, 60);
    g_assert_cmpint(
        TOWN_NUMBER(&town, "SELECT count(*) AS n FROM outbox WHERE state = 'cancelled'"), ==, 60);
    g_assert_cmpint(TOWN_NUMBER(&town, "SELECT count(*) AS n FROM invitation"
                                       " WHERE remind_at_us IS NOT NULL"),
                    ==, 0);
}

static void test_launch_refused(void) {
    g_auto(Town) town = {0};
    town_open(&town, "2026-11-23 07:00");
    town_settle(&town);
    static const struct {
        const char *name, *json;
        VkErrorCode code;
    } cases[] = {
        {"few", OBSTACLES("few", ",\"audience\":{\"departments\":[\"Vård/Söder\"]}"),
         VK_ERROR_CONFLICT},
        {"none",
         SURVEY("none", ",\"audience\":{\"exclude\":{\"departments\":[\"Vård\",\"Skola\"],"
                        "\"emails\":[\"p1@example.se\",\"p2@example.se\","
                        "\"P3@example.se\"]}}"),
         VK_ERROR_CONFLICT},
        {"where", SURVEY("where", ",\"audience\":{\"departments\":[\"Nord\"]}"), VK_ERROR_INPUT},
        {"late", SURVEY("late", ",\"schedule\":{\"close\":\"2026-11-22\"}"), VK_ERROR_CONFLICT},
        {"pack",
         "{\"name\":\"pack\",\"title\":{\"sv\":\"T\"},\"kind\":\"knowledge\","
         "\"content\":{\"pack\":\"none\"}}",
         VK_ERROR_NOT_FOUND},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_test_message("%s", cases[i].name);
        town_do(&town, TOWN_CREATE, cases[i].json);
        town_refuses(&town, TOWN_LAUNCH, cases[i].name, cases[i].code);
        g_autoptr(Campaign) campaign = town_campaign(&town, cases[i].name);
        g_assert_cmpint(campaign->state, ==, CAMPAIGN_DRAFT);
        g_autoptr(GError) hindrance = NULL;
        g_autoptr(LaunchPreview) preview =
            campaign_preview(town.db, cases[i].name, 10, town.now_us, &hindrance);
        g_assert_null(preview);
        g_assert_error(hindrance, VK_ERROR, (int)cases[i].code);
    }
}

#define NAMING(name, kind, promise, content)                                                       \
    "{\"name\":\"" name "\",\"title\":{\"sv\":\"T\"},\"kind\":\"" kind "\",\"promise\":\"" promise \
    "\",\"content\":{\"pack\":\"starter\"," content "}}"

/* Content that is not there, or that this promise may not ask, is refused when the file is read. */
static void test_content_refused(void) {
    static const char *const refused[] = {
        NAMING("item", "knowledge", "confidential", "\"items\":[\"none\"]"),
        NAMING("lesson", "training", "identified", "\"lessons\":[\"none\"],\"areas\":[\"area4\"]"),
        NAMING("many", "knowledge", "confidential", "\"per_area\":99"),
        NAMING("breach", "knowledge", "confidential", "\"items\":[\"k1-01\",\"a-04\"]"),
        NAMING("breach", "application", "identified", "\"items\":[\"a-07\"]"),
    };
    g_auto(Town) town = {0};
    town_open(&town, "2026-11-23 07:00");
    town_settle(&town);
    for (size_t i = 0; i < G_N_ELEMENTS(refused); i++) {
        town_refuses(&town, TOWN_CREATE, refused[i], VK_ERROR_INPUT);
    }
    town_do(&town, TOWN_CREATE, NAMING("self", "application", "anonymous", "\"items\":[\"a-04\"]"));
    g_assert_cmpint(TOWN_NUMBER(&town, "SELECT count(*) AS n FROM campaign"), ==, 1);
}

/* Enough at launch, too few when it opens: back to a draft that says why; then it can be launched
 * anew. */
static void test_opening_refused(void) {
    g_auto(Town) town = {0};
    town_open(&town, "2026-11-23 07:00");
    town_settle(&town);
    town_do(&town, TOWN_CREATE,
            OBSTACLES("a", ",\"audience\":{\"departments\":[\"Vård/Norr\"]},"
                           "\"schedule\":{\"start\":\"2026-11-24\"}"));
    town_do(&town, TOWN_LAUNCH, "a");
    town_sql(&town, "UPDATE person SET active = 0 WHERE id >= 309");
    town.now_us = town_at("2026-11-24 00:00");
    RunnerResult result = town_tick(&town);
    g_assert_cmpuint(result.refused, ==, 1);
    g_assert_cmpint(result.next_at_us, ==, INT64_MAX);
    g_autoptr(Campaign) campaign = town_campaign(&town, "a");
    g_assert_cmpint(campaign->state, ==, CAMPAIGN_DRAFT);
    g_assert_nonnull(strstr(campaign->note, "10"));
    g_assert_cmpint(TOWN_NUMBER(&town, "SELECT count(*) AS n FROM frame"), ==, 0);
    town_sql(&town, "UPDATE person SET active = 1");
    town_do(&town, TOWN_LAUNCH, "a");
    g_assert_cmpuint(town_tick(&town).invited, ==, 16);
    g_autoptr(Campaign) again = town_campaign(&town, "a");
    g_assert_cmpstr(again->note, ==, "");
}

/* Strata: population in the own node; anonymous invitations in pools of ten or more. */
static void test_strata(void) {
    g_auto(Town) town = {0};
    town_open(&town, "2026-11-23 09:00");
    town_settle(&town);
    town_do(&town, TOWN_CREATE, SURVEY("named", ""));
    town_do(&town, TOWN_LAUNCH, "named");
    town_do(&town, TOWN_CREATE, OBSTACLES("secret", ""));
    town_do(&town, TOWN_LAUNCH, "secret");
    town_tick(&town);
    static const DbQuery q_strata = {
        "test.strata",
        "SELECT c.name AS campaign, s.path, s.name, s.population, s.invited,"
        " (SELECT count(*) FROM invitation i WHERE i.stratum_id = s.id) AS counted,"
        " coalesce(p.path, '-') AS parent FROM stratum s JOIN round r ON r.id = s.round_id"
        " JOIN campaign c ON c.id = r.campaign_id LEFT JOIN stratum p ON p.id = s.parent_id"
        " ORDER BY c.id, s.path"};
    static const struct {
        const char *campaign, *path, *name, *parent;
        int64_t population, invited;
    } want[] = {
        {"named", "", "", "-", 3, 3},
        {"named", "Skola", "Skola", "", 25, 25},
        {"named", "Vård", "Vård", "", 12, 12},
        {"named", "Vård/Norr", "Norr", "Vård", 16, 16},
        {"named", "Vård/Söder", "Söder", "Vård", 4, 4},
        /* three without a department: the smaller of Skola (25) and Vård (12 + 4) joins them */
        {"secret", "", "", "-", 3, 19},
        {"secret", "Skola", "Skola", "", 25, 25},
        {"secret", "Vård", "Vård", "", 12, 0},
        {"secret", "Vård/Norr", "Norr", "Vård", 16, 16},
        {"secret", "Vård/Söder", "Söder", "Vård", 4, 0},
    };
    g_autoptr(GError) error = NULL;
    g_autoptr(DbStmt) row = db_query(town.db, &q_strata, &error);
    g_assert_no_error(error);
    for (size_t i = 0; i < G_N_ELEMENTS(want); i++) {
        g_assert_cmpint(db_step(row, &error), ==, DB_ROW);
        g_assert_cmpstr(db_text(row, "campaign"), ==, want[i].campaign);
        g_assert_cmpstr(db_text(row, "path"), ==, want[i].path);
        g_assert_cmpstr(db_text(row, "name"), ==, want[i].name);
        g_assert_cmpstr(db_text(row, "parent"), ==, want[i].parent);
        g_assert_cmpint(db_int(row, "population"), ==, want[i].population);
        g_assert_cmpint(db_int(row, "invited"), ==, want[i].invited);
        g_assert_cmpint(db_int(row, "counted"), ==, want[i].invited);
    }
    g_assert_cmpint(db_step(row, &error), ==, DB_DONE);
}

static void test_sampled_design(void) {
    g_auto(Town) town = {0};
    town_open(&town, "2026-11-23 09:00");
    town_settle(&town);
    town_do(&town, TOWN_CREATE,
            SURVEY("a", ",\"audience\":{\"sample\":{\"count\":12}},\"seed\":5"));
    town_do(&town, TOWN_LAUNCH, "a");
    g_assert_cmpuint(town_tick(&town).invited, ==, 12);
    g_assert_cmpint(TOWN_NUMBER(&town, "SELECT count(*) AS n FROM round WHERE design = 'stratified'"
                                       " AND seed = 5 AND method_text LIKE '%12 av 60%'"),
                    ==, 1);
    g_assert_cmpint(TOWN_NUMBER(&town, "SELECT count(*) AS n FROM frame_person"), ==, 60);
    g_assert_cmpint(TOWN_NUMBER(&town, "SELECT count(*) AS n FROM frame_person f"
                                       " JOIN invitation i ON i.person_id = f.person_id"
                                       " WHERE f.department_path = 'Skola'"),
                    ==, 5); /* 12 * 25 / 60 */
}

static void test_preview(void) {
    g_auto(Town) town = {0};
    town_open(&town, "2026-11-01 07:00");
    town_settle(&town);
    town_do(&town, TOWN_CREATE,
            SURVEY("a", ",\"schedule\":{\"start\":\"2026-11-24 09:00\",\"end\":\"2026-11-26\","
                        "\"window\":{\"days\":[\"tue\",\"wed\",\"thu\"],\"from\":\"09:00\","
                        "\"to\":\"11:30\"},\"close\":\"2026-12-15\"}"));
    g_autoptr(GError) error = NULL;
    g_autoptr(LaunchPreview) preview = campaign_preview(town.db, "a", 10, town.now_us, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(preview->invited, ==, 60);
    g_assert_cmpuint(preview->population, ==, 60);
    g_assert_cmpint(preview->first_send_at_us, ==, town_at("2026-11-24 09:00"));
    g_assert_cmpint(preview->last_send_at_us, ==, /* 7.5 hours / 60 before the end */
                    town_at("2026-11-26 11:30") - 450 * CLOCK_SECOND_US);
    g_assert_cmpint(preview->closes_at_us, ==, town_at("2026-12-16 00:00"));
    g_assert_cmpuint(preview->first_reminders->len, ==, 2);
    g_assert_cmpint(g_array_index(preview->first_reminders, int64_t, 0), ==,
                    town_at("2026-12-01 09:00"));
    g_assert_cmpint(g_array_index(preview->first_reminders, int64_t, 1), ==,
                    town_at("2026-12-08 09:00"));
    town_do(&town, TOWN_LAUNCH, "a");
    town.now_us = town_at("2026-11-24 09:00");
    town_tick(&town);
    g_assert_cmpint(TOWN_NUMBER(&town, "SELECT max(due_at_us) AS n FROM invitation"), ==,
                    preview->last_send_at_us);
}

static void test_verify(void) {
    g_auto(Town) town = {0};
    town_open(&town, "2026-11-23 09:00");
    town_settle(&town);
    town_do(&town, TOWN_CREATE, SURVEY("draft", ""));
    town_do(&town, TOWN_CREATE, SURVEY("open", ""));
    town_do(&town, TOWN_LAUNCH, "open");
    town_do(&town, TOWN_CREATE, SURVEY("secret", ",\"announced\":false"));
    town_do(&town, TOWN_LAUNCH, "secret");
    town_tick(&town);
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) entries = verify_list(town.db, town.now_us, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(entries->len, ==, 1);
    const VerifyEntry *entry = g_ptr_array_index(entries, 0);
    g_assert_cmpstr(entry->name, ==, "open");
    g_assert_nonnull(strchr(entry->control_phrase, ' '));
    g_assert_cmpint(TOWN_NUMBER(&town, "SELECT count(*) AS n FROM mailing m JOIN campaign c ON"
                                       " instr(m.values_sv, c.control_phrase) > 0 AND"
                                       " instr(m.values_en, c.control_phrase) > 0"),
                    ==, 2);
    town.now_us = entry->closes_at_us;
    g_autoptr(GPtrArray) none = verify_list(town.db, town.now_us, &error);
    g_assert_cmpuint(none->len, ==, 0);
}

static void test_phrase(void) {
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (int i = 0; i < 1000; i++) {
        char *phrase = phrase_make();
        g_assert_true(g_utf8_validate(phrase, -1, NULL));
        g_assert_nonnull(strchr(phrase, ' '));
        g_assert_true(strchr(phrase, ' ') == strrchr(phrase, ' '));
        g_hash_table_add(seen, phrase);
    }
    g_assert_cmpuint(g_hash_table_size(seen), >, 900); /* about 970 of 16,384 */
}

static bool prepare_fn(DbTx *tx, gpointer data, GError **error) {
    (void)data;
    const DbQuery *const *const lists[] = {audience_queries, campaign_queries, launch_queries,
                                           plan_queries,     round_queries,    invitation_queries,
                                           dispatch_queries, runner_queries,   answering_queries,
                                           visit_queries,    verify_queries};
    for (size_t i = 0; i < G_N_ELEMENTS(lists); i++) {
        for (const DbQuery *const *query = lists[i]; *query != NULL; query++) {
            g_autoptr(DbStmt) stmt = db_tx_query(tx, *query, error);
            if (stmt == NULL) {
                return false;
            }
        }
    }
    return true;
}

static void test_queries(void) {
    g_auto(Town) town = {0};
    town_open(&town, "2026-11-23 09:00");
    town_run(&town, prepare_fn, NULL);
}

int main(int argc, char **argv) {
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/campaign/life", test_life);
    g_test_add_func("/campaign/resume-at-night", test_resume_at_night);
    g_test_add_func("/campaign/retry-waits-for-window", test_retry_waits_for_window);
    g_test_add_func("/campaign/close-cancels", test_close_cancels);
    g_test_add_func("/campaign/launch-refused", test_launch_refused);
    g_test_add_func("/campaign/content-refused", test_content_refused);
    g_test_add_func("/campaign/opening-refused", test_opening_refused);
    g_test_add_func("/campaign/strata", test_strata);
    g_test_add_func("/campaign/sampled-design", test_sampled_design);
    g_test_add_func("/campaign/preview", test_preview);
    g_test_add_func("/campaign/verify", test_verify);
    g_test_add_func("/campaign/phrase", test_phrase);
    g_test_add_func("/campaign/queries", test_queries);
    return g_test_run();
}
