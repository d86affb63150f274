#include "campaigns/visit.h"

#include "campaigns/definition.h"
#include "campaigns/practice_visit.h"
#include "campaigns/promised.h"
#include "campaigns/queries.h"
#include "campaigns/title.h"

#include <string.h>

static const DbQuery q_visit = {
    "visit.find",
    /* in the order in which they are read */
    "SELECT i.id, i.round_id, i.stratum_id, i.person_id, c.id AS campaign_id, c.name, "
    "c.titles_added,"
    " c.title_sv, c.title_en, c.kind, c.promise, " PROMISED_K_COLUMN
    ", r.opens_at_us, r.closes_at_us,"
    " c.control_phrase, i.locale, r.form_id, r.lesson_count, r.page_count, i.status, i.attempt,"
    " coalesce((SELECT g.page FROM v_progress g WHERE g.respondent_id = i.respondent_id), 0) AS "
    "page,"
    " i.respondent_id, r.seal_public, c.definition, c.state, r.links_end_at_us,"
    " i.revoked_at_us, p.active, i.queued_at_us, i.due_at_us, i.measured_id"
    " FROM invitation i JOIN round r ON r.id = i.round_id JOIN campaign c ON c.id = r.campaign_id"
    " JOIN v_person p ON p.id = i.person_id"
    " WHERE i.id = $1"};

const DbQuery *const visit_queries[] = {&q_visit, NULL};

void visit_free(Visit *visit) {
    if (visit == NULL) {
        return;
    }
    g_free(visit->campaign);
    lang_clear(visit->title);
    g_free(visit->control_phrase);
    g_free(visit);
}

/* What the row says of the person's own progress. */
static void visit_read_progress(Visit *visit, DbStmt *row) {
    const char *status = db_text(row, "status");
    visit->completed = g_str_equal(status, "complete");
    visit->attempt = (guint)db_int(row, "attempt");
    visit->page = (guint)db_int(row, "page");
    visit->respondent_id = db_int(row, "respondent_id");
    visit->started = !g_str_equal(status, "none");
    if (visit->promise == PROMISE_ANONYMOUS) {
        visit->page = visit->completed ? visit->page_count : 0;
    }
    visit->option_seed = visit->invitation_id ^ (int64_t)visit->attempt;
}

static void visit_read(Visit *visit, DbStmt *row) {
    visit->invitation_id = db_int(row, "id");
    visit->round_id = db_int(row, "round_id");
    visit->stratum_id = db_int(row, "stratum_id");
    visit->person_id = db_int(row, "person_id");
    visit->campaign_id = db_int(row, "campaign_id");
    visit->campaign = g_strdup(db_text(row, "name"));
    title_read(row, visit->title);
    visit->kind = campaign_kind_parse(db_text(row, "kind"));
    visit->promise = promise_parse(db_text(row, "promise"));
    visit->promised_k = (guint)db_int(row, "promised_k");
    visit->opens_at_us = db_int(row, "opens_at_us");
    visit->closes_at_us = db_int(row, "closes_at_us");
    visit->control_phrase = g_strdup(db_text(row, "control_phrase"));
    visit->locale = lang_stored(db_text(row, "locale"));
    visit->form_id = db_int(row, "form_id");
    visit->lesson_count = (guint)db_int(row, "lesson_count");
    visit->page_count = (guint)db_int(row, "page_count");
    visit_read_progress(visit, row);
    size_t size = 0;
    const void *seal = db_blob(row, "seal_public", &size);
    if (size == sizeof visit->seal_public) {
        memcpy(visit->seal_public, seal, size);
    }
}

/* Of a campaign that is neither paused nor closed and an invitation that is not revoked. Who has
 * begun is never early: a clock that is set back shuts nobody out in the middle of a page. */
static bool visit_is_early(const Visit *visit, DbStmt *row, int64_t now_us) {
    return !visit->started &&
           (now_us < db_int(row, "opens_at_us") ||
            (db_is_null(row, "queued_at_us") && now_us < db_int(row, "due_at_us")));
}

static VisitState visit_state(const Visit *visit, DbStmt *row, int64_t now_us) {
    CampaignState state = campaign_state_parse(db_text(row, "state"));
    bool attempt_done = visit->completed && visit->page >= visit->page_count;
    bool closed = state == CAMPAIGN_CLOSED || now_us >= visit->closes_at_us;
    bool paused = state == CAMPAIGN_PAUSED;
    bool ended = !db_is_null(row, "links_end_at_us") && now_us >= db_int(row, "links_end_at_us");
    if (!db_is_null(row, "revoked_at_us")) {
        return VISIT_REVOKED;
    }
    if (closed && ended) {
        return VISIT_CLOSED;
    }
    if (attempt_done || (visit->completed && (closed || paused))) {
        return VISIT_COMPLETE;
    }
    if (!db_bool(row, "active")) {
        return VISIT_REVOKED; /* has left; a return opens the link again */
    }
    if (closed) {
        return VISIT_CLOSED;
    }
    if (paused) {
        return VISIT_PAUSED;
    }
    return visit_is_early(visit, row, now_us) ? VISIT_NOT_YET : VISIT_OPEN;
}

static gpointer definition_make(const char *json, GError **error) {
    return definition_parse(json, strlen(json), error);
}

static void definition_destroy(gpointer definition) {
    definition_free(definition);
}

/* To read a definition takes longer than all the rest of a visit. */
static const DbMemo definitions = {definition_make, definition_destroy};

static bool visit_finish(Visit *visit, Db *db, DbStmt *row, int64_t now_us, GError **error) {
    const Definition *definition = db_memo(db, &definitions, db_text(row, "definition"), error);
    if (definition == NULL) {
        return false;
    }
    CampaignState state = campaign_state_parse(db_text(row, "state"));
    bool running = state == CAMPAIGN_RUNNING && now_us < visit->closes_at_us;
    visit->state = visit_state(visit, row, now_us);
    visit->practises = definition->practice;
    visit->key_withheld = visit->kind == CAMPAIGN_KNOWLEDGE && state != CAMPAIGN_CLOSED &&
                          now_us < visit->closes_at_us;
    visit->minutes = definition->minutes;
    visit->allow_retry = definition->allow_retry && running && visit->state == VISIT_COMPLETE;
    if (visit->state == VISIT_COMPLETE && visit->page < visit->page_count) {
        /* A new attempt was cut off: what there is to show is the first. */
        visit->respondent_id = db_int(row, "measured_id");
        visit->attempt = 1;
        visit->option_seed = visit->invitation_id ^ 1;
        visit->page = visit->page_count;
    }
    return true;
}

bool answering_visit(Db *db, int64_t invitation_id, int64_t now_us, Visit **out, GError **error) {
    g_autoptr(DbStmt) row = db_query(db, &q_visit, error);
    if (row == NULL) {
        return false;
    }
    db_bind_int(row, 1, invitation_id);
    DbStep step = db_step(row, error);
    if (step != DB_ROW) {
        return step == DB_DONE && practice_visit(db, invitation_id, now_us, out, error);
    }
    g_autoptr(Visit) visit = g_new0(Visit, 1);
    visit_read(visit, row);
    if (!visit_finish(visit, db, row, now_us, error)) {
        return false;
    }
    *out = g_steal_pointer(&visit);
    return true;
}
