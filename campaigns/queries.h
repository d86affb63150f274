/* The statements of the folder, so that a check can prepare each of them. NULL-terminated. */
#pragma once

#include "store/db.h"

extern const DbQuery *const audience_queries[];
extern const DbQuery *const anchor_queries[];
extern const DbQuery *const campaign_queries[];
extern const DbQuery *const launch_queries[];
extern const DbQuery *const plan_queries[];
extern const DbQuery *const round_queries[];
extern const DbQuery *const invitation_queries[];
extern const DbQuery *const dispatch_queries[];
extern const DbQuery *const runner_queries[];
extern const DbQuery *const reach_queries[];
extern const DbQuery *const sample_queries[];
extern const DbQuery *const answering_queries[];
extern const DbQuery *const visit_queries[];
extern const DbQuery *const verify_queries[];
extern const DbQuery *const practice_queries[];
extern const DbQuery *const practice_mail_queries[];
extern const DbQuery *const practice_visit_queries[];
extern const DbQuery *const campaigns_personal_queries[];
extern const DbQuery *const forget_queries[];
extern const DbQuery *const rights_queries[];
extern const DbQuery *const retention_queries[];
extern const DbQuery *const retention_log_queries[];
extern const DbQuery *const promised_queries[];
extern const DbQuery *const seal_queries[];
extern const DbQuery *const unsealing_queries[];
