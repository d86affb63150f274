/* The facts about one round that the gates are held against, from the views and the gated report.
 */
#pragma once

#include "reports/gates.h"
#include "reports/knowledge.h"
#include "store/db.h"

typedef struct {
    int64_t from_us, to_us; /* [from, to) */
    int64_t employed;       /* at the as-of date */
} FactsWindow;

/* Active people employed at the date (YYYY-MM-DD). */
bool facts_employed(Db *db, const char *date, int64_t *out_employed, GError **error);

bool facts_load(Db *db, const Knowledge *knowledge, const FactsWindow *window, GateFacts *out_facts,
                GError **error);

/* The facts of several follow-ups taken together, for question 18: what one lacks another may have,
 * but time and method must hold for all. `facts` are not empty. */
GateFacts facts_together(const GateFacts *const *facts, guint count);
