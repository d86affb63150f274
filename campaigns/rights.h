/* What a person has a right to: a copy of all that is stored of them, and that it is erased.
 *
 * Both go by the lists of store/personal.h. Anonymous answers are in neither: nothing ties them to
 * anybody. Erasure changes no figure of a report, but for those that count who is in the directory
 * now: whoever is erased is not. */
#pragma once

#include "people/personal.h"
#include "store/personal.h"

/* All that is stored of the person, of PersonalRow, table by table. */
GPtrArray *rights_copy(Db *db, int64_t person_id, GError **error);

/* The lists of this floor and below, ended by NULL: what there is, and what erasure leaves of it.
 */
const PersonalTable *const *rights_tables(void);

/* Erases the person. BUSY, with nothing done, while a mail to them is being sent. Afterwards the
 * file is to be written anew (store/compact.h). `note` writes one line into the log of erasures. */
bool rights_erase(DbTx *tx, int64_t person_id, bool note, int64_t now_us, GError **error);

/* Of the texts that were stored about the person, those that should now stand nowhere in the file:
 * address, key and free text of some length. For compact_search; ended by NULL, free with
 * g_strfreev. */
char **rights_traces(const DirectoryPerson *person, const GPtrArray *rows);
