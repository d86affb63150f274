#include "campaigns/personal.h"

#include "base/error.h"
#include "campaigns/queries.h"

static const DbQuery q_frame = {
    "campaigns_personal.frame",
    "SELECT c.name AS campaign, f.taken_at_us AS taken_at_us, p.department_path, p.roles,"
    " p.is_manager, p.employed_from, p.employed_to, p.position AS invited_as FROM frame_person p"
    " JOIN frame f ON f.id = p.frame_id LEFT JOIN round r ON r.frame_id = f.id"
    " LEFT JOIN campaign c ON c.id = r.campaign_id WHERE p.person_id = $1 ORDER BY f.id"};
static const DbQuery q_frame_erase = {"campaigns_personal.frame_erase",
                                      "DELETE FROM frame_person WHERE person_id = $1"};
static const DbQuery q_invitation = {
    "campaigns_personal.invitation",
    "SELECT c.name AS campaign, c.promise, s.path AS department, i.locale, i.due_at_us,"
    " i.queued_at_us, CASE WHEN i.status = 'started' AND EXISTS (SELECT 1 FROM v_progress g"
    " WHERE g.respondent_id = i.respondent_id AND g.saved = 1) THEN 'partial' ELSE i.status END"
    " AS status, i.started_at_us, i.completed_at_us, i.attempt, i.reminders,"
    " i.remind_at_us, i.revoked_at_us, i.undeliverable_at_us, i.absent_until_us AS absent_at_us"
    " FROM invitation i JOIN round r ON r.id = i.round_id JOIN campaign c ON c.id = r.campaign_id"
    " JOIN stratum s ON s.id = i.stratum_id WHERE i.person_id = $1 ORDER BY i.due_at_us, r.id"};
static const DbQuery q_completion = {
    "campaigns_personal.completion",
    "SELECT c.name AS campaign, d.completed_at_us FROM completion d"
    " JOIN campaign c ON c.id = d.campaign_id WHERE d.person_id = $1 ORDER BY d.completed_at_us"};
static const DbQuery q_completion_erase = {"campaigns_personal.completion_erase",
                                           "DELETE FROM completion WHERE person_id = $1"};
static const DbQuery q_excluded = {
    "campaigns_personal.excluded",
    "SELECT c.name AS campaign, p.email FROM v_person p JOIN campaign c"
    " ON instr(lower(c.definition), '\"' || lower(p.email) || '\"') > 0 WHERE p.id = $1"};

static const DbQuery q_invitation_keys = {
    "campaigns_personal.invitation_keys",
    "SELECT c.name AS campaign, i.id AS link_id, coalesce(i.respondent_id, 0) AS respondent_id"
    " FROM invitation i JOIN round r ON r.id = i.round_id JOIN campaign c ON c.id = r.campaign_id"
    " WHERE i.person_id = $1 ORDER BY i.due_at_us, i.id"};
static const DbQuery q_measured_keys = {
    "campaigns_personal.measured_keys",
    "SELECT c.name AS campaign, 0 AS link_id, i.measured_id AS respondent_id FROM invitation i"
    " JOIN round r ON r.id = i.round_id JOIN campaign c ON c.id = r.campaign_id"
    " WHERE i.person_id = $1 AND i.measured_id <> i.respondent_id ORDER BY i.due_at_us, i.id"};

static const DbQuery q_practice_keys = {
    "campaigns_personal.practice_keys",
    "SELECT 'practice' AS campaign, id AS link_id, coalesce(respondent_id, 0) AS respondent_id"
    " FROM practice WHERE person_id = $1 AND forgotten = 0 ORDER BY queued_at_us, id"};
static const DbQuery q_topic = {
    "campaigns_personal.topic",
    "SELECT pack, topic, gap_days, due_at_us, asked_at_us, right_count, missed_count, had"
    " FROM practice_topic WHERE person_id = $1 ORDER BY pack, topic"};
static const DbQuery q_topic_erase = {"campaigns_personal.topic_erase",
                                      "DELETE FROM practice_topic WHERE person_id = $1"};
static const DbQuery q_wish = {
    "campaigns_personal.wish",
    "SELECT next_at_us, stopped_at_us, hold_until_us AS hold_at_us, unanswered FROM practice_person"
    " WHERE person_id = $1"};
static const DbQuery q_wish_erase = {"campaigns_personal.wish_erase",
                                     "DELETE FROM practice_person WHERE person_id = $1"};
static const DbQuery q_practice = {
    "campaigns_personal.practice",
    "SELECT locale, queued_at_us, closes_at_us, status, started_at_us, completed_at_us"
    " FROM practice WHERE person_id = $1 ORDER BY queued_at_us"};
static const DbQuery q_practice_erase = {"campaigns_personal.practice_erase",
                                         "DELETE FROM practice WHERE person_id = $1"};

const DbQuery *const campaigns_personal_queries[] = {&q_frame,           &q_frame_erase,
                                                     &q_invitation,      &q_completion,
                                                     &q_excluded,        &q_completion_erase,
                                                     &q_invitation_keys, &q_measured_keys,
                                                     &q_practice_keys,   &q_topic,
                                                     &q_topic_erase,     &q_wish,
                                                     &q_wish_erase,      &q_practice,
                                                     &q_practice_erase,  NULL};

static const DbQuery *const key_queries[] = {&q_invitation_keys, &q_measured_keys, &q_practice_keys,
                                             NULL};

const PersonalTable campaigns_personal[] = {
    {"invitation", "Inbjudningar", "Invitations", &q_invitation, NULL,
     "Raden står kvar utan person, språk och tidpunkter, under ett nytt nummer: avdelningens "
     "deltagande räknas på den.",
     "The row stays without person, language and times, under a new number: participation of the "
     "department is counted from it."},
    {"completion", "Genomförda utbildningar", "Trainings completed", &q_completion,
     &q_completion_erase, NULL, NULL},
    {"frame_person", "Urvalsramar", "Frames", &q_frame, &q_frame_erase,
     "Antalet personer per avdelning står kvar.", "The number of people by department stays."},
    {"campaign", "Kampanjer som undantar dig", "Campaigns that leave you out", &q_excluded, NULL,
     "Kampanjen står kvar; adressen tas bort ur den.",
     "The campaign stays; the address is taken out of it."},
    {"practice_topic", "Ämnen att öva på", "Topics to practise", &q_topic, &q_topic_erase, NULL,
     NULL},
    {"practice_person", "Önskan om övning", "Wishes about practice", &q_wish, &q_wish_erase, NULL,
     NULL},
    {"practice", "Övningar", "Practices", &q_practice, &q_practice_erase, NULL, NULL},
    {"practice_form", "Övningarnas frågor", "Questions of practices", NULL, NULL,
     "Vilka frågor som ställts tillsammans.", "Which questions were asked together."},
    {"practice_mail", "Övningarnas kontrollfras", "Control phrase of practices", NULL, NULL,
     "Två ord som är lika för alla.", "Two words, the same for all."},
    {"frame", "Ramarnas dagar", "Days of frames", NULL, NULL,
     "När registret lästes av inför en omgång.", "When the directory was read for a round."},
    {"round", "Omgångar", "Rounds", NULL, NULL, "Omgångens plan och hur långt den kommit.",
     "The round's plan and how far it has come."},
    {"stratum", "Avdelningar i en omgång", "Departments of a round", NULL, NULL,
     "Antal personer och inbjudna per avdelning.", "Numbers of people and invited by department."},
    {"runner_cursor", "Schemaläggarens läge", "The scheduler's place", NULL, NULL,
     "Vilken retur som senast gåtts igenom.", "Which return was gone through last."},
    {"erased_training", "Raderades utbildning", "Training of the erased", NULL, NULL,
     "Av den som raderats: dagar mellan utbildning och mätning, utan person; fråga 17 räknar dem.",
     "Of the erased: days between training and measurement, with no person; question 17 counts "
     "them."},
    {"erased_follow_up", "Raderades uppföljning", "Follow-up of the erased", NULL, NULL,
     "Summan för dem som raderats: antal och minsta antal dagar; fråga 18 räknar dem.",
     "The sum of the erased: their number and the fewest days; question 18 counts them."},
    {"retention_log", "Gallringslogg", "Log of erasures", NULL, NULL,
     "Vad som raderats och när, i antal; ingen person nämns.",
     "What was erased and when, in numbers; nobody is named."},
    {"retention_run", "Gallringens läge", "The erasures' place", NULL, NULL,
     "Vilken dag gallringen senast gick.", "The day on which erasure last ran."},
    {0},
};

static bool keys_add(Db *db, const DbQuery *query, int64_t person_id, GArray *keys,
                     GError **error) {
    g_autoptr(DbStmt) row = db_query(db, query, error);
    if (row == NULL) {
        return false;
    }
    db_bind_int(row, 1, person_id);
    DbStep step = DB_DONE;
    while ((step = db_step(row, error)) == DB_ROW) {
        PersonKeys key = {.campaign = g_strdup(db_text(row, "campaign")),
                          .link_id = db_int(row, "link_id"),
                          .respondent_id = db_int(row, "respondent_id")};
        g_array_append_val(keys, key);
    }
    return step == DB_DONE;
}

static void keys_clear(gpointer data) {
    PersonKeys *keys = data;
    g_free(keys->campaign);
}

GArray *person_keys(Db *db, int64_t person_id, GError **error) {
    g_autoptr(GArray) keys = g_array_new(FALSE, FALSE, sizeof(PersonKeys));
    g_array_set_clear_func(keys, keys_clear);
    for (guint i = 0; key_queries[i] != NULL; i++) {
        if (!keys_add(db, key_queries[i], person_id, keys, error)) {
            return NULL;
        }
    }
    return g_steal_pointer(&keys);
}
