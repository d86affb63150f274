/* The queue of mail.
 *
 *   ready --lease--> leased --note, settle--> sent
 *     ^                |  |----------------> failed    permanent, or given up
 *     |                |  '----------------> deferred  transient, or given in full, never answered
 *     '<---release-----'                        '--lease, when due--> leased
 *   ready, deferred --cancel--> cancelled;  --expires_at_us passes--> failed
 *
 * Invariants
 * - A row is leased in a committed transaction before SMTP begins, with a place in a batch that one
 *   thread sends over one connection in that order.
 * - The outcome of a message is noted in the journal (journal.h) before the next one of the batch
 *   is given over for good (before the final dot). So of a batch whose process died, every noted
 * row is settled rightly, and only the first without a note may have been sent; if the machine
 * died, the first few.
 * - Until a note is settled, some seconds at most while the batch goes on, its row says `leased`.
 * - `sent`, `failed` and `cancelled` are final. A cancel of a leased row waits in `cancel` and is
 *   obeyed when the lease ends without `sent`.
 *
 * What survives a crash: everything up to the last commit. The next sender (the only one: it holds
 * the lock) ends the leases of dead owners at once: what they noted is settled, the first row
 * without a note (recover.c: or a few) gets an attempt `in_doubt` and one more in_doubt, and the
 * rest go back to ready. A copy that this can cause carries the same Message-ID as the first, so
 * that a receiver can drop it. */
#include "mailer/outbox.h"

#include "base/error.h"
#include "mailer/address.h"
#include "mailer/queries.h"

#include <cjson/cJSON.h>
#include <inttypes.h>
#include <string.h>

enum { PURPOSE_MAX = 60, NAME_MAX_BYTES = 400 };

static const DbQuery q_mailing_find = {
    "mailing.find", "SELECT id FROM mailing WHERE group_id = $1 AND purpose = $2"};
static const DbQuery q_mailing_insert = {
    "mailing.insert",
    "INSERT INTO mailing (group_id, purpose, template, list_id, values_sv, values_en, held, "
    "created_at_us, values_added) VALUES ($1, $2, $3, $4, $5, $6, "
    "EXISTS (SELECT 1 FROM mailing WHERE group_id = $1 AND held = 1), $7, $8) RETURNING id"};
static const DbQuery q_mailing_hold = {"mailing.hold",
                                       "UPDATE mailing SET held = $1 WHERE group_id = $2"};
static const DbQuery q_mailing_load = {
    "mailing.load",
    "SELECT template, list_id, values_sv, values_en, values_added FROM mailing WHERE id = $1"};
static const DbQuery q_insert = {
    "outbox.insert",
    "INSERT INTO outbox (mailing_id, link_id, to_address, to_name, greeting_name, locale, state, "
    "due_at_us, expires_at_us, created_at_us, to_domain) "
    "VALUES ($1, $2, $3, $4, $5, $6, 'ready', $7, $8, $9, $10) "
    "ON CONFLICT (mailing_id, link_id) DO NOTHING"};
static const DbQuery q_cancel_waiting = {
    "outbox.cancel_waiting",
    "UPDATE outbox SET state = 'cancelled', settled_at_us = $1 "
    "WHERE link_id = $2 AND state IN ('ready', 'deferred') AND mailing_id IN "
    "(SELECT id FROM mailing WHERE substr(purpose, 1, length($3)) = $3)"};
static const DbQuery q_cancel_leased = {
    "outbox.cancel_leased",
    "UPDATE outbox SET cancel = 1 WHERE link_id = $1 AND state = 'leased' AND mailing_id IN "
    "(SELECT id FROM mailing WHERE substr(purpose, 1, length($2)) = $2)"};
static const DbQuery q_count = {
    "outbox.count",
    "SELECT coalesce(sum(o.state IN ('ready', 'deferred')), 0) AS waiting, "
    "coalesce(sum(o.state IN ('ready', 'deferred') AND o.due_at_us <= $1 AND m.held = 0 "
    "AND o.held = 0), 0) AS due, "
    "coalesce(sum(o.state = 'leased'), 0) AS leased, coalesce(sum(o.state = 'sent'), 0) AS sent, "
    "coalesce(sum(o.state = 'failed'), 0) AS failed, "
    "coalesce(sum(o.state = 'cancelled'), 0) AS cancelled, "
    "coalesce(sum(o.in_doubt), 0) AS in_doubt "
    "FROM outbox o JOIN mailing m ON m.id = o.mailing_id"};

const DbQuery *const outbox_queries[] = {&q_mailing_find,  &q_mailing_insert, &q_mailing_hold,
                                         &q_mailing_load,  &q_insert,         &q_cancel_waiting,
                                         &q_cancel_leased, &q_count,          NULL};

static bool check_values(const char *json, GError **error) {
    cJSON *values = json != NULL ? cJSON_Parse(json) : NULL;
    bool is_object = cJSON_IsObject(values);
    cJSON_Delete(values);
    return is_object || error_set(error, VK_ERROR_INPUT,
                                  tr("Brevets värden ska vara ett JSON-objekt.",
                                     "The mail's values must be a JSON object."));
}

static bool mailing_insert(DbTx *tx, const MailingSpec *spec, int64_t now_us, int64_t *out_id,
                           GError **error) {
    g_autoptr(DbStmt) insert = db_tx_query(tx, &q_mailing_insert, error);
    if (insert == NULL) {
        return false;
    }
    db_bind_int(insert, 1, spec->group_id);
    db_bind_text(insert, 2, spec->purpose);
    db_bind_text(insert, 3, spec->template_name);
    db_bind_text(insert, 4, spec->list_id);
    db_bind_text(insert, 5, spec->values_sv);
    db_bind_text(insert, 6, spec->values_en);
    db_bind_int(insert, 7, now_us);
    db_bind_text(insert, 8, spec->values_added == NULL ? "" : spec->values_added);
    if (db_step(insert, error) != DB_ROW) {
        return false;
    }
    *out_id = db_int(insert, "id");
    return true;
}

bool mailing_ensure(DbTx *tx, const MailingSpec *spec, int64_t now_us, int64_t *out_mailing_id,
                    GError **error) {
    g_assert(spec->purpose != NULL && strlen(spec->purpose) <= PURPOSE_MAX);
    const char *added = spec->values_added == NULL ? "" : spec->values_added;
    g_autoptr(DbStmt) find = db_tx_query(tx, &q_mailing_find, error);
    if (find == NULL) {
        return false;
    }
    db_bind_int(find, 1, spec->group_id);
    db_bind_text(find, 2, spec->purpose);
    DbStep step = db_step(find, error);
    if (step == DB_ROW) {
        *out_mailing_id = db_int(find, "id");
    }
    if (step != DB_DONE) {
        return step == DB_ROW;
    }
    return check_values(spec->values_sv, error) && check_values(spec->values_en, error) &&
           (added[0] == '\0' || check_values(added, error)) &&
           mailing_insert(tx, spec, now_us, out_mailing_id, error);
}

bool mailing_hold(DbTx *tx, int64_t group_id, bool held, GError **error) {
    g_autoptr(DbStmt) hold = db_tx_query(tx, &q_mailing_hold, error);
    if (hold == NULL) {
        return false;
    }
    db_bind_bool(hold, 1, held);
    db_bind_int(hold, 2, group_id);
    return db_run(hold, NULL, error);
}

static char *json_text(const cJSON *json) {
    char *printed = cJSON_PrintUnformatted(json);
    char *text = g_strdup(printed);
    cJSON_free(printed);
    return text;
}

char *mailing_values_added(char *const values[LANG_MAX]) {
    cJSON *added = cJSON_CreateObject();
    for (guint lang = LANG_OWN_COUNT; lang < lang_count(); lang++) {
        if (values[lang] != NULL) {
            cJSON_AddItemToObject(added, lang_code((Lang)lang), cJSON_Parse(values[lang]));
        }
    }
    char *text = added->child == NULL ? g_strdup("") : json_text(added);
    cJSON_Delete(added);
    return text;
}

static void read_added(const char *json, char *values[LANG_MAX]) {
    cJSON *added = *json == '\0' ? NULL : cJSON_Parse(json);
    for (guint lang = LANG_OWN_COUNT; lang < lang_count(); lang++) {
        const cJSON *own = cJSON_GetObjectItemCaseSensitive(added, lang_code((Lang)lang));
        values[lang] = own == NULL ? NULL : json_text(own);
    }
    cJSON_Delete(added);
}

MailingText *mailing_load(Db *db, int64_t mailing_id, GError **error) {
    g_autoptr(DbStmt) load = db_query(db, &q_mailing_load, error);
    if (load == NULL) {
        return NULL;
    }
    db_bind_int(load, 1, mailing_id);
    DbStep step = db_step(load, error);
    if (step == DB_DONE) {
        error_set(error, VK_ERROR_NOT_FOUND,
                  tr("Utskicket %" PRId64 " finns inte.", "There is no mailing %" PRId64 "."),
                  mailing_id);
    }
    if (step != DB_ROW) {
        return NULL;
    }
    MailingText *text = g_new0(MailingText, 1);
    text->template_name = g_strdup(db_text(load, "template"));
    text->list_id = g_strdup(db_text(load, "list_id"));
    text->values[LANG_SV] = g_strdup(db_text(load, "values_sv"));
    text->values[LANG_EN] = g_strdup(db_text(load, "values_en"));
    read_added(db_text(load, "values_added"), text->values);
    return text;
}

void mailing_text_free(MailingText *text) {
    if (text == NULL) {
        return;
    }
    g_free(text->template_name);
    g_free(text->list_id);
    lang_clear(text->values);
    g_free(text);
}

bool outbox_add(DbTx *tx, const OutboxItem *item, int64_t now_us, GError **error) {
    g_autofree char *address = address_for_smtp(item->to_address, NULL, error);
    if (address == NULL) {
        return false;
    }
    if (strlen(item->to_name) > NAME_MAX_BYTES || strlen(item->greeting_name) > NAME_MAX_BYTES) {
        return error_set(error, VK_ERROR_LIMIT,
                         tr("Namnet på mottagaren %s är längre än %d byte.",
                            "The name of the recipient %s is longer than %d bytes."),
                         item->to_address, NAME_MAX_BYTES);
    }
    g_autoptr(DbStmt) insert = db_tx_query(tx, &q_insert, error);
    if (insert == NULL) {
        return false;
    }
    db_bind_int(insert, 1, item->mailing_id);
    db_bind_int(insert, 2, item->link_id);
    db_bind_text(insert, 3, item->to_address);
    db_bind_text(insert, 4, item->to_name);
    db_bind_text(insert, 5, item->greeting_name);
    db_bind_text(insert, 6, lang_code(item->locale));
    db_bind_int(insert, 7, item->due_at_us);
    db_bind_int(insert, 8, item->expires_at_us);
    db_bind_int(insert, 9, now_us);
    g_autofree char *domain = g_ascii_strdown(address_domain(address), -1);
    db_bind_text(insert, 10, domain);
    return db_run(insert, NULL, error);
}

bool outbox_cancel_link(DbTx *tx, int64_t link_id, const char *purpose_prefix, int64_t now_us,
                        GError **error) {
    g_autoptr(DbStmt) waiting = db_tx_query(tx, &q_cancel_waiting, error);
    g_autoptr(DbStmt) leased = waiting != NULL ? db_tx_query(tx, &q_cancel_leased, error) : NULL;
    if (leased == NULL) {
        return false;
    }
    db_bind_int(waiting, 1, now_us);
    db_bind_int(waiting, 2, link_id);
    db_bind_text(waiting, 3, purpose_prefix);
    db_bind_int(leased, 1, link_id);
    db_bind_text(leased, 2, purpose_prefix);
    return db_run(waiting, NULL, error) && db_run(leased, NULL, error);
}

bool outbox_count(Db *db, int64_t now_us, OutboxCounts *out, GError **error) {
    g_autoptr(DbStmt) count = db_query(db, &q_count, error);
    if (count == NULL) {
        return false;
    }
    db_bind_int(count, 1, now_us);
    if (db_step(count, error) != DB_ROW) {
        return false;
    }
    *out = (OutboxCounts){.waiting = db_int(count, "waiting"),
                          .due = db_int(count, "due"),
                          .leased = db_int(count, "leased"),
                          .sent = db_int(count, "sent"),
                          .failed = db_int(count, "failed"),
                          .cancelled = db_int(count, "cancelled"),
                          .in_doubt = db_int(count, "in_doubt")};
    return true;
}
