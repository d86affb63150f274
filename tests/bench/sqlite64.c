/* sqlite64 DATABASE SUBMITS: the limit for durable submits: the rows of five answers each, written
 * by SQLite itself in one thread, 64 submits a commit with synchronous=FULL. Prints submits a
 * second. */
#include <inttypes.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { GROUP = 64, ANSWERS = 5 };

static const char schema[] =
    "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA wal_autocheckpoint=4000;"
    "CREATE TABLE answer (respondent_id INTEGER NOT NULL, item_id INTEGER NOT NULL,"
    " choices INTEGER NOT NULL, not_applicable INTEGER NOT NULL, free_text TEXT, correct INTEGER,"
    " answered_at_us INTEGER NOT NULL, PRIMARY KEY (respondent_id, item_id)) STRICT, WITHOUT "
    "ROWID;";

static double now(void) {
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    return (double)at.tv_sec + (double)at.tv_nsec / 1e9;
}

static void run(sqlite3 *db, const char *sql) {
    char *fault = NULL;
    if (sqlite3_exec(db, sql, NULL, NULL, &fault) != SQLITE_OK) {
        fprintf(stderr, "sqlite64: %s\n", fault);
        exit(1);
    }
}

int main(int argc, char **argv) {
    sqlite3 *db = NULL;
    sqlite3_stmt *insert = NULL;
    long submits = argc == 3 ? strtol(argv[2], NULL, 10) : 0;
    if (submits < GROUP || sqlite3_open(argv[1], &db) != SQLITE_OK) {
        fprintf(stderr, "sqlite64 DATABASE SUBMITS\n");
        return 2;
    }
    run(db, schema);
    sqlite3_prepare_v2(db, "INSERT INTO answer VALUES (?1, ?2, ?3, 0, NULL, ?4, ?5)", -1, &insert,
                       NULL);
    uint64_t respondent = 1;
    double begun = now();
    for (long i = 0; i < submits; i++) {
        if (i % GROUP == 0) {
            run(db, "BEGIN IMMEDIATE");
        }
        respondent = respondent * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        for (int item = 1; item <= ANSWERS; item++) {
            sqlite3_bind_int64(insert, 1, (int64_t)(respondent >> 1));
            sqlite3_bind_int(insert, 2, item);
            sqlite3_bind_int(insert, 3, 1 << item % 4);
            sqlite3_bind_int(insert, 4, item % 2);
            sqlite3_bind_int64(insert, 5, INT64_C(1767225600000000) + i);
            if (sqlite3_step(insert) != SQLITE_DONE) {
                fprintf(stderr, "sqlite64: %s\n", sqlite3_errmsg(db));
                return 1;
            }
            sqlite3_reset(insert);
        }
        if (i % GROUP == GROUP - 1 || i == submits - 1) {
            run(db, "COMMIT");
        }
    }
    printf("%.1f\n", (double)submits / (now() - begun));
    sqlite3_finalize(insert);
    sqlite3_close(db);
    return 0;
}
