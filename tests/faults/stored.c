/* stored DATABASE: the answers that the database holds, a line each, tab-separated: address, item,
 * choices, not applicable. Reads with SQLite itself, not through the program's own code. */
#include <inttypes.h>
#include <sqlite3.h>
#include <stdio.h>

int main(int argc, char **argv) {
    static const char sql[] =
        "SELECT p.email, i.item_key, a.choices, a.not_applicable FROM answer a"
        " JOIN item i ON i.id = a.item_id JOIN invitation v ON v.respondent_id = a.respondent_id"
        " JOIN person p ON p.id = v.person_id";
    sqlite3 *db = NULL;
    sqlite3_stmt *stmt = NULL;
    if (argc != 2 || sqlite3_open_v2(argv[1], &db, SQLITE_OPEN_READWRITE, NULL) != SQLITE_OK ||
        sqlite3_prepare_v2(db, sql, -1, &stmt, NULL) != SQLITE_OK) {
        fprintf(stderr, "stored: %s\n", db != NULL ? sqlite3_errmsg(db) : "usage: stored DATABASE");
        sqlite3_close(db);
        return 1;
    }
    int step;
    while ((step = sqlite3_step(stmt)) == SQLITE_ROW) {
        printf("%s\t%s\t%" PRId64 "\t%" PRId64 "\n", (const char *)sqlite3_column_text(stmt, 0),
               (const char *)sqlite3_column_text(stmt, 1), (int64_t)sqlite3_column_int64(stmt, 2),
               (int64_t)sqlite3_column_int64(stmt, 3));
    }
    sqlite3_finalize(stmt);
    sqlite3_close(db);
    return step == SQLITE_DONE ? 0 : 1;
}
