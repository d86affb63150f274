/* Every statement of web/, for the lint that prepares them against the migrated schema. */
#pragma once

#include "store/db.h"

extern const DbQuery *const health_queries[];
extern const DbQuery *const metrics_queries[];
