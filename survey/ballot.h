/* An anonymous ballot: all of one person's answers, stored with no way back to the person.
 *
 * The row has a random key, is laid down among its neighbours in a random order (survey/pile.h), so
 * that no order of arrival remains in a table or in the file, and carries no instant. Free text
 * goes to rows of its own that name neither ballot nor stratum, and the ballot does not tell
 * whether text was written: that alone would tie the two together where few write. */
#pragma once

#include "store/db.h"
#include "survey/answer.h"
#include "survey/form.h"

/* Stores the ballot and counts it. Errors as response_save; an item named twice is INPUT. The
 * caller sees to it that a person casts one only. */
bool ballot_cast(DbTx *tx, int64_t round_id, int64_t stratum_id, const Form *form,
                 const Answer *answers, guint count, GError **error);
