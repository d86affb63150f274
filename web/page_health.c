#include "web/pages.h"

#include <string.h>

#include "base/log.h"
#include "web/queries.h"

static const DbQuery q_read = {"health.read", "SELECT count(*) AS campaigns FROM v_campaign"};
const DbQuery *const health_queries[] = {&q_read, NULL};

static Reply *health_reply(bool database, bool writer) {
    g_autofree char *json = g_strdup_printf("{\"status\":\"%s\",\"database\":%s,\"writer\":%s}\n",
                                            database && writer ? "ok" : "failing",
                                            database ? "true" : "false", writer ? "true" : "false");
    return reply_new(database && writer ? 200 : 503, REPLY_PAGE, "application/json",
                     g_bytes_new(json, strlen(json)));
}

static bool database_reads(const Site *site, GError **error) {
    g_autoptr(Reader) reader = readers_take(site->readers, error);
    g_autoptr(DbStmt) stmt = reader ? db_query(reader_db(reader), &q_read, error) : NULL;
    return stmt && db_step(stmt, error) == DB_ROW;
}

/* Nothing to do: that it was committed is the answer. */
static bool health_run(DbTx *tx, gpointer data, GError **error) {
    (void)tx;
    (void)data;
    (void)error;
    return true;
}

static Reply *health_settled(const Site *site, const Request *request, gpointer data,
                             const GError *error) {
    (void)site;
    (void)request;
    (void)data;
    if (error) {
        log_event(LOG_WARNING, "web.health", "part=writer error=\"%s\"", error->message);
    }
    return health_reply(true, error == NULL);
}

Reply *page_health(const Site *site, const Request *request, Change *out_change) {
    g_autoptr(GError) error = NULL;
    (void)request;
    if (!database_reads(site, &error)) {
        log_event(LOG_WARNING, "web.health", "part=database error=\"%s\"", error->message);
        return health_reply(false, false);
    }
    *out_change = (Change){.run = health_run, .reply = health_settled};
    return NULL;
}
