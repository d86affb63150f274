/* Every folder's lists of queries, gathered by CMake from the folders' queries.h. */
#pragma once

#include "store/db.h"

typedef struct {
    const char *folder;
    const DbQuery *const *queries; /* ended by NULL */
} QueryList;

extern const QueryList query_lists[]; /* ended by {NULL, NULL} */
