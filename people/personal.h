/* What the directory holds about one person (store/personal.h), and its erasure. */
#pragma once

#include "store/personal.h"

/* The key is the person's id. */
extern const PersonalTable people_personal[];

/* Somebody of the directory, found by address. */
typedef struct {
    int64_t id;
    char *key; /* the organisation's own, else the folded address */
    char *email;
    char *given_name;
    char *family_name;
    bool active;
} DirectoryPerson;

void directory_person_free(DirectoryPerson *person);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(DirectoryPerson, directory_person_free)

/* Those who have the address, in any case, the active one first; DirectoryPerson in an array that
 * frees them. More than one where an address was handed on. INPUT if it is no address. */
GPtrArray *people_find_email(Db *db, const char *email, GError **error);

/* NOT_FOUND. */
DirectoryPerson *people_find_id(Db *db, int64_t person_id, GError **error);

/* Those who left before `before_us` and are not back, at most `max` ids from `after_id` on. */
GArray *people_find_left(Db *db, int64_t before_us, int64_t after_id, guint max, GError **error);

/* Takes the person out of the directory; whoever had them as manager has none. */
bool people_erase(DbTx *tx, int64_t person_id, GError **error);
