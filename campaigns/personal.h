/* What campaigns/ holds about one person (store/personal.h), and the keys by which the others know
 * them. */
#pragma once

#include "store/personal.h"

/* The key is the person's id. */
extern const PersonalTable campaigns_personal[];

/* What else a person is known by: each row a link, a respondent, or both; 0 for none. */
typedef struct {
    char *campaign; /* what they are known in */
    int64_t link_id;
    int64_t respondent_id;
} PersonKeys;

/* All of a person's, of PersonKeys, in an array that clears them. A table that has links or
 * respondents of its own gets a query in personal.c. */
GArray *person_keys(Db *db, int64_t person_id, GError **error);
