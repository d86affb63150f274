/* Every statement of reports/, for the lint that prepares them against the migrated schema. */
#pragma once

#include "store/db.h"

extern const DbQuery *const study_queries[];
extern const DbQuery *const participation_queries[];
extern const DbQuery *const knowledge_queries[];
extern const DbQuery *const facts_queries[];
extern const DbQuery *const evidence_queries[];
extern const DbQuery *const ballots_queries[];
extern const DbQuery *const texts_queries[];
