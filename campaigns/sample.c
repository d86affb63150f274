#include "campaigns/sample.h"

#include "base/clock.h"
#include "base/error.h"
#include "campaigns/launch.h"
#include "campaigns/queries.h"

static const DbQuery q_by_email = {"sample.by_email",
                                   "SELECT email, given_name, family_name, locale FROM v_person"
                                   " WHERE lower(email) = lower($1) ORDER BY active DESC LIMIT 1"};
static const DbQuery q_by_id = {
    "sample.by_id", "SELECT email, given_name, family_name, locale FROM v_person WHERE id = $1"};

const DbQuery *const sample_queries[] = {&q_by_email, &q_by_id, NULL};

/* Where neither the campaign nor a plan says when it closes. */
enum { CLOSES_DAYS = 21 };

void sample_person_clear(SamplePerson *person) {
    g_free(person->email);
    g_free(person->name);
    g_free(person->given_name);
    *person = (SamplePerson){0};
}

/* The row of a statement that is already bound; `out_found` false if there is none. */
static bool read_person(DbStmt *stmt, SamplePerson *out, bool *out_found, GError **error) {
    DbStep step = db_step(stmt, error);
    *out_found = step == DB_ROW;
    if (step == DB_ROW) {
        const char *given = db_text(stmt, "given_name");
        char *name = g_strdup_printf("%s %s", given, db_text(stmt, "family_name"));
        *out = (SamplePerson){.email = g_strdup(db_text(stmt, "email")),
                              .name = g_strstrip(name),
                              .given_name = g_strdup(given)};
        out->locale = lang_stored(db_text(stmt, "locale"));
    }
    return step != DB_ERROR;
}

static bool person_by_email(Db *db, const char *email, SamplePerson *out, GError **error) {
    bool found = false;
    g_autoptr(DbStmt) stmt = db_query(db, &q_by_email, error);
    if (stmt == NULL) {
        return false;
    }
    db_bind_text(stmt, 1, email);
    if (!read_person(stmt, out, &found, error)) {
        return false;
    }
    return found ||
           error_set(error, VK_ERROR_NOT_FOUND,
                     tr("ingen i katalogen har adressen %s; `vetkoll people list` visar vilka som "
                        "finns",
                        "nobody in the directory has the address %s; `vetkoll people list` shows "
                        "who there is"),
                     email);
}

static bool first_of_audience(Db *db, const Definition *definition, int64_t now_us,
                              SamplePerson *out, bool *out_found, GError **error) {
    *out_found = false;
    g_autoptr(GPtrArray) people = audience_load(db, &definition->audience, now_us, error);
    if (people == NULL) {
        return false;
    }
    g_autoptr(GPtrArray) eligible = audience_filter(&definition->audience, people);
    if (eligible->len == 0) {
        return true;
    }
    const AudiencePerson *first = g_ptr_array_index(eligible, 0);
    g_autoptr(DbStmt) stmt = db_query(db, &q_by_id, error);
    if (stmt == NULL) {
        return false;
    }
    db_bind_int(stmt, 1, first->person_id);
    return read_person(stmt, out, out_found, error);
}

bool sample_person(Db *db, const Definition *definition, const char *email, int64_t now_us,
                   SamplePerson *out, GError **error) {
    if (email != NULL) {
        return person_by_email(db, email, out, error);
    }
    bool found;
    if (!first_of_audience(db, definition, now_us, out, &found, error)) {
        return false;
    }
    if (!found) {
        *out = (SamplePerson){.email = g_strdup("kim.exempel@example.com"),
                              .name = g_strdup("Kim Exempel"),
                              .given_name = g_strdup("Kim"),
                              .made_up = true};
    }
    return true;
}

/* What hinders a launch does not hinder a look. */
static int64_t closes_at(Db *db, const Campaign *campaign, const Definition *definition,
                         guint k_anonymous, int64_t now_us) {
    if (campaign->closes_at_us != 0) {
        return campaign->closes_at_us;
    }
    g_autoptr(LaunchPreview) preview =
        campaign_preview(db, campaign->name, k_anonymous, now_us, NULL);
    if (preview != NULL) {
        return preview->closes_at_us;
    }
    return definition->close_at_us != 0 ? definition->close_at_us
                                        : now_us + CLOSES_DAYS * CLOCK_DAY_US;
}

MailingText *sample_mailing(Db *db, const Campaign *campaign, const Definition *definition,
                            const MailSource *source, guint k_anonymous, int64_t now_us,
                            bool reminder) {
    int64_t closes_at_us = closes_at(db, campaign, definition, k_anonymous, now_us);
    MailingText *text = g_new0(MailingText, 1);
    text->template_name = g_strdup(reminder ? "mail/reminder" : "mail/invitation");
    text->list_id = g_strdup(campaign->name);
    for (guint lang = 0; lang < lang_count(); lang++) {
        text->values[lang] =
            mailtext_values(campaign, definition, source, (Lang)lang, closes_at_us, reminder);
    }
    return text;
}
