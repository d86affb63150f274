#include "survey/ballot.h"

#include "survey/ballot_private.h"
#include "survey/queries.h"
#include "survey/tally.h"

#include "base/error.h"
#include "base/id.h"

#include <cJSON.h>

static const DbQuery q_ballot = {
    "ballot.insert",
    "INSERT INTO ballot (ballot_id, round_id, stratum_id, answers) VALUES ($1, $2, $3, $4)"};
static const DbQuery q_text = {
    "ballot.text",
    "INSERT INTO ballot_text (text_id, round_id, item_id, free_text) VALUES ($1, $2, $3, $4)"};

const DbQuery *const ballot_queries[] = {&q_ballot, &q_text, NULL};

enum { BALLOT_KEY_BYTES = 16 };

/* Every answer valid, every item asked and named once. */
static bool answers_validate(const Form *form, const Answer *answers, guint count, GError **error) {
    for (guint i = 0; i < count; i++) {
        const Item *item = form_find_item(form, answers[i].item_id);
        bool twice = false;
        for (guint j = 0; j < i; j++) {
            twice = twice || answers[j].item_id == answers[i].item_id;
        }
        if (item == NULL || twice) {
            return error_set(error, VK_ERROR_INPUT,
                             tr("Ett svar gäller en fråga som inte ställts, eller ges två gånger.",
                                "An answer is to a question not asked, or is given twice."));
        }
        if (!answer_validate(item, &answers[i], error)) {
            return false;
        }
    }
    return true;
}

static int answer_order(gconstpointer a, gconstpointer b) {
    int64_t left = ((const Answer *)a)->item_id;
    int64_t right = ((const Answer *)b)->item_id;
    return left < right ? -1 : left > right;
}

static char *answers_format(const GArray *answers) {
    g_autoptr(GString) json = g_string_new("[");
    for (guint i = 0; i < answers->len; i++) {
        const Answer *answer = &g_array_index(answers, Answer, i);
        g_string_append_printf(json, "%s[%" G_GINT64_FORMAT ",%u,%d]", i == 0 ? "" : ",",
                               answer->item_id, answer->choices, answer->not_applicable);
    }
    g_string_append_c(json, ']');
    return g_string_free(g_steal_pointer(&json), FALSE);
}

bool ballot_answers_parse(const char *json, GArray *out, GError **error) {
    cJSON *list = cJSON_Parse(json);
    bool ok = cJSON_IsArray(list);
    const cJSON *entry;
    cJSON_ArrayForEach(entry, list) {
        const cJSON *item = cJSON_GetArrayItem(entry, 0);
        const cJSON *choices = cJSON_GetArrayItem(entry, 1);
        const cJSON *not_applicable = cJSON_GetArrayItem(entry, 2);
        ok =
            ok && cJSON_IsNumber(item) && cJSON_IsNumber(choices) && cJSON_IsNumber(not_applicable);
        if (ok) {
            Answer answer = {.item_id = (int64_t)item->valuedouble,
                             .choices = (uint32_t)choices->valuedouble,
                             .not_applicable = not_applicable->valueint != 0};
            g_array_append_val(out, answer);
        }
    }
    cJSON_Delete(list);
    return ok || error_set(error, VK_ERROR_INTERNAL,
                           tr("En röstsedel i databasen är skadad.",
                              "A ballot in the database is damaged."));
}

static bool ballot_insert(DbTx *tx, int64_t round_id, int64_t stratum_id, const char *answers,
                          GError **error) {
    uint8_t key[BALLOT_KEY_BYTES];
    id_random(key, sizeof key);
    g_autoptr(DbStmt) stmt = db_tx_query(tx, &q_ballot, error);
    if (stmt == NULL) {
        return false;
    }
    db_bind_blob(stmt, 1, key, sizeof key);
    db_bind_int(stmt, 2, round_id);
    db_bind_int(stmt, 3, stratum_id);
    db_bind_text(stmt, 4, answers);
    return db_run(stmt, NULL, error);
}

static bool text_insert(DbTx *tx, int64_t round_id, const Answer *answer, GError **error) {
    uint8_t key[BALLOT_KEY_BYTES];
    id_random(key, sizeof key);
    g_autoptr(DbStmt) stmt = db_tx_query(tx, &q_text, error);
    if (stmt == NULL) {
        return false;
    }
    db_bind_blob(stmt, 1, key, sizeof key);
    db_bind_int(stmt, 2, round_id);
    db_bind_int(stmt, 3, answer->item_id);
    db_bind_text(stmt, 4, answer->text);
    return db_run(stmt, NULL, error);
}

bool ballot_cast(DbTx *tx, int64_t round_id, int64_t stratum_id, const Form *form,
                 const Answer *answers, guint count, GError **error) {
    if (!answers_validate(form, answers, count, error)) {
        return false;
    }
    g_autoptr(GArray) kept = g_array_new(FALSE, FALSE, sizeof(Answer));
    for (guint i = 0; i < count; i++) {
        const Item *item = form_find_item(form, answers[i].item_id);
        if (answer_is_blank(&answers[i])) {
            continue;
        }
        if (item->kind == ITEM_TEXT) {
            if (!text_insert(tx, round_id, &answers[i], error)) {
                return false;
            }
            continue;
        }
        if (!tally_add(tx, round_id, stratum_id, item, &answers[i], 1, error)) {
            return false;
        }
        Answer choice = {.item_id = item->id,
                         .choices = answers[i].choices,
                         .not_applicable = answers[i].not_applicable};
        g_array_append_val(kept, choice);
    }
    /* By item, not as the pages came: their order may be one person's own. */
    g_array_sort(kept, answer_order);
    g_autofree char *json = answers_format(kept);
    return ballot_insert(tx, round_id, stratum_id, json, error);
}
