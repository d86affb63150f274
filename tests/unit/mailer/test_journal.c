/* What a sender was told is noted is read after its death: all of it and nothing else, whatever was
 * settled meanwhile, from files that are torn, or full, or of another make. What was added is there
 * before any sync. The files go when nothing is held. */
#include "mailer/journal.h"

#include "base/error.h"
#include "tests/unit/mailer/fixture.h"

#include <pthread.h>
#include <string.h>

enum { THREADS = 10, EACH = 300 };

/* A checksum, and the note. */
enum { RECORD_SIZE = 8 + sizeof(Note) };

static Note note_new(int64_t id) {
    Note note = {.lease_id = id / 1000, .outbox_id = id, .at_us = id * 3};
    note.delivery = delivery_from_reply(250, 2, 0, 0, "2.0.0 queued as 4F");
    return note;
}

static char *path_of(const Fixture *fixture, guint file) {
    return g_strdup_printf("%s-sent-%u", fixture->db_path, file);
}

static bool is_there(const Fixture *fixture, guint file) {
    g_autofree char *path = path_of(fixture, file);
    return g_file_test(path, G_FILE_TEST_EXISTS);
}

/* The ids of the notes that lie in the files. */
static GHashTable *read_ids(const Fixture *fixture) {
    g_autoptr(GError) error = NULL;
    g_autoptr(GArray) notes = journal_read(fixture->db_path, &error);
    g_assert_no_error(error);
    GHashTable *ids = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
    for (guint i = 0; i < notes->len; i++) {
        const Note *note = &g_array_index(notes, Note, i);
        Note expected = note_new(note->outbox_id);
        g_assert_true(memcmp(note, &expected, sizeof expected) == 0);
        g_hash_table_add(ids, g_memdup2(&note->outbox_id, sizeof note->outbox_id));
    }
    return ids;
}

static void must_sync(Journal *journal, JournalShare *share) {
    g_autoptr(GError) error = NULL;
    journal_sync(journal, share, &error);
    g_assert_no_error(error);
}

static void must_keep_up(Journal *journal, JournalShare *share) {
    g_autoptr(GError) error = NULL;
    journal_keep_up(journal, share, &error);
    g_assert_no_error(error);
}

static void test_nothing(Fixture *fixture, gconstpointer data) {
    (void)data;
    g_autoptr(Journal) journal = journal_new(fixture->db_path);
    JournalShare share = {0};
    must_sync(journal, &share);
    journal_settled(journal, &share);
    g_assert_false(is_there(fixture, 0));
    g_autoptr(GHashTable) ids = read_ids(fixture);
    g_assert_cmpuint(g_hash_table_size(ids), ==, 0);
}

static void test_kept(Fixture *fixture, gconstpointer data) {
    (void)data;
    Journal *journal = journal_new(fixture->db_path);
    JournalShare share = {0};
    for (int64_t id = 1; id <= 40; id++) {
        Note note = note_new(id);
        journal_add(journal, &share, &note);
        must_keep_up(journal, &share);
        g_autoptr(GHashTable) ids = read_ids(fixture); /* as if it were killed now */
        g_assert_cmpuint(g_hash_table_size(ids), ==, (guint)id);
    }
    journal_free(journal); /* as a death: the share was never settled */
    g_autoptr(GHashTable) ids = read_ids(fixture);
    g_assert_cmpuint(g_hash_table_size(ids), ==, 40);
    journal_remove(fixture->db_path);
    g_assert_false(is_there(fixture, 0));
}

static void test_settled(Fixture *fixture, gconstpointer data) {
    (void)data;
    g_autoptr(Journal) journal = journal_new(fixture->db_path);
    JournalShare mine = {0};
    JournalShare theirs = {0};
    Note first = note_new(1);
    Note second = note_new(2);
    journal_add(journal, &mine, &first);
    must_sync(journal, &mine);
    journal_add(journal, &theirs, &second);
    must_sync(journal, &theirs);
    journal_settled(journal, &mine);
    g_autoptr(GHashTable) some = read_ids(fixture);
    g_assert_true(g_hash_table_contains(some, &second.outbox_id));
    journal_settled(journal, &theirs);
    g_autofree char *path = path_of(fixture, 0);
    g_autofree char *bytes = NULL;
    gsize size = 0;
    g_assert_true(g_file_get_contents(path, &bytes, &size, NULL));
    for (gsize i = 0; i < size; i++) { /* not a byte of what a server said */
        g_assert_cmpint(bytes[i], ==, 0);
    }
    g_clear_pointer(&journal, journal_free);
    g_assert_false(is_there(fixture, 0));
}

/* More than one file takes, settled as it goes: the two take turns, and nothing held is lost. */
static void test_turns(Fixture *fixture, gconstpointer data) {
    (void)data;
    Journal *journal = journal_new(fixture->db_path);
    JournalShare slow = {0};
    JournalShare quick = {0};
    Note kept = note_new(7);
    journal_add(journal, &slow, &kept);
    bool both = false;
    for (int64_t id = 1000; id < 20000; id++) {
        Note note = note_new(id);
        g_assert_true(journal_add(journal, &quick, &note));
        both = both || is_there(fixture, 1);
        if (id % 50 == 49) {
            journal_settled(journal, &quick);
        }
    }
    journal_free(journal);
    g_assert_true(both);
    g_autoptr(GHashTable) ids = read_ids(fixture);
    g_assert_true(g_hash_table_contains(ids, &kept.outbox_id));
}

/* Something is long held in both: there is no room, and none is taken, until it is settled. */
static void test_no_room(Fixture *fixture, gconstpointer data) {
    (void)data;
    g_autoptr(Journal) journal = journal_new(fixture->db_path);
    JournalShare slow[2] = {{{0}, {0}}, {{0}, {0}}};
    JournalShare quick = {0};
    guint added = 0;
    for (guint file = 0; file < 2; file++) {
        Note held = note_new(file + 1);
        g_assert_true(journal_add(journal, &slow[file], &held));
        for (;;) {
            Note note = note_new(1000 + added);
            if ((file == 0 && is_there(fixture, 1)) || !journal_add(journal, &quick, &note)) {
                break;
            }
            added++;
        }
        must_sync(journal, &quick);
    }
    journal_settled(journal, &quick);
    Note note = note_new(9);
    for (guint i = 0; i < 5000; i++) {
        g_assert_false(journal_add(journal, &quick, &note));
        journal_settled(journal, &quick);
    }
    for (guint file = 0; file < 2; file++) {
        g_autofree char *path = path_of(fixture, file);
        GStatBuf status;
        g_assert_cmpint(g_stat(path, &status), ==, 0);
        g_assert_cmpint(status.st_size, <, 3 * 1024 * 1024);
    }
    journal_settled(journal, &slow[1]);
    g_assert_true(journal_add(journal, &quick, &note));
    must_sync(journal, &quick);
    journal_settled(journal, &quick);
    journal_settled(journal, &slow[0]);
}

static void test_torn(Fixture *fixture, gconstpointer data) {
    (void)data;
    Journal *journal = journal_new(fixture->db_path);
    JournalShare share = {0};
    for (int64_t id = 1; id <= 30; id++) {
        Note note = note_new(id);
        journal_add(journal, &share, &note);
        must_sync(journal, &share);
    }
    journal_free(journal);
    g_autofree char *path = path_of(fixture, 0);
    g_autofree char *bytes = NULL;
    gsize size = 0;
    g_assert_true(g_file_get_contents(path, &bytes, &size, NULL));
    char *tenth = bytes + (gsize)9 * RECORD_SIZE;
    char *twentieth = bytes + (gsize)19 * RECORD_SIZE;
    memset(tenth, 0x5a, 100);
    twentieth[30] = (char)(twentieth[30] ^ 1);
    g_assert_true(g_file_set_contents(path, bytes, 29 * RECORD_SIZE + 17, NULL)); /* the last cut */
    g_autoptr(GHashTable) ids = read_ids(fixture);
    g_assert_cmpuint(g_hash_table_size(ids), ==, 27);
    for (int64_t id = 1; id <= 30; id++) {
        g_assert_cmpint(g_hash_table_contains(ids, &id), ==, id != 10 && id != 20 && id != 30);
    }
}

typedef struct {
    Journal *journal;
    int64_t first;
    pthread_t thread;
} Writing;

static void *write_many(void *data) {
    Writing *own = data;
    JournalShare share = {0};
    for (int64_t i = 0; i < EACH; i++) {
        Note note = note_new(own->first + i);
        journal_add(own->journal, &share, &note);
        (i % 3 == 0 ? must_sync : must_keep_up)(own->journal, &share);
        if (i == EACH / 2) {
            journal_settled(own->journal, &share);
        }
    }
    return NULL;
}

static void test_together(Fixture *fixture, gconstpointer data) {
    (void)data;
    Journal *journal = journal_new(fixture->db_path);
    Writing writings[THREADS];
    for (guint i = 0; i < THREADS; i++) {
        writings[i] = (Writing){.journal = journal, .first = (i + 1) * 10000};
        pthread_create(&writings[i].thread, NULL, write_many, &writings[i]);
    }
    for (guint i = 0; i < THREADS; i++) {
        pthread_join(writings[i].thread, NULL);
    }
    journal_free(journal);
    g_autoptr(GHashTable) ids = read_ids(fixture);
    for (guint i = 0; i < THREADS; i++) {
        for (int64_t j = EACH / 2 + 1; j < EACH; j++) {
            int64_t id = writings[i].first + j;
            g_assert_true(g_hash_table_contains(ids, &id));
        }
    }
}

/* A file that cannot be written fails every sync until all is settled; then it goes on. */
static void test_full(Fixture *fixture, gconstpointer data) {
    (void)data;
    g_autoptr(Journal) journal = journal_new(fixture->db_path);
    JournalShare share = {0};
    Note note = note_new(1);
    g_autofree char *path = path_of(fixture, 0);
    g_assert_cmpint(g_mkdir(path, 0700), ==, 0); /* in its way */
    journal_add(journal, &share, &note);
    for (int i = 0; i < 2; i++) {
        g_autoptr(GError) error = NULL;
        g_assert_false((i == 0 ? journal_keep_up : journal_sync)(journal, &share, &error));
        g_assert_error(error, VK_ERROR, VK_ERROR_INPUT);
    }
    g_assert_cmpint(g_rmdir(path), ==, 0);
    journal_settled(journal, &share);
    journal_add(journal, &share, &note);
    must_sync(journal, &share);
    g_autoptr(GHashTable) ids = read_ids(fixture);
    g_assert_cmpuint(g_hash_table_size(ids), ==, 1);
    journal_settled(journal, &share);
}

int main(int argc, char **argv) {
    g_test_init(&argc, &argv, NULL);
    fixture_add("/journal/nothing", test_nothing, NULL);
    fixture_add("/journal/kept", test_kept, NULL);
    fixture_add("/journal/settled", test_settled, NULL);
    fixture_add("/journal/turns", test_turns, NULL);
    fixture_add("/journal/no-room", test_no_room, NULL);
    fixture_add("/journal/torn", test_torn, NULL);
    fixture_add("/journal/together", test_together, NULL);
    fixture_add("/journal/full", test_full, NULL);
    return g_test_run();
}
