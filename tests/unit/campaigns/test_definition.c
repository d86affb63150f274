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

static void assert_at(int64_t got, const char *want) {
    g_autofree char *text = clock_format(got);
    g_assert_cmpstr(text, ==, want);
}

static Definition *parse_new(const char *json) {
    g_autoptr(GError) error = NULL;
    Definition *definition = definition_parse_new(json, strlen(json), &error);
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
    {"{\"name\":\"a\",\"title\":\"T\"}", "\"title\": ska vara {\"sv\""},
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
    {"{\n\"name\":\"a\\u0000b\"}", "rad 2: tecknet \\u0000"},
    {"{" SURVEY ",\"titel\":1}", "menade du \"title\"?"},
    {"{" SURVEY ",\"färg\":1}", "fälten här är name, title"},
    {"{" SURVEY ",\"audience\":{\"roles\":[\"chef\",\"\"]}}", "\"audience.roles\": värde 2"},
    {"{" SURVEY ",\"schedule\":{\"start\":\"2026-11-24\\n\"}}", "\"schedule.start\""},
    {"{" SURVEY ",\"schedule\":{\"start\":\"1999-12-31\"}}", "årtal 2000–2099"},
    {"{" SURVEY ",\"schedule\":{\"end\":\"9999-12-31\"}}", "\"schedule.end\""},
    {"{" SURVEY ",\"schedule\":{\"close\":\"2100-01-01\"}}", "\"schedule.close\""},
};

/* What a new campaign may not say, though one that was created earlier is read with it. */
static const FaultCase strict[] = {
    {"{\"name\":\"a\",\"title\":{\"sv\":\" T\"},\"kind\":\"knowledge\"," PACK "}",
     "\"title.sv\": börjar eller slutar"},
    {"{\"name\":\"a\",\"title\":{\"sv\":\"T\",\"fi\":\"T\u00a0\"},\"kind\":\"knowledge\"," PACK "}",
     "\"title.fi\""},
    {"{" SURVEY ",\"method_text\":\" \"}", "\"method_text\""},
    {"{" MINIMAL("knowledge") "\"content\":{\"pack\":\"starter \"}}", "\"content.pack\""},
    {"{" MINIMAL("knowledge") "\"content\":{\"pack\":\"s\",\"questionnaire\":\" q\"}}",
     "\"content.questionnaire\""},
    {"{" MINIMAL("knowledge") "\"content\":{\"pack\":\"s\",\"areas\":[]}}",
     "\"content.areas\": listan är tom"},
    {"{" MINIMAL("knowledge") "\"content\":{\"pack\":\"s\",\"areas\":[\"area1\",\"area1\"]}}",
     "\"area1\" står två gånger"},
    {"{" MINIMAL("knowledge") "\"content\":{\"pack\":\"s\",\"items\":[]}}", "\"content.items\""},
    {"{" MINIMAL("knowledge") "\"content\":{\"pack\":\"s\",\"topics\":[\"t \"]}}",
     "\"content.topics\": värdet \"t \""},
    {"{" MINIMAL("knowledge") "\"content\":{\"pack\":\"s\",\"lessons\":[\"grunder\"]}}",
     "\"content.lessons\": hör till kind"},
    {"{" MINIMAL("knowledge") "\"content\":{\"pack\":\"s\",\"items\":[\"k\"],\"per_area\":2}}",
     "\"content.per_area\""},
    {"{" MINIMAL(
         "knowledge") "\"content\":{\"pack\":\"s\",\"questionnaire\":\"q\",\"per_area\":2}}",
     "\"content.per_area\""},
    {"{" MINIMAL(
         "knowledge") "\"content\":{\"pack\":\"s\",\"questionnaire\":\"q\",\"items_per_page\":2}}",
     "\"content.items_per_page\""},
    {"{" MINIMAL("knowledge") "\"content\":{\"pack\":\"s\",\"anchors\":{\"campaign\":\"Våren\"}}}",
     "\"content.anchors.campaign\""},
    {"{" SURVEY ",\"audience\":{\"departments\":[]}}", "\"audience.departments\""},
    {"{" SURVEY ",\"audience\":{\"roles\":[]}}", "\"audience.roles\""},
    {"{" SURVEY ",\"audience\":{\"exclude\":{\"roles\":[\"chef\",\"chef\"]}}}",
     "\"audience.exclude.roles\""},
    {"{" SURVEY ",\"audience\":{\"exclude\":{\"emails\":[\"asa\"]}}}",
     "\"audience.exclude.emails\": värdet \"asa\""},
    {"{" SURVEY ",\"audience\":{\"exclude\":{\"emails\":[\"a@b@c\"]}}}",
     "\"audience.exclude.emails\""},
    {"{" SURVEY ",\"seed\":1,\"audience\":{\"seed\":2}}", "\"audience.seed\""},
    {"{" SURVEY ",\"after_days\":30}", "\"after_days\": gäller bara"},
    {"{" SURVEY ",\"schedule\":{\"start\":\"20261124T090000Z\"}}", "\"schedule.start\""},
    {"{" SURVEY ",\"schedule\":{\"window\":{\"days\":[]}}}", "\"schedule.window.days\""},
    {"{" MINIMAL("application") PACK ",\"follows\":\"x\",\"schedule\":{\"end\":\"2026-11-24\"}}",
     "\"schedule.end\": en uppföljning"},
    {"{" MINIMAL("application") PACK ",\"follows\":\"Våren\"}", "\"follows\""},
};

static void assert_refused(Definition *(*parser)(const char *, gsize, GError **),
                           const FaultCase *fault) {
    g_autoptr(GError) error = NULL;
    g_test_message("%.300s", fault->json);
    g_assert_null(parser(fault->json, strlen(fault->json), &error));
    g_assert_error(error, VK_ERROR, VK_ERROR_INPUT);
    g_test_message("%s", error->message);
    g_assert_nonnull(strstr(error->message, fault->words));
}

static void test_faults(void) {
    for (size_t i = 0; i < G_N_ELEMENTS(faults); i++) {
        assert_refused(definition_parse, &faults[i]);
        assert_refused(definition_parse_new, &faults[i]);
    }
}

static void test_strict(void) {
    for (size_t i = 0; i < G_N_ELEMENTS(strict); i++) {
        g_autoptr(Definition) kept = parse(strict[i].json);
        g_assert_nonnull(kept);
        assert_refused(definition_parse_new, &strict[i]);
    }
}

/* The ways to write a time, and one instant that they all are. */
static void test_times(void) {
    static const char *const times[] = {"2026-11-24",           "2026-11-24 00:00",
                                        "2026-11-24T00:00",     "2026-11-24 00:00:00",
                                        "2026-11-23T23:00:00Z", "2026-11-24T01:00:00+02:00"};
    for (size_t i = 0; i < G_N_ELEMENTS(times); i++) {
        g_autoptr(GError) error = NULL;
        g_autofree char *json =
            g_strdup_printf("{" SURVEY ",\"schedule\":{\"start\":\"%s\"}}", times[i]);
        g_autoptr(Definition) definition = definition_parse_new(json, strlen(json), &error);
        g_assert_no_error(error);
        assert_at(definition->start_at_us, "2026-11-24 00:00");
    }
}

static void test_many(void) {
    g_autoptr(GString) json = g_string_new("{" SURVEY ",\"audience\":{\"exclude\":{\"emails\":[");
    for (int i = 0; i < 5001; i++) {
        g_string_append_printf(json, "%s\"p%d@k.example\"", i > 0 ? "," : "", i);
    }
    g_string_append(json, "]}}}");
    const FaultCase many = {json->str, "\"audience.exclude.emails\": har fler än 5000"};
    assert_refused(definition_parse, &many);
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

static void test_full(void) {
    g_autoptr(Definition) full = parse_new(
        "{\"name\":\"hosten-2026\",\"title\":{\"sv\":\"Hösten\",\"en\":\"Autumn\"},"
        "\"kind\":\"training\",\"promise\":\"confidential\",\"announced\":false,"
        "\"content\":{\"pack\":\"starter\",\"lessons\":[\"grunder\"],\"areas\":[\"area1\"],"
        "\"per_area\":2,\"topics\":[\"losenord\"],\"items_per_page\":1},"
        "\"audience\":{\"departments\":[\"Vård och omsorg\"],\"include_children\":false,"
        "\"roles\":[\"chef\"],\"exclude\":{\"departments\":[\"x\"],\"roles\":[\"y\"],"
        "\"emails\":[\"z@k.example\"]},\"sample\":{\"percent\":12.5}},\"seed\":42,"
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
    g_test_add_func("/definition/strict", test_strict);
    g_test_add_func("/definition/times", test_times);
    g_test_add_func("/definition/many", test_many);
    g_test_add_func("/definition/english", test_english);
    g_test_add_func("/definition/limit", test_limit);
    g_test_add_func("/definition/defaults", test_defaults);
    g_test_add_func("/definition/full", test_full);
    return g_test_run();
}
