#include "survey/personal.h"

#include "survey/item_private.h"
#include "survey/queries.h"

#include "base/error.h"
#include "base/lang.h"

static const DbQuery q_response = {
    "survey_personal.response",
    "SELECT r.attempt, r.page, r.started_at_us, r.completed_at_us,"
    " (SELECT group_concat(i.item_key, ' ') FROM json_each(r.sheet) j JOIN form_item f"
    " ON f.form_id = r.form_id AND f.position = j.value JOIN item i ON i.id = f.item_id)"
    " AS drawn_items,"
    " (SELECT group_concat(i.item_key, ' ') FROM json_each(r.asked) j"
    " JOIN item i ON i.id = j.value) AS asked_items FROM response r WHERE r.respondent_id = $1"};
static const DbQuery q_answer = {
    "survey_personal.answer",
    "SELECT a.item_id, i.item_key, i.version, a.choices, a.not_applicable, a.free_text, a.correct,"
    " a.answered_at_us FROM answer a JOIN item i ON i.id = a.item_id WHERE a.respondent_id = $1"
    " ORDER BY a.answered_at_us, a.item_id"};
static const DbQuery q_score = {
    "survey_personal.score",
    "SELECT area, item_count, correct_count FROM score WHERE respondent_id = $1 ORDER BY area"};
static const DbQuery q_item = {"survey_personal.item",
                               "SELECT " ITEM_COLUMNS " FROM item i WHERE i.id = $1"};

static const DbQuery q_find = {
    "survey_personal.find",
    "SELECT round_id, attempt = 1 AND completed_at_us IS NOT NULL AS measured FROM response"
    " WHERE respondent_id = $1"};
static const DbQuery q_freeze = {
    "survey_personal.freeze",
    "INSERT INTO tally_frozen (round_id) VALUES ($1) ON CONFLICT (round_id) DO NOTHING"};
static const DbQuery q_drop_unscored = {
    "survey_personal.drop_unscored",
    "DELETE FROM answer WHERE respondent_id = $1 AND correct IS NULL"};
static const DbQuery q_empty_scored = {
    "survey_personal.empty_scored",
    "UPDATE answer SET choices = 0, not_applicable = 0, free_text = NULL, answered_at_us = 0"
    " WHERE respondent_id = $1"};
/* That an item was asked can tell what was answered to the one before it. */
static const DbQuery q_forget_asked = {
    "survey_personal.forget_asked",
    "UPDATE response SET asked = (SELECT json_group_array(j.value) FROM json_each(asked) j"
    " JOIN item i ON i.id = j.value WHERE i.measure = 'knowledge' OR i.measure = 'scenario')"
    " WHERE respondent_id = $1 AND asked IS NOT NULL"};
static const DbQuery q_succeed = {
    "survey_personal.succeed",
    "INSERT INTO response (respondent_id, round_id, stratum_id, form_id, attempt, started_at_us,"
    " completed_at_us, asked) SELECT $1, round_id, 0, form_id, attempt, $2, $2, asked"
    " FROM response WHERE respondent_id = $3"};
static const DbQuery q_answers_succeed = {
    "survey_personal.answers_succeed",
    "UPDATE answer SET respondent_id = $1 WHERE respondent_id = $2"};
static const DbQuery q_scores_succeed = {
    "survey_personal.scores_succeed",
    "UPDATE score SET respondent_id = $1 WHERE respondent_id = $2"};
static const DbQuery q_drop_answers = {"survey_personal.drop_answers",
                                       "DELETE FROM answer WHERE respondent_id = $1"};
static const DbQuery q_drop_scores = {"survey_personal.drop_scores",
                                      "DELETE FROM score WHERE respondent_id = $1"};
static const DbQuery q_drop_response = {"survey_personal.drop_response",
                                        "DELETE FROM response WHERE respondent_id = $1"};

/* With an answer that is still whole: an emptied one has no instant. */
static const DbQuery q_whole = {
    "survey_personal.whole",
    "SELECT DISTINCT r.respondent_id, r.attempt = 1 AND r.completed_at_us IS NOT NULL AS measured"
    " FROM response r JOIN answer a ON a.respondent_id = r.respondent_id"
    " WHERE r.round_id = $1 AND a.answered_at_us <> 0 LIMIT $2"};
static const DbQuery q_all = {
    "survey_personal.all", "SELECT respondent_id, 0 AS measured FROM response WHERE round_id = $1"
                           " LIMIT $2"};
static const DbQuery q_empty_ballots = {
    "survey_personal.empty_ballots",
    "UPDATE ballot SET answers = '[]' WHERE (round_id, stratum_id, ballot_id) IN"
    " (SELECT round_id, stratum_id, ballot_id FROM ballot WHERE round_id = $1 AND answers <> '[]'"
    " LIMIT $2)"};
static const DbQuery q_empty_texts = {
    "survey_personal.empty_texts",
    "UPDATE ballot_text SET free_text = '' WHERE (round_id, item_id, text_id) IN"
    " (SELECT round_id, item_id, text_id FROM ballot_text WHERE round_id = $1 AND free_text <> ''"
    " LIMIT $2)"};
static const DbQuery q_drop_sealed = {
    "survey_personal.drop_sealed",
    "DELETE FROM ballot_sealed WHERE (round_id, stratum_id, sealed_id) IN"
    " (SELECT round_id, stratum_id, sealed_id FROM ballot_sealed WHERE round_id = $1 LIMIT $2)"};

const DbQuery *const survey_personal_queries[] = {&q_response,
                                                  &q_answer,
                                                  &q_score,
                                                  &q_item,
                                                  &q_find,
                                                  &q_freeze,
                                                  &q_succeed,
                                                  &q_answers_succeed,
                                                  &q_scores_succeed,
                                                  &q_drop_unscored,
                                                  &q_empty_scored,
                                                  &q_drop_answers,
                                                  &q_drop_scores,
                                                  &q_whole,
                                                  &q_drop_response,
                                                  &q_all,
                                                  &q_empty_ballots,
                                                  &q_forget_asked,
                                                  &q_empty_texts,
                                                  &q_drop_sealed,
                                                  NULL};

#define SUM_SV   "Antal svar per fråga och avdelning: sammanställningen, utan personer."
#define SUM_EN   "Numbers of answers by question and department: the aggregate, without people."
#define ASKED_SV "Frågorna, så som de ställdes till alla."
#define ASKED_EN "The questions, as everybody was asked them."
#define SECRET_SV                                                                                  \
    "Anonyma svar går inte att koppla till en person: de kan varken visas eller raderas för en."
#define SECRET_EN                                                                                  \
    "Anonymous answers cannot be tied to a person: they can be neither shown nor erased for one."

const PersonalTable survey_personal[] = {
    {"response", "Besvarade enkäter", "Questionnaires answered", &q_response, NULL,
     "Av en färdig, räknad enkät: en rad utan avdelning och klockslag, som poängen hänger på.",
     "Of a completed, measured one: a row without department or time, which the score hangs on."},
    {"answer", "Svar", "Answers", &q_answer, NULL,
     "Vad du valde och skrev tas bort. I kunskapsfrågor står rätt eller fel kvar, utan person.",
     "What you chose and wrote is taken away. Of knowledge questions right or wrong stays, with "
     "no person."},
    {"score", "Resultat per område", "Result by area", &q_score, NULL,
     "Antal rätt per område står kvar utan person, så att rapporternas siffror stämmer.",
     "The number right by area stays with no person, so that the reports' figures hold."},
    {"ballot", "Anonyma svar", "Anonymous answers", NULL, NULL, SECRET_SV, SECRET_EN},
    {"ballot_sealed", "Förseglade anonyma svar", "Sealed anonymous answers", NULL, NULL, SECRET_SV,
     SECRET_EN},
    {"ballot_text", "Anonyma fritextsvar", "Anonymous free text", NULL, NULL, SECRET_SV, SECRET_EN},
    {"tally_item", "Räknade svar", "Counts of answers", NULL, NULL, SUM_SV, SUM_EN},
    {"tally_option", "Räknade val", "Counts of choices", NULL, NULL, SUM_SV, SUM_EN},
    {"tally_frozen", "Låsta räkningar", "Frozen counts", NULL, NULL,
     "Vilka omgångar som inte kan räknas om, eftersom svar i dem har raderats.",
     "Which rounds cannot be counted anew, because answers in them were erased."},
    {"item", "Frågor", "Questions", NULL, NULL, ASKED_SV, ASKED_EN},
    {"lesson", "Lektioner", "Lessons", NULL, NULL, ASKED_SV, ASKED_EN},
    {"form", "Formulär", "Forms", NULL, NULL, ASKED_SV, ASKED_EN},
    {"form_item", "Formulärens frågor", "Questions of forms", NULL, NULL, ASKED_SV, ASKED_EN},
    {"form_lesson", "Formulärens lektioner", "Lessons of forms", NULL, NULL, ASKED_SV, ASKED_EN},
    {"questionnaire", "Frågeformulär", "Questionnaires", NULL, NULL, ASKED_SV, ASKED_EN},
    {"picture", "Bilder till frågor", "Pictures of questions", NULL, NULL, ASKED_SV, ASKED_EN},
    {"draw_turn", "Turordning vid dragning", "Turns of draws", NULL, NULL, SUM_SV, SUM_EN},
    {0},
};

/* --- in words ------------------------------------------------------------------------ */

static char *choices_words(const Item *item, uint32_t choices, Lang lang) {
    g_autoptr(GPtrArray) words = g_ptr_array_new();
    for (guint i = 0; i < item->option_count; i++) {
        int placed = item->kind == ITEM_ORDER ? item_order_at(choices, i) : -1;
        if (placed >= 0) {
            g_ptr_array_add(words, item->options[lang][placed]);
        } else if (item->kind != ITEM_ORDER && (choices & (UINT32_C(1) << i)) != 0) {
            g_ptr_array_add(words, item->options[lang][i]);
        }
    }
    g_ptr_array_add(words, NULL);
    return g_strjoinv("; ", (char **)words->pdata);
}

static char *answer_words(const Item *item, const PersonalRow *row, Lang lang) {
    const char *text = personal_row_get(row, "free_text");
    if (text != NULL) {
        return g_strdup(text);
    }
    if (g_strcmp0(personal_row_get(row, "not_applicable"), "1") == 0) {
        return g_strdup(item_is_scored(item)
                            ? tr("Vet inte", "Don't know")
                            : tr("Har inte varit aktuellt för mig", "Has not come up for me"));
    }
    guint64 choices = g_ascii_strtoull(personal_row_get(row, "choices"), NULL, 10);
    return choices_words(item, (uint32_t)choices, lang);
}

static bool answer_describe(Db *db, PersonalRow *row, GError **error) {
    g_autoptr(DbStmt) stmt = db_query(db, &q_item, error);
    if (stmt == NULL) {
        return false;
    }
    db_bind_int(stmt, 1, g_ascii_strtoll(personal_row_get(row, "item_id"), NULL, 10));
    if (db_step(stmt, error) != DB_ROW) { /* a foreign key holds it */
        return false;
    }
    g_autoptr(Item) item = item_from_row(stmt, error);
    if (item == NULL) {
        return false;
    }
    Lang lang = lang_current();
    g_autofree char *words = answer_words(item, row, lang);
    personal_row_add(row, "question", item->text[lang]);
    personal_row_add(row, "answer", words);
    return true;
}

bool survey_find(Db *db, int64_t respondent_id, GPtrArray *rows, GError **error) {
    guint first = rows->len;
    if (!personal_find(db, survey_personal, respondent_id, rows, error)) {
        return false;
    }
    for (guint i = first; i < rows->len; i++) {
        PersonalRow *row = g_ptr_array_index(rows, i);
        if (g_str_equal(row->table->table, "answer") && !answer_describe(db, row, error)) {
            return false;
        }
    }
    return true;
}

/* --- erasure ------------------------------------------------------------------------- */

/* An answer's choices, words and time go, and those that are not scored altogether. */
static bool answers_empty(DbTx *tx, int64_t respondent_id, GError **error) {
    return db_tx_run(tx, &q_drop_unscored, respondent_id, NULL, error) &&
           db_tx_run(tx, &q_forget_asked, respondent_id, NULL, error) &&
           db_tx_run(tx, &q_empty_scored, respondent_id, NULL, error);
}

static bool respondent_drop(DbTx *tx, int64_t respondent_id, GError **error) {
    return db_tx_run(tx, &q_drop_answers, respondent_id, NULL, error) &&
           db_tx_run(tx, &q_drop_scores, respondent_id, NULL, error) &&
           db_tx_run(tx, &q_drop_response, respondent_id, NULL, error);
}

static bool rows_succeed(DbTx *tx, const DbQuery *query, int64_t respondent_id, int64_t successor,
                         GError **error) {
    g_autoptr(DbStmt) stmt = db_tx_query(tx, query, error);
    if (stmt == NULL) {
        return false;
    }
    db_bind_int(stmt, 1, successor);
    db_bind_int(stmt, 2, respondent_id);
    return db_run(stmt, NULL, error);
}

/* Who began one after another has neighbouring numbers (base/id.h): what stays gets another. */
static bool respondent_succeed(DbTx *tx, int64_t respondent_id, int64_t successor, int64_t day_us,
                               GError **error) {
    g_autoptr(DbStmt) succeed = db_tx_query(tx, &q_succeed, error);
    if (succeed == NULL || !answers_empty(tx, respondent_id, error)) {
        return false;
    }
    db_bind_int(succeed, 1, successor);
    db_bind_int(succeed, 2, day_us);
    db_bind_int(succeed, 3, respondent_id);
    return db_run(succeed, NULL, error) &&
           rows_succeed(tx, &q_answers_succeed, respondent_id, successor, error) &&
           rows_succeed(tx, &q_scores_succeed, respondent_id, successor, error) &&
           db_tx_run(tx, &q_drop_response, respondent_id, NULL, error);
}

bool survey_erase(DbTx *tx, int64_t respondent_id, int64_t successor, int64_t day_us,
                  GError **error) {
    g_autoptr(DbStmt) find = db_tx_query(tx, &q_find, error);
    if (find == NULL) {
        return false;
    }
    db_bind_int(find, 1, respondent_id);
    DbStep step = db_step(find, error);
    if (step != DB_ROW) {
        return step == DB_DONE;
    }
    bool keep = successor != 0 && db_bool(find, "measured");
    return db_tx_run(tx, &q_freeze, db_int(find, "round_id"), NULL, error) &&
           (keep ? respondent_succeed(tx, respondent_id, successor, day_us, error)
                 : respondent_drop(tx, respondent_id, error));
}

typedef struct {
    int64_t id;
    bool measured;
} Respondent;

static GArray *respondents(DbTx *tx, const DbQuery *query, int64_t round_id, guint max,
                           GError **error) {
    g_autoptr(GArray) found = g_array_new(FALSE, FALSE, sizeof(Respondent));
    g_autoptr(DbStmt) row = db_tx_query(tx, query, error);
    if (row == NULL) {
        return NULL;
    }
    db_bind_int(row, 1, round_id);
    db_bind_int(row, 2, max);
    DbStep step = DB_DONE;
    while ((step = db_step(row, error)) == DB_ROW) {
        Respondent one = {db_int(row, "respondent_id"), db_bool(row, "measured")};
        g_array_append_val(found, one);
    }
    return step == DB_DONE ? g_steal_pointer(&found) : NULL;
}

static bool run_some(DbTx *tx, const DbQuery *query, int64_t round_id, guint max, guint *sum,
                     GError **error) {
    guint changed = 0;
    bool good = db_tx_run_some(tx, query, round_id, max, &changed, error);
    *sum += changed;
    return good;
}

bool survey_erase_answers(DbTx *tx, int64_t round_id, guint max, guint *out_changed,
                          GError **error) {
    g_autoptr(GArray) found = respondents(tx, &q_whole, round_id, max, error);
    if (found == NULL || !db_tx_run(tx, &q_freeze, round_id, NULL, error)) {
        return false;
    }
    for (guint i = 0; i < found->len; i++) {
        const Respondent *one = &g_array_index(found, Respondent, i);
        if (!(one->measured ? answers_empty(tx, one->id, error)
                            : db_tx_run(tx, &q_drop_answers, one->id, NULL, error))) {
            return false;
        }
    }
    *out_changed = found->len;
    return run_some(tx, &q_empty_ballots, round_id, max, out_changed, error) &&
           run_some(tx, &q_empty_texts, round_id, max, out_changed, error) &&
           run_some(tx, &q_drop_sealed, round_id, max, out_changed, error);
}

bool survey_erase_scores(DbTx *tx, int64_t round_id, guint max, guint *out_changed,
                         GError **error) {
    g_autoptr(GArray) found = respondents(tx, &q_all, round_id, max, error);
    if (found == NULL || !db_tx_run(tx, &q_freeze, round_id, NULL, error)) {
        return false;
    }
    for (guint i = 0; i < found->len; i++) {
        if (!respondent_drop(tx, g_array_index(found, Respondent, i).id, error)) {
            return false;
        }
    }
    *out_changed = found->len;
    return true;
}
