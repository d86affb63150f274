/* Every SQL statement of mailer/, for the check that prepares them all. Ended by NULL. */
#pragma once

#include "store/db.h"

extern const DbQuery *const outbox_queries[];
extern const DbQuery *const lease_queries[];
extern const DbQuery *const settle_queries[];
extern const DbQuery *const notice_queries[];
extern const DbQuery *const received_queries[];
extern const DbQuery *const outbox_admin_queries[];
extern const DbQuery *const outbox_stats_queries[];
extern const DbQuery *const mailer_personal_queries[];
