#include "campaigns/rights.h"

#include "base/error.h"
#include "campaigns/forget.h"
#include "campaigns/personal.h"
#include "campaigns/queries.h"
#include "campaigns/retention_log.h"
#include "campaigns/schedule.h"
#include "mailer/personal.h"
#include "people/email.h"
#include "survey/personal.h"

#include <cJSON.h>
#include <string.h>

static const DbQuery q_definitions = {"rights.definitions",
                                      "SELECT id, definition FROM campaign ORDER BY id"};
static const DbQuery q_definition = {"rights.definition",
                                     "UPDATE campaign SET definition = $1 WHERE id = $2"};
static const DbQuery q_cursor = {
    "rights.cursor", "UPDATE round SET follow_person_id = 0 WHERE follow_person_id = $1"};

const DbQuery *const rights_queries[] = {&q_definitions, &q_definition, &q_cursor, NULL};

const PersonalTable *const *rights_tables(void) {
    static const PersonalTable *const lists[] = {people_personal, campaigns_personal,
                                                 survey_personal, mailer_personal,
                                                 store_personal,  NULL};
    return lists;
}

/* --- the copy ------------------------------------------------------------------------ */

/* The answers of a respondent, each with the name of what they were asked in. */
static bool copy_answers(Db *db, const PersonKeys *key, GPtrArray *rows, GError **error) {
    guint first = rows->len;
    if (!survey_find(db, key->respondent_id, rows, error)) {
        return false;
    }
    for (guint i = first; i < rows->len; i++) {
        personal_row_add(g_ptr_array_index(rows, i), "campaign", key->campaign);
    }
    return true;
}

GPtrArray *rights_copy(Db *db, int64_t person_id, GError **error) {
    g_autoptr(GPtrArray) rows = personal_rows_new();
    g_autoptr(GArray) keys = person_keys(db, person_id, error);
    if (keys == NULL || !personal_find(db, people_personal, person_id, rows, error) ||
        !personal_find(db, campaigns_personal, person_id, rows, error)) {
        return NULL;
    }
    for (guint i = 0; i < keys->len; i++) {
        const PersonKeys *key = &g_array_index(keys, PersonKeys, i);
        if (key->respondent_id != 0 && !copy_answers(db, key, rows, error)) {
            return NULL;
        }
    }
    for (guint i = 0; i < keys->len; i++) {
        const PersonKeys *key = &g_array_index(keys, PersonKeys, i);
        if (key->link_id != 0 && !personal_find(db, mailer_personal, key->link_id, rows, error)) {
            return NULL;
        }
    }
    return g_steal_pointer(&rows);
}

/* --- erasure ------------------------------------------------------------------------- */

static bool same_address(const char *text, const char *email) {
    g_autofree char *a = g_utf8_casefold(text, -1);
    g_autofree char *b = g_utf8_casefold(email, -1);
    g_autofree char *folded = email_fault(text) == NULL ? email_fold(text) : g_strdup(a);
    g_autofree char *other = email_fault(email) == NULL ? email_fold(email) : g_strdup(b);
    return strcmp(a, b) == 0 || strcmp(folded, other) == 0;
}

/* Takes the address out of audience.exclude.emails; NULL if it is not there. */
static char *definition_without(const char *definition, const char *email) {
    cJSON *json = cJSON_Parse(definition);
    cJSON *audience = cJSON_GetObjectItemCaseSensitive(json, "audience");
    cJSON *exclude = cJSON_GetObjectItemCaseSensitive(audience, "exclude");
    cJSON *emails = cJSON_GetObjectItemCaseSensitive(exclude, "emails");
    bool found = false;
    for (int i = cJSON_GetArraySize(emails) - 1; i >= 0; i--) {
        const char *text = cJSON_GetStringValue(cJSON_GetArrayItem(emails, i));
        if (text != NULL && same_address(text, email)) {
            cJSON_DeleteItemFromArray(emails, i);
            found = true;
        }
    }
    char *printed = found ? cJSON_Print(json) : NULL;
    char *text = g_strdup(printed);
    cJSON_free(printed);
    cJSON_Delete(json);
    return text;
}

typedef struct {
    int64_t id;
    char *definition;
} Changed;

static void changed_clear(gpointer data) {
    Changed *changed = data;
    g_free(changed->definition);
}

static GArray *definitions_changed(DbTx *tx, const char *email, GError **error) {
    g_autoptr(GArray) all = g_array_new(FALSE, FALSE, sizeof(Changed));
    g_array_set_clear_func(all, changed_clear);
    g_autoptr(DbStmt) row = db_tx_query(tx, &q_definitions, error);
    if (row == NULL) {
        return NULL;
    }
    DbStep step = DB_DONE;
    while ((step = db_step(row, error)) == DB_ROW) {
        char *without = definition_without(db_text(row, "definition"), email);
        if (without != NULL) {
            Changed changed = {db_int(row, "id"), without};
            g_array_append_val(all, changed);
        }
    }
    return step == DB_DONE ? g_steal_pointer(&all) : NULL;
}

static bool erase_from_definitions(DbTx *tx, const char *email, GError **error) {
    g_autoptr(GArray) all = definitions_changed(tx, email, error);
    g_autoptr(DbStmt) update = all != NULL ? db_tx_query(tx, &q_definition, error) : NULL;
    for (guint i = 0; update != NULL && i < all->len; i++) {
        const Changed *changed = &g_array_index(all, Changed, i);
        db_bind_text(update, 1, changed->definition);
        db_bind_int(update, 2, changed->id);
        if (!db_run(update, NULL, error)) {
            return false;
        }
    }
    return update != NULL;
}

static bool erase_cursor(DbTx *tx, int64_t person_id, GError **error) {
    g_autoptr(DbStmt) cursor = db_tx_query(tx, &q_cursor, error);
    if (cursor == NULL) {
        return false;
    }
    db_bind_int(cursor, 1, person_id);
    return db_run(cursor, NULL, error);
}

/* Nothing is done if one of the person's mails is with a relay. */
static bool erase_keys(DbTx *tx, const GArray *keys, int64_t now_us, GError **error) {
    for (guint i = 0; i < keys->len; i++) {
        int64_t link_id = g_array_index(keys, PersonKeys, i).link_id;
        if (link_id != 0 && !mailer_check_idle(db_tx_db(tx), link_id, error)) {
            return false;
        }
    }
    for (guint i = 0; i < keys->len; i++) {
        int64_t link_id = g_array_index(keys, PersonKeys, i).link_id;
        if (link_id != 0 && !forget_invitation(tx, link_id, true, now_us, error)) {
            return false;
        }
    }
    return true;
}

bool rights_erase(DbTx *tx, int64_t person_id, bool note, int64_t now_us, GError **error) {
    g_autoptr(DirectoryPerson) person = people_find_id(db_tx_db(tx), person_id, error);
    g_autoptr(GArray) keys = person != NULL ? person_keys(db_tx_db(tx), person_id, error) : NULL;
    if (keys == NULL || !erase_keys(tx, keys, now_us, error)) {
        return false;
    }
    db_tx_forget_order(tx);
    RetentionNote line = {.kind = "request", .rows = 1, .done = true};
    return personal_erase(tx, campaigns_personal, person_id, NULL, error) &&
           erase_from_definitions(tx, person->email, error) && erase_cursor(tx, person_id, error) &&
           people_erase(tx, person_id, error) &&
           (!note || retention_note(tx, &line, schedule_day(now_us), error));
}

/* --- what to look for afterwards ------------------------------------------------------ */

enum { TRACE_BYTES_MIN = 12 };

/* Short texts stand anywhere by chance. */
static void trace_add(GPtrArray *traces, const char *text) {
    if (text != NULL && strlen(text) >= TRACE_BYTES_MIN) {
        g_ptr_array_add(traces, g_strdup(text));
    }
}

char **rights_traces(const DirectoryPerson *person, const GPtrArray *rows) {
    GPtrArray *traces = g_ptr_array_new();
    g_autofree char *folded = email_fold(person->email);
    g_ptr_array_add(traces, g_strdup(person->email));
    g_ptr_array_add(traces, g_strdup(folded));
    trace_add(traces, person->key);
    for (guint i = 0; i < rows->len; i++) {
        const PersonalRow *row = g_ptr_array_index(rows, i);
        trace_add(traces, personal_row_get(row, "free_text"));
    }
    g_ptr_array_add(traces, NULL);
    return (char **)g_ptr_array_free(traces, FALSE);
}
