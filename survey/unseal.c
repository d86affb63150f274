#include "survey/unseal.h"

#include "base/id.h"
#include "survey/pile.h"

/* One ballot: where it lies sealed, and what is in it. */
typedef struct {
    int64_t stratum_id;
    int64_t counted_as;
    PileRow *row;
    GArray *answers;
} Opened;

struct BallotBatch {
    int64_t round_id;
    const Form *form;
    const BoxKey *key;
    GPtrArray *ballots; /* Opened */
};

static void opened_free(gpointer data) {
    Opened *opened = data;
    pile_row_free(opened->row);
    if (opened->answers != NULL) {
        g_array_unref(opened->answers);
    }
    g_free(opened);
}

BallotBatch *ballot_batch_new(int64_t round_id, const Form *form, const BoxKey *key) {
    BallotBatch *batch = g_new0(BallotBatch, 1);
    batch->round_id = round_id;
    batch->form = form;
    batch->key = key;
    batch->ballots = g_ptr_array_new_with_free_func(opened_free);
    return batch;
}

void ballot_batch_free(BallotBatch *batch) {
    if (batch != NULL) {
        g_ptr_array_unref(batch->ballots);
        g_free(batch);
    }
}

bool ballot_batch_add(BallotBatch *batch, Db *db, int64_t stratum_id, int64_t counted_as,
                      guint count, GError **error) {
    g_autoptr(GPtrArray) rows = pile_read(db, batch->round_id, stratum_id, error);
    if (rows == NULL) {
        return false;
    }
    id_shuffle(rows->pdata, rows->len);
    g_ptr_array_set_size(rows, (gint)MIN(count, rows->len));
    while (rows->len > 0) {
        Opened *opened = g_new0(Opened, 1);
        opened->stratum_id = stratum_id;
        opened->counted_as = counted_as;
        opened->row = g_ptr_array_steal_index_fast(rows, rows->len - 1);
        g_ptr_array_add(batch->ballots, opened);
        opened->answers = ballot_open(batch->key, batch->form, opened->row->sealed, error);
        if (opened->answers == NULL) {
            return false;
        }
    }
    return true;
}

guint ballot_batch_size(const BallotBatch *batch) {
    return batch->ballots->len;
}

bool ballot_batch_count(DbTx *tx, BallotBatch *batch, GError **error) {
    db_tx_forget_order(tx);
    id_shuffle(batch->ballots->pdata, batch->ballots->len);
    for (guint i = 0; i < batch->ballots->len; i++) {
        const Opened *opened = g_ptr_array_index(batch->ballots, i);
        if (!pile_remove(tx, batch->round_id, opened->stratum_id, opened->row, error)) {
            return false;
        }
    }
    /* Again: neither is the order of the sealed ones that of the counted. */
    id_shuffle(batch->ballots->pdata, batch->ballots->len);
    for (guint i = 0; i < batch->ballots->len; i++) {
        const Opened *opened = g_ptr_array_index(batch->ballots, i);
        const Answer *answers = (const Answer *)(const void *)opened->answers->data;
        if (!ballot_store(tx, batch->round_id, opened->counted_as, batch->form, answers,
                          opened->answers->len, error)) {
            return false;
        }
    }
    return true;
}
