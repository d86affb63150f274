/* Every statement of survey/, for the lint that prepares them against the migrated schema. */
#pragma once

#include "store/db.h"

extern const DbQuery *const form_queries[];
extern const DbQuery *const draw_queries[];
extern const DbQuery *const response_queries[];
extern const DbQuery *const ballot_queries[];
extern const DbQuery *const pile_queries[];
extern const DbQuery *const tally_queries[];
extern const DbQuery *const pack_queries[];
extern const DbQuery *const picture_queries[];
extern const DbQuery *const questionnaire_store_queries[];
extern const DbQuery *const asked_queries[];
extern const DbQuery *const guide_queries[];
extern const DbQuery *const survey_personal_queries[];
