#include "reports/texts.h"

#include "reports/aggregate.h"
#include "reports/queries.h"

#include <string.h>

static const DbQuery q_texts = {"texts.list",
                                "SELECT item_id, free_text FROM v_free_text WHERE round_id = $1"};
/* How many wrote, erased ones too: a named round's are tallied, an anonymous one's are rows. */
static const DbQuery q_written = {
    "texts.written", "SELECT item_id, sum(people) AS people FROM"
                     " (SELECT item_id, answered AS people FROM v_tally_item WHERE round_id = $1"
                     " UNION ALL SELECT item_id, texts FROM v_ballot_text_count"
                     " WHERE round_id = $1) GROUP BY item_id"};

const DbQuery *const texts_queries[] = {&q_texts, &q_written, NULL};

static void question_free(gpointer data) {
    OpenQuestion *question = data;
    g_ptr_array_unref(question->texts);
    g_free(question);
}

void texts_free(Texts *texts) {
    if (!texts) {
        return;
    }
    g_clear_pointer(&texts->questions, g_ptr_array_unref);
    form_free(texts->form);
    study_free(texts->study);
    g_free(texts);
}

static void list_questions(Texts *texts) {
    for (guint i = 0; i < form_item_count(texts->form); i++) {
        const Item *item = form_item(texts->form, i);
        if (item->kind == ITEM_TEXT) {
            OpenQuestion *question = g_new0(OpenQuestion, 1);
            question->item = item;
            question->texts = g_ptr_array_new_with_free_func(g_free);
            g_ptr_array_add(texts->questions, question);
        }
    }
}

static OpenQuestion *find_question(const Texts *texts, int64_t item_id) {
    for (guint i = 0; i < texts->questions->len; i++) {
        OpenQuestion *question = g_ptr_array_index(texts->questions, i);
        if (question->item->id == item_id) {
            return question;
        }
    }
    return NULL;
}

static bool load_texts(const Texts *texts, Db *db, GError **error) {
    g_autoptr(DbStmt) rows = db_query(db, &q_texts, error);
    if (!rows) {
        return false;
    }
    db_bind_int(rows, 1, texts->study->round_id);
    DbStep step;
    while ((step = db_step(rows, error)) == DB_ROW) {
        const OpenQuestion *question = find_question(texts, db_int(rows, "item_id"));
        g_autofree char *text = g_strstrip(g_strdup(db_text(rows, "free_text")));
        if (question && text[0] != '\0') {
            g_ptr_array_add(question->texts, g_steal_pointer(&text));
        }
    }
    return step == DB_DONE;
}

/* By the text alone, in an order that no locale changes.
 *
 * The rows come as the database has them, and that may tell who wrote early. A fresh shuffle would
 * hide that as well as sorting does, but not better: what is sorted depends on the set of texts and
 * on nothing else, whatever came before. And it is the same each time, so that two people who code
 * by themselves have the same lines under the same numbers, equal texts stand together, and the
 * same database gives the same file. */
static gint compare_texts(gconstpointer a, gconstpointer b) {
    const char *left = *(const char *const *)a, *right = *(const char *const *)b;
    g_autofree char *left_folded = g_utf8_casefold(left, -1);
    g_autofree char *right_folded = g_utf8_casefold(right, -1);
    int folded = strcmp(left_folded, right_folded);
    return folded != 0 ? folded : strcmp(left, right);
}

/* The gate of all reports, over the organisation alone. */
static bool is_enough(int64_t people, int64_t k) {
    const int parent = -1;
    AggregateCount own = {.n = people};
    AggregateInput input = {
        .node_count = 1, .parents = &parent, .question_count = 1, .own = &own, .k = k};
    g_autoptr(Aggregate) gate = aggregate_new(&input);
    return people > 0 && aggregate_shown(gate, 0);
}

static bool judge(const Texts *texts, Db *db, GError **error) {
    for (guint i = 0; i < texts->questions->len; i++) {
        OpenQuestion *question = g_ptr_array_index(texts->questions, i);
        question->state = QUESTION_SHOWN;
        if (!is_enough(question->texts->len, texts->k)) {
            question->state = QUESTION_FEW;
            g_ptr_array_set_size(question->texts, 0);
        }
        g_ptr_array_sort(question->texts, compare_texts);
    }
    g_autoptr(DbStmt) rows = db_query(db, &q_written, error);
    if (!rows) {
        return false;
    }
    db_bind_int(rows, 1, texts->study->round_id);
    DbStep step;
    while ((step = db_step(rows, error)) == DB_ROW) {
        OpenQuestion *question = find_question(texts, db_int(rows, "item_id"));
        int64_t people = db_int(rows, "people");
        if (question && question->state == QUESTION_FEW && is_enough(people, texts->k)) {
            question->state = QUESTION_ERASED;
        }
    }
    return step == DB_DONE;
}

static TextsState state_of(const Texts *texts, BallotsState ballots) {
    if (texts->questions->len == 0) {
        return TEXTS_NOT_ASKED;
    }
    if (!texts->study->closed) {
        return TEXTS_OPEN;
    }
    if (ballots != BALLOTS_DONE) {
        return ballots == BALLOTS_SHUT ? TEXTS_SHUT : TEXTS_WAITING;
    }
    return study_is_of_one_unit(texts->study) ? TEXTS_ONE_UNIT : TEXTS_SHOWN;
}

bool texts_load(Db *db, const char *campaign, const ReportSettings *settings, Texts **out_texts,
                GError **error) {
    g_autoptr(Texts) texts = g_new0(Texts, 1);
    BallotsState ballots = BALLOTS_DONE;
    texts->questions = g_ptr_array_new_with_free_func(question_free);
    if (!study_find(db, campaign, &texts->study, error) ||
        !ballots_load(db, texts->study, &ballots, error) ||
        !(texts->form = form_load(db, texts->study->form_id, error))) {
        return false;
    }
    texts->k = study_k_text(texts->study, settings);
    list_questions(texts);
    texts->state = state_of(texts, ballots);
    if (texts->state != TEXTS_SHOWN) {
        g_ptr_array_set_size(texts->questions, 0);
    } else if (!load_texts(texts, db, error) || !judge(texts, db, error)) {
        return false;
    }
    *out_texts = g_steal_pointer(&texts);
    return true;
}

/* --- in words ------------------------------------------------------------------------ */

char *texts_why(const Texts *texts, Lang lang) {
    bool swedish = lang == LANG_SV;
    switch (texts->state) {
    case TEXTS_SHOWN:
        return NULL;
    case TEXTS_NOT_ASKED:
        return g_strdup(swedish ? "Kampanjen har ingen öppen fråga."
                                : "The campaign has no open question.");
    case TEXTS_OPEN:
        return g_strdup(
            swedish ? "Kampanjen är inte stängd. Fritextsvar visas först då, vad kampanjen än har "
                      "lovat: den som tog ut listan två gånger skulle annars se vad den skrev som "
                      "svarade däremellan."
                    : "The campaign is not closed. Free text is shown only then, whatever the "
                      "campaign has promised: otherwise whoever made the list twice would see what "
                      "somebody who answered in between wrote.");
    case TEXTS_WAITING:
        return ballots_text(BALLOTS_WAITING, lang);
    case TEXTS_SHUT:
        return ballots_text(BALLOTS_SHUT, lang);
    case TEXTS_ONE_UNIT:
        return g_strdup(
            swedish ? "Alla som fick frågan hör till en och samma enhet. Fritextsvar visas aldrig "
                      "för mindre än hela organisationen."
                    : "All who were asked belong to one and the same unit. Free text is never "
                      "shown for less than the whole organisation.");
    }
    g_assert_not_reached();
}

char *texts_question_why(const Texts *texts, const OpenQuestion *question, Lang lang) {
    bool swedish = lang == LANG_SV;
    switch (question->state) {
    case QUESTION_SHOWN:
        return NULL;
    case QUESTION_FEW:
        return g_strdup_printf(
            swedish ? "Visas inte: det finns svar från färre än %" G_GINT64_FORMAT
                      " personer. Minst %" G_GINT64_FORMAT
                      " behövs, för att ingen ska kunna känna igen vem som skrev vad."
                    : "Not shown: there are answers from fewer than %" G_GINT64_FORMAT
                      " people. At least %" G_GINT64_FORMAT
                      " are needed, so that nobody can tell who wrote what.",
            texts->k, texts->k);
    case QUESTION_ERASED:
        return g_strdup(
            swedish ? "Visas inte: svaren, eller så många av dem att för få är kvar, är raderade. "
                      "Det sker när deras tid är ute (privacy.keep_answers) eller när någon begär "
                      "det."
                    : "Not shown: the answers, or so many of them that too few are left, are "
                      "erased. That happens when their time is over (privacy.keep_answers) or when "
                      "somebody asks for it.");
    }
    g_assert_not_reached();
}

const char *const *texts_advice(Lang lang) {
    static const char *const swedish[] = {
        "Texterna kan namnge eller peka ut personer. Stryk sådant innan något citeras eller lämnas "
        "vidare.",
        "Citera aldrig på lägre nivå än hela organisationen: inte per enhet, yrke eller chef.",
        "Två personer kodar var för sig minst var femte text. Cohens kappa ska vara minst 0,60 "
        "innan resten kodas.",
        "Texterna står i bokstavsordning. Ordningen och numren säger inget om vem som skrev eller "
        "när.",
        "Ta ut listan en gång, efter stängningen, och radera den när kodningen är klar.",
        NULL};
    static const char *const english[] = {
        "The texts may name people or point them out. Strike that out before anything is quoted or "
        "passed on.",
        "Never quote below the level of the whole organisation: not by unit, occupation or "
        "manager.",
        "Two people code at least every fifth text, each alone. Cohen's kappa must be at least "
        "0.60 before the rest is coded.",
        "The texts stand in alphabetical order. The order and the numbers tell nothing of who "
        "wrote or when.",
        "Make the list once, after the close, and delete it when the coding is done.",
        NULL};
    return lang == LANG_SV ? swedish : english;
}
