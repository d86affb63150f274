/* An attacker who knows in which order 200 people answered, to the minute, and their groups, and
 * has the database's file, log and index at the end, and the file as it was after every single
 * answer. He pairs people and ballots by every order that he can see: that of the tables, of the
 * bytes in the file, of the batches. He must not be right more often than one who guesses (exact
 * binomial); and where ballots are kept as they come, the same attack must find everybody. */
#include "tests/privacy/crowd.h"

#include <math.h>

/* So improbable that it never happens: there are about twenty attacks. */
#define ALPHA 1e-6

typedef struct {
    gint64 group; /* of the person or the ballot */
    gint64 batch; /* what was seen of when; 0 if nothing */
    gint64 order; /* within these */
    guint who;    /* the person; of a ballot: the truth, for counting only */
} Sighting;

static int sighting_order(gconstpointer a, gconstpointer b) {
    const Sighting *left = a;
    const Sighting *right = b;
    gint64 differences[] = {left->group - right->group, left->batch - right->batch,
                            left->order - right->order};
    for (guint i = 0; i < G_N_ELEMENTS(differences); i++) {
        if (differences[i] != 0) {
            return differences[i] < 0 ? -1 : 1;
        }
    }
    return 0;
}

/* Pairs the n-th person of each group and batch with the n-th ballot of the same. */
static guint pair_up(GArray *people, GArray *ballots) {
    guint hits = 0;
    g_array_sort(people, sighting_order);
    g_array_sort(ballots, sighting_order);
    guint b = 0;
    for (guint p = 0; p < people->len && b < ballots->len;) {
        const Sighting *person = &g_array_index(people, Sighting, p);
        const Sighting *ballot = &g_array_index(ballots, Sighting, b);
        gint64 difference = person->group - ballot->group;
        difference = difference != 0 ? difference : person->batch - ballot->batch;
        if (difference == 0) {
            hits += person->who == ballot->who;
        }
        p += difference <= 0;
        b += difference >= 0;
    }
    return hits;
}

static GArray *sightings_new(void) {
    return g_array_new(FALSE, TRUE, sizeof(Sighting));
}

/* One attack with the ballots in this order and in the opposite one. */
static double attack(const char *name, const GArray *people, const GArray *ballots, double chance) {
    double worst = 1;
    for (int sign = 1; sign >= -1; sign -= 2) {
        g_autoptr(GArray) some_people = g_array_copy((GArray *)(uintptr_t)people);
        g_autoptr(GArray) some_ballots = g_array_copy((GArray *)(uintptr_t)ballots);
        for (guint i = 0; i < some_ballots->len; i++) {
            g_array_index(some_ballots, Sighting, i).order *= sign;
        }
        guint hits = pair_up(some_people, some_ballots);
        double tail = crowd_tail(hits, some_people->len, chance);
        g_test_message("%s, %s: %u of %u right, P = %.3g", name, sign > 0 ? "rising" : "falling",
                       hits, some_people->len, tail);
        worst = fmin(worst, tail);
    }
    return worst;
}

typedef struct {
    Crowd crowd;
    gint64 group_of[CROWD_PEOPLE];   /* counted as */
    guint batch_of[CROWD_PEOPLE];    /* after how many answers the ballot became readable */
    guint opened_by[CROWD_PEOPLE];   /* the batch that the attacker thinks the person is in */
    gssize place_then[CROWD_PEOPLE]; /* in the file when it became readable */
    guint log_sightings;
} Siege;

/* What became readable with this answer; which of the people who answered since the last time these
 * would be. */
static void siege_look(Siege *siege, guint answers) {
    gssize places[CROWD_PEOPLE];
    g_autoptr(GBytes) file = crowd_file(&siege->crowd, "");
    g_autoptr(GBytes) log = crowd_file(&siege->crowd, "-wal");
    gssize in_log[CROWD_PEOPLE];
    crowd_places(&siege->crowd, file, places);
    crowd_places(&siege->crowd, log, in_log);
    guint fresh = 0;
    for (guint who = 0; who < CROWD_PEOPLE; who++) {
        bool seen = places[who] >= 0 || in_log[who] >= 0;
        siege->log_sightings += in_log[who] >= 0 ? 1 : 0;
        if (seen && siege->batch_of[who] == 0) {
            siege->batch_of[who] = answers;
            siege->place_then[who] = places[who] >= 0 ? places[who] : in_log[who];
            fresh++;
        }
        /* A ballot that can be read as soon as it is cast is the caster's. */
        g_assert_false(seen && who >= answers);
    }
    g_assert_true(fresh == 0 || fresh >= 10);
}

static GArray *siege_people(const Siege *siege, bool by_batch) {
    GArray *people = sightings_new();
    for (guint who = 0; who < CROWD_PEOPLE; who++) {
        Sighting person = {.group = siege->group_of[who],
                           .batch = by_batch ? siege->opened_by[who] : 0,
                           .order = who,
                           .who = who};
        g_array_append_val(people, person);
    }
    return people;
}

static GArray *siege_table(Siege *siege, const char *name) {
    static const DbQuery q_by_key = {"order.key", "SELECT stratum_id, answers FROM ballot"
                                                  " ORDER BY ballot_id"};
    static const DbQuery q_as_is = {"order.scan", "SELECT stratum_id, answers FROM ballot"};
    static const DbQuery q_by_content = {"order.content", "SELECT stratum_id, answers FROM ballot"
                                                          " ORDER BY answers"};
    const DbQuery *query = g_str_equal(name, "by key")  ? &q_by_key
                           : g_str_equal(name, "as is") ? &q_as_is
                                                        : &q_by_content;
    g_autoptr(GError) error = NULL;
    GArray *ballots = sightings_new();
    g_autoptr(DbStmt) row = db_query(siege->crowd.town.db, query, &error);
    g_assert_no_error(error);
    while (db_step(row, &error) == DB_ROW) {
        Sighting ballot = {.group = db_int(row, "stratum_id"),
                           .order = ballots->len,
                           .who = crowd_whose(&siege->crowd, db_text(row, "answers"))};
        g_array_append_val(ballots, ballot);
    }
    g_assert_no_error(error);
    g_assert_cmpuint(ballots->len, ==, CROWD_PEOPLE);
    return ballots;
}

static GArray *siege_places(const Siege *siege, const gssize places[CROWD_PEOPLE], bool by_batch) {
    GArray *ballots = sightings_new();
    for (guint who = 0; who < CROWD_PEOPLE; who++) {
        Sighting ballot = {.group = siege->group_of[who],
                           .batch = by_batch ? siege->batch_of[who] : 0,
                           .order = places[who],
                           .who = who};
        g_assert_cmpint(places[who], >=, 0);
        g_array_append_val(ballots, ballot);
    }
    return ballots;
}

/* The attacker's best idea of who is in which batch: it holds as many as have become readable, so
 * the first of the group who answered and are not in one yet. */
static void siege_assign(Siege *siege) {
    for (guint answers = 1; answers <= CROWD_PEOPLE + 1; answers++) {
        for (guint ballot = 0; ballot < CROWD_PEOPLE; ballot++) {
            if (siege->batch_of[ballot] != answers) {
                continue;
            }
            for (guint who = 0; who < CROWD_PEOPLE; who++) {
                if (siege->opened_by[who] == 0 && siege->group_of[who] == siege->group_of[ballot]) {
                    siege->opened_by[who] = answers;
                    break;
                }
            }
        }
    }
}

static void siege_run(Siege *siege) {
    Crowd *crowd = &siege->crowd;
    crowd_open(crowd);
    for (guint who = 0; who < CROWD_PEOPLE; who++) {
        siege->group_of[who] = crowd_group(crowd, who, NULL);
        crowd_cast(crowd, who);
        siege_look(siege, who + 1);
    }
    crowd_end(crowd);
    siege_look(siege, CROWD_PEOPLE + 1);
    siege_assign(siege);
}

/* At the end, the log is empty and the file holds each ballot once. */
static void assert_tidy(const Siege *siege) {
    g_autofree char *log = g_strconcat(siege->crowd.town.path, "-wal", NULL);
    GStatBuf status = {.st_size = 1};
    for (guint tries = 0; tries < 500 && status.st_size > 0; tries++) {
        g_usleep(10000);
        g_assert_cmpint(g_stat(log, &status), ==, 0);
    }
    g_assert_cmpint(status.st_size, ==, 0);
    g_autoptr(GBytes) file = crowd_file(&siege->crowd, "");
    gsize size = 0;
    const char *bytes = g_bytes_get_data(file, &size);
    for (guint who = 0; who < CROWD_PEOPLE; who++) {
        Answer answers[CROWD_ITEMS];
        g_autofree char *stored = crowd_answers(&siege->crowd, who, answers);
        const char *first = crowd_find(file, stored);
        g_assert_nonnull(first);
        g_assert_null(memmem(first + 1, size - (gsize)(first + 1 - bytes), stored, strlen(stored)));
    }
}

static void test_orders(void) {
    Siege *siege = g_new0(Siege, 1);
    siege_run(siege);
    assert_tidy(siege);
    g_autoptr(GArray) people = siege_people(siege, false);
    /* Three groups: whoever guesses is right about once in each. */
    const double chance = 3.0 / CROWD_PEOPLE;
    static const char *const tables[] = {"by key", "as is", "by content"};
    for (guint i = 0; i < G_N_ELEMENTS(tables); i++) {
        g_autoptr(GArray) ballots = siege_table(siege, tables[i]);
        g_assert_cmpfloat(attack(tables[i], people, ballots, chance), >, ALPHA);
    }
    gssize places[CROWD_PEOPLE];
    g_autoptr(GBytes) file = crowd_file(&siege->crowd, "");
    crowd_places(&siege->crowd, file, places);
    g_autoptr(GArray) at_end = siege_places(siege, places, false);
    g_assert_cmpfloat(attack("place in the file at the end", people, at_end, chance), >, ALPHA);
    /* With the batches known: one in ten, who guesses among the ten of a batch. */
    g_autoptr(GArray) in_batches = siege_people(siege, true);
    g_autoptr(GArray) then = siege_places(siege, siege->place_then, true);
    g_assert_cmpfloat(attack("place in the file at the time, by batch", in_batches, then, 0.1), >,
                      ALPHA);
    g_autoptr(GArray) last = siege_places(siege, places, true);
    g_assert_cmpfloat(attack("place in the file at the end, by batch", in_batches, last, 0.1), >,
                      ALPHA);
    g_test_message("ballots seen in the log: %u", siege->log_sightings);
    crowd_close(&siege->crowd);
    g_free(siege);
}

/* The same attack on a table that keeps what comes as it comes. */
static void test_attack_works(void) {
    static const char create[] =
        "CREATE TABLE naive (answers TEXT NOT NULL) STRICT"; /* a rowid tells all */
    g_auto(Crowd) crowd = {0};
    g_autoptr(GError) error = NULL;
    crowd_open(&crowd);
    g_autoptr(GArray) people = sightings_new();
    g_autoptr(GArray) ballots = sightings_new();
    town_sql(&crowd.town, create);
    for (guint who = 0; who < CROWD_PEOPLE; who++) {
        Answer answers[CROWD_ITEMS];
        g_autofree char *stored = crowd_answers(&crowd, who, answers);
        g_autofree char *sql = g_strdup_printf("INSERT INTO naive VALUES ('%s')", stored);
        town_sql(&crowd.town, sql);
        Sighting person = {.order = who, .who = who};
        g_array_append_val(people, person);
    }
    static const DbQuery q_naive = {"order.naive", "SELECT answers FROM naive"};
    g_autoptr(DbStmt) row = db_query(crowd.town.db, &q_naive, &error);
    g_assert_no_error(error);
    while (db_step(row, &error) == DB_ROW) {
        Sighting ballot = {.order = ballots->len,
                           .who = crowd_whose(&crowd, db_text(row, "answers"))};
        g_array_append_val(ballots, ballot);
    }
    g_assert_cmpfloat(attack("naive, as is", people, ballots, 1.0 / CROWD_PEOPLE), <, ALPHA);
}

int main(int argc, char **argv) {
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/order/no-order-helps", test_orders);
    g_test_add_func("/order/the-attack-works-where-it-can", test_attack_works);
    return g_test_run();
}
