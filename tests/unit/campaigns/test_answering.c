/* Proves what a personal link may do: read without counting, begin, answer page by page, resend,
 * come back, complete once, try again where allowed; and that an anonymous ballot leaves no way
 * back to the person. */
#include "campaigns/answering.h"

#include "tests/unit/campaigns/town.h"

#define CONTENT                                                                                    \
    "\"content\":{\"pack\":\"starter\",\"lessons\":[\"grunder\"],\"areas\":[\"area1\",\"area2\"]," \
    "\"per_area\":2,\"items_per_page\":2}"
#define TRAINING(more)                                                                             \
    "{\"name\":\"t\",\"title\":{\"sv\":\"Titel\"},\"kind\":\"training\"," CONTENT more "}"
#define OBSTACLES                                                                                  \
    "{\"name\":\"t\",\"title\":{\"sv\":\"Titel\"},\"kind\":\"obstacles\","                         \
    "\"content\":{\"pack\":\"starter\"}}"

/* A running campaign whose mail has gone, and one of its invitations. */
typedef struct {
    Town town;
    int64_t id;
    Form *form;
} Scene;

static void scene_open(Scene *scene, const char *json) {
    g_autoptr(GError) error = NULL;
    town_open(&scene->town, "2026-11-23 09:00");
    town_settle(&scene->town);
    town_do(&scene->town, TOWN_CREATE, json);
    town_do(&scene->town, TOWN_LAUNCH, "t");
    town_tick(&scene->town);
    town_send(&scene->town, DELIVERY_SENT);
    scene->id = TOWN_NUMBER(&scene->town, "SELECT id AS n FROM invitation WHERE person_id = 101");
    g_autoptr(Campaign) campaign = town_campaign(&scene->town, "t");
    scene->form = form_load(scene->town.db, campaign->form_id, &error);
    g_assert_no_error(error);
}

static void scene_close(Scene *scene) {
    form_free(scene->form);
    town_close(&scene->town);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Scene, scene_close)

static Visit *visit(Scene *scene) {
    g_autoptr(GError) error = NULL;
    Visit *visit = NULL;
    answering_visit(scene->town.db, scene->id, scene->town.now_us, &visit, &error);
    g_assert_no_error(error);
    return visit;
}

static void assert_state(Scene *scene, VisitState state) {
    g_autoptr(Visit) now = visit(scene);
    g_assert_cmpint(now->state, ==, state);
}

static void deed(Scene *scene, TownVerb verb) {
    TownDeed deed = {.verb = verb, .now_us = scene->town.now_us, .id = scene->id};
    town_run(&scene->town, town_deed_fn, &deed);
}

static void deed_fails(Scene *scene, TownVerb verb, VkErrorCode code) {
    TownDeed deed = {.verb = verb, .now_us = scene->town.now_us, .id = scene->id};
    town_fails(&scene->town, town_deed_fn, &deed, code);
}

/* The right (or else a wrong) answer to each item of an item page. */
static Answer *answers_to(const Form *form, guint item_page, bool right, guint *out_count) {
    const Item *const *items = NULL;
    guint count = form_page_items(form, item_page, &items);
    Answer *answers = g_new0(Answer, count);
    for (guint i = 0; i < count; i++) {
        uint32_t all = (1U << items[i]->option_count) - 1;
        bool many = items[i]->kind == ITEM_MULTIPLE;
        uint32_t other = all & ~items[i]->key_mask;
        answers[i].item_id = items[i]->id;
        answers[i].choices = right || items[i]->key_mask == 0 ? items[i]->key_mask
                             : many                           ? other
                                                              : other & (~other + 1);
    }
    *out_count = count;
    return answers;
}

/* Sends page `page`, which counts lessons. */
static TownDeed page_deed(Scene *scene, guint page, bool right) {
    guint lessons = form_lesson_count(scene->form);
    TownDeed deed = {.verb = TOWN_PAGE,
                     .now_us = scene->town.now_us,
                     .id = scene->id,
                     .form = scene->form,
                     .page = page};
    if (page >= lessons && page < lessons + form_page_count(scene->form)) {
        deed.answers = answers_to(scene->form, page - lessons, right, &deed.count);
    }
    return deed;
}

static void send_page(Scene *scene, guint page, bool right) {
    TownDeed deed = page_deed(scene, page, right);
    town_run(&scene->town, town_deed_fn, &deed);
    g_free((gpointer)(uintptr_t)deed.answers);
}

static void save_page(Scene *scene, guint page, bool right) {
    TownDeed deed = page_deed(scene, page, right);
    deed.verb = TOWN_SAVE;
    town_run(&scene->town, town_deed_fn, &deed);
    g_free((gpointer)(uintptr_t)deed.answers);
}

static void send_page_fails(Scene *scene, guint page, VkErrorCode code) {
    TownDeed deed = page_deed(scene, page, true);
    town_fails(&scene->town, town_deed_fn, &deed, code);
    g_free((gpointer)(uintptr_t)deed.answers);
}

#define NUMBER(scene, text) TOWN_NUMBER(&(scene)->town, text)

static void test_pages(void) {
    g_auto(Scene) scene = {0};
    scene_open(&scene, TRAINING(""));
    Scene *s = &scene;
    g_autoptr(Visit) first = visit(s);
    g_assert_cmpint(first->state, ==, VISIT_OPEN);
    g_assert_cmpuint(first->lesson_count, ==, 1);
    g_assert_cmpuint(first->page_count, ==, 3);
    g_assert_false(first->started);
    g_assert_cmpint(NUMBER(s, "SELECT count(*) AS n FROM invitation WHERE status <> 'none'"), ==,
                    0); /* a GET counts for nothing */
    send_page_fails(s, 0, VK_ERROR_CONFLICT);

    deed(s, TOWN_START);
    deed(s, TOWN_START);
    g_assert_cmpint(NUMBER(s, "SELECT count(*) AS n FROM response"), ==, 1);
    send_page_fails(s, 1, VK_ERROR_CONFLICT);
    send_page(s, 0, true);
    g_assert_cmpint(NUMBER(s, "SELECT started AS n FROM v_participation WHERE started > 0"), ==, 1);
    send_page(s, 1, false);
    g_assert_cmpint(NUMBER(s, "SELECT partial AS n FROM v_participation WHERE partial > 0"), ==, 1);
    send_page(s, 0, true); /* back to the lesson: goes on where it was */
    g_autoptr(Visit) middle = visit(s);
    g_assert_cmpuint(middle->page, ==, 2);
    send_page(s, 1, true); /* thought better of it */
    send_page(s, 1, true);
    send_page_fails(s, 3, VK_ERROR_CONFLICT);
    g_assert_cmpint(NUMBER(s, "SELECT sum(answered) AS n FROM tally_item"), ==, 2);
    g_assert_cmpint(NUMBER(s, "SELECT sum(correct) AS n FROM tally_item"), ==, 2);

    s->town.now_us += CLOCK_HOUR_US;
    send_page(s, 2, false);
    send_page(s, 2, true); /* twice, and changed: too late */
    g_autoptr(Visit) done = visit(s);
    g_assert_cmpint(done->state, ==, VISIT_COMPLETE);
    g_assert_cmpint(done->respondent_id, !=, 0);
    g_assert_cmpint(done->option_seed, ==, middle->option_seed);
    g_assert_cmpint(NUMBER(s, "SELECT sum(correct) AS n FROM tally_item"), ==, 2);
    g_assert_cmpint(NUMBER(s, "SELECT sum(item_count) AS n FROM score"), ==, 4);
    g_assert_cmpint(NUMBER(s, "SELECT completed_at_us AS n FROM completion WHERE person_id = 101"),
                    ==, s->town.now_us);
    deed_fails(s, TOWN_RETRY, VK_ERROR_CONFLICT);
}

/* Saved as one goes: the same answers, the same place, and never after the end. */
static void test_save(void) {
    g_auto(Scene) scene = {0};
    scene_open(&scene, TRAINING(""));
    Scene *s = &scene;
    deed(s, TOWN_START);
    send_page(s, 0, true);
    for (int i = 0; i < 2; i++) {
        save_page(s, 1, i == 1);
        g_autoptr(Visit) here = visit(s);
        g_assert_cmpuint(here->page, ==, 1);
        g_assert_cmpint(NUMBER(s, "SELECT sum(answered) AS n FROM tally_item"), ==, 2);
        g_assert_cmpint(NUMBER(s, "SELECT sum(correct) AS n FROM tally_item"), ==, i == 1 ? 2 : 0);
    }
    g_assert_cmpint(NUMBER(s, "SELECT partial AS n FROM v_participation WHERE partial > 0"), ==, 1);
    send_page(s, 1, true);
    send_page(s, 2, true);
    save_page(s, 2, false);
    g_assert_cmpint(NUMBER(s, "SELECT sum(correct) AS n FROM tally_item"), ==, 4);
}

/* The server's clock is set back by a month between two pages, to before the round opened: who has
 * begun goes on, and nothing is lost. */
static void test_clock_set_back(void) {
    g_auto(Scene) scene = {0};
    scene_open(&scene, TRAINING(""));
    Scene *s = &scene;
    deed(s, TOWN_START);
    send_page(s, 0, true);
    send_page(s, 1, true);
    s->town.now_us -= 30 * CLOCK_DAY_US;
    g_autoptr(Visit) back = visit(s);
    g_assert_cmpint(back->state, ==, VISIT_OPEN);
    g_assert_cmpuint(back->page, ==, 2);
    send_page(s, 2, true);
    g_autoptr(Visit) done = visit(s);
    g_assert_cmpint(done->state, ==, VISIT_COMPLETE);
    g_assert_cmpint(NUMBER(s, "SELECT sum(correct) AS n FROM tally_item"), ==, 4);
}

static void test_foreign_answers(void) {
    g_auto(Scene) scene = {0};
    scene_open(&scene, TRAINING(""));
    deed(&scene, TOWN_START);
    send_page(&scene, 0, true);
    TownDeed other = page_deed(&scene, 2, true);
    other.page = 1; /* the next page's answers */
    town_fails(&scene.town, town_deed_fn, &other, VK_ERROR_INPUT);
    other.page = 0; /* answers to a lesson */
    town_fails(&scene.town, town_deed_fn, &other, VK_ERROR_INPUT);
    g_free((gpointer)(uintptr_t)other.answers);
    Answer unknown = {.item_id = 999999, .choices = 1};
    other = (TownDeed){.verb = TOWN_PAGE,
                       .now_us = scene.town.now_us,
                       .id = scene.id,
                       .form = scene.form,
                       .page = 1,
                       .answers = &unknown,
                       .count = 1};
    town_fails(&scene.town, town_deed_fn, &other, VK_ERROR_INPUT);
    other.id = 4711;
    town_fails(&scene.town, town_deed_fn, &other, VK_ERROR_NOT_FOUND);
    g_assert_cmpint(NUMBER(&scene, "SELECT count(*) AS n FROM answer"), ==, 0);
}

static void test_retry(void) {
    g_auto(Scene) scene = {0};
    scene_open(&scene, TRAINING(",\"allow_retry\":true"));
    Scene *s = &scene;
    deed(s, TOWN_START);
    deed_fails(s, TOWN_RETRY, VK_ERROR_CONFLICT); /* not complete yet */
    for (guint page = 0; page < 3; page++) {
        send_page(s, page, false);
    }
    g_autoptr(Visit) first = visit(s);
    g_assert_true(first->allow_retry);
    deed(s, TOWN_RETRY);
    deed(s, TOWN_RETRY); /* sent twice: one attempt */
    g_autoptr(Visit) open = visit(s);
    g_assert_cmpint(open->state, ==, VISIT_OPEN);
    g_assert_cmpuint(open->page, ==, 0);
    g_assert_cmpuint(open->attempt, ==, 2);
    g_assert_true(open->completed);
    g_assert_cmpint(open->option_seed, !=, first->option_seed);

    town_do(&s->town, TOWN_PAUSE, "t"); /* cut off: what there is to show is the first attempt */
    g_autoptr(Visit) cut = visit(s);
    g_assert_cmpint(cut->state, ==, VISIT_COMPLETE);
    g_assert_cmpint(cut->respondent_id, ==, first->respondent_id);
    g_assert_cmpint(cut->option_seed, ==, first->option_seed);
    town_do(&s->town, TOWN_RESUME, "t");
    for (guint page = 0; page < 3; page++) {
        send_page(s, page, true);
    }
    g_autoptr(Visit) second = visit(s);
    g_assert_cmpint(second->state, ==, VISIT_COMPLETE);
    g_assert_cmpint(second->respondent_id, ==, open->respondent_id);
    g_assert_cmpint(NUMBER(s, "SELECT sum(correct_count) AS n FROM score"), ==, 0);
    g_assert_cmpint(NUMBER(s, "SELECT sum(answered) AS n FROM tally_item"), ==, 4);
    g_assert_cmpint(NUMBER(s, "SELECT complete AS n FROM v_participation WHERE complete > 0"), ==,
                    1);
    g_assert_cmpint(NUMBER(s, "SELECT measured_id AS n FROM invitation WHERE person_id = 101"), ==,
                    first->respondent_id);
    /* A third: of the second nothing is left, of the first all. */
    deed(s, TOWN_RETRY);
    g_autoptr(Visit) third = visit(s);
    g_assert_cmpuint(third->attempt, ==, 3);
    g_assert_cmpint(NUMBER(s, "SELECT count(*) AS n FROM response"), ==, 2);
    g_assert_cmpint(NUMBER(s, "SELECT count(*) AS n FROM response WHERE attempt = 2"), ==, 0);
    g_assert_cmpint(NUMBER(s, "SELECT count(*) AS n FROM answer"), ==, 4);
    g_assert_cmpint(NUMBER(s, "SELECT sum(answered) AS n FROM tally_item"), ==, 4);
}

static void test_states(void) {
    g_auto(Scene) scene = {0};
    scene_open(&scene, TRAINING(""));
    Scene *s = &scene;
    deed(s, TOWN_START);
    town_do(&s->town, TOWN_PAUSE, "t");
    assert_state(s, VISIT_PAUSED);
    send_page_fails(s, 0, VK_ERROR_CONFLICT);
    town_do(&s->town, TOWN_RESUME, "t");
    send_page(s, 0, true);

    int64_t now_us = s->town.now_us;
    g_autoptr(Visit) open = visit(s);
    s->town.now_us = open->closes_at_us; /* before the runner has noticed */
    assert_state(s, VISIT_CLOSED);
    send_page_fails(s, 1, VK_ERROR_CONFLICT);
    s->town.now_us = open->closes_at_us - 1;
    assert_state(s, VISIT_OPEN);
    s->town.now_us = now_us;

    town_sql(&s->town, "UPDATE person SET active = 0"); /* has left */
    assert_state(s, VISIT_REVOKED);
    send_page_fails(s, 1, VK_ERROR_DENIED);
    town_sql(&s->town, "UPDATE person SET active = 1"); /* the import was wrong */
    assert_state(s, VISIT_OPEN);

    deed(s, TOWN_REVOKE);
    deed(s, TOWN_REVOKE);
    assert_state(s, VISIT_REVOKED);
    send_page_fails(s, 1, VK_ERROR_DENIED);
    deed_fails(s, TOWN_START, VK_ERROR_DENIED);
    s->id = 1;
    deed_fails(s, TOWN_START, VK_ERROR_NOT_FOUND);
    deed_fails(s, TOWN_REVOKE, VK_ERROR_NOT_FOUND);
}

/* A completed link shows its result after the close too. */
static void test_complete_stays(void) {
    g_auto(Scene) scene = {0};
    scene_open(&scene, TRAINING(""));
    deed(&scene, TOWN_START);
    for (guint page = 0; page < 3; page++) {
        send_page(&scene, page, true);
    }
    town_do(&scene.town, TOWN_PAUSE, "t");
    assert_state(&scene, VISIT_COMPLETE);
    town_do(&scene.town, TOWN_CLOSE, "t");
    assert_state(&scene, VISIT_COMPLETE);
    town_sql(&scene.town, "UPDATE person SET active = 0");
    assert_state(&scene, VISIT_COMPLETE);
}

static void test_not_yet(void) {
    g_auto(Scene) scene = {0};
    scene_open(&scene, TRAINING(",\"schedule\":{\"start\":\"2026-11-23 09:00\","
                                "\"end\":\"2026-11-27\"}"));
    scene.id = NUMBER(&scene, "SELECT id AS n FROM invitation ORDER BY due_at_us DESC LIMIT 1");
    assert_state(&scene, VISIT_NOT_YET);
    deed_fails(&scene, TOWN_START, VK_ERROR_CONFLICT);
}

/* Answering ends the reminders, also one that is queued already. */
static void test_no_reminder_after_answer(void) {
    g_auto(Scene) scene = {0};
    scene_open(&scene, TRAINING(""));
    Scene *s = &scene;
    s->town.now_us = town_at("2026-11-26 09:00");
    g_assert_cmpuint(town_tick(&s->town).reminded, ==, 60);
    deed(s, TOWN_START);
    for (guint page = 0; page < 3; page++) {
        send_page(s, page, true);
    }
    g_assert_cmpuint(town_send(&s->town, DELIVERY_SENT), ==, 59);
    s->town.now_us = town_at("2026-12-01 09:00");
    g_assert_cmpuint(town_tick(&s->town).reminded, ==, 59);
    s->town.now_us = town_at("2026-12-04 09:00");
    g_assert_cmpuint(town_tick(&s->town).reminded, ==, 0); /* two at most */
}

static void test_ballot(void) {
    g_auto(Scene) scene = {0};
    scene_open(&scene, OBSTACLES);
    Scene *s = &scene;
    Answer answer = {.item_id = form_item(s->form, 0)->id, .choices = 1};
    TownDeed cast = {.verb = TOWN_BALLOT,
                     .now_us = s->town.now_us,
                     .id = s->id,
                     .form = s->form,
                     .answers = &answer,
                     .count = 1};
    town_fails(&s->town, town_deed_fn, &cast, VK_ERROR_CONFLICT); /* not begun */
    deed(s, TOWN_START);
    s->town.now_us = town_at("2026-11-26 09:00");
    town_tick(&s->town); /* the first reminder is queued */
    cast.now_us = town_at("2026-11-26 13:37");
    Answer wrong = {.item_id = 999999, .choices = 1};
    TownDeed bad = cast;
    bad.answers = &wrong;
    town_fails(&s->town, town_deed_fn, &bad, VK_ERROR_INPUT);
    assert_state(s, VISIT_OPEN); /* nothing was marked */
    town_run(&s->town, town_deed_fn, &cast);
    town_fails(&s->town, town_deed_fn, &cast, VK_ERROR_CONFLICT);
    assert_state(s, VISIT_COMPLETE);
    g_assert_cmpint(NUMBER(s, "SELECT count(*) AS n FROM ballot_sealed"), ==, 1);
    g_assert_cmpint(NUMBER(s, "SELECT count(*) AS n FROM ballot"), ==, 0); /* not alone */
    g_assert_cmpint(NUMBER(s, "SELECT count(*) AS n FROM response"), ==, 0);
    g_assert_cmpint(NUMBER(s, "SELECT count(*) AS n FROM invitation WHERE respondent_id IS NOT NULL"
                              " OR measured_id IS NOT NULL"),
                    ==, 0);
    /* no date but the campaign's where it is noted that the person answered */
    g_assert_cmpint(NUMBER(s, "SELECT completed_at_us AS n FROM invitation WHERE person_id = 101"),
                    ==, town_at("2026-11-23"));
    g_assert_cmpint(NUMBER(s, "SELECT started_at_us AS n FROM invitation WHERE person_id = 101"),
                    ==, town_at("2026-11-23"));
    g_assert_cmpint(NUMBER(s, "SELECT settled_at_us AS n FROM outbox WHERE state = 'cancelled'"),
                    ==, town_at("2026-11-23"));
    TownDeed page = page_deed(s, 0, true);
    page.id = NUMBER(s, "SELECT id AS n FROM invitation WHERE person_id = 102");
    town_fails(&s->town, town_deed_fn, &page,
               VK_ERROR_INTERNAL); /* pages would name a respondent */
    g_free((gpointer)(uintptr_t)page.answers);
}

int main(int argc, char **argv) {
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/answering/pages", test_pages);
    g_test_add_func("/answering/save", test_save);
    g_test_add_func("/answering/clock-set-back", test_clock_set_back);
    g_test_add_func("/answering/foreign-answers", test_foreign_answers);
    g_test_add_func("/answering/retry", test_retry);
    g_test_add_func("/answering/states", test_states);
    g_test_add_func("/answering/complete-stays", test_complete_stays);
    g_test_add_func("/answering/not-yet", test_not_yet);
    g_test_add_func("/answering/no-reminder-after-answer", test_no_reminder_after_answer);
    g_test_add_func("/answering/ballot", test_ballot);
    return g_test_run();
}
