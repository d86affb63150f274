#include "campaigns/campaign.h"

#include "base/error.h"
#include "base/id.h"
#include "base/nearest.h"
#include "campaigns/definition.h"
#include "campaigns/launch.h"
#include "campaigns/phrase.h"
#include "campaigns/promised.h"
#include "campaigns/queries.h"
#include "campaigns/title.h"
#include "mailer/outbox.h"

#include <cjson/cJSON.h>

static const char *const kind_codes[] = {"training", "knowledge", "application", "obstacles"};
static const char *const state_codes[] = {"draft", "scheduled", "running", "paused", "closed"};
static const char *const promise_codes[] = {"identified", "confidential", "anonymous"};

static unsigned code_index(const char *code, const char *const *codes, size_t count) {
    for (unsigned i = 0; i < count; i++) {
        if (g_strcmp0(code, codes[i]) == 0) {
            return i;
        }
    }
    g_error("campaigns: the database holds the unknown word \"%s\"", code);
}

const char *campaign_kind_code(CampaignKind kind) {
    return kind_codes[kind];
}

const char *campaign_state_code(CampaignState state) {
    return state_codes[state];
}

const char *promise_code(Promise promise) {
    return promise_codes[promise];
}

CampaignKind campaign_kind_parse(const char *code) {
    return (CampaignKind)code_index(code, kind_codes, G_N_ELEMENTS(kind_codes));
}

CampaignState campaign_state_parse(const char *code) {
    return (CampaignState)code_index(code, state_codes, G_N_ELEMENTS(state_codes));
}

Promise promise_parse(const char *code) {
    return (Promise)code_index(code, promise_codes, G_N_ELEMENTS(promise_codes));
}

void campaign_free(Campaign *campaign) {
    if (campaign == NULL) {
        return;
    }
    g_free(campaign->name);
    lang_clear(campaign->title);
    g_free(campaign->definition);
    g_free(campaign->control_phrase);
    g_free(campaign->note);
    g_free(campaign);
}

/* --- reading ------------------------------------------------------------------------- */

#define CAMPAIGN_SELECT                                                                            \
    "SELECT c.id, c.name, c.title_sv, c.title_en, c.titles_added, c.kind, c.promise,"              \
    " c.announced, c.state,"                                                                       \
    " c.definition, c.control_phrase, c.note, c.follows_id, c.form_id, c.starts_at_us,"            \
    " c.closes_at_us, c.launched_at_us, c.closed_at_us, r.id AS round_id, r.opens_at_us,"          \
    " r.closes_at_us AS round_closes_at_us, r.unsealed, r.seal_key_id, " PROMISED_K_COLUMN         \
    " FROM campaign c LEFT JOIN round r ON r.campaign_id = c.id "

static const DbQuery q_find = {"campaign.find", CAMPAIGN_SELECT "WHERE c.name = $1"};
static const DbQuery q_list = {"campaign.list",
                               CAMPAIGN_SELECT "ORDER BY c.created_at_us DESC, c.id DESC"};
static const DbQuery q_live = {
    "campaign.live",
    CAMPAIGN_SELECT "WHERE c.state IN ('scheduled', 'running', 'paused')"
                    " OR (c.state = 'closed' AND (r.swept = 0 OR r.unsealed = 0)) ORDER BY c.id"};
static const DbQuery q_names = {"campaign.names", "SELECT name FROM campaign ORDER BY name"};
static const DbQuery q_counts = {
    "campaign.counts",
    "SELECT coalesce(sum(invited), 0) AS invited, coalesce(sum(started), 0) AS started,"
    " coalesce(sum(partial), 0) AS partial, coalesce(sum(complete), 0) AS complete,"
    " coalesce(sum(undeliverable), 0) AS undeliverable FROM v_participation WHERE round_id = $1"};

static Campaign *campaign_read(DbStmt *row) {
    Campaign *campaign = g_new0(Campaign, 1);
    campaign->id = db_int(row, "id");
    campaign->name = g_strdup(db_text(row, "name"));
    title_read(row, campaign->title);
    campaign->kind = campaign_kind_parse(db_text(row, "kind"));
    campaign->promise = promise_parse(db_text(row, "promise"));
    campaign->announced = db_bool(row, "announced");
    campaign->state = campaign_state_parse(db_text(row, "state"));
    campaign->definition = g_strdup(db_text(row, "definition"));
    campaign->control_phrase = g_strdup(db_text(row, "control_phrase"));
    campaign->note = g_strdup(db_text(row, "note"));
    campaign->follows_id = db_int(row, "follows_id");
    campaign->form_id = db_int(row, "form_id");
    campaign->starts_at_us = db_int(row, "starts_at_us");
    int64_t planned_close = db_int(row, "closes_at_us");
    campaign->closes_at_us =
        db_is_null(row, "round_closes_at_us") ? planned_close : db_int(row, "round_closes_at_us");
    campaign->launched_at_us = db_int(row, "launched_at_us");
    campaign->closed_at_us = db_int(row, "closed_at_us");
    campaign->round_id = db_int(row, "round_id");
    campaign->opened_at_us = db_int(row, "opens_at_us");
    campaign->promised_k = (guint)db_int(row, "promised_k");
    campaign->unsealed = db_bool(row, "unsealed");
    campaign->has_seal = !db_is_null(row, "seal_key_id");
    return campaign;
}

static bool campaign_count(Db *db, Campaign *campaign, GError **error) {
    if (campaign->round_id == 0) {
        return true;
    }
    g_autoptr(DbStmt) query = db_query(db, &q_counts, error);
    if (query == NULL) {
        return false;
    }
    db_bind_int(query, 1, campaign->round_id);
    if (db_step(query, error) != DB_ROW) {
        return false;
    }
    campaign->invited = db_int(query, "invited");
    campaign->started = db_int(query, "started");
    campaign->partial = db_int(query, "partial");
    campaign->complete = db_int(query, "complete");
    campaign->undeliverable = db_int(query, "undeliverable");
    return true;
}

bool campaign_unknown(Db *db, const char *name, GError **error) {
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(DbStmt) query = db_query(db, &q_names, error);
    if (query == NULL) {
        return false;
    }
    DbStep step;
    while ((step = db_step(query, error)) == DB_ROW) {
        g_ptr_array_add(names, g_strdup(db_text(query, "name")));
    }
    g_ptr_array_add(names, NULL);
    const char *meant = nearest_word(name, (const char *const *)names->pdata);
    if (step == DB_ERROR) {
        return false;
    }
    return meant != NULL
               ? error_set(error, VK_ERROR_NOT_FOUND,
                           tr("det finns ingen kampanj som heter \"%s\"; menade du \"%s\"?",
                              "there is no campaign named \"%s\"; did you mean \"%s\"?"),
                           name, meant)
               : error_set(
                     error, VK_ERROR_NOT_FOUND,
                     tr("det finns ingen kampanj som heter \"%s\"; se `vetkoll campaign list`",
                        "there is no campaign named \"%s\"; see `vetkoll campaign list`"),
                     name);
}

Campaign *campaign_find(Db *db, const char *name, GError **error) {
    g_autoptr(DbStmt) query = db_query(db, &q_find, error);
    if (query == NULL) {
        return NULL;
    }
    db_bind_text(query, 1, name);
    DbStep step = db_step(query, error);
    if (step == DB_DONE) {
        campaign_unknown(db, name, error);
    }
    g_autoptr(Campaign) campaign = step == DB_ROW ? campaign_read(query) : NULL;
    return campaign != NULL && campaign_count(db, campaign, error) ? g_steal_pointer(&campaign)
                                                                   : NULL;
}

static GPtrArray *campaigns_read(Db *db, const DbQuery *which, GError **error) {
    g_autoptr(DbStmt) query = db_query(db, which, error);
    if (query == NULL) {
        return NULL;
    }
    g_autoptr(GPtrArray) campaigns = g_ptr_array_new_with_free_func((GDestroyNotify)campaign_free);
    DbStep step = DB_DONE;
    while ((step = db_step(query, error)) == DB_ROW) {
        g_ptr_array_add(campaigns, campaign_read(query));
    }
    return step == DB_ERROR ? NULL : g_steal_pointer(&campaigns);
}

GPtrArray *campaign_list(Db *db, GError **error) {
    g_autoptr(GPtrArray) campaigns = campaigns_read(db, &q_list, error);
    for (guint i = 0; campaigns != NULL && i < campaigns->len; i++) {
        if (!campaign_count(db, g_ptr_array_index(campaigns, i), error)) {
            return NULL;
        }
    }
    return g_steal_pointer(&campaigns);
}

GPtrArray *campaign_list_live(Db *db, GError **error) {
    return campaigns_read(db, &q_live, error);
}

/* --- creating ------------------------------------------------------------------------ */

static const DbQuery q_taken = {"campaign.taken", "SELECT id FROM campaign WHERE name = $1"};
static const DbQuery q_follows = {"campaign.follows",
                                  "SELECT id, kind FROM campaign WHERE name = $1"};
static const DbQuery q_phrase_taken = {
    "campaign.phrase_taken",
    "SELECT id FROM campaign WHERE control_phrase = $1 AND state <> 'closed'"};
static const DbQuery q_insert = {
    "campaign.insert",
    "INSERT INTO campaign (name, title_sv, title_en, kind, promise, announced, state, definition,"
    " control_phrase, follows_id, created_at_us, titles_added)"
    " VALUES ($1, $2, $3, $4, $5, $6, 'draft', $7, $8, $9, $10, $11) RETURNING id"};

/* Whether the one-parameter query finds a row. */
static DbStep text_lookup(DbTx *tx, const DbQuery *query, const char *text, GError **error) {
    g_autoptr(DbStmt) lookup = db_tx_query(tx, query, error);
    if (lookup == NULL) {
        return DB_ERROR;
    }
    db_bind_text(lookup, 1, text);
    return db_step(lookup, error);
}

static bool follows_find(DbTx *tx, const char *name, int64_t *out_id, GError **error) {
    g_autoptr(DbStmt) lookup = db_tx_query(tx, &q_follows, error);
    if (lookup == NULL) {
        return false;
    }
    db_bind_text(lookup, 1, name);
    DbStep step = db_step(lookup, error);
    if (step == DB_ERROR) {
        return false;
    }
    if (step == DB_DONE || campaign_kind_parse(db_text(lookup, "kind")) != CAMPAIGN_TRAINING) {
        return error_set(
            error, VK_ERROR_NOT_FOUND,
            tr("kampanjfilen, fältet \"follows\": det finns ingen utbildning som heter "
               "\"%s\"; skapa den först",
               "campaign file, field \"follows\": there is no training named \"%s\"; "
               "create it first"),
            name);
    }
    *out_id = db_int(lookup, "id");
    return true;
}

/* One that no campaign that is not closed has. */
static char *phrase_unique(DbTx *tx, GError **error) {
    for (;;) {
        g_autofree char *phrase = phrase_make();
        DbStep step = text_lookup(tx, &q_phrase_taken, phrase, error);
        if (step != DB_ROW) {
            return step == DB_DONE ? g_steal_pointer(&phrase) : NULL;
        }
    }
}

/* The definition as given, with a seed if it had none, so that the sample can be made again. */
static char *definition_keep(const char *json, gsize length, const Definition *definition) {
    cJSON *tree = cJSON_ParseWithLength(json, length);
    if (definition->seed == 0) {
        cJSON_AddNumberToObject(tree, "seed", (double)(id_new() % INT32_MAX + 1));
    }
    char *text = cJSON_PrintUnformatted(tree);
    char *kept = g_strdup(text);
    cJSON_free(text);
    cJSON_Delete(tree);
    return kept;
}

static bool campaign_insert(DbTx *tx, const Definition *definition, const char *json,
                            int64_t follows_id, int64_t now_us, int64_t *out_id, GError **error) {
    g_autofree char *phrase = phrase_unique(tx, error);
    g_autofree char *titles = titles_added(definition->title);
    g_autoptr(DbStmt) insert = phrase != NULL ? db_tx_query(tx, &q_insert, error) : NULL;
    if (insert == NULL) {
        return false;
    }
    db_bind_text(insert, 1, definition->name);
    db_bind_text(insert, 2, definition->title[LANG_SV]);
    db_bind_text(insert, 3, definition->title[LANG_EN]);
    db_bind_text(insert, 4, campaign_kind_code(definition->kind));
    db_bind_text(insert, 5, promise_code(definition->promise));
    db_bind_bool(insert, 6, definition->announced);
    db_bind_text(insert, 7, json);
    db_bind_text(insert, 8, phrase);
    if (follows_id != 0) {
        db_bind_int(insert, 9, follows_id);
    } else {
        db_bind_null(insert, 9);
    }
    db_bind_int(insert, 10, now_us);
    db_bind_text(insert, 11, titles);
    if (db_step(insert, error) != DB_ROW) {
        return false;
    }
    *out_id = db_int(insert, "id");
    return db_step(insert, error) == DB_DONE;
}

/* Content that cannot be asked is a fault now; a pack may be imported later. */
static bool content_check(Db *db, const Definition *definition, GError **error) {
    g_autoptr(GError) fault = NULL;
    if (campaign_check_content(db, definition, &fault) ||
        g_error_matches(fault, VK_ERROR, VK_ERROR_NOT_FOUND)) {
        return true;
    }
    g_propagate_prefixed_error(
        error, g_steal_pointer(&fault),
        tr("kampanjfilen, fältet \"content\": ", "campaign file, field \"content\": "));
    return false;
}

/* A language that is not there any more is passed over; one in a new campaign is a misspelling. */
static bool languages_check(const Definition *definition, GError **error) {
    if (definition->title_foreign == NULL) {
        return true;
    }
    g_autoptr(GString) known = g_string_new(NULL);
    for (guint lang = 0; lang < lang_count(); lang++) {
        g_string_append_printf(known, "%s%s", lang > 0 ? ", " : "", lang_code((Lang)lang));
    }
    return error_set(error, VK_ERROR_INPUT,
                     tr("kampanjfilen, fältet \"title.%s\": språket finns inte; språken är %s",
                        "campaign file, field \"title.%s\": there is no such language; the "
                        "languages are %s"),
                     definition->title_foreign, known->str);
}

bool campaign_create(DbTx *tx, const char *json, gsize length, int64_t now_us, int64_t *out_id,
                     GError **error) {
    g_autoptr(Definition) definition = definition_parse_new(json, length, error);
    if (definition == NULL || !languages_check(definition, error)) {
        return false;
    }
    DbStep taken = text_lookup(tx, &q_taken, definition->name, error);
    if (taken == DB_ROW) {
        return error_set(error, VK_ERROR_CONFLICT,
                         tr("det finns redan en kampanj som heter \"%s\"; välj ett annat namn",
                            "there is already a campaign named \"%s\"; choose another name"),
                         definition->name);
    }
    int64_t follows_id = 0;
    if (taken == DB_ERROR ||
        (definition->follows != NULL &&
         !follows_find(tx, definition->follows, &follows_id, error)) ||
        !content_check(db_tx_db(tx), definition, error)) {
        return false;
    }
    g_autofree char *kept = definition_keep(json, length, definition);
    return campaign_insert(tx, definition, kept, follows_id, now_us, out_id, error);
}

/* --- pausing, resuming, closing ------------------------------------------------------ */

static const DbQuery q_state = {"campaign.state", "UPDATE campaign SET state = $1 WHERE id = $2"};
static const DbQuery q_closed = {
    "campaign.closed", "UPDATE campaign SET state = 'closed', closed_at_us = $1 WHERE id = $2"};
static const DbQuery q_round_shut = {"campaign.round_shut",
                                     "UPDATE round SET mail_open = 0 WHERE id = $1"};
static const DbQuery q_round_close = {
    "campaign.round_close",
    "UPDATE round SET closes_at_us = $1 WHERE id = $2 AND closes_at_us > $1"};

const DbQuery *const campaign_queries[] = {
    &q_find,         &q_list,   &q_live,  &q_names,  &q_counts,     &q_taken,       &q_follows,
    &q_phrase_taken, &q_insert, &q_state, &q_closed, &q_round_shut, &q_round_close, NULL};

static bool state_fault(const Campaign *campaign, const char *sv, const char *en, GError **error) {
    static const char *const sv_states[] = {"ett utkast", "planerad", "igång", "pausad",
                                            "avslutad"};
    static const char *const en_states[] = {"a draft", "scheduled", "running", "paused", "closed"};
    return error_set(
        error, VK_ERROR_CONFLICT, tr("kampanjen \"%s\" är %s: %s", "the campaign \"%s\" is %s: %s"),
        campaign->name, (lang_current() == LANG_SV ? sv_states : en_states)[campaign->state],
        lang_current() == LANG_SV ? sv : en);
}

static bool campaign_set_state(DbTx *tx, int64_t id, CampaignState state, GError **error) {
    g_autoptr(DbStmt) update = db_tx_query(tx, &q_state, error);
    if (update == NULL) {
        return false;
    }
    db_bind_text(update, 1, campaign_state_code(state));
    db_bind_int(update, 2, id);
    return db_run(update, NULL, error);
}

/* Nothing more of the round is handed to a relay until the runner opens the mail again. */
static bool round_shut(DbTx *tx, int64_t round_id, GError **error) {
    if (round_id == 0) {
        return true;
    }
    g_autoptr(DbStmt) update = db_tx_query(tx, &q_round_shut, error);
    if (update == NULL) {
        return false;
    }
    db_bind_int(update, 1, round_id);
    return db_run(update, NULL, error) && mailing_hold(tx, round_id, true, error);
}

bool campaign_pause(DbTx *tx, const char *name, GError **error) {
    g_autoptr(Campaign) campaign = campaign_find(db_tx_db(tx), name, error);
    if (campaign == NULL) {
        return false;
    }
    if (campaign->state != CAMPAIGN_SCHEDULED && campaign->state != CAMPAIGN_RUNNING) {
        return state_fault(campaign, "bara en planerad eller pågående kampanj kan pausas",
                           "only a scheduled or running campaign can be paused", error);
    }
    return campaign_set_state(tx, campaign->id, CAMPAIGN_PAUSED, error) &&
           round_shut(tx, campaign->round_id, error);
}

bool campaign_resume(DbTx *tx, const char *name, int64_t now_us, GError **error) {
    g_autoptr(Campaign) campaign = campaign_find(db_tx_db(tx), name, error);
    if (campaign == NULL) {
        return false;
    }
    if (campaign->state != CAMPAIGN_PAUSED) {
        return state_fault(campaign, "bara en pausad kampanj kan återupptas",
                           "only a paused campaign can be resumed", error);
    }
    if (campaign->closes_at_us <= now_us) {
        return state_fault(campaign, "dess slutdatum har passerat", "its closing date has passed",
                           error);
    }
    CampaignState next = campaign->round_id != 0 ? CAMPAIGN_RUNNING : CAMPAIGN_SCHEDULED;
    return campaign_set_state(tx, campaign->id, next, error);
}

bool campaign_close(DbTx *tx, const char *name, int64_t now_us, GError **error) {
    g_autoptr(Campaign) campaign = campaign_find(db_tx_db(tx), name, error);
    if (campaign == NULL) {
        return false;
    }
    if (campaign->state == CAMPAIGN_CLOSED) {
        return state_fault(campaign, "den kan inte avslutas igen", "it cannot be closed again",
                           error);
    }
    g_autoptr(DbStmt) close = db_tx_query(tx, &q_closed, error);
    g_autoptr(DbStmt) round = close != NULL ? db_tx_query(tx, &q_round_close, error) : NULL;
    if (round == NULL) {
        return false;
    }
    db_bind_int(close, 1, now_us);
    db_bind_int(close, 2, campaign->id);
    db_bind_int(round, 1, now_us);
    db_bind_int(round, 2, campaign->round_id);
    return db_run(close, NULL, error) && db_run(round, NULL, error) &&
           round_shut(tx, campaign->round_id, error);
}
