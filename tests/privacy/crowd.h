/* 200 people in a town, who answer an anonymous survey one by one, a minute apart, each in a way of
 * their own; and the eyes of an attacker who knows who answered when. */
#pragma once

#include "tests/unit/campaigns/town.h"

#include <gsl/gsl_cdf.h>

enum { CROWD_PEOPLE = 200, CROWD_ITEMS = 4 };

#define CROWD_SURVEY                                                                               \
    "{\"name\":\"t\",\"title\":{\"sv\":\"Titel\"},\"kind\":\"obstacles\","                         \
    "\"schedule\":{\"close\":\"2026-12-11 17:00\"},\"content\":{\"pack\":\"starter\","             \
    "\"items\":[\"h-01\",\"h-02\",\"h-04\",\"h-10\",\"h-11\"]}}"

typedef struct {
    Town town;
    Form *form;
    int64_t people[CROWD_PEOPLE]; /* in the order in which they answer */
} Crowd;

static inline void crowd_open(Crowd *crowd) {
    static const TownDepartment departments[] = {
        {"Skola", 1, 0, 90, 1001}, {"Vård", 2, 0, 70, 2001}, {"Teknik", 3, 0, 40, 3001}};
    g_autoptr(GError) error = NULL;
    town_open(&crowd->town, "2026-11-23 09:00");
    guint count = 0;
    for (size_t i = 0; i < G_N_ELEMENTS(departments); i++) {
        TownDepartment row = departments[i];
        town_run(&crowd->town, town_people_fn, &row);
        for (guint person = 0; person < row.count; person++) {
            crowd->people[count++] = row.first_id + person;
        }
    }
    g_assert_cmpuint(count, ==, CROWD_PEOPLE);
    for (guint i = CROWD_PEOPLE; i > 1; i--) {
        guint j = (guint)g_random_int_range(0, (gint32)i);
        int64_t moved = crowd->people[i - 1];
        crowd->people[i - 1] = crowd->people[j];
        crowd->people[j] = moved;
    }
    town_do(&crowd->town, TOWN_CREATE, CROWD_SURVEY);
    town_do(&crowd->town, TOWN_LAUNCH, "t");
    town_tick(&crowd->town);
    town_send(&crowd->town, DELIVERY_SENT);
    g_autoptr(Campaign) campaign = town_campaign(&crowd->town, "t");
    crowd->form = form_load(crowd->town.db, campaign->form_id, &error);
    g_assert_no_error(error);
}

static inline void crowd_close(Crowd *crowd) {
    form_free(crowd->form);
    town_close(&crowd->town);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Crowd, crowd_close)

/* The group that the person's invitation names; also their link. */
static inline int64_t crowd_group(Crowd *crowd, guint who, int64_t *out_link) {
    static const DbQuery query = {"crowd.link",
                                  "SELECT id, stratum_id FROM invitation WHERE person_id = $1"};
    g_autoptr(GError) error = NULL;
    g_autoptr(DbStmt) row = db_query(crowd->town.db, &query, &error);
    g_assert_no_error(error);
    db_bind_int(row, 1, crowd->people[who]);
    g_assert_cmpint(db_step(row, &error), ==, DB_ROW);
    if (out_link != NULL) {
        *out_link = db_int(row, "id");
    }
    return db_int(row, "stratum_id");
}

/* What the `who`-th answers, as it is stored: four answers of four make 256 ways. */
static inline char *crowd_answers(const Crowd *crowd, guint who, Answer answers[CROWD_ITEMS]) {
    g_autoptr(GString) stored = g_string_new("[");
    guint number = who * 37 % 256; /* no order of its own */
    for (guint i = 0; i < CROWD_ITEMS; i++) {
        int64_t id = form_item(crowd->form, i)->id;
        answers[i] = (Answer){.item_id = id, .choices = 1u << (number >> (2 * i) & 3)};
        g_string_append_printf(stored, "%s[%" G_GINT64_FORMAT ",%u,0]", i == 0 ? "" : ",", id,
                               answers[i].choices);
    }
    g_string_append_c(stored, ']');
    return g_string_free(g_steal_pointer(&stored), FALSE);
}

/* What every fourth writes. */
static inline char *crowd_text(guint who) {
    return who % 4 == 0 ? g_strdup_printf("Tiden räcker inte %03u", who * 37 % 256) : NULL;
}

/* The `who`-th answers, the scheduler goes by, and a minute passes. */
static inline void crowd_cast(Crowd *crowd, guint who) {
    Answer answers[CROWD_ITEMS + 1];
    g_autofree char *stored = crowd_answers(crowd, who, answers);
    g_autofree char *text = crowd_text(who);
    answers[CROWD_ITEMS] =
        (Answer){.item_id = form_item(crowd->form, CROWD_ITEMS)->id, .text = text};
    TownDeed deed = {.verb = TOWN_START,
                     .now_us = crowd->town.now_us,
                     .form = crowd->form,
                     .answers = answers,
                     .count = CROWD_ITEMS + 1};
    crowd_group(crowd, who, &deed.id);
    town_run(&crowd->town, town_deed_fn, &deed);
    deed.verb = TOWN_BALLOT;
    town_run(&crowd->town, town_deed_fn, &deed);
    town_tick(&crowd->town);
    crowd->town.now_us += CLOCK_MINUTE_US;
}

/* Closes the campaign and opens what is left. */
static inline void crowd_end(Crowd *crowd) {
    town_do(&crowd->town, TOWN_CLOSE, "t");
    town_tick(&crowd->town);
}

/* One of the database's files, as a thief of the disk would have it; empty if it is not there. */
static inline GBytes *crowd_file(const Crowd *crowd, const char *suffix) {
    g_autofree char *path = g_strconcat(crowd->town.path, suffix, NULL);
    char *bytes = NULL;
    gsize size = 0;
    return g_file_get_contents(path, &bytes, &size, NULL) ? g_bytes_new_take(bytes, size)
                                                          : g_bytes_new(NULL, 0);
}

static inline const char *crowd_find(GBytes *where, const char *what) {
    gsize size = 0;
    const char *bytes = g_bytes_get_data(where, &size);
    return size > 0 ? memmem(bytes, size, what, strlen(what)) : NULL;
}

/* Where each of the crowd's ballots stands in the file; -1 where it does not. */
static inline void crowd_places(const Crowd *crowd, GBytes *file, gssize places[CROWD_PEOPLE]) {
    const char *start = g_bytes_get_data(file, NULL);
    for (guint who = 0; who < CROWD_PEOPLE; who++) {
        Answer answers[CROWD_ITEMS];
        g_autofree char *stored = crowd_answers(crowd, who, answers);
        const char *found = crowd_find(file, stored);
        places[who] = found != NULL ? found - start : -1;
    }
}

/* Whose ballot it is; the crowd's answers are all different. */
static inline guint crowd_whose(const Crowd *crowd, const char *ballot) {
    for (guint who = 0; who < CROWD_PEOPLE; who++) {
        Answer answers[CROWD_ITEMS];
        g_autofree char *stored = crowd_answers(crowd, who, answers);
        if (g_str_equal(stored, ballot)) {
            return who;
        }
    }
    g_error("nobody's ballot: %s", ballot);
}

/* How probable at least `hits` of `trials` are for one who guesses, right with probability
 * `chance`: exact. */
static inline double crowd_tail(guint hits, guint trials, double chance) {
    return hits == 0 ? 1.0 : gsl_cdf_binomial_Q(hits - 1, chance, trials);
}
