/* Who is asked: a choice over the directory, and for anonymous rounds in how large groups.
 *
 * Choosing and pooling are pure functions over rows; the same rows and seed give the same result in
 * any order of input. */
#pragma once

#include "store/db.h"

typedef struct {
    int64_t person_id;
    GRefString *path; /* department, "" for none; one copy for all who are there */
    char **roles;     /* lower case, never NULL */
    char *email;      /* NULL where no address is to be left out */
    bool is_manager;
    guint position; /* among the chosen, from 1; 0: not chosen, or not yet */
} AudiencePerson;

typedef struct {
    char **departments; /* paths; NULL: all */
    bool include_children;
    char **roles;               /* any of them; NULL: all */
    char **exclude_departments; /* with their children */
    char **exclude_roles;
    char **exclude_emails;
    guint sample_count;    /* 0: no sample by count */
    double sample_percent; /* 0: no sample by share */
} Audience;

void audience_clear(Audience *audience);
void audience_person_free(AudiencePerson *person);

bool audience_is_sampled(const Audience *audience);

/* Everyone employed on the Stockholm day of `now_us`, by person_id: GPtrArray of AudiencePerson,
 * with what `audience` asks for. */
GPtrArray *audience_load(Db *db, const Audience *audience, int64_t now_us, GError **error);

/* INPUT, naming the value, if a department or role of the audience is nobody's in `people`. */
bool audience_check(const Audience *audience, const GPtrArray *people, GError **error);

/* The addresses to leave out that nobody in `people` has: they have left, or are misspelt, and then
 * someone is asked who should not be. Owned strings, NULL where there are none. */
char **audience_unknown_emails(const Audience *audience, const GPtrArray *people);

/* Borrowed rows of `people` that the audience names, by person_id. */
GPtrArray *audience_filter(const Audience *audience, const GPtrArray *people);

/* Of `people`, borrowed rows of the eligible, keeps those to be asked, in a random order: all of
 * them, or the sample, stratified by department with proportional allocation by largest remainder.
 * Each is told its position. */
void audience_choose(const Audience *audience, GPtrArray *people, int64_t seed);
