#include "reports/ballots.h"

#include "reports/queries.h"
#include "survey/ballot.h"

static const DbQuery q_ballots = {
    "ballots.count",
    "SELECT (SELECT coalesce(sum(ballots), 0) FROM v_ballot_sealed WHERE round_id = $1) AS sealed, "
    "(SELECT coalesce(sum(ballots), 0) FROM v_ballot_count WHERE round_id = $1) AS opened"};

const DbQuery *const ballots_queries[] = {&q_ballots, NULL};

bool ballots_load(Db *db, const Study *study, BallotsState *out_state, GError **error) {
    *out_state = BALLOTS_DONE;
    if (!study->closed || study->promise != PROMISE_ANONYMOUS) {
        return true;
    }
    g_autoptr(DbStmt) row = db_query(db, &q_ballots, error);
    if (!row) {
        return false;
    }
    db_bind_int(row, 1, study->round_id);
    if (db_step(row, error) != DB_ROW) {
        return false;
    }
    int64_t sealed = db_int(row, "sealed"), opened = db_int(row, "opened");
    if (sealed > 0) {
        *out_state = sealed + opened < BALLOT_BATCH_MIN ? BALLOTS_SHUT : BALLOTS_WAITING;
    }
    return true;
}

char *ballots_text(BallotsState state, Lang lang) {
    bool swedish = lang == LANG_SV;
    switch (state) {
    case BALLOTS_DONE:
        return NULL;
    case BALLOTS_WAITING:
        return g_strdup(swedish
                            ? "Alla svar är inte öppnade än. Schemat (vetkoll serve eller vetkoll "
                              "send) öppnar dem strax efter att kampanjen har stängt: ta ut "
                              "rapporten igen om en stund. Står det kvar säger loggen varför."
                            : "Not all answers are opened yet. The scheduler (vetkoll serve or "
                              "vetkoll send) opens them soon after the campaign has closed: make "
                              "the report again in a while. If this stays, the log says why.");
    case BALLOTS_SHUT:
        return g_strdup_printf(
            swedish ? "Färre än %d personer har svarat. Då öppnas inga svar: de förblir "
                      "förseglade, så som sidan lovade dem som svarade, eftersom så få svar skulle "
                      "kunna peka ut någon. Det finns inget resultat att visa."
                    : "Fewer than %d people have answered. Then no answers are opened: they stay "
                      "sealed, as the page promised those who answered, since so few answers could "
                      "point somebody out. There is no result to show.",
            (int)BALLOT_BATCH_MIN);
    }
    g_assert_not_reached();
}
