/* Proves that checking a pack finds every fault, names it by file and item, and passes the shipped
 * starter pack; and that storing versions what has been asked and only that. */
#include "tests/unit/survey/fixture.h"

#include <string.h>

/* A good item, of which a case replaces one field. */
static const char *const good_fields[][2] = {
    {"id", "\"k-1\""},
    {"kind", "\"single\""},
    {"measure", "\"knowledge\""},
    {"area", "\"area1\""},
    {"topic", "\"grunder\""},
    {"text", "{\"sv\": \"Vad?\", \"en\": \"What?\"}"},
    {"options", "[{\"sv\": \"Det\", \"en\": \"That\"}, {\"sv\": \"Detta\", \"en\": \"This\"}]"},
    {"correct", "1"},
    {"explain", "{\"sv\": \"Så.\", \"en\": \"So.\"}"},
};

static char *item_json(const char *name, const char *value) {
    GString *json = g_string_new("{");
    bool replaced = false;
    for (guint i = 0; i < G_N_ELEMENTS(good_fields); i++) {
        bool here = name != NULL && strcmp(name, good_fields[i][0]) == 0;
        const char *own = here ? value : good_fields[i][1];
        replaced = replaced || here;
        if (own != NULL) {
            g_string_append_printf(json, "%s\"%s\": %s", json->len > 1 ? ", " : "",
                                   good_fields[i][0], own);
        }
    }
    if (name != NULL && !replaced) {
        g_string_append_printf(json, ", \"%s\": %s", name, value);
    }
    g_string_append_c(json, '}');
    return g_string_free(json, FALSE);
}

static char *pack_json(const char *items) {
    return g_strdup_printf("{\"pack\": \"prov\", \"title\": {\"sv\": \"Prov\", \"en\": \"Test\"}, "
                           "\"items\": [%s]}",
                           items);
}

/* The faults of an items.json, one to a line. */
static char *faults_of(const char *json, size_t length) {
    g_autoptr(GPtrArray) faults = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(Pack) pack = pack_parse(json, length, faults);
    g_assert_cmpint(pack == NULL, ==, faults->len > 0);
    g_ptr_array_add(faults, NULL);
    return g_strjoinv("\n", (char **)faults->pdata);
}

typedef struct {
    const char *field;
    const char *value;
    const char *fault; /* part of it; "" for none */
} Case;

static const Case cases[] = {
    {NULL, NULL, ""},
    {"correct", "0", ""},
    {"correct", "2", "items.json: k-1: \"correct\" ska peka ut"},
    {"correct", "-1", "\"correct\" ska peka ut svarsalternativ med tal från 0 till 1"},
    {"correct", "0.5", "\"correct\" ska peka ut"},
    {"correct", "1e300", "\"correct\" ska peka ut"},
    {"correct", "\"1\"", "\"correct\" ska peka ut"},
    {"correct", NULL, "\"correct\" ska peka ut"},
    {"id", NULL, "items.json: fråga nr 1: fältet \"id\" saknas"},
    {"id", "7", "fråga nr 1: fältet \"id\" ska vara text"},
    {"id", "\"Å 1\"", "items.json: Å 1: fältet \"id\" är \"Å 1\""},
    {"id", "\"../x\"", "fältet \"id\" är \"../x\""},
    {"kind", "\"radio\"", "fältet \"kind\" är \"radio\"; välj bland: single, multiple"},
    {"kind", NULL, "fältet \"kind\" saknas"},
    {"measure", "\"Knowledge\"", "fältet \"measure\" är \"Knowledge\""},
    {"area", "\"area6\"", "fältet \"area\" är \"area6\""},
    {"area", "\"comb.capability.physical\"",
     "fältet \"area\" är \"comb.capability.physical\"; välj bland: area1, area2"},
    {"topic", "\"\"", "fältet \"topic\" är \"\""},
    {"text", "\"Vad?\"", "\"text\" ska vara {\"sv\""},
    {"text", "{\"sv\": \"Vad?\"}", "\"text\" saknar text på språket \"en\""},
    {"text", "{\"sv\": \"  \", \"en\": \"What?\"}", "\"text\" saknar text på språket \"sv\""},
    {"text", "{\"sv\": \"Vad? \", \"en\": \"What?\"}", "\"text\" (sv) har blanksteg"},
    {"text", "{\"sv\": \"Vad?\\n\", \"en\": \"What?\"}", "\"text\" (sv) har blanksteg"},
    {"text", "{\"sv\": \"Va\\u0007d?\", \"en\": \"What?\"}", "styrtecken"},
    {"text", "{\"sv\": \"Vad?\", \"en\": \"What?\", \"de\": \"Was?\"}", "okänt fält \"de\""},
    {"text", "{\"sv\": \"Vad?\", \"sv\": \"Va?\", \"en\": \"What?\"}",
     "fältet \"sv\" finns två gånger"},
    {"options", "[]", "\"options\" ska vara en lista med 2 till 10"},
    {"options", "{}", "\"options\" ska vara en lista"},
    {"options", NULL, "\"options\" ska vara en lista"},
    {"options", "[{\"sv\": \"Ja\", \"en\": \"Yes\"}]", "\"options\" ska vara en lista med 2"},
    {"options", "[{\"sv\": \"Ja\", \"en\": \"Yes\"}, {\"sv\": \"JA\", \"en\": \"No\"}]",
     "svarsalternativ 0 och 1 är lika (sv)"},
    {"options", "[{\"sv\": \"Ja\", \"en\": \"Yes\"}, \"Nej\"]", "\"options[1]\" ska vara"},
    {"explain", NULL, "\"explain\" ska vara"},
    {"polarity", "\"positive\"", "\"polarity\" ska vara"},
    {"polarity", "\"none\"", ""},
    {"bank", "\"tenta\"", "fältet \"bank\" är \"tenta\""},
    {"bank", "\"training\"", ""},
    {"referent", "\"chef\"", "fältet \"referent\""},
    {"state", "\"aktiv\"", "fältet \"state\""},
    {"optional", "\"ja\"", "fältet \"optional\" ska vara true eller false"},
    {"not_applicable", "false", ""},
    {"anonymous_only", "true", ""},
    {"anonymous_only", "1", "fältet \"anonymous_only\" ska vara true eller false"},
    {"localisation", "{\"sv\": \"Anpassa.\", \"en\": \"Adapt.\"}", ""},
    {"localisation", "\"Anpassa.\"", "\"localisation\" ska vara"},
    {"svar", "1", "okänt fält \"svar\". De fält som finns: id, kind"},
};

static void test_fault_table(void) {
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *item = item_json(cases[i].field, cases[i].value);
        g_autofree char *json = pack_json(item);
        g_autofree char *faults = faults_of(json, strlen(json));
        g_test_message("%s: %s -> %s", cases[i].field, cases[i].value, faults);
        if (cases[i].fault[0] == '\0') {
            g_assert_cmpstr(faults, ==, "");
        } else {
            g_assert_nonnull(strstr(faults, cases[i].fault));
        }
    }
}

#define HEAD(id, kind, measure, area)                                                              \
    "{\"id\": \"" id "\", \"kind\": \"" kind "\", \"measure\": \"" measure "\", \"area\": \"" area \
    "\", \"topic\": \"t\", \"text\": {\"sv\": \"Vad?\", \"en\": \"What?\"}"
#define EXPLAIN ", \"explain\": {\"sv\": \"Så.\", \"en\": \"So.\"}"
#define THREE                                                                                      \
    ", \"options\": [{\"sv\": \"A\", \"en\": \"A\"}, {\"sv\": \"B\", \"en\": \"B\"}, "             \
    "{\"sv\": \"C\", \"en\": \"C\"}]"

/* Rules that hang on kind and measure together. */
static const struct {
    const char *item;
    const char *fault;
} kind_cases[] = {
    {HEAD("i", "true_false", "knowledge", "area1") EXPLAIN ", \"correct\": false}", ""},
    {HEAD("i", "true_false", "knowledge", "area1") EXPLAIN ", \"correct\": 0}", "för true_false"},
    {HEAD("i", "true_false", "knowledge", "area1") EXPLAIN ", \"correct\": true, \"options\": []}",
     "true_false har inbyggda svar"},
    {HEAD("i", "multiple", "knowledge", "area1") EXPLAIN THREE ", \"correct\": [2, 0]}", ""},
    {HEAD("i", "multiple", "knowledge", "area1") EXPLAIN THREE ", \"correct\": 0}", "för multiple"},
    {HEAD("i", "multiple", "knowledge", "area1") EXPLAIN THREE ", \"correct\": []}",
     "för multiple"},
    {HEAD("i", "multiple", "knowledge", "area1") EXPLAIN THREE ", \"correct\": [3]}", "peka ut"},
    {HEAD("i", "multiple", "knowledge", "area1") EXPLAIN THREE ", \"correct\": [1, 1]}",
     "två gånger"},
    {HEAD("i", "multiple", "knowledge", "area1") EXPLAIN THREE ", \"correct\": [0, 1, 2]}",
     "alla svarsalternativ är rätt"},
    {HEAD("i", "scale", "application", "area1") ", \"polarity\": \"negative\"}", ""},
    {HEAD("i", "scale", "application", "area1") "}", "\"polarity\" ska vara"},
    {HEAD("i", "scale", "application", "area1") ", \"polarity\": \"none\"}",
     "\"polarity\" ska vara"},
    {HEAD("i", "scale", "obstacle", "comb.motivation.automatic") ", \"polarity\": \"positive\"}",
     ""},
    {HEAD("i", "scale", "knowledge", "area1") EXPLAIN ", \"polarity\": \"positive\"}",
     "kan inte vara scale"},
    {HEAD("i", "scale", "obstacle", "comb.motiv") ", \"polarity\": \"positive\"}",
     "comb.motivation.automatic"},
    {HEAD("i", "text", "obstacle", "comb.open") ", \"polarity\": \"negative\"}", ""},
    {HEAD("i", "text", "obstacle", "comb.open") ", \"not_applicable\": true}",
     "fritext kan lämnas tom"},
    {HEAD("i", "text", "scenario", "area1") EXPLAIN "}", "kan inte vara text"},
    {HEAD("i", "single", "application", "area2") THREE "}", ""},
    {HEAD("i", "single", "application", "area2") THREE ", \"correct\": 0}", "inget rätt svar"},
    {"7", "ska vara ett objekt"},
    {"[]", "ska vara ett objekt"},
    {"null", "ska vara ett objekt"},
};

static void test_kind_table(void) {
    for (guint i = 0; i < G_N_ELEMENTS(kind_cases); i++) {
        g_autofree char *json = pack_json(kind_cases[i].item);
        g_autofree char *faults = faults_of(json, strlen(json));
        g_test_message("%s -> %s", kind_cases[i].item, faults);
        if (kind_cases[i].fault[0] == '\0') {
            g_assert_cmpstr(faults, ==, "");
        } else {
            g_assert_nonnull(strstr(faults, kind_cases[i].fault));
        }
    }
}

static const struct {
    const char *json;
    size_t length; /* 0: of the text */
    const char *fault;
} file_cases[] = {
    {"", 0, "rad 1: inte giltig JSON"},
    {"{\n\"pack\": \"a\",\n}", 0, "rad 3: inte giltig JSON"},
    {"{} {}", 0, "rad 1: inte giltig JSON"},
    {"[]", 0, "ska börja med {"},
    {"{}", 0, "fältet \"pack\" saknas"},
    {"{\"pack\": \"a\xff\"}", 0, "rad 1: inte giltig UTF-8"},
    {"{\"pack\":\n \"a\0b\"}", 15, "rad 2: inte giltig UTF-8"},
    {"{\"pack\": \"a\\u0000b\"}", 0, "\\u0000"},
    {"{\"pack\": \"a\", \"title\": {\"sv\": \"A\", \"en\": \"A\"}, \"items\": []}", 0,
     "\"items\" ska vara en lista med 1"},
    {"{\"pack\": \"a\", \"version\": 2}", 0, "\"version\""},
};

static void test_file_table(void) {
    for (guint i = 0; i < G_N_ELEMENTS(file_cases); i++) {
        size_t length =
            file_cases[i].length > 0 ? file_cases[i].length : strlen(file_cases[i].json);
        g_autofree char *faults = faults_of(file_cases[i].json, length);
        g_test_message("%s -> %s", file_cases[i].json, faults);
        g_assert_nonnull(strstr(faults, file_cases[i].fault));
    }
}

/* The point of a check: one run shows everything that is to be mended. */
static void test_all_faults_at_once(void) {
    g_autofree char *first = item_json("kind", "\"radio\"");
    g_autofree char *second = item_json("text", "{\"sv\": \"Vad?\"}");
    g_autofree char *items = g_strdup_printf("%s, %s, {\"id\": \"k-3\"}", first, second);
    g_autofree char *json = pack_json(items);
    g_autofree char *faults = faults_of(json, strlen(json));
    g_assert_nonnull(strstr(faults, "k-1: fältet \"kind\""));
    g_assert_nonnull(strstr(faults, "k-1: \"text\" saknar text på språket \"en\""));
    g_assert_nonnull(strstr(faults, "k-1: id finns redan"));
    g_assert_nonnull(strstr(faults, "k-3: fältet \"topic\" saknas"));
    g_assert_nonnull(strstr(faults, "k-3: \"text\" ska vara"));
}

static void test_fault_limit(void) {
    g_autoptr(GString) items = g_string_new("7");
    for (int i = 0; i < PACK_FAULTS_MAX + 50; i++) {
        g_string_append(items, ", 7");
    }
    g_autofree char *json = pack_json(items->str);
    g_autoptr(GPtrArray) faults = g_ptr_array_new_with_free_func(g_free);
    g_assert_null(pack_parse(json, strlen(json), faults));
    g_assert_cmpuint(faults->len, ==, PACK_FAULTS_MAX + 1);
}

static void test_english(void) {
    lang_set(LANG_EN);
    g_autofree char *item = item_json("kind", "\"radio\"");
    g_autofree char *json = pack_json(item);
    g_autofree char *faults = faults_of(json, strlen(json));
    lang_set(LANG_SV);
    g_assert_cmpstr(faults, ==,
                    "items.json: k-1: the field \"kind\" is \"radio\"; choose among: single, "
                    "multiple, true_false, scale, text, order");
}

static guint count_items(const Pack *pack, ItemBank bank, const char *area, const char *topic) {
    guint count = 0;
    for (guint i = 0; i < pack_item_count(pack); i++) {
        const Item *item = pack_item(pack, i);
        count += item_is_scored(item) && item->bank == bank &&
                 (area == NULL || g_str_equal(item->area, area)) &&
                 (topic == NULL || g_str_equal(item->topic, topic));
    }
    return count;
}

static guint count_measure(const Pack *pack, ItemMeasure measure, ItemKind kind) {
    guint count = 0;
    for (guint i = 0; i < pack_item_count(pack); i++) {
        const Item *item = pack_item(pack, i);
        count += item->measure == measure && item->kind == kind;
    }
    return count;
}

/* What the shipped pack promises: five measured items an area, and for each lesson a check of its
 * topic. */
static void test_starter(void) {
    g_autoptr(GError) error = NULL;
    g_autofree char *dir = fixture_starter_dir();
    g_autoptr(Pack) pack = pack_load(dir, NULL, &error);
    g_assert_no_error(error);
    static const char *const areas[] = {"area1", "area2", "area3", "area4", "area5"};
    for (guint a = 0; a < G_N_ELEMENTS(areas); a++) {
        g_assert_cmpuint(count_items(pack, BANK_MEASUREMENT, areas[a], NULL), ==, 5);
    }
    g_assert_cmpuint(pack_lesson_count(pack), ==, 6);
    for (guint i = 0; i < pack_lesson_count(pack); i++) {
        const Lesson *lesson = pack_lesson(pack, i);
        g_assert_cmpuint(count_items(pack, BANK_TRAINING, lesson->area, lesson->topic), >=, 3);
        g_assert_nonnull(strstr(lesson->html[LANG_SV], "<strong>Gör så här"));
        g_assert_nonnull(strstr(lesson->html[LANG_EN], "<strong>Do this"));
    }
    g_assert_cmpuint(count_measure(pack, MEASURE_APPLICATION, ITEM_SCALE), ==, 8);
    g_assert_cmpuint(count_measure(pack, MEASURE_OBSTACLE, ITEM_SCALE), ==, 10);
    g_assert_cmpuint(count_measure(pack, MEASURE_OBSTACLE, ITEM_TEXT), ==, 2);
}

typedef struct {
    char *dir;
} Folder;

static void folder_write(const Folder *folder, const char *name, const char *content) {
    g_autofree char *path = g_build_filename(folder->dir, name, NULL);
    g_autofree char *parent = g_path_get_dirname(path);
    g_mkdir_with_parents(parent, 0700);
    g_assert_true(g_file_set_contents(path, content, -1, NULL));
}

static void folder_clear(Folder *folder) {
    g_autofree char *lessons = g_build_filename(folder->dir, "lessons", NULL);
    const char *const dirs[] = {lessons, folder->dir};
    for (guint i = 0; i < G_N_ELEMENTS(dirs); i++) {
        g_autoptr(GDir) dir = g_dir_open(dirs[i], 0, NULL);
        const char *name;
        while (dir != NULL && (name = g_dir_read_name(dir)) != NULL) {
            g_autofree char *path = g_build_filename(dirs[i], name, NULL);
            g_remove(path);
        }
        g_rmdir(dirs[i]);
    }
    g_free(folder->dir);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Folder, folder_clear)

#define LESSON(key)                                                                                \
    "{\"key\": \"" key "\", \"area\": \"area1\", \"topic\": \"t\", "                               \
    "\"title\": {\"sv\": \"Titel\", \"en\": \"Title\"}}"

static void test_lesson_faults(void) {
    g_auto(Folder) folder = {.dir = g_dir_make_tmp("vetkoll-pack-XXXXXX", NULL)};
    g_autofree char *item = item_json(NULL, NULL);
    g_autofree char *json = pack_json(item);
    folder_write(&folder, "items.json", json);
    folder_write(&folder, "lessons.json",
                 "{\"lessons\": [" LESSON("ett") ", " LESSON("ett") ", " LESSON(
                     "tva") ", {\"key\": \"tre\", \"area\": \"comb.open\"}]}");
    folder_write(&folder, "lessons/ett.sv.md", "Bra.\n");
    folder_write(&folder, "lessons/ett.en.md", "Good <b>bold</b>.\n");
    folder_write(&folder, "lessons/tva.sv.md", " \n\n");
    folder_write(&folder, "lessons/fyra.sv.md", "Glömd.\n");
    g_autoptr(GPtrArray) faults = NULL;
    g_autoptr(GError) error = NULL;
    g_assert_null(pack_load(folder.dir, &faults, &error));
    g_assert_error(error, VK_ERROR, VK_ERROR_INPUT);
    g_ptr_array_add(faults, NULL);
    g_autofree char *all = g_strjoinv("\n", (char **)faults->pdata);
    g_test_message("%s", all);
    static const char *const expected[] = {
        "lessons.json: ett: key finns redan",
        "lessons/ett.en.md: rad 1: HTML",
        "lessons/tva.sv.md: lektionen är tom",
        "lessons/tva.en.md: filen saknas",
        "lessons.json: tre: fältet \"area\" är \"comb.open\"",
        "lessons.json: tre: fältet \"topic\" saknas",
        "lessons/tre.sv.md: filen saknas",
        "lessons/fyra.sv.md: filen nämns inte",
    };
    for (guint i = 0; i < G_N_ELEMENTS(expected); i++) {
        g_assert_nonnull(strstr(all, expected[i]));
    }
}

static void test_no_folder(void) {
    g_autoptr(GError) error = NULL;
    g_assert_null(pack_load("/finns/inte", NULL, &error));
    g_assert_error(error, VK_ERROR, VK_ERROR_NOT_FOUND);
}

static void test_too_large(void) {
    g_autofree char *json = g_strnfill(PACK_FILE_MAX + 1, ' ');
    g_autofree char *faults = faults_of(json, PACK_FILE_MAX + 1);
    g_assert_nonnull(strstr(faults, "filen är större än"));
}

static Pack *pack_of(const char *items) {
    g_autoptr(GPtrArray) faults = g_ptr_array_new_with_free_func(g_free);
    g_autofree char *json = pack_json(items);
    Pack *pack = pack_parse(json, strlen(json), faults);
    g_assert_nonnull(pack);
    return pack;
}

static const DbQuery q_versions = {"test.versions", "SELECT count(*) AS n FROM item"};
static const DbQuery q_topics = {"test.topics",
                                 "SELECT count(*) AS n FROM item WHERE topic = 'annat'"};
static const DbQuery q_live = {"test.live", "SELECT count(*) AS n FROM item WHERE state = 'live'"};

static void test_store_versions(void) {
    g_auto(Fixture) fixture = {0};
    fixture_open(&fixture);
    g_autofree char *item = item_json(NULL, NULL);
    g_autofree char *other = item_json("id", "\"k-2\"");
    g_autofree char *changed = item_json("topic", "\"annat\"");
    g_autofree char *both = g_strdup_printf("%s, %s", item, other);
    g_autofree char *both_changed = g_strdup_printf("%s, %s", changed, other);
    g_autoptr(Pack) pack = pack_of(both);
    g_autoptr(Pack) next = pack_of(both_changed);
    g_autoptr(Pack) fewer = pack_of(changed);

    PackStored stored = fixture_store(&fixture, pack);
    g_assert_cmpuint(stored.items_added, ==, 2);
    stored = fixture_store(&fixture, pack);
    g_assert_cmpuint(stored.items_unchanged, ==, 2);
    g_assert_cmpint(fixture_number(&fixture, &q_versions), ==, 2);

    stored = fixture_store(&fixture, next); /* not asked yet: in place */
    g_assert_cmpuint(stored.items_replaced, ==, 1);
    g_assert_cmpuint(stored.items_unchanged, ==, 1);
    g_assert_cmpint(fixture_number(&fixture, &q_versions), ==, 2);
    g_assert_cmpint(fixture_number(&fixture, &q_topics), ==, 1);

    const FormSpec spec = {.pack = "prov"};
    g_autoptr(Form) form = fixture_form(&fixture, &spec, 1);
    g_assert_cmpuint(form_item_count(form), ==, 2);

    stored = fixture_store(&fixture, pack); /* asked: a new version */
    g_assert_cmpuint(stored.items_versioned, ==, 1);
    g_assert_cmpuint(stored.items_unchanged, ==, 1);
    g_assert_cmpint(fixture_number(&fixture, &q_versions), ==, 3);
    g_autoptr(Form) newer = fixture_form(&fixture, &spec, 1);
    g_assert_cmpint(fixture_item(newer, "k-1")->version, ==, 2);
    g_assert_cmpint(fixture_item(form, "k-1")->version, ==, 1);

    stored = fixture_store(&fixture, fewer); /* k-2 is gone: retired, not deleted */
    g_assert_cmpuint(stored.items_retired, ==, 1);
    g_autoptr(Form) last = fixture_form(&fixture, &spec, 1);
    g_assert_cmpuint(form_item_count(last), ==, 1);
    g_assert_cmpint(fixture_item(last, "k-1")->version, ==, 3);

    stored = fixture_store(&fixture, next); /* and comes back */
    g_assert_cmpuint(stored.items_unchanged, ==, 2);
    g_assert_cmpint(fixture_number(&fixture, &q_live), ==, 4);
}

static void test_list(void) {
    g_auto(Fixture) fixture = {0};
    fixture_open(&fixture);
    fixture_store_starter(&fixture);
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) packs = pack_list(fixture.db, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(packs->len, ==, 1);
    const PackSummary *pack = packs->pdata[0];
    g_assert_cmpstr(pack->name, ==, "starter");
    g_assert_cmpint(pack->items, ==, 63);
    g_assert_cmpint(pack->scored, ==, 43);
    g_assert_cmpint(pack->lessons, ==, 6);
}

static void test_bad_name(void) {
    g_auto(Fixture) fixture = {0};
    fixture_open(&fixture);
    g_autofree char *item = item_json(NULL, NULL);
    g_autoptr(Pack) pack = pack_of(item);
    FixtureStore store = {.pack = pack, .name = "Vårt paket"};
    fixture_fails(&fixture, fixture_store_fn, &store, VK_ERROR_INPUT);
}

int main(int argc, char **argv) {
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/pack/fault-table", test_fault_table);
    g_test_add_func("/pack/kind-table", test_kind_table);
    g_test_add_func("/pack/file-table", test_file_table);
    g_test_add_func("/pack/all-faults-at-once", test_all_faults_at_once);
    g_test_add_func("/pack/fault-limit", test_fault_limit);
    g_test_add_func("/pack/english", test_english);
    g_test_add_func("/pack/starter", test_starter);
    g_test_add_func("/pack/lesson-faults", test_lesson_faults);
    g_test_add_func("/pack/no-folder", test_no_folder);
    g_test_add_func("/pack/too-large", test_too_large);
    g_test_add_func("/pack/store-versions", test_store_versions);
    g_test_add_func("/pack/list", test_list);
    g_test_add_func("/pack/bad-name", test_bad_name);
    return g_test_run();
}
