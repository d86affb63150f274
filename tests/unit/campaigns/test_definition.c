/* Proves that a definition is read strictly: every fault names its field, and what is left out gets
 * the default that definition.h states. */
#include "campaigns/definition.h"

#include "base/clock.h"
#include "base/error.h"

#define MINIMAL(kind) "\"name\":\"a\",\"title\":{\"sv\":\"T\"},\"kind\":\"" kind "\","
#define PACK          "\"content\":{\"pack\":\"starter\"}"
#define SURVEY        MINIMAL("knowledge") PACK

static Definition *parse(const char *json) {
    g_autoptr(GError) error = NULL;
    Definition *definition = definition_parse(json, strlen(json), &error);
    g_assert_no_error(error);
    return definition;
}

typedef struct {
    const char *json;
    const char *words; /* in the message: the field, and where */
} FaultCase;

static const FaultCase faults[] = {
    {"", "rad 1"},
    {"{\n\"name\": \"a\"\n\"kind\": 1}", "rad 3"},
    {"{} x", "rad 1"},
    {"{\"name\":\"\xff\"}", "rad 1: inte UTF-8"},
    {"[]", "kampanjfilen ska vara ett objekt"},
    {"{}", "\"name\""},
    {"{\"name\":\"Hösten\"}", "\"name\""},
    {"{\"name\":\"-a\"}", "\"name\""},
    {"{\"name\":7}", "\"name\""},
    {"{\"name\":\"a\"}", "\"title.sv\""},
    {"{\"name\":\"a\",\"title\":{\"en\":\"T\"}}", "\"title.sv\""},
    {"{\"name\":\"a\",\"title\":\"T\"}", "\"title\""},
    {"{\"name\":\"a\",\"title\":{\"sv\":\"T\\r\\nBcc: x\"}}", "\"title.sv\""},
    {"{\"name\":\"a\",\"title\":{\"sv\":\"T\"}}", "\"kind\""},
    {"{" MINIMAL("quiz") PACK "}", "\"kind\""},
    {"{" MINIMAL("knowledge") "\"content\":{}}", "\"content.pack\""},
    {"{\"name\":\"a\",\"title\":{\"sv\":\"T\"},\"kind\":\"knowledge\"}", "\"content\""},
    {"{" SURVEY ",\"titel\":1}", "\"titel\""},
    {"{" SURVEY ",\"name\":\"b\"}", "\"name\""},
    {"{" SURVEY ",\"promise\":\"secret\"}", "\"promise\""},
    {"{" MINIMAL("obstacles") PACK ",\"promise\":\"confidential\"}", "\"promise\""},
    {"{" MINIMAL("obstacles") PACK ",\"allow_retry\":true}", "\"allow_retry\""},
    {"{" SURVEY ",\"allow_retry\":1}", "\"allow_retry\""},
    {"{" SURVEY ",\"minutes\":0}", "\"minutes\""},
    {"{" SURVEY ",\"minutes\":1.5}", "\"minutes\""},
    {"{" MINIMAL("training") PACK "}", "\"content.lessons\""},
    {"{" MINIMAL("training") "\"content\":{\"pack\":\"s\",\"lessons\":[\"x\"]}}",
     "\"content.areas\""},
    {"{" MINIMAL("knowledge") "\"content\":{\"pack\":\"s\",\"areas\":[\"area6\"]}}",
     "\"content.areas\""},
    {"{" MINIMAL("knowledge") "\"content\":{\"pack\":\"s\",\"areas\":\"area1\"}}",
     "\"content.areas\""},
    {"{" MINIMAL(
         "knowledge") "\"content\":{\"pack\":\"s\",\"questionnaire\":\"q\",\"areas\":[\"area1\"]}}",
     "content.questionnaire"},
    {"{" MINIMAL("knowledge") "\"content\":{\"pack\":\"s\",\"questionnaire\":7}}",
     "content.questionnaire"},
    {"{" MINIMAL("knowledge") "\"content\":{\"pack\":\"s\",\"items\":[\"k\"],\"topics\":[\"t\"]}}",
     "\"content.items\""},
    {"{" MINIMAL("knowledge") "\"content\":{\"pack\":\"s\",\"per_area\":0}}",
     "\"content.per_area\""},
    {"{" SURVEY ",\"audience\":{\"department\":[\"x\"]}}", "\"audience.department\""},
    {"{" SURVEY ",\"audience\":{\"departments\":[1]}}", "\"audience.departments\""},
    {"{" SURVEY ",\"audience\":{\"exclude\":{\"people\":[]}}}", "\"audience.exclude.people\""},
    {"{" SURVEY ",\"audience\":{\"sample\":{}}}", "\"audience.sample.count\""},
    {"{" SURVEY ",\"audience\":{\"sample\":{\"count\":0}}}", "\"audience.sample.count\""},
    {"{" SURVEY ",\"audience\":{\"sample\":{\"percent\":101}}}", "\"audience.sample.percent\""},
    {"{" SURVEY ",\"audience\":{\"sample\":{\"percent\":0}}}", "\"audience.sample.percent\""},
    {"{" SURVEY ",\"audience\":{\"sample\":{\"count\":1,\"percent\":1}}}",
     "\"audience.sample.percent\""},
    {"{" SURVEY ",\"seed\":-1}", "\"seed\""},
    {"{" SURVEY ",\"schedule\":{\"start\":\"imorgon\"}}", "\"schedule.start\""},
    {"{" SURVEY ",\"schedule\":{\"start\":\"2026-02-30\"}}", "\"schedule.start\""},
    {"{" SURVEY ",\"schedule\":{\"start\":\"2026-11-24\",\"end\":\"2026-11-23\"}}",
     "\"schedule.end\""},
    {"{" SURVEY ",\"schedule\":{\"start\":\"2026-11-24\",\"close\":\"2026-11-23\"}}",
     "\"schedule.close\""},
    {"{" SURVEY ",\"schedule\":{\"window\":{\"days\":[\"tisdag\"]}}}", "\"schedule.window.days\""},
    {"{" SURVEY ",\"schedule\":{\"window\":{\"from\":\"9:00\"}}}", "\"schedule.window.from\""},
    {"{" SURVEY ",\"schedule\":{\"window\":{\"to\":\"24:01\"}}}", "\"schedule.window.to\""},
    {"{" SURVEY ",\"schedule\":{\"window\":{\"from\":\"12:00\",\"to\":\"12:00\"}}}",
     "\"schedule.window.to\""},
    {"{" SURVEY ",\"schedule\":{\"reminders\":{\"max\":11}}}", "\"schedule.reminders.max\""},
    {"{" SURVEY ",\"follows\":\"x\"}", "\"follows\""},
    {"{" MINIMAL("application") PACK ",\"follows\":\"x\",\"audience\":{\"sample\":{\"count\":3}}}",
     "\"audience.sample\""},
    {"{" MINIMAL("application") PACK ",\"follows\":\"x\",\"after_days\":0}", "\"after_days\""},
};

static void test_faults(void) {
    for (size_t i = 0; i < G_N_ELEMENTS(faults); i++) {
        g_autoptr(GError) error = NULL;
        g_test_message("%s", faults[i].json);
        g_assert_null(definition_parse(faults[i].json, strlen(faults[i].json), &error));
        g_assert_error(error, VK_ERROR, VK_ERROR_INPUT);
        g_test_message("%s", error->message);
        g_assert_nonnull(strstr(error->message, faults[i].words));
    }
}

static void test_english(void) {
    g_autoptr(GError) error = NULL;
    lang_set(LANG_EN);
    g_assert_null(definition_parse("{}", 2, &error));
    lang_set(LANG_SV);
    g_assert_cmpstr(error->message, ==, "campaign file, field \"name\": is missing; add it");
}

static void test_limit(void) {
    gsize size = 300 * 1024;
    g_autofree char *blanks = g_strnfill(size, ' ');
    g_autoptr(GError) error = NULL;
    g_assert_null(definition_parse(blanks, size, &error));
    g_assert_error(error, VK_ERROR, VK_ERROR_LIMIT);
}

static void test_defaults(void) {
    g_autoptr(Definition) survey = parse("{" SURVEY "}");
    g_assert_cmpint(survey->promise, ==, PROMISE_CONFIDENTIAL);
    g_assert_true(survey->announced);
    g_assert_cmpstr(survey->title[LANG_EN], ==, "T");
    g_assert_cmpuint(survey->per_area, ==, 3);
    g_assert_cmpuint(survey->window.days, ==, SCHEDULE_WEEKDAYS);
    g_assert_cmpint(survey->window.from_minute, ==, 480);
    g_assert_cmpint(survey->window.to_minute, ==, 1020);
    g_assert_false(survey->window.holidays);
    g_assert_cmpuint(survey->remind_after, ==, 3);
    g_assert_cmpuint(survey->remind_max, ==, 2);
    g_assert_cmpint(survey->start_at_us, ==, 0);
    g_assert_false(audience_is_sampled(&survey->audience));
    g_assert_null(survey->audience.departments);
    g_autoptr(Definition) follow = parse("{" MINIMAL("application") PACK ",\"follows\":\"x\"}");
    g_assert_cmpint(follow->promise, ==, PROMISE_ANONYMOUS);
    g_assert_cmpuint(follow->after_days, ==, 30);
    g_assert_cmpuint(follow->per_area, ==, 0);
    g_autoptr(Definition) training = parse("{" MINIMAL(
        "training") "\"content\":{\"pack\":\"s\",\"lessons\":[\"x\"],\"areas\":[\"area1\"]}}");
    g_assert_cmpint(training->promise, ==, PROMISE_IDENTIFIED);
}

static void assert_at(int64_t got, const char *want) {
    g_autofree char *text = clock_format(got);
    g_assert_cmpstr(text, ==, want);
}

static void test_full(void) {
    g_autoptr(Definition) full =
        parse("{\"name\":\"hosten-2026\",\"title\":{\"sv\":\"Hösten\",\"en\":\"Autumn\"},"
              "\"kind\":\"training\",\"promise\":\"confidential\",\"announced\":false,"
              "\"content\":{\"pack\":\"starter\",\"lessons\":[\"grunder\"],\"areas\":[\"area1\"],"
              "\"per_area\":2,\"topics\":[\"losenord\"],\"items_per_page\":1},"
              "\"audience\":{\"departments\":[\"Vård och omsorg\"],\"include_children\":false,"
              "\"roles\":[\"chef\"],\"exclude\":{\"departments\":[\"x\"],\"roles\":[\"y\"],"
              "\"emails\":[\"z\"]},\"sample\":{\"percent\":12.5}},\"seed\":42,"
              "\"schedule\":{\"start\":\"2026-11-24 09:00\",\"end\":\"2026-11-26\","
              "\"window\":{\"days\":[\"tue\",\"ons\",\"thu\"],\"from\":\"09:00\",\"to\":\"24:00\","
              "\"holidays\":true},\"close\":\"2026-12-15\","
              "\"reminders\":{\"after_working_days\":5,\"max\":0}},"
              "\"allow_retry\":true,\"method_text\":\"Så här\",\"minutes\":2}\n");
    g_assert_cmpint(full->promise, ==, PROMISE_CONFIDENTIAL);
    g_assert_false(full->announced);
    g_assert_cmpstr(full->title[LANG_EN], ==, "Autumn");
    g_assert_cmpuint(full->items_per_page, ==, 1);
    g_assert_cmpstr(full->audience.departments[0], ==, "Vård och omsorg");
    g_assert_false(full->audience.include_children);
    g_assert_cmpint((int)(full->audience.sample_percent * 10), ==, 125);
    g_assert_cmpint(full->seed, ==, 42);
    g_assert_cmpuint(full->window.days, ==, 0x0e);
    g_assert_cmpint(full->window.to_minute, ==, 1440);
    assert_at(full->start_at_us, "2026-11-24 09:00");
    assert_at(full->end_at_us, "2026-11-27 00:00");
    assert_at(full->close_at_us, "2026-12-16 00:00");
    g_assert_cmpuint(full->remind_max, ==, 0);
    g_assert_true(full->allow_retry);
    g_assert_cmpuint(full->minutes, ==, 2);
}

int main(int argc, char **argv) {
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/definition/faults", test_faults);
    g_test_add_func("/definition/english", test_english);
    g_test_add_func("/definition/limit", test_limit);
    g_test_add_func("/definition/defaults", test_defaults);
    g_test_add_func("/definition/full", test_full);
    return g_test_run();
}
