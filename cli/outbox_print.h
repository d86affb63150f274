/* The words of `vetkoll outbox`: lists, and one mail with all that happened to it. Never a personal
 * link: those are in the mails alone. */
#pragma once

#include "mailer/outbox_admin.h"

/* Of OutboxRow. `shown` is how many of them at most; more are told of. */
void outbox_print_list(const GPtrArray *rows, guint shown, GString *out);
void outbox_print_list_json(const GPtrArray *rows, GString *out);
void outbox_print_list_csv(const GPtrArray *rows, GString *out);

void outbox_print(const OutboxRow *row, GString *out);
void outbox_print_json(const OutboxRow *row, GString *out);

/* What a change came to, in a line or two. */
void outbox_print_change(OutboxAction action, const OutboxChange *sum, GString *out);
