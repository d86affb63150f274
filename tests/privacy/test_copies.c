/* An attacker who has a copy of the database from before and after every single answer, and the
 * tallies of each. Between any two copies, of any group, either no ballot has become readable or at
 * least ten have, and the tallies have moved by exactly these; so that nobody's answer is the
 * difference. And fewer people than that are never promised anonymity. */
#include "tests/privacy/crowd.h"

#include "survey/tally.h"

/* What a copy shows of the readable ballots. */
typedef struct {
    GHashTable *ballots; /* "stratum key" */
    GHashTable *sealed;  /* "stratum key" */
    int64_t texts;
    int64_t answered;
} Copy;

static void copy_free(Copy *copy) {
    g_hash_table_unref(copy->ballots);
    g_hash_table_unref(copy->sealed);
    g_free(copy);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Copy, copy_free)

static GHashTable *keys_read(Crowd *crowd, const DbQuery *query) {
    g_autoptr(GError) error = NULL;
    GHashTable *keys = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_autoptr(DbStmt) row = db_query(crowd->town.db, query, &error);
    g_assert_no_error(error);
    while (db_step(row, &error) == DB_ROW) {
        g_hash_table_add(keys, g_strdup_printf("%" G_GINT64_FORMAT " %s", db_int(row, "stratum_id"),
                                               db_text(row, "key")));
    }
    g_assert_no_error(error);
    return keys;
}

static Copy *copy_take(Crowd *crowd) {
    static const DbQuery q_ballots = {"copies.ballots",
                                      "SELECT stratum_id, hex(ballot_id) AS key FROM ballot"};
    static const DbQuery q_sealed = {"copies.sealed",
                                     "SELECT stratum_id, hex(sealed_id) AS key FROM ballot_sealed"};
    Copy *copy = g_new0(Copy, 1);
    copy->ballots = keys_read(crowd, &q_ballots);
    copy->sealed = keys_read(crowd, &q_sealed);
    copy->texts = TOWN_NUMBER(&crowd->town, "SELECT count(*) AS n FROM ballot_text");
    copy->answered = TOWN_NUMBER(&crowd->town, "SELECT coalesce(sum(answered), 0) AS n"
                                               " FROM tally_item");
    return copy;
}

/* Ballots of each group in `after` and not in `before`; nothing is ever taken away. */
static GHashTable *difference(const Copy *before, const Copy *after) {
    GHashTable *counts = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    GHashTableIter iter;
    gpointer key;
    g_hash_table_iter_init(&iter, before->ballots);
    while (g_hash_table_iter_next(&iter, &key, NULL)) {
        g_assert_true(g_hash_table_contains(after->ballots, key));
    }
    g_hash_table_iter_init(&iter, after->ballots);
    while (g_hash_table_iter_next(&iter, &key, NULL)) {
        if (!g_hash_table_contains(before->ballots, key)) {
            char *group = g_strndup(key, strcspn(key, " "));
            guint count = GPOINTER_TO_UINT(g_hash_table_lookup(counts, group));
            g_hash_table_replace(counts, group, GUINT_TO_POINTER(count + 1));
        }
    }
    return counts;
}

static guint assert_cover(const Copy *before, const Copy *after) {
    g_autoptr(GHashTable) counts = difference(before, after);
    GHashTableIter iter;
    gpointer count;
    guint sum = 0;
    g_hash_table_iter_init(&iter, counts);
    while (g_hash_table_iter_next(&iter, NULL, &count)) {
        g_assert_cmpuint(GPOINTER_TO_UINT(count), >=, 10);
        sum += GPOINTER_TO_UINT(count);
    }
    g_assert_cmpint(after->answered - before->answered, ==, (gint64)CROWD_ITEMS * sum);
    g_assert_true(after->texts == before->texts || sum >= 10);
    GHashTableIter opened;
    gpointer key;
    g_hash_table_iter_init(&opened, after->ballots);
    while (g_hash_table_iter_next(&opened, &key, NULL)) {
        g_assert_false(g_hash_table_contains(before->sealed, key)); /* no key goes over */
    }
    return sum;
}

/* Every pair of copies, not the neighbours only: as many answers apart as may be. */
static void test_any_two_copies(void) {
    g_auto(Crowd) crowd = {0};
    crowd_open(&crowd);
    g_autoptr(GPtrArray) copies = g_ptr_array_new_with_free_func((GDestroyNotify)copy_free);
    g_ptr_array_add(copies, copy_take(&crowd));
    guint batches = 0;
    for (guint who = 0; who < CROWD_PEOPLE; who++) {
        crowd_cast(&crowd, who);
        g_ptr_array_add(copies, copy_take(&crowd));
    }
    crowd_end(&crowd);
    g_ptr_array_add(copies, copy_take(&crowd));
    for (guint i = 0; i < copies->len; i++) {
        for (guint j = i + 1; j < copies->len; j++) {
            guint sum = assert_cover(copies->pdata[i], copies->pdata[j]);
            batches += j == i + 1 && sum > 0 ? 1 : 0;
        }
    }
    g_test_message("%u batches of %u ballots", batches, CROWD_PEOPLE);
    g_assert_cmpuint(batches, >=, 4); /* or the test has seen nothing */
    const Copy *last = copies->pdata[copies->len - 1];
    g_assert_cmpuint(g_hash_table_size(last->ballots), ==, CROWD_PEOPLE); /* none is lost */
    g_assert_cmpuint(g_hash_table_size(last->sealed), ==, 0);
    g_assert_cmpint(last->texts, ==, CROWD_PEOPLE / 4);
}

/* Nine are refused at launch, before anybody is promised anything; ten are not. */
static void test_too_few_are_refused(void) {
    static const char survey[] =
        "{\"name\":\"%s\",\"title\":{\"sv\":\"T\"},\"kind\":\"obstacles\","
        "\"audience\":{\"sample\":{\"count\":%d}},\"content\":{\"pack\":\"starter\"}}";
    g_auto(Town) town = {0};
    town_open(&town, "2026-11-23 09:00");
    town_settle(&town);
    for (int people = 1; people <= 10; people++) {
        g_autoptr(GString) json = g_string_new(survey);
        g_autofree char *name = g_strdup_printf("s%d", people);
        g_autofree char *count = g_strdup_printf("%d", people);
        g_string_replace(json, "%s", name, 1);
        g_string_replace(json, "%d", count, 1);
        town_do(&town, TOWN_CREATE, json->str);
        if (people < 10) {
            town_refuses(&town, TOWN_LAUNCH, name, VK_ERROR_CONFLICT);
        } else {
            town_do(&town, TOWN_LAUNCH, name);
        }
    }
    g_assert_cmpuint(town_tick(&town).invited, ==, 10);
}

int main(int argc, char **argv) {
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/copies/any-two", test_any_two_copies);
    g_test_add_func("/copies/too-few-are-refused", test_too_few_are_refused);
    return g_test_run();
}
