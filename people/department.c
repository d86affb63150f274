#include "people/department.h"

#include <string.h>

#include "people/queries.h"

typedef struct {
    int64_t id;
    bool active; /* as stored */
    bool named;  /* since the tree was loaded */
} Department;

struct DepartmentTree {
    GHashTable *by_path; /* char * -> Department * */
};

static const DbQuery q_list = {"department.list", "SELECT id, path, active FROM department"};
static const DbQuery q_insert = {
    "department.insert",
    "INSERT INTO department (parent_id, name, path, active) VALUES ($1, $2, $3, 1) RETURNING id"};
static const DbQuery q_active = {"department.active",
                                 "UPDATE department SET active = $1 WHERE id = $2"};

const DbQuery *const department_queries[] = {&q_list, &q_insert, &q_active, NULL};

char *department_path_normalise(const char *path) {
    g_auto(GStrv) parts = g_strsplit(path, "/", -1);
    g_autoptr(GString) normal = g_string_new(NULL);
    for (guint i = 0; parts[i] != NULL; i++) {
        bool begun = false;
        bool blank = false;
        for (const char *p = parts[i]; *p != '\0'; p = g_utf8_next_char(p)) {
            if (g_unichar_isspace(g_utf8_get_char(p))) {
                blank = begun;
                continue;
            }
            if (!begun && normal->len > 0) {
                g_string_append_c(normal, '/');
            }
            if (blank) {
                g_string_append_c(normal, ' ');
            }
            begun = true;
            blank = false;
            g_string_append_len(normal, p, g_utf8_next_char(p) - p);
        }
    }
    return g_string_free(g_steal_pointer(&normal), FALSE);
}

DepartmentTree *department_tree_load(Db *db, GError **error) {
    g_autoptr(DbStmt) stmt = db_query(db, &q_list, error);
    if (stmt == NULL) {
        return NULL;
    }
    g_autoptr(DepartmentTree) tree = g_new0(DepartmentTree, 1);
    tree->by_path = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    DbStep step;
    while ((step = db_step(stmt, error)) == DB_ROW) {
        Department *department = g_new0(Department, 1);
        department->id = db_int(stmt, "id");
        department->active = db_bool(stmt, "active");
        g_hash_table_insert(tree->by_path, g_strdup(db_text(stmt, "path")), department);
    }
    return step == DB_DONE ? g_steal_pointer(&tree) : NULL;
}

void department_tree_free(DepartmentTree *tree) {
    if (tree == NULL) {
        return;
    }
    g_hash_table_unref(tree->by_path);
    g_free(tree);
}

bool department_tree_has(const DepartmentTree *tree, const char *path) {
    return g_hash_table_contains(tree->by_path, path);
}

static bool department_insert(DbTx *tx, int64_t parent_id, const char *path, int64_t *out_id,
                              GError **error) {
    g_autoptr(DbStmt) stmt = db_tx_query(tx, &q_insert, error);
    if (stmt == NULL) {
        return false;
    }
    const char *slash = strrchr(path, '/');
    if (parent_id == 0) {
        db_bind_null(stmt, 1);
    } else {
        db_bind_int(stmt, 1, parent_id);
    }
    db_bind_text(stmt, 2, slash == NULL ? path : slash + 1);
    db_bind_text(stmt, 3, path);
    if (db_step(stmt, error) != DB_ROW) {
        return false;
    }
    *out_id = db_int(stmt, "id");
    return true;
}

/* One node whose parent exists. */
static bool ensure_node(DbTx *tx, DepartmentTree *tree, const char *path, int64_t parent_id,
                        int64_t *out_id, GError **error) {
    Department *department = g_hash_table_lookup(tree->by_path, path);
    if (department == NULL) {
        int64_t id;
        if (!department_insert(tx, parent_id, path, &id, error)) {
            return false;
        }
        department = g_new0(Department, 1);
        department->id = id;
        department->active = true;
        g_hash_table_insert(tree->by_path, g_strdup(path), department);
    }
    department->named = true;
    *out_id = department->id;
    return true;
}

bool department_ensure(DbTx *tx, DepartmentTree *tree, const char *path, int64_t *out_id,
                       GError **error) {
    int64_t id = 0;
    const Department *known = g_hash_table_lookup(tree->by_path, path);
    if (known != NULL && known->named) { /* and so are its ancestors */
        *out_id = known->id;
        return true;
    }
    for (const char *end = path; *path != '\0' && end != NULL;) {
        end = strchr(end, '/');
        g_autofree char *prefix =
            end == NULL ? g_strdup(path) : g_strndup(path, (size_t)(end - path));
        if (!ensure_node(tx, tree, prefix, id, &id, error)) {
            return false;
        }
        end = end == NULL ? NULL : end + 1;
    }
    *out_id = id;
    return true;
}

bool department_settle(DbTx *tx, DepartmentTree *tree, GError **error) {
    g_autoptr(DbStmt) stmt = db_tx_query(tx, &q_active, error);
    if (stmt == NULL) {
        return false;
    }
    GHashTableIter iter;
    gpointer value;
    g_hash_table_iter_init(&iter, tree->by_path);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        const Department *department = value;
        if (department->active == department->named) {
            continue;
        }
        db_bind_bool(stmt, 1, department->named);
        db_bind_int(stmt, 2, department->id);
        if (!db_run(stmt, NULL, error)) {
            return false;
        }
    }
    return true;
}
