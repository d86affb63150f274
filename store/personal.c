#include "store/personal.h"

static void field_clear(gpointer data) {
    PersonalField *field = data;
    g_free(field->column);
    g_free(field->value);
}

static PersonalRow *row_new(const PersonalTable *table) {
    PersonalRow *row = g_new0(PersonalRow, 1);
    row->table = table;
    row->fields = g_array_new(FALSE, FALSE, sizeof(PersonalField));
    g_array_set_clear_func(row->fields, field_clear);
    return row;
}

void personal_row_free(PersonalRow *row) {
    if (row != NULL) {
        g_array_unref(row->fields);
        g_free(row);
    }
}

static void row_add(PersonalRow *row, const char *column, const char *value, bool number) {
    PersonalField field = {
        .column = g_strdup(column), .value = g_strdup(value), .number = number && value != NULL};
    g_array_append_val(row->fields, field);
}

void personal_row_add(PersonalRow *row, const char *column, const char *value) {
    row_add(row, column, value, false);
}

const char *personal_row_get(const PersonalRow *row, const char *column) {
    for (guint i = 0; i < row->fields->len; i++) {
        const PersonalField *field = &g_array_index(row->fields, PersonalField, i);
        if (g_str_equal(field->column, column)) {
            return field->value;
        }
    }
    return NULL;
}

static void row_unref(gpointer data) {
    personal_row_free(data);
}

GPtrArray *personal_rows_new(void) {
    return g_ptr_array_new_with_free_func(row_unref);
}

static bool table_find(Db *db, const PersonalTable *table, int64_t key, GPtrArray *rows,
                       GError **error) {
    g_autoptr(DbStmt) stmt = db_query(db, table->find, error);
    if (stmt == NULL) {
        return false;
    }
    db_bind_int(stmt, 1, key);
    DbStep step = DB_DONE;
    while ((step = db_step(stmt, error)) == DB_ROW) {
        PersonalRow *row = row_new(table);
        g_ptr_array_add(rows, row);
        for (guint i = 0; i < db_columns(stmt); i++) {
            const char *column = db_column_name(stmt, i);
            bool empty = db_is_null(stmt, column);
            row_add(row, column, empty ? NULL : db_text(stmt, column), db_is_number(stmt, column));
        }
    }
    return step == DB_DONE;
}

bool personal_find(Db *db, const PersonalTable tables[], int64_t key, GPtrArray *rows,
                   GError **error) {
    for (guint i = 0; tables[i].table != NULL; i++) {
        if (tables[i].find != NULL && !table_find(db, &tables[i], key, rows, error)) {
            return false;
        }
    }
    return true;
}

bool personal_erase(DbTx *tx, const PersonalTable tables[], int64_t key, int64_t *out_changed,
                    GError **error) {
    for (guint i = 0; tables[i].table != NULL; i++) {
        if (tables[i].erase == NULL) {
            continue;
        }
        g_autoptr(DbStmt) stmt = db_tx_query(tx, tables[i].erase, error);
        int64_t changed = 0;
        if (stmt == NULL) {
            return false;
        }
        db_bind_int(stmt, 1, key);
        if (!db_run(stmt, &changed, error)) {
            return false;
        }
        if (out_changed != NULL) {
            *out_changed += changed;
        }
    }
    return true;
}

const PersonalTable store_personal[] = {
    {"schema_version", "Databasens version", "Version of the database", NULL, NULL,
     "Vilka versioner av databasen som har funnits.", "Which versions of the database there were."},
    {0},
};
