/* The statements of people/, so that the lint can prepare each against the migrated schema. */
#pragma once

#include "store/db.h"

extern const DbQuery *const person_queries[];
extern const DbQuery *const department_queries[];
extern const DbQuery *const import_queries[];
extern const DbQuery *const people_personal_queries[];
