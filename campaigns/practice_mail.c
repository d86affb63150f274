#include "campaigns/practice_mail.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/id.h"
#include "campaigns/phrase.h"
#include "campaigns/practice_private.h"
#include "campaigns/queries.h"
#include "mailer/outbox.h"
#include "survey/guide.h"

#include <string.h>

enum { ABSENT_LOOK_DAYS = 30, BAD_ADDRESS_DAYS = 92 };

static const DbQuery q_due = {
    "practice_mail.due",
    "SELECT w.person_id, w.hold_until_us, w.unanswered, p.email, p.given_name, p.family_name,"
    " coalesce(p.locale, 'sv') AS locale, coalesce(p.active, 0) AS active FROM practice_person w"
    " LEFT JOIN v_person p ON p.id = w.person_id WHERE w.next_at_us <= $1"
    " ORDER BY w.next_at_us, w.person_id LIMIT $2"};
static const DbQuery q_latest = {"practice_mail.latest",
                                 "SELECT id, closes_at_us, status, silent FROM practice"
                                 " WHERE person_id = $1 ORDER BY queued_at_us DESC LIMIT 1"};
static const DbQuery q_silent = {"practice_mail.silent",
                                 "UPDATE practice SET silent = 1 WHERE id = $1"};
static const DbQuery q_unanswered = {
    "practice_mail.unanswered", "UPDATE practice_person SET unanswered = $1 WHERE person_id = $2"};
static const DbQuery q_items = {
    "practice_mail.items",
    "SELECT i.id, i.item_key, i.topic FROM v_item i WHERE i.pack = $1 AND i.bank = 'training'"
    " AND i.state = 'live' AND i.measure IN ('knowledge', 'scenario')"
    " AND instr(i.body, '\"anonymous_only\":true') = 0 AND i.version = (SELECT max(v.version)"
    " FROM v_item v WHERE v.pack = i.pack AND v.item_key = i.item_key) ORDER BY i.item_key"};
static const DbQuery q_form = {"practice_mail.form",
                               "SELECT form_id FROM practice_form WHERE items = $1"};
static const DbQuery q_form_add = {"practice_mail.form_add",
                                   "INSERT INTO practice_form (items, form_id) VALUES ($1, $2)"};
static const DbQuery q_insert = {
    "practice_mail.insert",
    "INSERT INTO practice (id, person_id, form_id, page_count, locale, queued_at_us, closes_at_us)"
    " VALUES ($1, $2, $3, 1, $4, $5, $6)"};
static const DbQuery q_mail = {"practice_mail.mail",
                               "SELECT control_phrase, mail_open FROM practice_mail"};
static const DbQuery q_mail_add = {
    "practice_mail.mail_add",
    "INSERT INTO practice_mail (id, control_phrase, mail_open) VALUES (1, $1, 1)"};
static const DbQuery q_mail_gate = {"practice_mail.gate",
                                    "UPDATE practice_mail SET mail_open = $1"};
static const DbQuery q_first = {
    "practice_mail.first",
    "SELECT min(next_at_us) AS at_us FROM practice_person WHERE next_at_us IS NOT NULL"};

const DbQuery *const practice_mail_queries[] = {
    &q_due,    &q_latest, &q_silent,   &q_unanswered, &q_items, &q_form, &q_form_add,
    &q_insert, &q_mail,   &q_mail_add, &q_mail_gate,  &q_first, NULL};

/* --- what there is to ask ------------------------------------------------------------ */

typedef struct {
    int64_t id;
    char *key;
    char *topic;
} Choice;

static void choice_free(gpointer data) {
    Choice *choice = data;
    g_free(choice->key);
    g_free(choice->topic);
    g_free(choice);
}

/* A step's own knowledge: what is the same for all people of it. */
typedef struct {
    DbTx *tx;
    const MailSource *source;
    int64_t now_us;
    int64_t closes_at_us;
    GHashTable *packs;  /* name -> GPtrArray of Choice */
    int64_t mailing_id; /* 0 until the first mail */
    PracticeResult *result;
} Work;

static GPtrArray *pack_load_items(Db *db, const char *pack, GError **error) {
    g_autoptr(GPtrArray) items = g_ptr_array_new_with_free_func(choice_free);
    g_autoptr(DbStmt) query = db_query(db, &q_items, error);
    if (query == NULL) {
        return NULL;
    }
    db_bind_text(query, 1, pack);
    DbStep step = DB_DONE;
    while ((step = db_step(query, error)) == DB_ROW) {
        Choice *choice = g_new0(Choice, 1);
        choice->id = db_int(query, "id");
        choice->key = g_strdup(db_text(query, "item_key"));
        choice->topic = g_strdup(db_text(query, "topic"));
        g_ptr_array_add(items, choice);
    }
    return step == DB_DONE ? g_steal_pointer(&items) : NULL;
}

static const GPtrArray *pack_items(Work *work, const char *pack, GError **error) {
    GPtrArray *items = g_hash_table_lookup(work->packs, pack);
    if (items == NULL) {
        items = pack_load_items(db_tx_db(work->tx), pack, error);
        if (items != NULL) {
            g_hash_table_insert(work->packs, g_strdup(pack), items);
        }
    }
    return items;
}

/* Another item of the topic than the person had last; NULL if the pack has none. Borrowed. */
static const Choice *topic_item(const GPtrArray *items, const TopicRow *row, int64_t person_id) {
    g_autoptr(GPtrArray) own = g_ptr_array_new();
    g_autoptr(GPtrArray) keys = g_ptr_array_new();
    for (guint i = 0; i < items->len; i++) {
        const Choice *choice = items->pdata[i];
        if (strcmp(choice->topic, row->topic) == 0) {
            g_ptr_array_add(own, items->pdata[i]);
            g_ptr_array_add(keys, choice->key);
        }
    }
    guint index = 0;
    bool found = own->len > 0 && spacing_item((const char *const *)keys->pdata, keys->len, row->had,
                                              person_id, &index);
    return found ? own->pdata[index] : NULL;
}

/* --- the mail ------------------------------------------------------------------------ */

/* The form of these items, of one pack. */
static bool practice_form(const Work *work, const char *pack, const GPtrArray *choices,
                          int64_t *out_id, GError **error) {
    static const ItemBank training = BANK_TRAINING;
    g_autoptr(GString) name = g_string_new(pack);
    g_autoptr(GPtrArray) keys = g_ptr_array_new();
    for (guint i = 0; i < choices->len; i++) {
        const Choice *choice = choices->pdata[i];
        g_string_append_printf(name, "%c%" G_GINT64_FORMAT, i == 0 ? ':' : ',', choice->id);
        g_ptr_array_add(keys, choice->key);
    }
    g_ptr_array_add(keys, NULL);
    g_autoptr(DbStmt) find = db_tx_query(work->tx, &q_form, error);
    g_autoptr(DbStmt) add = find != NULL ? db_tx_query(work->tx, &q_form_add, error) : NULL;
    if (add == NULL) {
        return false;
    }
    db_bind_text(find, 1, name->str);
    DbStep step = db_step(find, error);
    if (step != DB_DONE) {
        *out_id = step == DB_ROW ? db_int(find, "form_id") : 0;
        return step == DB_ROW;
    }
    FormSpec spec = {.pack = pack,
                     .item_keys = (const char *const *)keys->pdata,
                     .bank = &training,
                     .items_per_page = SPACING_TOPICS_MAX};
    if (!form_create(work->tx, &spec, 0, work->now_us, out_id, error)) {
        return false;
    }
    db_bind_text(add, 1, name->str);
    db_bind_int(add, 2, *out_id);
    return db_run(add, NULL, error);
}

/* The control phrase of practice mails, made with the first. */
static char *control_phrase(DbTx *tx, GError **error) {
    g_autoptr(DbStmt) find = db_tx_query(tx, &q_mail, error);
    g_autoptr(DbStmt) add = find != NULL ? db_tx_query(tx, &q_mail_add, error) : NULL;
    DbStep step = add != NULL ? db_step(find, error) : DB_ERROR;
    if (step != DB_DONE) {
        return step == DB_ROW ? g_strdup(db_text(find, "control_phrase")) : NULL;
    }
    g_autofree char *phrase = phrase_make();
    db_bind_text(add, 1, phrase);
    return db_run(add, NULL, error) ? g_steal_pointer(&phrase) : NULL;
}

/* One mailing a day: what its mails share is the day on which they close. */
static bool work_mailing(Work *work, GError **error) {
    if (work->mailing_id != 0) {
        return true;
    }
    g_autofree char *day = clock_format_date(work->now_us);
    g_autofree char *purpose = g_strconcat("practice-", day, NULL);
    g_autofree char *phrase = control_phrase(work->tx, error);
    if (phrase == NULL) {
        return false;
    }
    char *values[LANG_MAX] = {NULL};
    for (guint lang = 0; lang < lang_count(); lang++) {
        values[lang] = mailtext_practice(work->source, (Lang)lang, phrase, work->closes_at_us);
    }
    g_autofree char *added = mailing_values_added(values);
    MailingSpec spec = {.group_id = PRACTICE_GROUP,
                        .purpose = purpose,
                        .template_name = "mail/practice",
                        .list_id = "practice",
                        .values_sv = values[LANG_SV],
                        .values_en = values[LANG_EN],
                        .values_added = added};
    bool good = mailing_ensure(work->tx, &spec, work->now_us, &work->mailing_id, error);
    lang_clear(values);
    return good;
}

typedef struct {
    int64_t id;
    int64_t hold_until_us;
    guint unanswered;
    char *email;
    char *given_name;
    char *family_name;
    char *locale;
    bool active;
} Person;

static void person_free(gpointer data) {
    Person *person = data;
    g_free(person->email);
    g_free(person->given_name);
    g_free(person->family_name);
    g_free(person->locale);
    g_free(person);
}

/* `out_queued` false for an address that cannot be one: nobody's fault here. */
static bool queue_mail(const Work *work, const Person *person, int64_t practice_id,
                       bool *out_queued, GError **error) {
    g_autofree char *name = g_strdup_printf("%s %s", person->given_name, person->family_name);
    OutboxItem item = {.mailing_id = work->mailing_id,
                       .link_id = practice_id,
                       .to_address = person->email,
                       .to_name = g_strstrip(name),
                       .greeting_name = person->given_name,
                       .locale = lang_stored(person->locale),
                       .due_at_us = work->now_us,
                       .expires_at_us = work->closes_at_us};
    g_autoptr(GError) fault = NULL;
    *out_queued = outbox_add(work->tx, &item, work->now_us, &fault);
    if (!*out_queued && !g_error_matches(fault, VK_ERROR, VK_ERROR_INPUT)) {
        g_propagate_error(error, g_steal_pointer(&fault));
        return false;
    }
    return true;
}

static bool practice_insert(const Work *work, const Person *person, int64_t practice_id,
                            int64_t form_id, GError **error) {
    g_autoptr(DbStmt) insert = db_tx_query(work->tx, &q_insert, error);
    if (insert == NULL) {
        return false;
    }
    db_bind_int(insert, 1, practice_id);
    db_bind_int(insert, 2, person->id);
    db_bind_int(insert, 3, form_id);
    db_bind_text(insert, 4, person->locale);
    db_bind_int(insert, 5, work->now_us);
    db_bind_int(insert, 6, work->closes_at_us);
    return db_run(insert, NULL, error);
}

/* Sends a practice of the chosen items, which are of one pack. */
static bool person_mail(Work *work, const Person *person, const char *pack,
                        const GPtrArray *choices, GError **error) {
    int64_t form_id = 0;
    int64_t practice_id = id_new();
    bool queued = false;
    if (!work_mailing(work, error) || !practice_form(work, pack, choices, &form_id, error) ||
        !queue_mail(work, person, practice_id, &queued, error)) {
        return false;
    }
    if (!queued) {
        int64_t later_us = schedule_add_days(work->now_us, BAD_ADDRESS_DAYS);
        return practice_set_next(work->tx, person->id, later_us, error);
    }
    work->result->queued++;
    for (guint i = 0; i < choices->len; i++) {
        const Choice *choice = choices->pdata[i];
        if (!guide_mark_shown(work->tx, pack, choice->topic, work->now_us, error)) {
            return false;
        }
    }
    return practice_insert(work, person, practice_id, form_id, error) &&
           practice_set_next(work->tx, person->id, work->closes_at_us, error);
}

/* --- one person ---------------------------------------------------------------------- */

/* A topic for which the pack has no other item rests: content may come. */
static void put_off(const Work *work, TopicRow *row) {
    row->spacing.gap_days = SPACING_REST_DAYS;
    row->spacing.due_at_us = spacing_due(practice_window(), work->now_us, SPACING_REST_DAYS);
    row->asked_at_us = work->now_us;
}

/* An item for each topic of the plan that is of its first topic's pack; rows are changed and
 * stored. */
static bool take_items(Work *work, const Person *person, const GPtrArray *rows,
                       const SpacingPlan *plan, GPtrArray *choices, GError **error) {
    const char *pack = ((const TopicRow *)rows->pdata[plan->topics[0]])->pack;
    const GPtrArray *items = pack_items(work, pack, error);
    bool good = items != NULL;
    for (guint i = 0; good && i < plan->count; i++) {
        TopicRow *row = rows->pdata[plan->topics[i]];
        if (strcmp(row->pack, pack) != 0) {
            continue; /* in the next mail */
        }
        const Choice *choice = topic_item(items, row, person->id);
        if (choice != NULL) {
            char *had = spacing_had(row->had, choice->key);
            g_free(row->had);
            row->had = had;
            g_ptr_array_add(choices, (gpointer)(uintptr_t)choice);
        } else {
            put_off(work, row);
        }
        good = topic_row_store(work->tx, person->id, row, error);
    }
    return good;
}

/* Nothing holds the person back: mails what is due, or finds out when something is. */
static bool person_plan(Work *work, const Person *person, GError **error) {
    Db *db = db_tx_db(work->tx);
    g_autoptr(GPtrArray) rows = topic_rows(db, person->id, error);
    g_autoptr(GArray) sent =
        rows != NULL ? practice_sent(db, person->id, work->now_us, error) : NULL;
    if (sent == NULL) {
        return false;
    }
    for (;;) { /* at most once for each topic: what has no item is put off */
        SpacingPlan plan = practice_plan(rows, sent, work->now_us);
        if (plan.count == 0) {
            return practice_set_next(work->tx, person->id, plan.mail_at_us, error);
        }
        const char *pack = ((const TopicRow *)rows->pdata[plan.topics[0]])->pack;
        g_autoptr(GPtrArray) choices = g_ptr_array_new();
        if (!take_items(work, person, rows, &plan, choices, error)) {
            return false;
        }
        if (choices->len > 0) {
            return person_mail(work, person, pack, choices, error);
        }
    }
}

/* The person's latest practice, if that one has something to say. */
static bool person_latest(Work *work, Person *person, int64_t *out_until_us, GError **error) {
    g_autoptr(DbStmt) latest = db_tx_query(work->tx, &q_latest, error);
    g_autoptr(DbStmt) silent = latest != NULL ? db_tx_query(work->tx, &q_silent, error) : NULL;
    g_autoptr(DbStmt) count = silent != NULL ? db_tx_query(work->tx, &q_unanswered, error) : NULL;
    if (count == NULL) {
        return false;
    }
    db_bind_int(latest, 1, person->id);
    DbStep step = db_step(latest, error);
    *out_until_us = 0;
    if (step != DB_ROW || strcmp(db_text(latest, "status"), "complete") == 0) {
        return step != DB_ERROR;
    }
    int64_t closes_at_us = db_int(latest, "closes_at_us");
    *out_until_us = closes_at_us;
    if (closes_at_us > work->now_us) {
        return true;
    }
    bool counted = db_bool(latest, "silent");
    person->unanswered += counted ? 0 : 1;
    int days = (int)spacing_silence_days(person->unanswered);
    *out_until_us = schedule_add_days(closes_at_us, days);
    if (counted) {
        return true;
    }
    db_bind_int(silent, 1, db_int(latest, "id"));
    db_bind_int(count, 1, person->unanswered);
    db_bind_int(count, 2, person->id);
    return db_run(silent, NULL, error) && db_run(count, NULL, error);
}

static bool person_step(Work *work, Person *person, GError **error) {
    int64_t until_us = 0;
    if (!person->active) { /* has left; may come back */
        int64_t look_us = schedule_add_days(work->now_us, ABSENT_LOOK_DAYS);
        return practice_set_next(work->tx, person->id, look_us, error);
    }
    if (!person_latest(work, person, &until_us, error)) {
        return false;
    }
    until_us = MAX(until_us, person->hold_until_us);
    return until_us > work->now_us ? practice_set_next(work->tx, person->id, until_us, error)
                                   : person_plan(work, person, error);
}

/* --- the step ------------------------------------------------------------------------ */

static GPtrArray *people_due(Db *db, int64_t now_us, guint max, GError **error) {
    g_autoptr(GPtrArray) people = g_ptr_array_new_with_free_func(person_free);
    g_autoptr(DbStmt) due = db_query(db, &q_due, error);
    if (due == NULL) {
        return NULL;
    }
    db_bind_int(due, 1, now_us);
    db_bind_int(due, 2, max);
    DbStep step = DB_DONE;
    while ((step = db_step(due, error)) == DB_ROW) {
        Person *person = g_new0(Person, 1);
        person->id = db_int(due, "person_id");
        person->hold_until_us = db_int(due, "hold_until_us");
        person->unanswered = (guint)db_int(due, "unanswered");
        person->email = g_strdup(db_text(due, "email"));
        person->given_name = g_strdup(db_text(due, "given_name"));
        person->family_name = g_strdup(db_text(due, "family_name"));
        person->locale = g_strdup(db_text(due, "locale"));
        person->active = db_bool(due, "active");
        g_ptr_array_add(people, person);
    }
    return step == DB_DONE ? g_steal_pointer(&people) : NULL;
}

/* Holds the queue outside office hours, and lets it go in them. */
static bool gate(DbTx *tx, bool open, GError **error) {
    g_autoptr(DbStmt) find = db_tx_query(tx, &q_mail, error);
    g_autoptr(DbStmt) update = find != NULL ? db_tx_query(tx, &q_mail_gate, error) : NULL;
    DbStep step = update != NULL ? db_step(find, error) : DB_ERROR;
    if (step != DB_ROW || db_bool(find, "mail_open") == open) {
        return step != DB_ERROR;
    }
    db_bind_bool(update, 1, open);
    return db_run(update, NULL, error) && mailing_hold(tx, PRACTICE_GROUP, !open, error);
}

bool practice_mail_next(Db *db, int64_t now_us, int64_t *out_at_us, GError **error) {
    g_autoptr(DbStmt) first = db_query(db, &q_first, error);
    g_autoptr(DbStmt) mail = first != NULL ? db_query(db, &q_mail, error) : NULL;
    if (mail == NULL || db_step(first, error) != DB_ROW) {
        return false;
    }
    const Window *window = practice_window();
    bool open = schedule_is_open(window, now_us);
    int64_t at_us = INT64_MAX;
    if (!db_is_null(first, "at_us")) {
        at_us = schedule_next_open(window, MAX(db_int(first, "at_us"), now_us));
    }
    DbStep step = db_step(mail, error);
    if (step == DB_ROW && db_bool(mail, "mail_open") != open) {
        at_us = now_us;
    } else if (step == DB_ROW) {
        at_us = MIN(at_us, open ? schedule_next_close(window, now_us)
                                : schedule_next_open(window, now_us));
    }
    *out_at_us = at_us;
    return step != DB_ERROR;
}

static bool mail_people(DbTx *tx, const MailSource *source, int64_t now_us, guint max,
                        PracticeResult *out, GError **error) {
    g_autoptr(GPtrArray) people = people_due(db_tx_db(tx), now_us, max, error);
    g_autoptr(GHashTable) packs =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_ptr_array_unref);
    Work work = {.tx = tx,
                 .source = source,
                 .now_us = now_us,
                 .closes_at_us = spacing_closes(now_us),
                 .packs = packs,
                 .result = out};
    for (guint i = 0; people != NULL && i < people->len; i++) {
        if (!person_step(&work, people->pdata[i], error)) {
            return false;
        }
        out->seen++;
    }
    return people != NULL;
}

bool practice_mail_step(DbTx *tx, const MailSource *source, int64_t now_us, guint max,
                        PracticeResult *out, GError **error) {
    *out = (PracticeResult){0};
    bool open = schedule_is_open(practice_window(), now_us);
    return gate(tx, open, error) &&
           (!open || max == 0 || mail_people(tx, source, now_us, max, out, error)) &&
           practice_mail_next(db_tx_db(tx), now_us, &out->next_at_us, error);
}
