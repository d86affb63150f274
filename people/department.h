/* The tree of departments, named by paths such as "Vård och omsorg/Hemtjänst/Norr". */
#pragma once

#include "store/db.h"

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

/* The path with parts trimmed, inner white space made single, and empty parts dropped. */
char *department_path_normalise(const char *path);

/* The stored tree, so that an import looks each path up once. */
typedef struct DepartmentTree DepartmentTree;

DepartmentTree *department_tree_load(Db *db, GError **error);
void department_tree_free(DepartmentTree *tree);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(DepartmentTree, department_tree_free)

bool department_tree_has(const DepartmentTree *tree, const char *path);

/* The id of a normalised path, which is marked as named together with its ancestors. Missing ones
 * are created; 0 for "". */
bool department_ensure(DbTx *tx, DepartmentTree *tree, const char *path, int64_t *out_id,
                       GError **error);

/* Makes the departments that were named since the tree was loaded active and all others inactive.
 */
bool department_settle(DbTx *tx, DepartmentTree *tree, GError **error);
