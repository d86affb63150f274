#include "campaigns/launch.h"

#include "base/clock.h"
#include "base/error.h"
#include "campaigns/anchor.h"
#include "campaigns/promised.h"
#include "campaigns/queries.h"
#include "campaigns/round.h"
#include "survey/form.h"

#include <string.h>

enum { CLOSE_AFTER_DAYS = 21, FOLLOW_UP_ANSWER_DAYS = 14 };

static const DbQuery q_followed = {"launch.followed",
                                   "SELECT name, state, closes_at_us FROM campaign WHERE id = $1"};
static const DbQuery q_launch = {
    "launch.launch", "UPDATE campaign SET state = 'scheduled', form_id = $1, starts_at_us = $2,"
                     " closes_at_us = $3, launched_at_us = $4, promised_k = $5, note = ''"
                     " WHERE id = $6"};

const DbQuery *const launch_queries[] = {&q_followed, &q_launch, NULL};

/* When the training can have its last completion. CONFLICT if it is a draft. */
static bool followed_close(Db *db, int64_t follows_id, int64_t *out_at_us, GError **error) {
    g_autoptr(DbStmt) query = db_query(db, &q_followed, error);
    if (query == NULL) {
        return false;
    }
    db_bind_int(query, 1, follows_id);
    if (db_step(query, error) != DB_ROW) {
        return false;
    }
    if (campaign_state_parse(db_text(query, "state")) == CAMPAIGN_DRAFT) {
        return error_set(error, VK_ERROR_CONFLICT,
                         tr("starta först utbildningen \"%s\" som kampanjen följer upp",
                            "first launch the training \"%s\" that the campaign follows up"),
                         db_text(query, "name"));
    }
    *out_at_us = db_int(query, "closes_at_us");
    return true;
}

/* Fixes start and close of a campaign that is not launched. */
static bool campaign_dates(Db *db, Campaign *campaign, const Definition *definition, int64_t now_us,
                           GError **error) {
    int64_t start_at_us = definition->start_at_us != 0 ? definition->start_at_us : now_us;
    int64_t close_at_us = definition->close_at_us;
    int64_t followed_at_us = 0;
    if (campaign->follows_id != 0 &&
        !followed_close(db, campaign->follows_id, &followed_at_us, error)) {
        return false;
    }
    if (close_at_us == 0) {
        int days = campaign->follows_id != 0 ? (int)definition->after_days + FOLLOW_UP_ANSWER_DAYS
                                             : CLOSE_AFTER_DAYS;
        int64_t from_at_us = MAX(start_at_us, definition->end_at_us);
        close_at_us = schedule_add_days(MAX(from_at_us, followed_at_us), days);
    }
    if (close_at_us <= MAX(now_us, start_at_us)) {
        g_autofree char *text = clock_format_end(close_at_us);
        return error_set(error, VK_ERROR_CONFLICT,
                         tr("kampanjen \"%s\" skulle stänga %s, som har passerat eller är före "
                            "starten; skapa den på nytt med ett senare schedule.close",
                            "the campaign \"%s\" would close at %s, which has passed or is before "
                            "its start; create it anew with a later schedule.close"),
                         campaign->name, text);
    }
    campaign->starts_at_us = start_at_us;
    campaign->closes_at_us = close_at_us;
    return true;
}

/* The campaign's plan as of now; its dates are fixed if they were not. */
static RoundPlan *campaign_plan(Db *db, Campaign *campaign, guint k_anonymous, int64_t now_us,
                                GError **error) {
    if (campaign->launched_at_us == 0) {
        g_autoptr(Definition) definition =
            definition_parse(campaign->definition, strlen(campaign->definition), error);
        if (definition == NULL || !campaign_dates(db, campaign, definition, now_us, error)) {
            return NULL;
        }
    }
    return round_plan(db, campaign, k_anonymous, now_us, error);
}

static FormSpec form_spec(const Definition *definition) {
    static const ItemMeasure scored[] = {MEASURE_KNOWLEDGE, MEASURE_SCENARIO};
    static const ItemMeasure application[] = {MEASURE_APPLICATION};
    static const ItemMeasure obstacles[] = {MEASURE_OBSTACLE};
    static const struct {
        const ItemMeasure *list;
        guint count;
    } measures[] = {[CAMPAIGN_TRAINING] = {scored, G_N_ELEMENTS(scored)},
                    [CAMPAIGN_KNOWLEDGE] = {scored, G_N_ELEMENTS(scored)},
                    [CAMPAIGN_APPLICATION] = {application, G_N_ELEMENTS(application)},
                    [CAMPAIGN_OBSTACLES] = {obstacles, G_N_ELEMENTS(obstacles)}};
    /* Two banks that never mix: what is practised with its key, and what measures. */
    static const ItemBank training = BANK_TRAINING;
    static const ItemBank measurement = BANK_MEASUREMENT;
    static const ItemBank *const banks[] = {[CAMPAIGN_TRAINING] = &training,
                                            [CAMPAIGN_KNOWLEDGE] = &measurement,
                                            [CAMPAIGN_APPLICATION] = NULL,
                                            [CAMPAIGN_OBSTACLES] = NULL};
    return (FormSpec){.pack = definition->pack,
                      .bank = banks[definition->kind],
                      .lesson_keys = (const char *const *)definition->lessons,
                      .questionnaire = definition->questionnaire,
                      .item_keys = (const char *const *)definition->items,
                      .measures = measures[definition->kind].list,
                      .measure_count = measures[definition->kind].count,
                      .areas = (const char *const *)definition->areas,
                      .topics = (const char *const *)definition->topics,
                      .per_area = definition->per_area,
                      .items_per_page = definition->items_per_page,
                      .anonymous = definition->promise == PROMISE_ANONYMOUS};
}

/* The spec, with the items chosen where they depend on an earlier campaign: `out_keys` owns them.
 */
static bool form_spec_find(Db *db, const Definition *definition, FormSpec *out, GStrv *out_keys,
                           GError **error) {
    *out = form_spec(definition);
    if (definition->anchor_campaign == NULL) {
        return true;
    }
    *out_keys = anchor_items(db, definition, error);
    out->item_keys = (const char *const *)*out_keys;
    return *out_keys != NULL;
}

bool campaign_check_content(Db *db, const Definition *definition, GError **error) {
    FormSpec spec;
    g_auto(GStrv) keys = NULL;
    return form_spec_find(db, definition, &spec, &keys, error) &&
           form_check(db, &spec, definition->seed, error);
}

bool campaign_launch(DbTx *tx, const char *name, guint k, guint k_anonymous, int64_t now_us,
                     GError **error) {
    Db *db = db_tx_db(tx);
    g_autoptr(Campaign) campaign = campaign_find(db, name, error);
    if (campaign == NULL) {
        return false;
    }
    if (campaign->state != CAMPAIGN_DRAFT) {
        return error_set(error, VK_ERROR_CONFLICT,
                         tr("kampanjen \"%s\" är redan startad", "the campaign \"%s\" is launched"),
                         name);
    }
    campaign->launched_at_us = 0;
    int64_t form_id = 0;
    g_autoptr(RoundPlan) plan = campaign_plan(db, campaign, k_anonymous, now_us, error);
    if (plan == NULL) {
        return false;
    }
    const Definition *definition = round_plan_definition(plan);
    FormSpec spec;
    g_auto(GStrv) keys = NULL;
    if (!form_spec_find(db, definition, &spec, &keys, error) ||
        !form_create(tx, &spec, definition->seed, now_us, &form_id, error)) {
        return false;
    }
    g_autoptr(DbStmt) launch = db_tx_query(tx, &q_launch, error);
    if (launch == NULL) {
        return false;
    }
    db_bind_int(launch, 1, form_id);
    db_bind_int(launch, 2, campaign->starts_at_us);
    db_bind_int(launch, 3, campaign->closes_at_us);
    db_bind_int(launch, 4, now_us);
    db_bind_int(launch, 5, promised_k(campaign->promise, k, k_anonymous));
    db_bind_int(launch, 6, campaign->id);
    return db_run(launch, NULL, error);
}

/* --- preview ------------------------------------------------------------------------- */

void launch_preview_free(LaunchPreview *preview) {
    if (preview == NULL) {
        return;
    }
    g_strfreev(preview->unknown_emails);
    g_array_unref(preview->first_reminders);
    g_array_unref(preview->last_reminders);
    g_free(preview);
}

static GArray *preview_reminders(const Definition *definition, int64_t sent_at_us,
                                 int64_t closes_at_us) {
    GArray *reminders = g_array_new(FALSE, FALSE, sizeof(int64_t));
    for (guint i = 0; i < definition->remind_max; i++) {
        sent_at_us = schedule_reminder(&definition->window, sent_at_us, definition->remind_after);
        if (sent_at_us >= closes_at_us) {
            break;
        }
        g_array_append_val(reminders, sent_at_us);
    }
    return reminders;
}

LaunchPreview *campaign_preview(Db *db, const char *name, guint k_anonymous, int64_t now_us,
                                GError **error) {
    g_autoptr(Campaign) campaign = campaign_find(db, name, error);
    g_autoptr(RoundPlan) plan =
        campaign != NULL ? campaign_plan(db, campaign, k_anonymous, now_us, error) : NULL;
    if (plan == NULL) {
        return NULL;
    }
    const Definition *definition = round_plan_definition(plan);
    if (campaign->state == CAMPAIGN_DRAFT && !campaign_check_content(db, definition, error)) {
        return NULL;
    }
    LaunchPreview *preview = g_new0(LaunchPreview, 1);
    preview->population = round_plan_population(plan);
    preview->eligible = round_plan_eligible(plan);
    preview->invited = round_plan_invited(plan);
    preview->unknown_emails = round_plan_unknown_emails(plan);
    preview->follow_up = campaign->follows_id != 0;
    preview->starts_at_us =
        campaign->opened_at_us != 0 ? campaign->opened_at_us : MAX(campaign->starts_at_us, now_us);
    preview->closes_at_us = campaign->closes_at_us;
    int64_t end_at_us = definition->end_at_us != 0 ? definition->end_at_us : preview->starts_at_us;
    g_autoptr(GArray) stretches =
        schedule_stretches(&definition->window, preview->starts_at_us, end_at_us);
    guint count = MAX(preview->invited, 1);
    preview->first_send_at_us = schedule_instant(stretches, 0, count);
    preview->last_send_at_us = schedule_instant(stretches, count - 1, count);
    preview->first_reminders =
        preview_reminders(definition, preview->first_send_at_us, preview->closes_at_us);
    preview->last_reminders =
        preview_reminders(definition, preview->last_send_at_us, preview->closes_at_us);
    return preview;
}
