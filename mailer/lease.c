#include "mailer/lease.h"

#include "base/error.h"
#include "base/id.h"
#include "mailer/notice.h"
#include "mailer/queries.h"
#include "mailer/settle.h"

#include <inttypes.h>

/* Steps from one group of waiting mail to the next: past every instant, because SQLite begins a row
 * value's range at what equals its columns. */
static const DbQuery q_group = {
    "outbox.group", "SELECT o.mailing_id, o.to_domain, o.due_at_us, m.held "
                    "FROM outbox o JOIN mailing m ON m.id = o.mailing_id "
                    "WHERE o.state IN ('ready', 'deferred') AND o.held = 0 "
                    "AND (o.mailing_id, o.to_domain, o.due_at_us) > ($1, $2, 9223372036854775807) "
                    "ORDER BY o.mailing_id, o.to_domain, o.due_at_us LIMIT 1"};
static const DbQuery q_due = {
    "outbox.due",
    "SELECT id, link_id, to_address, to_name, greeting_name, locale, expires_at_us FROM outbox "
    "WHERE mailing_id = $1 AND to_domain = $2 AND state IN ('ready', 'deferred') AND held = 0 "
    "AND due_at_us <= $3 ORDER BY due_at_us, id LIMIT $4"};
static const DbQuery q_lapse = {"outbox.lapse",
                                "UPDATE outbox SET state = 'failed', settled_at_us = $1 "
                                "WHERE id = $2 AND state IN ('ready', 'deferred')"};
static const DbQuery q_lease_insert = {
    "lease.insert",
    "INSERT INTO mail_lease (id, owner, relay, taken_at_us) VALUES ($1, $2, $3, $4)"};
static const DbQuery q_lease_row = {
    "lease.row", "UPDATE outbox SET state = 'leased', lease_id = $1, lease_position = $2 "
                 "WHERE id = $3 AND state IN ('ready', 'deferred')"};
static const DbQuery q_lease_delete = {"lease.delete", "DELETE FROM mail_lease WHERE id = $1"};
static const DbQuery q_lease_dead = {"lease.dead", "SELECT id FROM mail_lease WHERE owner <> $1"};
static const DbQuery q_doubt = {
    "lease.doubt",
    "UPDATE outbox SET in_doubt = in_doubt + 1 WHERE id IN (SELECT id FROM outbox "
    "WHERE state = 'leased' AND lease_id = $1 ORDER BY lease_position LIMIT $2) RETURNING id"};
static const DbQuery q_release = {
    "lease.release",
    "UPDATE outbox SET state = CASE WHEN cancel = 1 THEN 'cancelled' ELSE 'ready' END, "
    "settled_at_us = CASE WHEN cancel = 1 THEN $1 END, lease_id = NULL, lease_position = NULL "
    "WHERE state = 'leased' AND lease_id = $2"};
const DbQuery *const lease_queries[] = {
    &q_group,        &q_due,        &q_lapse, &q_lease_insert, &q_lease_row,
    &q_lease_delete, &q_lease_dead, &q_doubt, &q_release,      NULL};

void leased_mail_free(LeasedMail *mail) {
    if (mail != NULL) {
        g_free(mail->to_address);
        g_free(mail->to_name);
        g_free(mail->greeting_name);
        g_free(mail);
    }
}

static void free_mail(gpointer mail) {
    leased_mail_free(mail);
}

/* --- what waits ----------------------------------------------------------------------------------
 */

/* What waits of one mailing to one domain. */
typedef struct {
    int64_t mailing_id;
    char *domain;
    int64_t due_at_us; /* of its first row */
} Group;

static void group_clear(gpointer group) {
    g_free(((Group *)group)->domain);
}

/* The groups of mailings that are not held, each found with one step through the index. */
static GArray *load_groups(DbStmt *next, GError **error) {
    g_autoptr(GArray) groups = g_array_new(FALSE, FALSE, sizeof(Group));
    g_array_set_clear_func(groups, group_clear);
    int64_t mailing_id = 0;
    g_autofree char *domain = g_strdup("");
    for (;;) {
        db_bind_int(next, 1, mailing_id);
        db_bind_text(next, 2, domain);
        DbStep step = db_step(next, error);
        if (step != DB_ROW) {
            return step == DB_DONE ? g_steal_pointer(&groups) : NULL;
        }
        bool held = db_bool(next, "held");
        mailing_id = db_int(next, "mailing_id");
        g_free(domain);
        domain = g_strdup(db_text(next, "to_domain"));
        if (held) { /* on to the next mailing: no domain is empty */
            mailing_id++;
            g_free(domain);
            domain = g_strdup("");
        } else {
            Group group = {.mailing_id = mailing_id,
                           .domain = g_strdup(domain),
                           .due_at_us = db_int(next, "due_at_us")};
            g_array_append_val(groups, group);
        }
        db_reset(next);
    }
}

static LeasedMail *read_mail(DbStmt *row, int64_t lease_id, int64_t mailing_id) {
    LeasedMail *mail = g_new0(LeasedMail, 1);
    mail->outbox_id = db_int(row, "id");
    mail->mailing_id = mailing_id;
    mail->link_id = db_int(row, "link_id");
    mail->lease_id = lease_id;
    mail->to_address = g_strdup(db_text(row, "to_address"));
    mail->to_name = g_strdup(db_text(row, "to_name"));
    mail->greeting_name = g_strdup(db_text(row, "greeting_name"));
    mail->locale = lang_stored(db_text(row, "locale"));
    return mail;
}

static bool fail_lapsed(DbTx *tx, const LeasedMail *mail, int64_t now_us, GError **error) {
    g_autoptr(DbStmt) lapse = db_tx_query(tx, &q_lapse, error);
    if (lapse == NULL) {
        return false;
    }
    db_bind_int(lapse, 1, now_us);
    db_bind_int(lapse, 2, mail->outbox_id);
    Notice notice = {.outbox_id = mail->outbox_id,
                     .link_id = mail->link_id,
                     .kind = NOTICE_UNDELIVERABLE,
                     .at_us = now_us,
                     .text = "not sent before the campaign closed",
                     .source = "relay"};
    return db_run(lapse, NULL, error) && notice_add(tx, &notice, error);
}

/* The first `max` due rows of the group; in `out_lapsed` those that came too late. */
static GPtrArray *read_due(DbTx *tx, const Group *group, int64_t lease_id, guint max,
                           int64_t now_us, GPtrArray *out_lapsed, GError **error) {
    g_autoptr(DbStmt) due = db_tx_query(tx, &q_due, error);
    if (due == NULL) {
        return NULL;
    }
    g_autoptr(GPtrArray) found = g_ptr_array_new_with_free_func(free_mail);
    db_bind_int(due, 1, group->mailing_id);
    db_bind_text(due, 2, group->domain);
    db_bind_int(due, 3, now_us);
    db_bind_int(due, 4, max);
    DbStep step;
    while ((step = db_step(due, error)) == DB_ROW) {
        bool lapsed = db_int(due, "expires_at_us") <= now_us;
        g_ptr_array_add(lapsed ? out_lapsed : found, read_mail(due, lease_id, group->mailing_id));
    }
    return step == DB_DONE ? g_steal_pointer(&found) : NULL;
}

/* Up to `max` due rows of the group; those that came too late fail. */
static GPtrArray *group_take(DbTx *tx, const Group *group, int64_t lease_id, guint max,
                             int64_t now_us, GError **error) {
    g_autoptr(GPtrArray) found = NULL;
    guint lapsed_count = 0;
    do {
        g_autoptr(GPtrArray) lapsed = g_ptr_array_new_with_free_func(free_mail);
        g_clear_pointer(&found, g_ptr_array_unref);
        found = read_due(tx, group, lease_id, max, now_us, lapsed, error);
        if (found == NULL) {
            return NULL;
        }
        lapsed_count = lapsed->len;
        for (guint i = 0; i < lapsed_count; i++) {
            if (!fail_lapsed(tx, g_ptr_array_index(lapsed, i), now_us, error)) {
                return NULL;
            }
        }
    } while (lapsed_count > 0);
    return g_steal_pointer(&found);
}

/* One row of each group in turn, until there is none or `all` is full. */
static void take_turns(const GPtrArray *groups, GPtrArray *all, guint max) {
    bool more = true;
    for (guint turn = 0; more && all->len < max; turn++) {
        more = false;
        for (guint i = 0; i < groups->len; i++) {
            GPtrArray *found = g_ptr_array_index(groups, i);
            if (turn < found->len) {
                g_ptr_array_add(all, g_steal_pointer(&found->pdata[turn]));
                more = true;
            }
        }
    }
}

/* The groups with something due, beginning anywhere: with more groups than messages in a batch,
 * each comes first as often. */
static GPtrArray *pick_groups(GArray *groups, int64_t now_us) {
    GPtrArray *picked = g_ptr_array_new();
    uint64_t first = (uint64_t)id_new();
    for (guint i = 0; i < groups->len; i++) {
        Group *group = &g_array_index(groups, Group, (first + i) % groups->len);
        if (group->due_at_us <= now_us) {
            g_ptr_array_add(picked, group);
        }
    }
    return picked;
}

static void free_share(gpointer share) {
    g_ptr_array_unref(share);
}

/* An equal share of `max` for each group; what some do not need goes to those who can use it. */
static GPtrArray *take_shares(DbTx *tx, const GPtrArray *groups, int64_t lease_id, guint max,
                              int64_t now_us, GError **error) {
    g_autoptr(GPtrArray) shares = g_ptr_array_new_with_free_func(free_share);
    guint left = max;
    for (guint i = 0; i < groups->len && left > 0; i++) {
        guint share = (left + groups->len - i - 1) / (groups->len - i);
        GPtrArray *taken = group_take(tx, groups->pdata[i], lease_id, share, now_us, error);
        if (taken == NULL) {
            return NULL;
        }
        g_ptr_array_add(shares, taken);
        left -= taken->len;
    }
    for (guint i = 0; i < shares->len && left > 0; i++) {
        GPtrArray *few = g_ptr_array_index(shares, i);
        guint had = few->len;
        GPtrArray *taken = group_take(tx, groups->pdata[i], lease_id, had + left, now_us, error);
        if (taken == NULL) {
            return NULL;
        }
        left -= taken->len - had;
        g_ptr_array_unref(few);
        shares->pdata[i] = taken;
    }
    return g_steal_pointer(&shares);
}

static bool find_due(DbTx *tx, const LeaseRequest *request, int64_t lease_id, int64_t now_us,
                     GPtrArray *found, GError **error) {
    g_autoptr(DbStmt) next = db_tx_query(tx, &q_group, error);
    g_autoptr(GArray) groups = next != NULL ? load_groups(next, error) : NULL;
    if (groups == NULL) {
        return false;
    }
    g_autoptr(GPtrArray) picked = pick_groups(groups, now_us);
    g_autoptr(GPtrArray) shares = take_shares(tx, picked, lease_id, request->max, now_us, error);
    if (shares == NULL) {
        return false;
    }
    for (guint i = 0; i < shares->len && request->grant != NULL; i++) {
        const Group *group = g_ptr_array_index(picked, i);
        GPtrArray *share = g_ptr_array_index(shares, i);
        guint granted = request->grant(request->grant_data, group->domain, share->len);
        g_ptr_array_set_size(share, (int)granted);
    }
    take_turns(shares, found, request->max);
    return true;
}

/* --- leases --------------------------------------------------------------------------------------
 */

static bool insert_lease(DbTx *tx, int64_t lease_id, const LeaseRequest *request, int64_t now_us,
                         GError **error) {
    g_autoptr(DbStmt) insert = db_tx_query(tx, &q_lease_insert, error);
    if (insert == NULL) {
        return false;
    }
    db_bind_int(insert, 1, lease_id);
    db_bind_int(insert, 2, request->owner);
    db_bind_text(insert, 3, request->relay);
    db_bind_int(insert, 4, now_us);
    return db_run(insert, NULL, error);
}

static bool mark_leased(DbTx *tx, int64_t lease_id, const GPtrArray *found, GError **error) {
    g_autoptr(DbStmt) mark = db_tx_query(tx, &q_lease_row, error);
    if (mark == NULL) {
        return false;
    }
    for (guint i = 0; i < found->len; i++) {
        const LeasedMail *mail = g_ptr_array_index(found, i);
        int64_t changed;
        db_bind_int(mark, 1, lease_id);
        db_bind_int(mark, 2, i);
        db_bind_int(mark, 3, mail->outbox_id);
        if (!db_run(mark, &changed, error)) {
            return false;
        }
        g_assert(changed == 1);
    }
    return true;
}

bool outbox_lease(DbTx *tx, const LeaseRequest *request, int64_t now_us, GPtrArray **out_leased,
                  GError **error) {
    g_assert(request->owner != 0 && request->max > 0);
    int64_t lease_id = id_new();
    g_autoptr(GPtrArray) found = g_ptr_array_new_with_free_func(free_mail);
    if (!find_due(tx, request, lease_id, now_us, found, error)) {
        return false;
    }
    if (found->len > 0 && (!insert_lease(tx, lease_id, request, now_us, error) ||
                           !mark_leased(tx, lease_id, found, error))) {
        return false;
    }
    *out_leased = g_steal_pointer(&found);
    return true;
}

static bool give_back(DbTx *tx, int64_t lease_id, int64_t now_us, GError **error) {
    g_autoptr(DbStmt) release = db_tx_query(tx, &q_release, error);
    g_autoptr(DbStmt) forget = release != NULL ? db_tx_query(tx, &q_lease_delete, error) : NULL;
    if (forget == NULL) {
        return false;
    }
    db_bind_int(release, 1, now_us);
    db_bind_int(release, 2, lease_id);
    db_bind_int(forget, 1, lease_id);
    return db_run(release, NULL, error) && db_run(forget, NULL, error);
}

bool outbox_release(DbTx *tx, int64_t lease_id, const GArray *notes, int64_t now_us,
                    DeliveryCounts *counts, GError **error) {
    return settle_notes(tx, notes, counts, error) && give_back(tx, lease_id, now_us, error);
}

static bool note_doubt(DbTx *tx, int64_t lease_id, int64_t outbox_id, int64_t now_us,
                       GError **error) {
    Note note = {.lease_id = lease_id,
                 .outbox_id = outbox_id,
                 .at_us = now_us,
                 .delivery = delivery_make(DELIVERY_IN_DOUBT,
                                           "the sender ended before the outcome was known")};
    return settle_attempt(tx, &note, error);
}

/* The first rows that a lease still holds, `max` at most, are in doubt. */
static bool record_doubt(DbTx *tx, int64_t lease_id, guint max, int64_t now_us, int64_t *in_doubt,
                         GError **error) {
    g_autoptr(DbStmt) doubt = db_tx_query(tx, &q_doubt, error);
    if (doubt == NULL) {
        return false;
    }
    db_bind_int(doubt, 1, lease_id);
    db_bind_int(doubt, 2, max);
    DbStep step = DB_DONE;
    while ((step = db_step(doubt, error)) == DB_ROW) {
        *in_doubt += 1;
        if (!note_doubt(tx, lease_id, db_int(doubt, "id"), now_us, error)) {
            return false;
        }
    }
    return step == DB_DONE;
}

static bool read_dead(DbTx *tx, int64_t owner, GArray *ids, GError **error) {
    g_autoptr(DbStmt) dead = db_tx_query(tx, &q_lease_dead, error);
    if (dead == NULL) {
        return false;
    }
    db_bind_int(dead, 1, owner);
    DbStep step;
    while ((step = db_step(dead, error)) == DB_ROW) {
        int64_t id = db_int(dead, "id");
        g_array_append_val(ids, id);
    }
    return step == DB_DONE;
}

bool outbox_end_leases(DbTx *tx, int64_t owner, const GArray *notes, guint doubtful, int64_t now_us,
                       int64_t *out_in_doubt, GError **error) {
    g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(int64_t));
    DeliveryCounts counts = {0};
    *out_in_doubt = 0;
    if (!settle_notes(tx, notes, &counts, error) || !read_dead(tx, owner, ids, error)) {
        return false;
    }
    for (guint i = 0; i < ids->len; i++) {
        int64_t id = g_array_index(ids, int64_t, i);
        if (!record_doubt(tx, id, doubtful, now_us, out_in_doubt, error) ||
            !give_back(tx, id, now_us, error)) {
            return false;
        }
    }
    return true;
}

bool outbox_next_due(Db *db, DomainReady ready, gpointer ready_data, int64_t *out_at_us,
                     GError **error) {
    g_autoptr(DbStmt) next = db_query(db, &q_group, error);
    g_autoptr(GArray) groups = next != NULL ? load_groups(next, error) : NULL;
    if (groups == NULL) {
        return false;
    }
    *out_at_us = INT64_MAX;
    for (guint i = 0; i < groups->len; i++) {
        const Group *group = &g_array_index(groups, Group, i);
        int64_t ready_at_us = ready != NULL ? ready(ready_data, group->domain) : 0;
        *out_at_us = MIN(*out_at_us, MAX(group->due_at_us, ready_at_us));
    }
    return true;
}
