/* The writing half of round.h. */
#include "campaigns/round.h"

#include "base/error.h"
#include "campaigns/queries.h"
#include "campaigns/round_private.h"
#include "survey/form.h"

#include <cjson/cJSON.h>
#include <string.h>

static const DbQuery q_claim = {"round.claim",
                                "UPDATE campaign SET state = 'running', note = '' WHERE id = $1"
                                " AND state = 'scheduled' AND form_id IS NOT NULL"};
static const DbQuery q_frame = {"round.frame",
                                "INSERT INTO frame (taken_at_us) VALUES ($1) RETURNING id"};
static const DbQuery q_frame_person = {
    "round.frame_person",
    "INSERT INTO frame_person (frame_id, person_id, department_path, roles, is_manager,"
    " employed_from, employed_to, position) SELECT $1, p.id, $2, $3, $4, p.employed_from,"
    " p.employed_to, $5 FROM v_person p WHERE p.id = $6"};
static const DbQuery q_insert = {
    "round.insert",
    "INSERT INTO round (campaign_id, sequence, frame_id, form_id, design, seed, method_text,"
    " opens_at_us, closes_at_us, lesson_count, page_count, planned, promised_k)"
    " VALUES ($1, 1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) RETURNING id"};
static const DbQuery q_stratum = {
    "round.stratum",
    "INSERT INTO stratum (round_id, parent_id, path, name, population, invited, pool_id)"
    " VALUES ($1, $2, $3, $4, $5, 0, $6) RETURNING id"};
static const DbQuery q_load = {
    "round.load", "SELECT id, frame_id, opens_at_us, closes_at_us, planned, filled, follow_at_us,"
                  " follow_person_id, mail_open, swept FROM round WHERE id = $1"};

const DbQuery *const round_queries[] = {&q_claim, &q_frame, &q_frame_person, &q_insert, &q_stratum,
                                        &q_load,  NULL};

/* Steps an INSERT … RETURNING id that is bound, and makes it ready to bind again. */
static bool insert_id(DbStmt *insert, int64_t *out_id, GError **error) {
    if (db_step(insert, error) != DB_ROW) {
        return false;
    }
    *out_id = db_int(insert, "id");
    bool done = db_step(insert, error) == DB_DONE;
    db_reset(insert);
    return done;
}

static bool campaign_claim(DbTx *tx, int64_t campaign_id, GError **error) {
    g_autoptr(DbStmt) claim = db_tx_query(tx, &q_claim, error);
    if (claim == NULL) {
        return false;
    }
    int64_t changed = 0;
    db_bind_int(claim, 1, campaign_id);
    return db_run(claim, &changed, error) &&
           (changed == 1 || error_set(error, VK_ERROR_CONFLICT,
                                      tr("kampanjen är inte planerad längre",
                                         "the campaign is no longer scheduled")));
}

static char *roles_json(char **roles) {
    if (roles[0] == NULL) { /* as most people have it */
        return g_strdup("[]");
    }
    cJSON *array = cJSON_CreateStringArray((const char *const *)roles, (int)g_strv_length(roles));
    char *text = cJSON_PrintUnformatted(array);
    char *json = g_strdup(text);
    cJSON_free(text);
    cJSON_Delete(array);
    return json;
}

/* Nobody who was erased since the plan was made. */
static bool frame_person_insert(DbStmt *insert, int64_t frame_id, const AudiencePerson *person,
                                GError **error) {
    g_autofree char *roles = roles_json(person->roles);
    db_bind_int(insert, 1, frame_id);
    db_bind_text(insert, 2, person->path);
    db_bind_text(insert, 3, roles);
    db_bind_bool(insert, 4, person->is_manager);
    if (person->position > 0) {
        db_bind_int(insert, 5, person->position - 1);
    } else {
        db_bind_null(insert, 5);
    }
    db_bind_int(insert, 6, person->person_id);
    return db_run(insert, NULL, error);
}

static bool frame_insert(DbTx *tx, const RoundPlan *plan, int64_t now_us, int64_t *out_id,
                         GError **error) {
    g_autoptr(DbStmt) frame = db_tx_query(tx, &q_frame, error);
    g_autoptr(DbStmt) insert = frame != NULL ? db_tx_query(tx, &q_frame_person, error) : NULL;
    if (insert == NULL) {
        return false;
    }
    db_bind_int(frame, 1, now_us);
    bool good = insert_id(frame, out_id, error);
    for (guint i = 0; good && i < plan->people->len; i++) {
        good = frame_person_insert(insert, *out_id, plan->people->pdata[i], error);
    }
    return good;
}

/* How it was measured, for the evidence. In Swedish: it is part of what is handed in. */
static char *method_text(const RoundPlan *plan, const Form *form, bool sampled) {
    static const char *const promises[] = {
        [PROMISE_IDENTIFIED] = "Svaren är identifierade",
        [PROMISE_CONFIDENTIAL] = "Svaren är konfidentiella och visas bara i grupp",
        [PROMISE_ANONYMOUS] = "Svaren är anonyma och visas bara i grupp"};
    const Definition *definition = plan->definition;
    if (definition->method_text != NULL) {
        return g_strdup(definition->method_text);
    }
    GString *text = g_string_new(NULL);
    if (plan->follow_up) {
        g_string_append_printf(text,
                               "Uppföljning av utbildningen %s: alla i målgruppen som gått "
                               "den tillfrågas %u dagar efteråt. ",
                               definition->follows, definition->after_days);
    } else if (sampled) {
        g_string_append_printf(text,
                               "Stratifierat slumpmässigt urval med proportionell fördelning på "
                               "avdelningar (frö %" G_GINT64_FORMAT "): %u av %u i målgruppen. ",
                               definition->seed, plan->invited, plan->eligible);
    } else {
        g_string_append_printf(text, "Totalundersökning: alla %u i målgruppen tillfrågas. ",
                               plan->eligible);
    }
    if (definition->anchor_campaign != NULL) {
        g_string_append_printf(text, "Minst %u av frågorna är gemensamma med mätningen %s. ",
                               definition->anchor_count, definition->anchor_campaign);
    }
    g_string_append_printf(text,
                           "Organisationen hade %u anställda när omgången öppnades. Frågorna "
                           "ställs på webben genom personlig länk i e-post, med högst %u "
                           "påminnelser. %s. %s%s%s",
                           plan->people->len, definition->remind_max, promises[definition->promise],
                           form_asks_text(form) ? "Det som skrivs på öppna frågor läses ordagrant, "
                                                  "men utan namn, enhet och tid. "
                                                : "",
                           form_requires(form) ? "Några frågor måste besvaras, och då är vet inte "
                                                 "eller ej aktuellt också ett svar."
                                               : "Ingen fråga är obligatorisk.",
                           form_draws(form) ? " Var och en får ett slumpmässigt urval av en del "
                                              "av frågorna, jämnt fördelat inom avdelningen."
                           : form_varies(form) ? " Följdfrågor ställs efter vad man svarat före."
                                               : "");
    return g_string_free(text, FALSE);
}

static bool round_insert(DbTx *tx, const RoundPlan *plan, int64_t frame_id, int64_t now_us,
                         int64_t *out_id, GError **error) {
    g_autoptr(Form) form = form_load(db_tx_db(tx), plan->form_id, error);
    g_autoptr(DbStmt) insert = form != NULL ? db_tx_query(tx, &q_insert, error) : NULL;
    if (insert == NULL) {
        return false;
    }
    bool sampled = !plan->follow_up && plan->chosen->len < plan->eligible;
    g_autofree char *method = method_text(plan, form, sampled);
    guint lessons = form_lesson_count(form);
    db_bind_int(insert, 1, plan->campaign_id);
    db_bind_int(insert, 2, frame_id);
    db_bind_int(insert, 3, plan->form_id);
    db_bind_text(insert, 4, sampled ? "stratified" : "census");
    db_bind_int(insert, 5, sampled ? plan->definition->seed : 0);
    db_bind_text(insert, 6, method);
    db_bind_int(insert, 7, now_us);
    db_bind_int(insert, 8, plan->closes_at_us);
    db_bind_int(insert, 9, lessons);
    db_bind_int(insert, 10, lessons + form_page_count(form));
    db_bind_int(insert, 11, plan->follow_up ? 0 : plan->chosen->len);
    db_bind_int(insert, 12, plan->promised_k);
    return insert_id(insert, out_id, error);
}

static bool strata_insert(DbTx *tx, const RoundPlan *plan, int64_t round_id, GError **error) {
    g_autoptr(DbStmt) insert = db_tx_query(tx, &q_stratum, error);
    if (insert == NULL) {
        return false;
    }
    g_autofree int64_t *ids = g_new0(int64_t, plan->paths->len);
    bool good = true;
    for (guint i = 0; good && i < plan->paths->len; i++) {
        const char *path = g_ptr_array_index(plan->paths, i);
        const char *slash = strrchr(path, '/');
        const PoolNode *node = &plan->nodes[i];
        db_bind_int(insert, 1, round_id);
        if (i > 0) {
            db_bind_int(insert, 2, ids[node->parent]);
        } else {
            db_bind_null(insert, 2);
        }
        db_bind_text(insert, 3, path);
        db_bind_text(insert, 4, slash != NULL ? slash + 1 : path);
        db_bind_int(insert, 5, plan->population[i]);
        if (node->pool != i) {
            db_bind_int(insert, 6, ids[node->pool]);
        } else {
            db_bind_null(insert, 6);
        }
        good = insert_id(insert, &ids[i], error);
    }
    return good;
}

bool round_open(DbTx *tx, const RoundPlan *plan, int64_t now_us, int64_t *out_round_id,
                GError **error) {
    int64_t frame_id = 0;
    int64_t round_id = 0;
    if (!campaign_claim(tx, plan->campaign_id, error) ||
        !frame_insert(tx, plan, now_us, &frame_id, error) ||
        !round_insert(tx, plan, frame_id, now_us, &round_id, error) ||
        !strata_insert(tx, plan, round_id, error)) {
        return false;
    }
    *out_round_id = round_id;
    return true;
}

bool round_load(Db *db, int64_t round_id, Round *out, GError **error) {
    g_autoptr(DbStmt) query = db_query(db, &q_load, error);
    if (query == NULL) {
        return false;
    }
    db_bind_int(query, 1, round_id);
    DbStep step = db_step(query, error);
    if (step != DB_ROW) {
        return step == DB_ERROR || error_set(error, VK_ERROR_NOT_FOUND, "round");
    }
    *out = (Round){.id = round_id,
                   .frame_id = db_int(query, "frame_id"),
                   .opens_at_us = db_int(query, "opens_at_us"),
                   .closes_at_us = db_int(query, "closes_at_us"),
                   .planned = (guint)db_int(query, "planned"),
                   .filled = (guint)db_int(query, "filled"),
                   .follow_at_us = db_int(query, "follow_at_us"),
                   .follow_person_id = db_int(query, "follow_person_id"),
                   .mail_open = db_bool(query, "mail_open"),
                   .swept = db_bool(query, "swept")};
    return true;
}
