#include "web/pages.h"

#include <inttypes.h>

#include "base/clock.h"
#include "mailer/outbox_stats.h"
#include "web/page.h"
#include "web/queries.h"

/* Anonymous rounds are left out: whoever keeps the numbers would learn the minute of each answer,
 * which the database itself does not know. */
static const DbQuery q_invitations = {
    "metrics.invitations",
    "SELECT coalesce(sum(p.invited), 0) AS invited, coalesce(sum(p.started), 0) AS started,"
    " coalesce(sum(p.partial), 0) AS partial, coalesce(sum(p.complete), 0) AS complete"
    " FROM v_participation p JOIN v_campaign c ON c.round_id = p.round_id"
    " WHERE c.promise <> 'anonymous'"};
const DbQuery *const metrics_queries[] = {&q_invitations, NULL};

static void begin_metric(GString *out, const char *name, const char *type, const char *help) {
    g_string_append_printf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void append_mail(GString *out, const OutboxStats *stats) {
    begin_metric(out, "vetkoll_outbox_messages", "gauge", "Messages in the outbox, by state.");
    for (int i = 0; i < OUTBOX_STATES; i++) {
        g_string_append_printf(out, "vetkoll_outbox_messages{state=\"%s\"} %" PRId64 "\n",
                               outbox_state_code((OutboxState)i), stats->messages[i]);
    }
    begin_metric(out, "vetkoll_outbox_held", "gauge", "Waiting messages that an operator holds.");
    g_string_append_printf(out, "vetkoll_outbox_held %" PRId64 "\n", stats->held);
    begin_metric(out, "vetkoll_outbox_in_doubt_total", "counter",
                 "Times a message may have been sent with no reply seen.");
    g_string_append_printf(out, "vetkoll_outbox_in_doubt_total %" PRId64 "\n", stats->in_doubt);
    begin_metric(out, "vetkoll_outbox_oldest_due_seconds", "gauge",
                 "How long the oldest message that may go now has been due.");
    g_string_append_printf(out, "vetkoll_outbox_oldest_due_seconds %" PRId64 "\n",
                           stats->oldest_due_us / CLOCK_SECOND_US);
    begin_metric(out, "vetkoll_mail_attempts_total", "counter",
                 "Attempts to hand a message over, by what came of them.");
    for (int i = 0; i < DELIVERY_CLASSES; i++) {
        g_string_append_printf(out, "vetkoll_mail_attempts_total{class=\"%s\"} %" PRId64 "\n",
                               delivery_class_name((DeliveryClass)i), stats->attempts[i]);
    }
    begin_metric(out, "vetkoll_mail_notices_total", "counter",
                 "What became known of messages afterwards, by kind.");
    for (int i = 0; i < NOTICE_KINDS; i++) {
        g_string_append_printf(out, "vetkoll_mail_notices_total{kind=\"%s\"} %" PRId64 "\n",
                               notice_kind_name((NoticeKind)i), stats->notices[i]);
    }
}

static bool append_invitations(GString *out, Db *db, GError **error) {
    g_autoptr(DbStmt) stmt = db_query(db, &q_invitations, error);
    if (!stmt || db_step(stmt, error) != DB_ROW) {
        return false;
    }
    int64_t started = db_int(stmt, "started");
    int64_t partial = db_int(stmt, "partial");
    int64_t complete = db_int(stmt, "complete");
    int64_t none = db_int(stmt, "invited") - started - partial - complete;
    begin_metric(out, "vetkoll_invitations", "gauge",
                 "Invitations of campaigns that are not anonymous, by how far they came.");
    g_string_append_printf(out,
                           "vetkoll_invitations{status=\"none\"} %" PRId64 "\n"
                           "vetkoll_invitations{status=\"started\"} %" PRId64 "\n"
                           "vetkoll_invitations{status=\"partial\"} %" PRId64 "\n"
                           "vetkoll_invitations{status=\"complete\"} %" PRId64 "\n",
                           none, started, partial, complete);
    return true;
}

Reply *page_metrics(const Site *site, const Request *request, Change *out_change) {
    g_autoptr(GError) error = NULL;
    OutboxStats stats;
    (void)out_change;
    if (!request->local) {
        return page_message(site, request, page_lang(request, LANG_SV), MESSAGE_NOT_FOUND, NULL);
    }
    g_autoptr(GString) text = g_string_new(NULL);
    g_autoptr(Reader) reader = readers_take(site->readers, &error);
    if (!reader || !outbox_stats(reader_db(reader), request->now_us, &stats, &error)) {
        return page_fault(site, request, error);
    }
    append_mail(text, &stats);
    if (!append_invitations(text, reader_db(reader), &error)) {
        return page_fault(site, request, error);
    }
    return reply_new(200, REPLY_PAGE, "text/plain; version=0.0.4; charset=utf-8",
                     g_string_free_to_bytes(g_steal_pointer(&text)));
}
