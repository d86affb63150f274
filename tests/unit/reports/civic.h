/* A year of a small town, lived through the program's own use cases: a training, a knowledge test
 * some weeks later and an anonymous follow-up, answered by most; and one person about whom there is
 * something in every table that can hold it. */
#pragma once

#include "campaigns/rights.h"
#include "reports/evidence.h"
#include "reports/export.h"
#include "reports/personal.h"
#include "store/compact.h"
#include "survey/tally.h"
#include "tests/unit/campaigns/town.h"

#include <sqlite3.h>

enum { WHO = 101 };

#define WHO_GIVEN   "Qvintessa"
#define WHO_FAMILY  "Zetterblomqvist"
#define WHO_EMAIL   "Qvintessa.Zetterblom@Example.se"
#define WHO_FOLDED  "qvintessa.zetterblom@example.se"
#define WHO_KEY     "ANST-778812345"
#define WHO_TEXT    "Min chef Qorbinian ber om mitt lösenord"
#define WHO_REPLY   "550 5.1.1 <Qvintessa.Zetterblom@Example.se> is away"
#define WHO_TITLE   "Överqvistmästare"
#define CIVIC_AS_OF "2026-11-21"

/* What must stand nowhere in the files once the person is erased. */
static const char *const who_traces[] = {WHO_GIVEN, WHO_FAMILY, WHO_EMAIL,   WHO_FOLDED, WHO_KEY,
                                         WHO_TEXT,  WHO_REPLY,  "Qorbinian", WHO_TITLE,  NULL};

static inline void civic_name_person(Town *town) {
    town_sql(town, "UPDATE person SET given_name = '" WHO_GIVEN "', family_name = '" WHO_FAMILY
                   "', email = '" WHO_EMAIL "', email_folded = '" WHO_FOLDED
                   "', person_key = '" WHO_KEY "', position = '" WHO_TITLE "' WHERE id = 101");
    town_sql(town, "INSERT INTO person_role (person_id, role) VALUES (101, 'chef')");
    town_sql(town, "UPDATE person SET manager_id = 101 WHERE id = 102 OR id = 103");
    town_sql(town, "UPDATE person SET manager_id = 102 WHERE id = 101");
}

static inline Form *civic_form(Town *town, const char *name) {
    g_autoptr(GError) error = NULL;
    g_autoptr(Campaign) campaign = town_campaign(town, name);
    Form *form = form_load(town->db, campaign->form_id, &error);
    g_assert_no_error(error);
    return form;
}

static inline Answer *civic_answers(const Form *form, guint first, guint count, int64_t person) {
    Answer *answers = g_new0(Answer, count);
    for (guint i = 0; i < count; i++) {
        const Item *item = form_item(form, first + i);
        bool right = person == WHO ? i % 2 == 0 : (guint)person % 7 + 2 > (first + i) % 8;
        answers[i].item_id = item->id;
        if (item->kind == ITEM_TEXT) {
            continue; /* passed over */
        }
        answers[i].choices = item->key_mask == 0   ? 1U << (person % 3)
                             : right               ? item->key_mask
                             : item->key_mask == 1 ? 2
                                                   : 1;
    }
    return answers;
}

typedef struct {
    const char *campaign;
    int64_t from_us;
    guint people; /* that many of each seven answer to the end */
} CivicRound;

static inline void civic_pages(Town *town, TownDeed *deed, const Form *form, int64_t person) {
    guint lessons = form_lesson_count(form);
    guint first = 0;
    for (guint page = 0; page < lessons + form_page_count(form); page++) {
        const Item *const *items = NULL;
        guint count = page < lessons ? 0 : form_page_items(form, page - lessons, &items);
        Answer *answers = civic_answers(form, first, count, person);
        deed->verb = TOWN_PAGE;
        deed->page = page;
        deed->answers = answers;
        deed->count = count;
        town_run(town, town_deed_fn, deed);
        first += count;
        g_free(answers);
    }
}

static inline void civic_one(Town *town, const Form *form, int64_t invitation_id, int64_t person,
                             bool anonymous, int64_t now_us) {
    TownDeed deed = {.verb = TOWN_START, .id = invitation_id, .form = form, .now_us = now_us};
    town_run(town, town_deed_fn, &deed);
    if (!anonymous) {
        civic_pages(town, &deed, form, person);
        return;
    }
    deed.verb = TOWN_BALLOT;
    deed.count = form_item_count(form);
    Answer *answers = civic_answers(form, 0, deed.count, person);
    deed.answers = answers;
    town_run(town, town_deed_fn, &deed);
    g_free(answers);
}

/* Most of the invited answer, one after another. */
static inline void civic_answer(Town *town, const CivicRound *round) {
    static const DbQuery q_invited = {
        "civic.invited", "SELECT i.id, i.person_id FROM invitation i JOIN round r ON r.id ="
                         " i.round_id JOIN campaign c ON c.id = r.campaign_id WHERE c.name = $1"
                         " ORDER BY i.person_id"};
    g_autoptr(GError) error = NULL;
    g_autoptr(Campaign) campaign = town_campaign(town, round->campaign);
    Form *form = civic_form(town, round->campaign);
    g_autoptr(DbStmt) row = db_query(town->db, &q_invited, &error);
    g_assert_no_error(error);
    db_bind_text(row, 1, round->campaign);
    g_autoptr(GArray) invited = g_array_new(FALSE, FALSE, sizeof(int64_t));
    while (db_step(row, &error) == DB_ROW) {
        int64_t pair[] = {db_int(row, "id"), db_int(row, "person_id")};
        g_array_append_vals(invited, pair, 2);
    }
    db_reset(row);
    for (guint i = 0; i + 1 < invited->len; i += 2) {
        int64_t person = g_array_index(invited, int64_t, i + 1);
        if (person == WHO || (guint)person % 7 < round->people) {
            civic_one(town, form, g_array_index(invited, int64_t, i), person,
                      campaign->promise == PROMISE_ANONYMOUS,
                      round->from_us + person * 17 * CLOCK_MINUTE_US / 10 + person);
        }
    }
    form_free(form);
}

static inline void civic_run(Town *town, const char *json, const char *name, const char *start) {
    town->now_us = town_at(start);
    town_do(town, TOWN_CREATE, json);
    town_do(town, TOWN_LAUNCH, name);
    town_tick(town);
    town_send(town, DELIVERY_SENT);
}

static inline void civic_close(Town *town, const char *name, const char *when) {
    town->now_us = town_at(when);
    town_do(town, TOWN_CLOSE, name);
    town_tick(town);
}

/* What only some people have: free text under their name, a relay that repeats the address, a
 * bounce, an absence, an exception from a campaign. */
static inline void civic_more(Town *town) {
    town_sql(town, "UPDATE mail_attempt SET reply = '" WHO_REPLY "' WHERE outbox_id IN (SELECT o.id"
                   " FROM outbox o WHERE o.to_address = '" WHO_EMAIL "')");
    town_sql(town, "INSERT INTO mail_notice (outbox_id, link_id, kind, at_us, until_us, enhanced,"
                   " text, source) SELECT id, link_id, 'soft', 1, 2, '4.2.2', '" WHO_REPLY
                   "', 'bounce' FROM outbox WHERE to_address = '" WHO_EMAIL "'");
    town_sql(town, "UPDATE answer SET free_text = '" WHO_TEXT "' WHERE respondent_id IN (SELECT"
                   " measured_id FROM invitation WHERE person_id = 101)");
    town_do(town, TOWN_CREATE,
            "{\"name\":\"utkast\",\"title\":{\"sv\":\"U\"},\"kind\":\"knowledge\","
            "\"content\":{\"pack\":\"starter\"},\"audience\":{\"exclude\":{\"emails\":"
            "[\"p102@example.se\",\"" WHO_EMAIL "\"]}}}");
}

static inline void civic_open(Town *town) {
    town_open(town, "2026-03-02 09:00");
    town_settle(town);
    civic_name_person(town);
    civic_run(town,
              "{\"name\":\"utbildning\",\"title\":{\"sv\":\"T\"},\"kind\":\"training\","
              "\"allow_retry\":true,\"content\":{\"pack\":\"starter\",\"lessons\":[\"grunder\"],"
              "\"areas\":[\"area1\",\"area2\"],\"per_area\":2,\"items_per_page\":2}}",
              "utbildning", "2026-03-02 09:00");
    civic_answer(town, &(CivicRound){"utbildning", town_at("2026-03-03 21:30"), 6});
    /* Of those who missed something, one is WHO: a practice is mailed on the closing day. */
    town_sql(town, "UPDATE practice_topic SET gap_days = 3, due_at_us = asked_at_us"
                   " WHERE person_id = 101");
    town_sql(town, "UPDATE practice_person SET next_at_us = 1 WHERE person_id = 101");
    civic_close(town, "utbildning", "2026-03-20 12:00");
    civic_run(town,
              "{\"name\":\"kunskap\",\"title\":{\"sv\":\"K\"},\"kind\":\"knowledge\","
              "\"content\":{\"pack\":\"starter\"}}",
              "kunskap", "2026-05-04 09:00");
    civic_answer(town, &(CivicRound){"kunskap", town_at("2026-05-05 07:10"), 5});
    civic_run(town,
              "{\"name\":\"uppfoljning\",\"title\":{\"sv\":\"F\"},\"kind\":\"application\","
              "\"content\":{\"pack\":\"starter\"},\"follows\":\"utbildning\",\"after_days\":30}",
              "uppfoljning", "2026-05-06 09:00");
    civic_answer(town, &(CivicRound){"uppfoljning", town_at("2026-05-06 10:00"), 6});
    civic_close(town, "kunskap", "2026-06-01 12:00");
    civic_close(town, "uppfoljning", "2026-06-01 12:00");
    civic_more(town);
}

/* --- figures -------------------------------------------------------------------------- */

static inline void civic_report(Town *town, const char *name, GString *out) {
    g_autoptr(GError) error = NULL;
    ReportSettings settings = report_settings_default();
    g_autoptr(Participation) participation = NULL;
    g_autoptr(Knowledge) knowledge = NULL;
    g_assert_true(participation_load(town->db, name, &settings, &participation, &error));
    g_assert_true(knowledge_load(town->db, name, &settings, &knowledge, &error));
    g_assert_true(export_participation(participation, EXPORT_JSON, LANG_SV, NULL, out, &error));
    g_assert_true(export_knowledge(knowledge, EXPORT_JSON, LANG_SV, NULL, out, &error));
    g_assert_no_error(error);
}

static inline char *civic_evidence(Town *town) {
    g_autoptr(GError) error = NULL;
    g_autoptr(Evidence) evidence = NULL;
    EvidenceSpec spec = {.as_of = CIVIC_AS_OF,
                         .organisation = {"Exempelstad", "Example Town"},
                         .report = report_settings_default()};
    evidence_load(town->db, &spec, &evidence, &error);
    g_assert_no_error(error);
    return evidence_json(evidence);
}

/* Every figure of every report. */
static inline char *civic_figures(Town *town) {
    g_autoptr(GString) out = g_string_new(NULL);
    civic_report(town, "utbildning", out);
    civic_report(town, "kunskap", out);
    civic_report(town, "uppfoljning", out);
    g_autofree char *evidence = civic_evidence(town);
    g_string_append(out, evidence);
    return g_string_free(g_steal_pointer(&out), FALSE);
}

static inline void civic_tallies_hold(Town *town) {
    for (int64_t round = 1; round <= 3; round++) {
        g_autoptr(GError) error = NULL;
        bool equal = false;
        g_assert_true(tally_check(town->db, round, &equal, &error));
        g_assert_no_error(error);
        g_assert_true(equal);
    }
}

/* --- erasure and search --------------------------------------------------------------- */

typedef struct {
    int64_t person_id;
    int64_t now_us;
} CivicErase;

/* Two who saved answers never finish. */
static inline void civic_interrupt(Town *town) {
    town_sql(town, "UPDATE invitation SET status = 'started' WHERE person_id IN (105, 106)"
                   " AND status = 'complete' AND respondent_id IS NOT NULL");
}

static inline int64_t civic_partial(Town *town) {
    return TOWN_NUMBER(town, "SELECT sum(partial) AS n FROM v_participation");
}

static inline bool civic_erase_fn(DbTx *tx, gpointer data, GError **error) {
    const CivicErase *job = data;
    return rights_erase(tx, job->person_id, true, job->now_us, error);
}

static inline void civic_disconnect(Town *town) {
    runner_free(town->runner);
    town->runner = NULL;
    g_clear_pointer(&town->db, db_close);
    g_clear_pointer(&town->writer, writer_close);
}

static inline void civic_connect(Town *town) {
    g_autoptr(GError) error = NULL;
    town->writer = writer_open(town->path, &error);
    g_assert_no_error(error);
    town->db = db_open(town->path, &error);
    g_assert_no_error(error);
    town_start_runner(town, 1000);
}

/* Whether these bytes stand in a file of the database, to which nobody is connected; read by hand,
 * not by the code under test. */
static inline bool civic_stands(const Town *town, const void *bytes, size_t size) {
    static const char *const suffixes[] = {"", "-wal", "-journal"};
    bool found = false;
    for (gsize i = 0; i < G_N_ELEMENTS(suffixes); i++) {
        g_autofree char *path = g_strconcat(town->path, suffixes[i], NULL);
        g_autofree char *text = NULL;
        gsize length = 0;
        bool read = g_file_get_contents(path, &text, &length, NULL);
        g_assert_true(read || i > 0); /* the log may be gone, the database not */
        found = found || (read && memmem(text, length, bytes, size) != NULL);
    }
    return found;
}
