#include "survey/ballot.h"

#include "survey/ballot_private.h"
#include "survey/pile.h"
#include "survey/queries.h"
#include "survey/sheet.h"
#include "survey/tally.h"

#include "base/error.h"

#include <cJSON.h>

#define BALLOT_COLUMNS "round_id, stratum_id AS group_id, ballot_id AS row_key, answers AS content"
#define TEXT_COLUMNS   "round_id, item_id AS group_id, text_id AS row_key, free_text AS content"

static const DbQuery q_ballot_before = {
    "ballot.before", "SELECT " BALLOT_COLUMNS " FROM ballot"
                     " WHERE (round_id, stratum_id, ballot_id) < ($1, $2, $3)"
                     " ORDER BY round_id DESC, stratum_id DESC, ballot_id DESC LIMIT $4"};
static const DbQuery q_ballot_after = {"ballot.after",
                                       "SELECT " BALLOT_COLUMNS " FROM ballot"
                                       " WHERE (round_id, stratum_id, ballot_id) > ($1, $2, $3)"
                                       " ORDER BY round_id, stratum_id, ballot_id LIMIT $4"};
static const DbQuery q_ballot_remove = {
    "ballot.remove",
    "DELETE FROM ballot WHERE round_id = $1 AND stratum_id = $2 AND ballot_id = $3"};
static const DbQuery q_ballot_insert = {
    "ballot.insert",
    "INSERT INTO ballot (round_id, stratum_id, ballot_id, answers) VALUES ($1, $2, $3, $4)"};
static const DbQuery q_text_before = {
    "ballot.text_before", "SELECT " TEXT_COLUMNS " FROM ballot_text"
                          " WHERE (round_id, item_id, text_id) < ($1, $2, $3)"
                          " ORDER BY round_id DESC, item_id DESC, text_id DESC LIMIT $4"};
static const DbQuery q_text_after = {"ballot.text_after",
                                     "SELECT " TEXT_COLUMNS " FROM ballot_text"
                                     " WHERE (round_id, item_id, text_id) > ($1, $2, $3)"
                                     " ORDER BY round_id, item_id, text_id LIMIT $4"};
static const DbQuery q_text_remove = {
    "ballot.text_remove",
    "DELETE FROM ballot_text WHERE round_id = $1 AND item_id = $2 AND text_id = $3"};
static const DbQuery q_text_insert = {
    "ballot.text_insert",
    "INSERT INTO ballot_text (round_id, item_id, text_id, free_text) VALUES ($1, $2, $3, $4)"};

const DbQuery *const ballot_queries[] = {&q_ballot_before, &q_ballot_after, &q_ballot_remove,
                                         &q_ballot_insert, &q_text_before,  &q_text_after,
                                         &q_text_remove,   &q_text_insert,  NULL};

static const Pile ballots = {&q_ballot_before, &q_ballot_after, &q_ballot_remove, &q_ballot_insert};
static const Pile texts = {&q_text_before, &q_text_after, &q_text_remove, &q_text_insert};

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

static char *answers_format(const GArray *answers, bool asked) {
    g_autoptr(GString) json = g_string_new(asked ? "{\"asked\":[" : "[");
    for (guint i = 0; i < answers->len; i++) {
        const Answer *answer = &g_array_index(answers, Answer, i);
        g_string_append_printf(json, "%s[%" G_GINT64_FORMAT ",%u,%d]", i == 0 ? "" : ",",
                               answer->item_id, answer->choices, answer->not_applicable);
    }
    g_string_append(json, asked ? "]}" : "]");
    return g_string_free(g_steal_pointer(&json), FALSE);
}

bool ballot_answers_parse(const char *json, GArray *out, bool *out_asked, GError **error) {
    cJSON *root = cJSON_Parse(json);
    const cJSON *asked = cJSON_GetObjectItemCaseSensitive(root, "asked");
    const cJSON *list = asked != NULL ? asked : root;
    bool ok = cJSON_IsArray(list);
    *out_asked = asked != NULL;
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
    cJSON_Delete(root);
    return ok || error_set(error, VK_ERROR_INTERNAL,
                           tr("En röstsedel i databasen är skadad.",
                              "A ballot in the database is damaged."));
}

/* The answers to what was asked, blank ones too, in the form's order: answers to what an earlier
 * one shut off are left out. Texts are borrowed. */
static GArray *answers_to_asked(const Form *form, const Answer *answers, guint count) {
    guint items = form_item_count(form);
    g_autofree Answer *ordered = g_new0(Answer, items);
    g_autofree bool *asked = g_new0(bool, items);
    g_autoptr(Sheet) sheet = sheet_whole(form);
    GArray *kept = g_array_new(FALSE, FALSE, sizeof(Answer));
    for (guint i = 0; i < items; i++) {
        ordered[i].item_id = form_item(form, i)->id;
    }
    for (guint i = 0; i < count; i++) {
        ordered[form_item_position(form, answers[i].item_id)] = answers[i];
    }
    sheet_asked(sheet, ordered, asked);
    for (guint i = 0; i < items; i++) {
        if (asked[i] && (form_varies(form) || !answer_is_blank(&ordered[i]))) {
            g_array_append_val(kept, ordered[i]);
        }
    }
    return kept;
}

/* Stores a text apart. On the ballot it stands as if none had been written, or, where what is not
 * answered is not on it, not at all. */
static bool text_apart(DbTx *tx, int64_t round_id, Answer *answer, GError **error) {
    const char *text = answer->text;
    bool written = !answer_is_blank(answer);
    answer->text = NULL;
    return !written || pile_add(tx, &texts, round_id, answer->item_id, text, error);
}

bool ballot_cast(DbTx *tx, int64_t round_id, int64_t stratum_id, const Form *form,
                 const Answer *answers, guint count, GError **error) {
    if (!answers_validate(form, answers, count, error)) {
        return false;
    }
    bool varies = form_varies(form);
    g_autoptr(GArray) given = answers_to_asked(form, answers, count);
    g_autoptr(GArray) kept = g_array_new(FALSE, FALSE, sizeof(Answer));
    for (guint i = 0; i < given->len; i++) {
        Answer *answer = &g_array_index(given, Answer, i);
        const Item *item = form_find_item(form, answer->item_id);
        if (item->kind == ITEM_TEXT && !text_apart(tx, round_id, answer, error)) {
            return false;
        }
        if (varies) {
            tally_ask(tx, round_id, stratum_id, item->id);
        }
        tally_add(tx, round_id, stratum_id, item, answer, 1);
        if (varies || item->kind != ITEM_TEXT) {
            g_array_append_vals(kept, answer, 1);
        }
    }
    /* By item, not as the pages came: their order may be one person's own. */
    g_array_sort(kept, answer_order);
    g_autofree char *json = answers_format(kept, varies);
    return pile_add(tx, &ballots, round_id, stratum_id, json, error);
}
