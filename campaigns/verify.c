#include "campaigns/verify.h"

#include "campaigns/mailtext.h"
#include "campaigns/queries.h"
#include "campaigns/title.h"

static const DbQuery q_verify = {
    "verify.list",
    "SELECT c.name, c.title_sv, c.title_en, c.titles_added, c.kind, c.control_phrase, "
    "r.opens_at_us,"
    " r.closes_at_us FROM campaign c JOIN round r ON r.campaign_id = c.id"
    " WHERE c.state IN ('running', 'paused') AND c.announced = 1 AND r.closes_at_us > $1"
    " ORDER BY r.opens_at_us DESC, c.id DESC"};

static const DbQuery q_practice = {
    "verify.practice",
    "SELECT min(p.queued_at_us) AS opened_at_us, max(p.closes_at_us) AS closes_at_us,"
    " (SELECT m.control_phrase FROM practice_mail m) AS control_phrase"
    " FROM practice p WHERE p.closes_at_us > $1"};

const DbQuery *const verify_queries[] = {&q_verify, &q_practice, NULL};

void verify_entry_free(VerifyEntry *entry) {
    if (entry == NULL) {
        return;
    }
    g_free(entry->name);
    lang_clear(entry->title);
    g_free(entry->control_phrase);
    g_free(entry);
}

/* Practice mails that can be answered, as one entry; none adds nothing. */
static bool add_practice(GPtrArray *entries, Db *db, int64_t now_us, GError **error) {
    g_autoptr(DbStmt) query = db_query(db, &q_practice, error);
    if (query == NULL) {
        return false;
    }
    db_bind_int(query, 1, now_us);
    if (db_step(query, error) != DB_ROW) {
        return false;
    }
    if (db_is_null(query, "closes_at_us") || db_is_null(query, "control_phrase")) {
        return true;
    }
    VerifyEntry *entry = g_new0(VerifyEntry, 1);
    entry->name = g_strdup("practice");
    for (guint lang = 0; lang < lang_count(); lang++) {
        entry->title[lang] = g_strdup(mailtext_practice_title((Lang)lang));
    }
    entry->kind = CAMPAIGN_TRAINING;
    entry->control_phrase = g_strdup(db_text(query, "control_phrase"));
    entry->opened_at_us = db_int(query, "opened_at_us");
    entry->closes_at_us = db_int(query, "closes_at_us");
    g_ptr_array_add(entries, entry);
    return true;
}

GPtrArray *verify_list(Db *db, int64_t now_us, GError **error) {
    g_autoptr(DbStmt) query = db_query(db, &q_verify, error);
    if (query == NULL) {
        return NULL;
    }
    db_bind_int(query, 1, now_us);
    g_autoptr(GPtrArray) entries =
        g_ptr_array_new_with_free_func((GDestroyNotify)verify_entry_free);
    DbStep step = DB_DONE;
    while ((step = db_step(query, error)) == DB_ROW) {
        VerifyEntry *entry = g_new0(VerifyEntry, 1);
        entry->name = g_strdup(db_text(query, "name"));
        title_read(query, entry->title);
        entry->kind = campaign_kind_parse(db_text(query, "kind"));
        entry->control_phrase = g_strdup(db_text(query, "control_phrase"));
        entry->opened_at_us = db_int(query, "opens_at_us");
        entry->closes_at_us = db_int(query, "closes_at_us");
        g_ptr_array_add(entries, entry);
    }
    return step != DB_ERROR && add_practice(entries, db, now_us, error) ? g_steal_pointer(&entries)
                                                                        : NULL;
}
