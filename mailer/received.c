#include "mailer/received.h"

#include "base/clock.h"
#include "mailer/message.h"
#include "mailer/notice.h"
#include "mailer/queries.h"
#include "mailer/verp.h"

#include <sodium.h>
#include <string.h>

enum {
    DIGEST_BYTES = crypto_generichash_BYTES,
    DIGEST_HEX = 2 * DIGEST_BYTES,
    CANDIDATES_MAX = 50, /* messages to one address that are looked at */
    RECENT_DAYS = 30,    /* how old a message may be that an address alone stands for */
};

struct ReceivedMail {
    BounceReport *report;
    char digest[DIGEST_HEX + 1];
};

/* The message that a mail is about. */
typedef struct {
    int64_t outbox_id; /* 0: none */
    int64_t link_id;
    char *to_address;
    bool proven;
} Match;

static const DbQuery q_place = {
    "received.place",
    "SELECT known FROM mail_received WHERE mailbox = $1 AND uidvalidity = $2 AND uid = $3 "
    "AND uid <> 0"};
static const DbQuery q_digest = {"received.digest",
                                 "SELECT kind, known FROM mail_received WHERE digest = $1 LIMIT 1"};
static const DbQuery q_insert = {
    "received.insert",
    "INSERT INTO mail_received (mailbox, uidvalidity, uid, digest, at_us, kind, known) "
    "VALUES ($1, $2, $3, $4, $5, $6, $7)"};
static const DbQuery q_row = {"received.row",
                              "SELECT id, link_id, to_address FROM outbox WHERE id = $1"};
static const DbQuery q_addressed = {
    "received.addressed",
    "SELECT id, link_id, to_address, created_at_us FROM outbox WHERE lower(to_address) = lower($1) "
    "AND attempts > 0 OR lower(to_address) = lower($1) AND state = 'leased' "
    "ORDER BY id DESC LIMIT $2"};
static const DbQuery q_count = {"received.count",
                                "SELECT count(*) AS read, coalesce(sum(known = 0), 0) AS unknown, "
                                "coalesce(sum(known = 1 AND kind = 'hard'), 0) AS hard, "
                                "coalesce(sum(known = 1 AND kind = 'soft'), 0) AS soft, "
                                "coalesce(sum(known = 1 AND kind = 'auto-reply'), 0) AS absent, "
                                "coalesce(sum(known = 1 AND kind = 'complaint'), 0) AS complaint, "
                                "coalesce(sum(known = 1 AND kind = 'challenge'), 0) AS challenge, "
                                "coalesce(max(at_us), 0) AS last_at_us FROM mail_received"};

const DbQuery *const received_queries[] = {&q_place,     &q_digest, &q_insert, &q_row,
                                           &q_addressed, &q_count,  NULL};

/* --- reading -------------------------------------------------------------------------- */

/* Of the lines, however they end: IMAP gives CRLF, a file LF. */
static void digest_make(const char *bytes, gsize size, char out_hex[DIGEST_HEX + 1]) {
    crypto_generichash_state state;
    uint8_t digest[DIGEST_BYTES];
    crypto_generichash_init(&state, NULL, 0, sizeof digest);
    const char *end = bytes + size;
    for (const char *line = bytes; line < end;) {
        const char *feed = memchr(line, '\n', (size_t)(end - line));
        const char *stop = feed != NULL ? feed : end;
        const char *next = feed != NULL ? stop + 1 : end;
        stop -= feed != NULL && stop > line && stop[-1] == '\r';
        crypto_generichash_update(&state, (const uint8_t *)line, (size_t)(stop - line));
        if (feed != NULL) {
            crypto_generichash_update(&state, (const uint8_t *)"\n", 1);
        }
        line = next;
    }
    crypto_generichash_final(&state, digest, sizeof digest);
    sodium_bin2hex(out_hex, DIGEST_HEX + 1, digest, sizeof digest);
}

ReceivedMail *received_parse(const void *bytes, gsize size, int64_t now_us) {
    ReceivedMail *mail = g_new0(ReceivedMail, 1);
    gsize length = MIN(size, RECEIVED_BYTES_MAX);
    digest_make(bytes, length, mail->digest);
    mail->report = bounce_parse(bytes, length, now_us);
    g_assert(mail->report->findings->len > 0);
    return mail;
}

void received_free(ReceivedMail *mail) {
    if (mail != NULL) {
        bounce_report_free(mail->report);
        g_free(mail);
    }
}

/* --- whose it is ---------------------------------------------------------------------- */

static void match_clear(Match *match) {
    g_free(match->to_address);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Match, match_clear)

static void match_set(Match *match, DbStmt *row, bool proven) {
    g_free(match->to_address);
    *match = (Match){.outbox_id = db_int(row, "id"),
                     .link_id = db_int(row, "link_id"),
                     .to_address = g_strdup(db_text(row, "to_address")),
                     .proven = proven};
}

/* The row of a return path of ours. One that was made for a row that is not there is no match. */
static bool match_return_path(DbTx *tx, const ReceivedKey *key, const char *address, Match *match,
                              GError **error) {
    int64_t outbox_id = 0;
    if (address == NULL || !verp_read(key->keyring, key->return_path, address, &outbox_id)) {
        return true;
    }
    g_autoptr(DbStmt) find = db_tx_query(tx, &q_row, error);
    if (find == NULL) {
        return false;
    }
    db_bind_int(find, 1, outbox_id);
    DbStep step = db_step(find, error);
    if (step == DB_ROW) {
        match_set(match, find, true);
    }
    return step != DB_ERROR;
}

/* Among the messages to `address`: the one with that Message-ID; else, if there is nothing better,
 * the latest, unproven. */
static bool match_address(DbTx *tx, const ReceivedKey *key, const char *address,
                          const char *message_id, int64_t now_us, Match *match, GError **error) {
    if (address == NULL || *address == '\0' || match->proven) {
        return true;
    }
    g_autoptr(DbStmt) find = db_tx_query(tx, &q_addressed, error);
    if (find == NULL) {
        return false;
    }
    db_bind_text(find, 1, address);
    db_bind_int(find, 2, CANDIDATES_MAX);
    DbStep step = DB_DONE;
    while (!match->proven && (step = db_step(find, error)) == DB_ROW) {
        g_autofree char *made = message_id_make(key->keyring, db_int(find, "id"),
                                                db_int(find, "link_id"), key->from_address);
        bool recent = db_int(find, "created_at_us") > now_us - RECENT_DAYS * CLOCK_DAY_US;
        if (message_id != NULL && strcmp(message_id, made) == 0) {
            match_set(match, find, true);
        } else if (match->outbox_id == 0 && recent) {
            match_set(match, find, false);
        }
    }
    return step != DB_ERROR;
}

static bool match_find(DbTx *tx, const ReceivedKey *key, const BounceReport *report, int64_t now_us,
                       Match *match, GError **error) {
    for (guint i = 0; i < report->addressed_to->len && !match->proven; i++) {
        if (!match_return_path(tx, key, report->addressed_to->pdata[i], match, error)) {
            return false;
        }
    }
    if (!match->proven && !match_return_path(tx, key, report->original_sender, match, error)) {
        return false;
    }
    if (!match_address(tx, key, report->original_recipient, report->message_id, now_us, match,
                       error)) {
        return false;
    }
    for (guint i = 0; i < report->findings->len && !match->proven; i++) {
        const BounceFinding *finding = bounce_finding(report, i);
        if (!match_address(tx, key, finding->original_recipient, report->message_id, now_us, match,
                           error) ||
            !match_address(tx, key, finding->recipient, report->message_id, now_us, match, error)) {
            return false;
        }
    }
    return true;
}

/* --- what it says --------------------------------------------------------------------- */

/* How far a finding is from "delivered"; only deliveries are weighed against one another. */
static int finding_weight(const BounceFinding *finding) {
    switch (finding->kind) {
    case BOUNCE_DELIVERED:
        return 0;
    case BOUNCE_DELAYED:
        return 1;
    case BOUNCE_SOFT:
        return 2;
    case BOUNCE_HARD:
        return 3;
    case BOUNCE_AUTO_REPLY:
    case BOUNCE_CHALLENGE:
    case BOUNCE_COMPLAINT:
    case BOUNCE_OTHER:
        return 4;
    }
    g_assert_not_reached();
}

static bool same_address(const char *a, const char *b) {
    return a != NULL && b != NULL && g_ascii_strcasecmp(a, b) == 0;
}

/* The finding on the address that we wrote to; where the message went on to others, the mildest: it
 * reached somebody if it reached one. */
static const BounceFinding *finding_choose(const BounceReport *report, const char *to_address) {
    const BounceFinding *mildest = bounce_finding(report, 0);
    for (guint i = 0; i < report->findings->len; i++) {
        const BounceFinding *finding = bounce_finding(report, i);
        if (same_address(finding->recipient, to_address) ||
            same_address(finding->original_recipient, to_address)) {
            return finding;
        }
        if (finding_weight(finding) < finding_weight(mildest)) {
            mildest = finding;
        }
    }
    return mildest;
}

/* The notice that a finding on a message of ours gives; false if it gives none. */
static bool finding_kind(const BounceFinding *finding, NoticeKind *out_kind) {
    switch (finding->kind) {
    case BOUNCE_HARD:
        *out_kind = NOTICE_UNDELIVERABLE;
        return true;
    case BOUNCE_SOFT:
        *out_kind = NOTICE_SOFT;
        return true;
    case BOUNCE_AUTO_REPLY:
        *out_kind = NOTICE_ABSENT;
        return true;
    case BOUNCE_CHALLENGE:
        *out_kind = NOTICE_CHALLENGE;
        return true;
    case BOUNCE_COMPLAINT:
        *out_kind = NOTICE_COMPLAINT;
        return true;
    case BOUNCE_DELAYED:
    case BOUNCE_DELIVERED:
    case BOUNCE_OTHER:
        return false;
    }
    g_assert_not_reached();
}

/* The server's words; not a person's: why somebody is away is not ours to keep. */
static char *finding_text(const BounceFinding *finding) {
    const char *reason = bounce_reason_name(finding->reason);
    bool server = finding_weight(finding) <= 3;
    return server && finding->diagnostic != NULL
               ? g_strdup_printf("%s: %s", reason, finding->diagnostic)
               : g_strdup(reason);
}

static bool notice_write(DbTx *tx, const Match *match, const BounceFinding *finding, int64_t now_us,
                         GError **error) {
    NoticeKind kind = NOTICE_SOFT;
    if (!finding_kind(finding, &kind)) {
        return true;
    }
    g_autofree char *text = finding_text(finding);
    const Notice notice = {.outbox_id = match->outbox_id,
                           .link_id = match->link_id,
                           .kind = match->proven ? kind : NOTICE_SOFT,
                           .at_us = now_us,
                           .until_us =
                               match->proven && kind == NOTICE_ABSENT ? finding->returns_at_us : 0,
                           .enhanced = finding->status,
                           .text = text,
                           .source = match->proven ? "bounce" : "address"};
    return notice_add(tx, &notice, error);
}

/* --- storing -------------------------------------------------------------------------- */

static bool received_insert(DbTx *tx, const ReceivedMail *mail, const ReceivedPlace *place,
                            int64_t now_us, const char *kind, bool known, GError **error) {
    g_autoptr(DbStmt) insert = db_tx_query(tx, &q_insert, error);
    if (insert == NULL) {
        return false;
    }
    db_bind_text(insert, 1, place->mailbox);
    db_bind_int(insert, 2, place->uidvalidity);
    db_bind_int(insert, 3, place->uid);
    db_bind_text(insert, 4, mail->digest);
    db_bind_int(insert, 5, now_us);
    db_bind_text(insert, 6, kind);
    db_bind_bool(insert, 7, known);
    return db_run(insert, NULL, error);
}

/* A mail that was stored before, by another reader or from another place: `out->repeated`. */
static bool received_again(DbTx *tx, const ReceivedMail *mail, const ReceivedPlace *place,
                           int64_t now_us, ReceivedOutcome *out, GError **error) {
    bool here = false;
    if (!received_find(db_tx_db(tx), place, &here, &out->known, error)) {
        return false;
    }
    g_autoptr(DbStmt) find = db_tx_query(tx, &q_digest, error);
    if (find == NULL) {
        return false;
    }
    db_bind_text(find, 1, mail->digest);
    DbStep step = db_step(find, error);
    out->repeated = here || step == DB_ROW;
    if (step != DB_ROW || here) {
        return step != DB_ERROR;
    }
    out->known = db_bool(find, "known");
    return place->uid == 0 ||
           received_insert(tx, mail, place, now_us, db_text(find, "kind"), out->known, error);
}

bool received_store(DbTx *tx, const ReceivedKey *key, const ReceivedMail *mail,
                    const ReceivedPlace *place, int64_t now_us, ReceivedOutcome *out,
                    GError **error) {
    g_auto(Match) match = {0};
    ReceivedOutcome outcome = {.kind = bounce_finding(mail->report, 0)->kind};
    if (!received_again(tx, mail, place, now_us, &outcome, error)) {
        return false;
    }
    if (outcome.repeated) {
        *out = outcome;
        return true;
    }
    if (!match_find(tx, key, mail->report, now_us, &match, error)) {
        return false;
    }
    if (match.outbox_id != 0) {
        const BounceFinding *finding = finding_choose(mail->report, match.to_address);
        outcome.kind = finding->kind;
        outcome.known = match.proven && finding->kind != BOUNCE_OTHER;
        if (!notice_write(tx, &match, finding, now_us, error)) {
            return false;
        }
    }
    if (!received_insert(tx, mail, place, now_us, bounce_kind_name(outcome.kind), outcome.known,
                         error)) {
        return false;
    }
    *out = outcome;
    return true;
}

bool received_find(Db *db, const ReceivedPlace *place, bool *out_found, bool *out_known,
                   GError **error) {
    g_autoptr(DbStmt) find = db_query(db, &q_place, error);
    if (find == NULL) {
        return false;
    }
    db_bind_text(find, 1, place->mailbox);
    db_bind_int(find, 2, place->uidvalidity);
    db_bind_int(find, 3, place->uid);
    DbStep step = db_step(find, error);
    if (step == DB_ERROR) {
        return false;
    }
    *out_found = step == DB_ROW;
    *out_known = step == DB_ROW && db_bool(find, "known");
    return true;
}

bool received_count(Db *db, ReceivedCounts *out, GError **error) {
    g_autoptr(DbStmt) count = db_query(db, &q_count, error);
    if (count == NULL || db_step(count, error) != DB_ROW) {
        return false;
    }
    *out = (ReceivedCounts){.read = db_int(count, "read"),
                            .unknown = db_int(count, "unknown"),
                            .hard = db_int(count, "hard"),
                            .soft = db_int(count, "soft"),
                            .absent = db_int(count, "absent"),
                            .complaint = db_int(count, "complaint"),
                            .challenge = db_int(count, "challenge"),
                            .last_at_us = db_int(count, "last_at_us")};
    return true;
}
