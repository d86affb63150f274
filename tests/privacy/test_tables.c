/* An attacker who reads the tables. Nothing in the schema leads from a ballot to anybody: no
 * column, foreign key, index, view or trigger; and of all that a whole campaign has stored, no
 * value of a ballot is found in, or is a fingerprint of, anything that stands with a person. */
#include "tests/privacy/crowd.h"

#include <sodium.h>

static GPtrArray *texts_read(Town *town, const DbQuery *query) {
    g_autoptr(GError) error = NULL;
    GPtrArray *texts = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(DbStmt) row = db_query(town->db, query, &error);
    g_assert_no_error(error);
    while (db_step(row, &error) == DB_ROW) {
        g_ptr_array_add(texts, g_strdup(db_text(row, "text")));
    }
    g_assert_no_error(error);
    return texts;
}

static char *text_read(Town *town, const DbQuery *query) {
    g_autoptr(GPtrArray) texts = texts_read(town, query);
    g_ptr_array_add(texts, NULL);
    return g_strjoinv("\n", (char **)texts->pdata);
}

static void test_schema(void) {
    static const struct {
        DbQuery query;
        const char *want;
    } cases[] = {
        {{"tables.columns", "SELECT m.name || '.' || c.name AS text FROM sqlite_schema m"
                            " JOIN pragma_table_info(m.name) c WHERE m.type = 'table'"
                            " AND m.name LIKE 'ballot%' ORDER BY m.name, c.cid"},
         "ballot.round_id\nballot.stratum_id\nballot.ballot_id\nballot.answers\n"
         "ballot_sealed.round_id\nballot_sealed.stratum_id\nballot_sealed.sealed_id\n"
         "ballot_sealed.sealed\n"
         "ballot_text.round_id\nballot_text.item_id\nballot_text.text_id\nballot_text.free_text"},
        /* what another table calls the same */
        {{"tables.common", "SELECT DISTINCT c.name AS text FROM sqlite_schema m"
                           " JOIN pragma_table_info(m.name) c WHERE m.type = 'table'"
                           " AND m.name NOT LIKE 'ballot%' AND c.name IN (SELECT c2.name FROM"
                           " sqlite_schema m2 JOIN pragma_table_info(m2.name) c2"
                           " WHERE m2.type = 'table' AND m2.name LIKE 'ballot%')"
                           " AND (m.name NOT IN ('answer') OR c.name <> 'free_text')"
                           " ORDER BY 1"},
         "item_id\nround_id\nstratum_id"},
        {{"tables.foreign", "SELECT m.name || '.' || f.\"from\" || ' -> ' || f.\"table\" AS text"
                            " FROM sqlite_schema m JOIN pragma_foreign_key_list(m.name) f"
                            " WHERE m.name LIKE 'ballot%' OR f.\"table\" LIKE 'ballot%'"},
         "ballot_text.item_id -> item"},
        {{"tables.indices", "SELECT i.origin AS text FROM sqlite_schema m"
                            " JOIN pragma_index_list(m.name) i WHERE m.name LIKE 'ballot%'"},
         "pk\npk\npk"},
        {{"tables.others",
          "SELECT name AS text FROM sqlite_schema WHERE type <> 'table'"
          " AND (tbl_name LIKE 'ballot%' AND name NOT LIKE 'sqlite_autoindex%'"
          " OR type IN ('view', 'trigger') AND sql LIKE '%ballot%') ORDER BY name"},
         "v_ballot_count\nv_ballot_sealed\nv_ballot_text_count\nv_free_text"},
        /* what can be read through them: no key of a ballot, no stratum of a text */
        {{"tables.views", "SELECT m.name || '.' || c.name AS text FROM sqlite_schema m"
                          " JOIN pragma_table_info(m.name) c WHERE m.type = 'view'"
                          " AND m.sql LIKE '%ballot%' ORDER BY m.name, c.cid"},
         "v_ballot_count.round_id\nv_ballot_count.stratum_id\nv_ballot_count.ballots\n"
         "v_ballot_sealed.round_id\nv_ballot_sealed.stratum_id\nv_ballot_sealed.ballots\n"
         "v_ballot_text_count.round_id\nv_ballot_text_count.item_id\nv_ballot_text_count.texts\n"
         "v_free_text.round_id\nv_free_text.item_id\nv_free_text.free_text"}};
    g_auto(Town) town = {0};
    town_open(&town, "2026-11-23 09:00");
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *got = text_read(&town, &cases[i].query);
        g_assert_cmpstr(got, ==, cases[i].want);
    }
}

/* --- values ---------------------------------------------------------------------------------- */

/* A query of every value of every column of the tables that `where` chooses, in hexadecimal; but
 * for the columns that all share. */
static char *values_query(Town *town, bool ballots) {
    static const DbQuery q_ballots = {
        "tables.ballot_values",
        "SELECT 'SELECT hex(' || c.name || ') AS text FROM ' || m.name AS text"
        " FROM sqlite_schema m JOIN pragma_table_info(m.name) c WHERE m.type = 'table'"
        " AND m.name LIKE 'ballot%' AND c.name NOT IN ('round_id', 'stratum_id', 'item_id')"};
    static const DbQuery q_others = {
        "tables.other_values",
        "SELECT 'SELECT hex(\"' || c.name || '\") AS text FROM \"' || m.name || '\"' AS text"
        " FROM sqlite_schema m JOIN pragma_table_info(m.name) c WHERE m.type = 'table'"
        " AND m.name NOT LIKE 'ballot%'"};
    g_autoptr(GPtrArray) parts = texts_read(town, ballots ? &q_ballots : &q_others);
    g_ptr_array_add(parts, NULL);
    return g_strjoinv(" UNION ALL ", (char **)parts->pdata);
}

static GHashTable *values_read(Town *town, bool ballots) {
    static DbQuery queries[8]; /* an address is a cache's key */
    static guint used;
    g_assert_cmpuint(used, <, G_N_ELEMENTS(queries));
    g_autofree char *sql = values_query(town, ballots);
    DbQuery *query = &queries[used++];
    *query = (DbQuery){"tables.values", g_intern_string(sql)};
    g_autoptr(GPtrArray) texts = texts_read(town, query);
    GHashTable *values = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (guint i = 0; i < texts->len; i++) {
        if (texts->pdata[i] != NULL && strlen(texts->pdata[i]) >= 8) {
            g_hash_table_add(values, g_strdup(texts->pdata[i]));
        }
    }
    return values;
}

/* The first 16 bytes of what can be made of a value without a secret, in hexadecimal. */
static void fingerprints_add(GHashTable *prints, const uint8_t *data, gsize size) {
    static const GChecksumType kinds[] = {G_CHECKSUM_MD5, G_CHECKSUM_SHA1, G_CHECKSUM_SHA256,
                                          G_CHECKSUM_SHA512};
    for (guint i = 0; i < G_N_ELEMENTS(kinds); i++) {
        g_autofree char *digest = g_compute_checksum_for_data(kinds[i], data, size);
        g_hash_table_add(prints, g_ascii_strup(digest, 32));
    }
    for (size_t length = 16; length <= 64; length *= 2) {
        uint8_t hash[64];
        char hex[2 * 16 + 1];
        crypto_generichash(hash, length, data, size, NULL, 0);
        sodium_bin2hex(hex, sizeof hex, hash, 16);
        g_hash_table_add(prints, g_ascii_strup(hex, 32));
    }
}

/* Of each value as it is written, as its bytes, and as a number of eight in either order. */
static GHashTable *fingerprints(GHashTable *values) {
    GHashTable *prints = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    GHashTableIter iter;
    gpointer hex;
    g_hash_table_iter_init(&iter, values);
    while (g_hash_table_iter_next(&iter, &hex, NULL)) {
        gsize size = strlen(hex) / 2;
        g_autofree char *text = g_malloc0(size + 1);
        sodium_hex2bin((unsigned char *)text, size, hex, 2 * size, NULL, NULL, NULL);
        fingerprints_add(prints, (const uint8_t *)text, size);
        guint64 number = 0;
        if (g_ascii_string_to_unsigned(text, 10, 0, G_MAXUINT64, &number, NULL)) {
            guint64 low = GUINT64_TO_LE(number);
            guint64 high = GUINT64_TO_BE(number);
            fingerprints_add(prints, (const uint8_t *)&low, sizeof low);
            fingerprints_add(prints, (const uint8_t *)&high, sizeof high);
        }
    }
    return prints;
}

static void assert_apart(Town *town, guint at_least) {
    g_autoptr(GHashTable) ballots = values_read(town, true);
    g_autoptr(GHashTable) others = values_read(town, false);
    g_autoptr(GHashTable) prints = fingerprints(others);
    g_test_message("%u values of ballots, %u elsewhere, %u fingerprints",
                   g_hash_table_size(ballots), g_hash_table_size(others),
                   g_hash_table_size(prints));
    g_assert_cmpuint(g_hash_table_size(ballots), >=, at_least);
    g_assert_cmpuint(g_hash_table_size(others), >, 1000);
    GHashTableIter iter;
    gpointer value;
    g_hash_table_iter_init(&iter, ballots);
    while (g_hash_table_iter_next(&iter, &value, NULL)) {
        g_assert_false(g_hash_table_contains(others, value));
        g_assert_false(g_hash_table_contains(prints, value));
    }
}

static void test_values(void) {
    g_auto(Crowd) crowd = {0};
    crowd_open(&crowd);
    for (guint who = 0; who < CROWD_PEOPLE / 2; who++) {
        crowd_cast(&crowd, who);
    }
    assert_apart(&crowd.town, 100); /* sealed and counted ones */
    for (guint who = CROWD_PEOPLE / 2; who < CROWD_PEOPLE; who++) {
        crowd_cast(&crowd, who);
    }
    crowd_end(&crowd);
    assert_apart(&crowd.town, CROWD_PEOPLE);
    /* and no date finer than the campaign's beside a person */
    g_assert_cmpint(TOWN_NUMBER(&crowd.town, "SELECT count(DISTINCT completed_at_us) AS n"
                                             " FROM invitation WHERE status = 'complete'"),
                    ==, 1);
}

int main(int argc, char **argv) {
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/tables/schema", test_schema);
    g_test_add_func("/tables/values", test_values);
    return g_test_run();
}
