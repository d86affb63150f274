#include "reports/study.h"

#include "base/error.h"
#include "reports/queries.h"

#include <inttypes.h>
#include <string.h>

#define STUDY_COLUMNS                                                                              \
    "c.id AS id, c.name AS name, c.title_sv AS title_sv, c.title_en AS title_en, c.kind AS kind, " \
    "c.promise AS promise, c.announced AS announced, c.state AS state, "                           \
    "c.follows_id AS follows_id, c.closed_at_us AS closed_at_us, c.round_id AS round_id, "         \
    "c.form_id AS form_id, c.design AS design, c.method_text AS method_text, "                     \
    "c.opens_at_us AS opens_at_us, c.closes_at_us AS closes_at_us, c.frame_at_us AS frame_at_us, " \
    "c.promised_k AS promised_k "

static const DbQuery q_find = {"study.find",
                               "SELECT " STUDY_COLUMNS "FROM v_campaign c WHERE c.name = $1 "
                               "ORDER BY c.opens_at_us DESC, c.round_id DESC LIMIT 1"};
static const DbQuery q_list = {"study.list", "SELECT " STUDY_COLUMNS
                                             "FROM v_campaign c WHERE c.round_id IS NOT NULL "
                                             "ORDER BY c.opens_at_us, c.name, c.round_id"};
static const DbQuery q_strata = {
    "study.strata", "SELECT id, parent_id, path, name, population, invited FROM v_stratum "
                    "WHERE round_id = $1 ORDER BY name, id"};

const DbQuery *const study_queries[] = {&q_find, &q_list, &q_strata, NULL};

ReportSettings report_settings(int64_t k, int64_t k_anonymous) {
    int64_t largest = MAX(k, k_anonymous);
    return (ReportSettings){.k = k,
                            .k_anonymous = k_anonymous,
                            .k_sensitive = MAX(REPORT_K_SENSITIVE, largest),
                            .k_text = MAX(REPORT_K_TEXT, largest)};
}

ReportSettings report_settings_default(void) {
    return report_settings(REPORT_K, REPORT_K_ANONYMOUS);
}

static void study_node_free(gpointer data) {
    StudyNode *node = data;
    g_free(node->path);
    g_free(node->name);
    g_free(node);
}

void study_free(Study *study) {
    if (!study) {
        return;
    }
    g_free(study->name);
    for (guint i = 0; i < LANG_OWN_COUNT; i++) {
        g_free(study->title[i]);
    }
    g_free(study->state);
    g_free(study->design);
    g_free(study->method_text);
    g_clear_pointer(&study->nodes, g_ptr_array_unref);
    g_free(study);
}

static const char *const kind_codes[] = {"training", "knowledge", "application", "obstacles", NULL};
static const char *const promise_codes[] = {"identified", "confidential", "anonymous", NULL};

static int code_index(const char *const *codes, const char *code) {
    for (int i = 0; codes[i]; i++) {
        if (strcmp(codes[i], code) == 0) {
            return i;
        }
    }
    g_assert_not_reached(); /* the schema checks the column */
}

static Study *study_from_row(DbStmt *row) {
    Study *study = g_new0(Study, 1);
    study->campaign_id = db_int(row, "id");
    study->name = g_strdup(db_text(row, "name"));
    study->title[LANG_SV] = g_strdup(db_text(row, "title_sv"));
    study->title[LANG_EN] = g_strdup(db_text(row, "title_en"));
    study->kind = (CampaignKind)code_index(kind_codes, db_text(row, "kind"));
    study->promise = (Promise)code_index(promise_codes, db_text(row, "promise"));
    study->announced = db_bool(row, "announced");
    study->state = g_strdup(db_text(row, "state"));
    study->closed = strcmp(study->state, "closed") == 0;
    study->follows_id = db_is_null(row, "follows_id") ? 0 : db_int(row, "follows_id");
    study->round_id = db_int(row, "round_id");
    study->form_id = db_int(row, "form_id");
    study->design = g_strdup(db_text(row, "design"));
    study->method_text = g_strdup(db_text(row, "method_text"));
    study->frame_at_us = db_int(row, "frame_at_us");
    study->opens_at_us = db_int(row, "opens_at_us");
    study->closes_at_us = db_int(row, "closes_at_us");
    study->promised_k = db_int(row, "promised_k");
    if (study->closed) {
        study->closed_at_us =
            db_is_null(row, "closed_at_us") ? study->closes_at_us : db_int(row, "closed_at_us");
    }
    study->nodes = g_ptr_array_new_with_free_func(study_node_free);
    return study;
}

typedef struct {
    int64_t parent_id; /* 0: none */
    StudyNode *node;
} Stratum;

/* Moves the children of `parent_id`, and theirs, to the study's list. */
static void place_children(Study *study, GArray *strata, int64_t parent_id, int parent,
                           guint depth) {
    for (guint i = 0; i < strata->len; i++) {
        Stratum *stratum = &g_array_index(strata, Stratum, i);
        if (!stratum->node || stratum->parent_id != parent_id) {
            continue;
        }
        StudyNode *node = g_steal_pointer(&stratum->node);
        node->parent = parent;
        node->depth = depth;
        int index = (int)study->nodes->len;
        g_ptr_array_add(study->nodes, node);
        place_children(study, strata, node->stratum_id, index, depth + 1);
    }
}

static void clear_stratum(gpointer data) {
    Stratum *stratum = data;
    g_clear_pointer(&stratum->node, study_node_free);
}

static bool load_nodes(Db *db, Study *study, GError **error) {
    g_autoptr(DbStmt) rows = db_query(db, &q_strata, error);
    if (!rows) {
        return false;
    }
    g_autoptr(GArray) strata = g_array_new(FALSE, TRUE, sizeof(Stratum));
    g_array_set_clear_func(strata, clear_stratum);
    db_bind_int(rows, 1, study->round_id);
    DbStep step;
    while ((step = db_step(rows, error)) == DB_ROW) {
        StudyNode *node = g_new0(StudyNode, 1);
        node->stratum_id = db_int(rows, "id");
        node->path = g_strdup(db_text(rows, "path"));
        node->name = g_strdup(db_text(rows, "name"));
        node->population = db_int(rows, "population");
        node->invited = db_int(rows, "invited");
        int64_t parent_id = db_is_null(rows, "parent_id") ? 0 : db_int(rows, "parent_id");
        Stratum stratum = {.parent_id = parent_id, .node = node};
        g_array_append_val(strata, stratum);
    }
    if (step == DB_ERROR) {
        return false;
    }
    place_children(study, strata, 0, -1, 0);
    if (study->nodes->len != strata->len || study->nodes->len == 0 ||
        (study->nodes->len > 1 && study_node(study, 1)->parent < 0)) {
        return error_set(error, VK_ERROR_INTERNAL, "round %" PRId64 ": strata are not one tree",
                         study->round_id);
    }
    return true;
}

bool study_find(Db *db, const char *campaign, Study **out_study, GError **error) {
    g_autoptr(DbStmt) row = db_query(db, &q_find, error);
    if (!row) {
        return false;
    }
    db_bind_text(row, 1, campaign);
    DbStep step = db_step(row, error);
    if (step == DB_ERROR) {
        return false;
    }
    if (step == DB_DONE) {
        return campaign_unknown(db, campaign, error);
    }
    if (db_is_null(row, "round_id")) {
        return error_set(
            error, VK_ERROR_CONFLICT,
            tr("Kampanjen \"%s\" har inte öppnat än, så det finns inget att rapportera.",
               "The campaign \"%s\" has not opened yet, so there is nothing to report."),
            campaign);
    }
    g_autoptr(Study) study = study_from_row(row);
    if (!load_nodes(db, study, error)) {
        return false;
    }
    *out_study = g_steal_pointer(&study);
    return true;
}

GPtrArray *study_list(Db *db, GError **error) {
    g_autoptr(DbStmt) rows = db_query(db, &q_list, error);
    if (!rows) {
        return NULL;
    }
    g_autoptr(GPtrArray) list = g_ptr_array_new_with_free_func((GDestroyNotify)study_free);
    DbStep step;
    while ((step = db_step(rows, error)) == DB_ROW) {
        g_ptr_array_add(list, study_from_row(rows));
    }
    if (step == DB_ERROR) {
        return NULL;
    }
    for (guint i = 0; i < list->len; i++) {
        if (!load_nodes(db, g_ptr_array_index(list, i), error)) {
            return NULL;
        }
    }
    return g_steal_pointer(&list);
}

const StudyNode *study_node(const Study *study, guint index) {
    g_assert(index < study->nodes->len);
    return g_ptr_array_index(study->nodes, index);
}

int study_node_index(const Study *study, int64_t stratum_id) {
    for (guint i = 0; i < study->nodes->len; i++) {
        if (study_node(study, i)->stratum_id == stratum_id) {
            return (int)i;
        }
    }
    return -1;
}

int64_t study_end_us(const Study *study) {
    return study->closed ? study->closed_at_us : study->closes_at_us;
}

bool study_closed_within(const Study *study, int64_t from_us, int64_t to_us) {
    return study->closed && study->closed_at_us > from_us && study->closed_at_us <= to_us;
}

bool study_is_of_one_unit(const Study *study) {
    g_autofree int64_t *invited = g_new(int64_t, study->nodes->len);
    g_autofree int64_t *population = g_new(int64_t, study->nodes->len);
    for (guint i = 0; i < study->nodes->len; i++) {
        invited[i] = study_node(study, i)->invited;
        population[i] = study_node(study, i)->population;
    }
    bool one = false;
    for (guint i = study->nodes->len - 1; i > 0; i--) { /* children before parents */
        int parent = study_node(study, i)->parent;
        invited[parent] += invited[i];
        population[parent] += population[i];
    }
    for (guint i = 1; i < study->nodes->len; i++) {
        one = one || (invited[i] == invited[0] && population[i] < population[0]);
    }
    return one;
}

int64_t study_k_set(const Study *study, const ReportSettings *settings) {
    return study->promise == PROMISE_ANONYMOUS ? MAX(settings->k, settings->k_anonymous)
                                               : settings->k;
}

int64_t study_k(const Study *study, const ReportSettings *settings) {
    return MAX(study_k_set(study, settings), study->promised_k);
}

int64_t study_k_text(const Study *study, const ReportSettings *settings) {
    return MAX(settings->k_text, study->promised_k);
}

int *study_parents(const Study *study) {
    int *parents = g_new(int, study->nodes->len);
    for (guint i = 0; i < study->nodes->len; i++) {
        parents[i] = study_node(study, i)->parent;
    }
    return parents;
}

int64_t study_node_base(const Study *study, guint index) {
    const StudyNode *node = study_node(study, index);
    return strcmp(study->design, "census") == 0 ? node->invited : node->population;
}

const char *study_kind_text(CampaignKind kind, Lang lang) {
    static const char *const texts[][LANG_OWN_COUNT] = {
        [CAMPAIGN_TRAINING] = {"utbildning", "training"},
        [CAMPAIGN_KNOWLEDGE] = {"kunskapsmätning", "knowledge survey"},
        [CAMPAIGN_APPLICATION] = {"uppföljning av tillämpning", "application follow-up"},
        [CAMPAIGN_OBSTACLES] = {"hinder och framgångsfaktorer", "obstacles and success factors"},
    };
    return texts[kind][lang];
}

const char *study_promise_text(Promise promise, Lang lang) {
    static const char *const texts[][LANG_OWN_COUNT] = {
        [PROMISE_IDENTIFIED] = {"identifierad", "identified"},
        [PROMISE_CONFIDENTIAL] = {"konfidentiell", "confidential"},
        [PROMISE_ANONYMOUS] = {"anonym", "anonymous"},
    };
    return texts[promise][lang];
}
