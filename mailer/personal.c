#include "mailer/personal.h"

#include "base/error.h"
#include "base/lang.h"
#include "mailer/queries.h"

static const DbQuery q_outbox = {
    "mailer_personal.outbox",
    "SELECT m.list_id AS campaign, m.purpose, o.to_address, o.to_name, o.greeting_name, o.locale,"
    " o.state, o.attempts, o.created_at_us, o.settled_at_us FROM outbox o"
    " JOIN mailing m ON m.id = o.mailing_id WHERE o.link_id = $1 ORDER BY o.id"};
static const DbQuery q_attempt = {
    "mailer_personal.attempt",
    "SELECT m.list_id AS campaign, m.purpose, a.at_us, a.relay, a.class, a.smtp_code, a.enhanced,"
    " a.reply FROM mail_attempt a JOIN outbox o ON o.id = a.outbox_id"
    " JOIN mailing m ON m.id = o.mailing_id WHERE o.link_id = $1 ORDER BY a.id"};
static const DbQuery q_notice = {
    "mailer_personal.notice",
    "SELECT m.list_id AS campaign, m.purpose, n.kind, n.at_us, n.until_us AS until_at_us,"
    " n.enhanced, n.text, n.source FROM outbox o JOIN mail_notice n ON n.outbox_id = o.id"
    " JOIN mailing m ON m.id = o.mailing_id WHERE o.link_id = $1 ORDER BY n.id"};
static const DbQuery q_leased = {
    "mailer_personal.leased",
    "SELECT count(*) AS leased FROM outbox WHERE link_id = $1 AND state = 'leased'"};
static const DbQuery q_empty_attempts = {
    "mailer_personal.empty_attempts",
    "UPDATE mail_attempt SET reply = '' WHERE reply <> ''"
    " AND outbox_id IN (SELECT id FROM outbox WHERE link_id = $1)"};
static const DbQuery q_empty_notices = {
    "mailer_personal.empty_notices",
    "UPDATE mail_notice SET link_id = $1, text = '', until_us = NULL"
    " WHERE outbox_id IN (SELECT id FROM outbox WHERE link_id = $2)"};
static const DbQuery q_empty_outbox = {
    "mailer_personal.empty_outbox",
    "UPDATE outbox SET link_id = $1, to_address = '', to_name = '', greeting_name = '',"
    " to_domain = '', locale = 'sv' WHERE link_id = $2"};
static const DbQuery q_addresses = {
    "mailer_personal.addresses",
    "SELECT o.id FROM mailing m JOIN outbox o ON o.mailing_id = m.id WHERE m.group_id = $1"
    " AND o.to_address <> '' AND o.state <> 'leased' LIMIT $2"};
static const DbQuery q_one_address = {"mailer_personal.one_address",
                                      "UPDATE outbox SET to_address = '', to_name = '',"
                                      " greeting_name = '', to_domain = '' WHERE id = $1"};
static const DbQuery q_one_attempts = {
    "mailer_personal.one_attempts",
    "UPDATE mail_attempt SET reply = '' WHERE outbox_id = $1 AND reply <> ''"};
static const DbQuery q_group_notices = {
    "mailer_personal.group_notices",
    "UPDATE mail_notice SET text = '', until_us = NULL WHERE id IN (SELECT n.id FROM mailing m"
    " JOIN outbox o ON o.mailing_id = m.id JOIN mail_notice n ON n.outbox_id = o.id"
    " WHERE m.group_id = $1 AND (n.text <> '' OR n.until_us IS NOT NULL) LIMIT $2)"};
const DbQuery *const mailer_personal_queries[] = {
    &q_outbox,         &q_attempt,      &q_notice,        &q_leased,
    &q_empty_outbox,   &q_addresses,    &q_one_address,   &q_empty_notices,
    &q_empty_attempts, &q_one_attempts, &q_group_notices, NULL};

#define STAYS_SV "Raden står kvar utan adress, namn och svarstext, så att antalet brev stämmer."
#define STAYS_EN "The row stays without address, name and words, so that the number of mails holds."

const PersonalTable mailer_personal[] = {
    {"outbox", "Brev", "Mail", &q_outbox, NULL, STAYS_SV, STAYS_EN},
    {"mail_attempt", "Försök att skicka", "Attempts to send", &q_attempt, NULL, STAYS_SV, STAYS_EN},
    {"mail_notice", "Studsar och automatiska svar", "Bounces and automatic replies", &q_notice,
     NULL, STAYS_SV, STAYS_EN},
    {"mailing", "Utskick", "Mailings", NULL, NULL, "Texten som alla brev i ett utskick delar.",
     "The text that all mails of a mailing share."},
    {"mail_lease", "Sändningar", "Batches", NULL, NULL,
     "Vilken server en sändning går till; ingen person nämns.",
     "Which relay a batch goes to; nobody is named."},
    {"mail_received", "Lästa returer", "Returns that were read", NULL, NULL,
     "Kontrollsumma och slag för varje läst retur, så att ingen räknas två gånger; ingen nämns.",
     "Checksum and kind of each return read, so that none counts twice; nobody is named."},
    {0},
};

static bool run_succeed(DbTx *tx, const DbQuery *query, int64_t successor, int64_t link_id,
                        GError **error) {
    g_autoptr(DbStmt) stmt = db_tx_query(tx, query, error);
    if (stmt == NULL) {
        return false;
    }
    db_bind_int(stmt, 1, successor);
    db_bind_int(stmt, 2, link_id);
    return db_run(stmt, NULL, error);
}

bool mailer_check_idle(Db *db, int64_t link_id, GError **error) {
    g_autoptr(DbStmt) leased = db_query(db, &q_leased, error);
    if (leased == NULL) {
        return false;
    }
    db_bind_int(leased, 1, link_id);
    if (db_step(leased, error) != DB_ROW) {
        return false;
    }
    return db_int(leased, "leased") == 0 ||
           error_set(error, VK_ERROR_BUSY,
                     tr("ett brev till personen skickas just nu; försök igen om en stund",
                        "a mail to the person is being sent just now; try again soon"));
}

bool mailer_erase(DbTx *tx, int64_t link_id, int64_t successor, GError **error) {
    return mailer_check_idle(db_tx_db(tx), link_id, error) &&
           db_tx_run(tx, &q_empty_attempts, link_id, NULL, error) &&
           run_succeed(tx, &q_empty_notices, successor, link_id, error) &&
           run_succeed(tx, &q_empty_outbox, successor, link_id, error);
}

bool mailer_erase_addresses(DbTx *tx, int64_t group_id, guint max, guint *out_changed,
                            GError **error) {
    g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(int64_t));
    g_autoptr(DbStmt) row = db_tx_query(tx, &q_addresses, error);
    if (row == NULL) {
        return false;
    }
    db_bind_int(row, 1, group_id);
    db_bind_int(row, 2, max);
    DbStep step = DB_DONE;
    while ((step = db_step(row, error)) == DB_ROW) {
        int64_t id = db_int(row, "id");
        g_array_append_val(ids, id);
    }
    if (step == DB_ERROR) {
        return false;
    }
    for (guint i = 0; i < ids->len; i++) {
        int64_t id = g_array_index(ids, int64_t, i);
        if (!db_tx_run(tx, &q_one_attempts, id, NULL, error) ||
            !db_tx_run(tx, &q_one_address, id, NULL, error)) {
            return false;
        }
    }
    *out_changed = ids->len;
    return true;
}

bool mailer_erase_notices(DbTx *tx, int64_t group_id, guint max, guint *out_changed,
                          GError **error) {
    return db_tx_run_some(tx, &q_group_notices, group_id, max, out_changed, error);
}
