/* A look at a campaign's mail needs no launch, takes its person from the audience or by address,
 * and leaves the queue as it was. */
#include "campaigns/sample.h"

#include "campaigns/queries.h"
#include "tests/unit/campaigns/town.h"

#define SURVEY(name, more)                                                                         \
    "{\"name\":\"" name "\",\"title\":{\"sv\":\"Titel\",\"en\":\"Title\"},\"kind\":\"knowledge\"," \
    "\"content\":{\"pack\":\"starter\",\"per_area\":1}" more "}"

static const MailSource source = {.organisation = {"Ekbacka kommun", "Ekbacka"},
                                  .contact = "fragor@ekbacka.example",
                                  .base_url = "https://vetkoll.example"};

static Definition *definition_of(const Campaign *campaign) {
    g_autoptr(GError) error = NULL;
    Definition *definition =
        definition_parse(campaign->definition, strlen(campaign->definition), &error);
    g_assert_no_error(error);
    return definition;
}

static void test_person(void) {
    g_auto(Town) town = {0};
    g_auto(SamplePerson) first = {0};
    g_auto(SamplePerson) named = {0};
    g_auto(SamplePerson) nobody = {0};
    g_autoptr(GError) error = NULL;
    town_open(&town, "2026-11-23 09:00");
    town_do(&town, TOWN_CREATE, SURVEY("a", ""));
    g_autoptr(Campaign) campaign = town_campaign(&town, "a");
    g_autoptr(Definition) definition = definition_of(campaign);

    sample_person(town.db, definition, NULL, town.now_us, &nobody, &error);
    g_assert_no_error(error);
    g_assert_true(nobody.made_up);
    town_settle(&town);
    sample_person(town.db, definition, NULL, town.now_us, &first, &error);
    g_assert_no_error(error);
    g_assert_false(first.made_up);
    g_assert_nonnull(strchr(first.email, '@'));

    g_autofree char *upper = g_ascii_strup(first.email, -1);
    sample_person(town.db, definition, upper, town.now_us, &named, &error);
    g_assert_no_error(error);
    g_assert_cmpstr(named.email, ==, first.email);
    g_assert_cmpstr(named.name, ==, first.name);

    g_auto(SamplePerson) stranger = {0};
    g_assert_false(
        sample_person(town.db, definition, "x@y.example", town.now_us, &stranger, &error));
    g_assert_error(error, VK_ERROR, VK_ERROR_NOT_FOUND);
}

/* As a draft and when it runs: the same closing date, and nothing in the queue but its own mail. */
static void test_mailing(void) {
    g_auto(Town) town = {0};
    town_open(&town, "2026-11-23 09:00");
    town_settle(&town);
    town_do(&town, TOWN_CREATE, SURVEY("a", ""));
    g_autoptr(Campaign) draft = town_campaign(&town, "a");
    g_autoptr(Definition) definition = definition_of(draft);
    g_autoptr(MailingText) before =
        sample_mailing(town.db, draft, definition, &source, 5, town.now_us, false);
    g_assert_cmpstr(before->template_name, ==, "mail/invitation");
    g_assert_cmpstr(before->list_id, ==, "a");
    g_assert_nonnull(strstr(before->values[LANG_SV], "den 14 december 2026"));
    g_assert_nonnull(strstr(before->values[LANG_EN], "14 December 2026"));
    g_assert_nonnull(strstr(before->values[LANG_SV], draft->control_phrase));
    g_assert_cmpint(TOWN_NUMBER(&town, "SELECT count(*) AS n FROM outbox"), ==, 0);

    town_do(&town, TOWN_LAUNCH, "a");
    town_tick(&town);
    g_autoptr(Campaign) running = town_campaign(&town, "a");
    g_autoptr(MailingText) after =
        sample_mailing(town.db, running, definition, &source, 5, town.now_us, false);
    g_assert_cmpstr(after->values[LANG_SV], ==, before->values[LANG_SV]);
    g_autoptr(MailingText) reminder =
        sample_mailing(town.db, running, definition, &source, 5, town.now_us, true);
    g_assert_cmpstr(reminder->template_name, ==, "mail/reminder");
    g_assert_nonnull(strstr(reminder->values[LANG_SV], "\"reminder\":true"));
}

int main(int argc, char **argv) {
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/sample/person", test_person);
    g_test_add_func("/sample/mailing", test_mailing);
    return g_test_run();
}
