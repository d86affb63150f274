/* When sealed ballots are opened, and as whose.
 *
 * While the round is open, a group (stratum) is opened down to BALLOT_BATCH_MIN when it holds twice
 * as many, which ones drawn at random: so there are always enough left for the next time, and
 * nobody knows if a certain ballot is out. When the campaign is closed the rest is opened; a group
 * that has less than BALLOT_BATCH_MIN then joins the one above it (pool.h), and is counted there.
 * If fewer have answered in the whole round, the ballots stay sealed for ever.
 *
 * So whoever compares any two copies of the database finds none, or at least BALLOT_BATCH_MIN, new
 * ballots of a group. */
#pragma once

#include "base/keyring.h"
#include "campaigns/campaign.h"
#include "store/writer.h"

typedef struct {
    guint opened;
    bool more; /* call again */
} UnsealingResult;

/* Opens what may be opened of the anonymous campaigns (Campaign) that have a round, of each at most
 * a batch. `db` reads and opens, the writer stores. One that fails does not hold up the others; the
 * first such error is told: INPUT if the key file lacks a round's key. */
bool unsealing_step(Writer *writer, Db *db, const Keyring *keyring, const GPtrArray *campaigns,
                    UnsealingResult *out, GError **error);
