/* Questionnaires: 10,000 random ones, that what is accepted can be asked: everything on it can be
 * reached by some answers, nobody meets an item twice or one that they had, draws are balanced, and
 * answering comes to its end with every required answer given. And a table of faults, each said. */
#include "survey/asked.h"
#include "survey/form_private.h"
#include "survey/picture.h"
#include "survey/questionnaire.h"
#include "survey/reading.h"
#include "tests/unit/survey/fixture.h"

enum { RUNS = 10000, ITEMS = 60, TURNS = 12 };

/* --- a bank of items ------------------------------------------------------------------------- */

static Item *bank_item(guint index) {
    static const ItemKind kinds[] = {ITEM_SINGLE, ITEM_SINGLE,     ITEM_MULTIPLE, ITEM_SCALE,
                                     ITEM_SCALE,  ITEM_TRUE_FALSE, ITEM_TEXT,     ITEM_ORDER};
    Item *item = item_new();
    item->id = 100 + index;
    item->pack = g_strdup("p");
    item->key = g_strdup_printf("i%u", index);
    item->kind = kinds[index % G_N_ELEMENTS(kinds)];
    item->state = ITEM_LIVE;
    item->bank = BANK_MEASUREMENT;
    item->area = g_strdup_printf("area%u", 1 + index % 5);
    item->topic = g_strdup_printf("t%u", index % 3);
    item->option_count = item->kind == ITEM_TEXT ? 0 : item->kind == ITEM_TRUE_FALSE ? 2 : 4;
    bool scored = item->kind == ITEM_SINGLE || item->kind == ITEM_TRUE_FALSE;
    item->measure = scored ? MEASURE_KNOWLEDGE : MEASURE_APPLICATION;
    item->key_mask = scored ? 1 : 0;
    item->text_max = item->kind == ITEM_TEXT ? ITEM_TEXT_DEFAULT : 0;
    item->offers_not_applicable = item->kind != ITEM_TEXT && index % 3 != 0;
    if (index % 10 == 9) {
        item->roles = g_strsplit(index % 20 == 9 ? "chef" : "it", ",", -1);
    }
    return item;
}

static GPtrArray *bank_new(void) {
    GPtrArray *bank = g_ptr_array_new_with_free_func((GDestroyNotify)item_free);
    for (guint i = 0; i < ITEMS; i++) {
        g_ptr_array_add(bank, bank_item(i));
    }
    return bank;
}

/* --- random questionnaires ------------------------------------------------------------------- */

typedef struct {
    GRand *rand;
    GPtrArray *bank;
    bool used[ITEMS];
    guint alone[ITEMS]; /* items that a condition can look at */
    guint alone_count;
} Maker;

static guint pick(Maker *maker, guint below) {
    return (guint)g_rand_int_range(maker->rand, 0, (gint32)below);
}

static int fresh_item(Maker *maker) {
    for (guint tries = 0; tries < 20; tries++) {
        guint index = pick(maker, ITEMS);
        if (!maker->used[index]) {
            maker->used[index] = true;
            return (int)index;
        }
    }
    return -1;
}

static void add_condition(Maker *maker, GString *json) {
    guint count = 1 + pick(maker, 2);
    g_string_append(json, ",\"if\":[");
    for (guint i = 0; i < count; i++) {
        const Item *item = maker->bank->pdata[maker->alone[pick(maker, maker->alone_count)]];
        g_string_append_printf(json, "%s{\"item\":\"%s\",\"%s\":[%u%s]}", i > 0 ? "," : "",
                               item->key, pick(maker, 3) > 0 ? "chosen" : "not_chosen",
                               pick(maker, item->option_count),
                               item->offers_not_applicable && pick(maker, 3) == 0 ? ",\"na\"" : "");
    }
    g_string_append_c(json, ']');
}

static void add_lone(Maker *maker, GString *json) {
    int index = fresh_item(maker);
    if (index < 0) {
        g_string_append(json, "{\"break\":true}");
        return;
    }
    const Item *item = maker->bank->pdata[index];
    g_string_append_printf(json, "{\"item\":\"%s\"", item->key);
    if (maker->alone_count > 0 && pick(maker, 2) == 0) {
        add_condition(maker, json);
    }
    if (item->offers_not_applicable && pick(maker, 3) == 0) {
        g_string_append(json, ",\"required\":true");
    }
    g_string_append_c(json, '}');
    if (item->kind != ITEM_TEXT && item->kind != ITEM_ORDER) {
        maker->alone[maker->alone_count++] = (guint)index;
    }
}

static void add_entry(Maker *maker, GString *json) {
    static const char *const pools[] = {"\"areas\":[\"area1\",\"area2\"]", "\"topics\":[\"t1\"]",
                                        "\"areas\":[\"area4\"]", "\"measures\":[\"application\"]",
                                        "\"roles\":[\"chef\"]"};
    switch (pick(maker, 8)) {
    case 0:
    case 1:
        g_string_append_printf(json, "{\"draw\":%u,%s", 1 + pick(maker, 4),
                               pools[pick(maker, G_N_ELEMENTS(pools))]);
        if (maker->alone_count > 0 && pick(maker, 4) == 0) {
            add_condition(maker, json);
        }
        g_string_append_c(json, '}');
        return;
    case 2:
        g_string_append(json, "{\"break\":true}");
        return;
    default:
        add_lone(maker, json);
        return;
    }
}

static char *random_json(Maker *maker) {
    memset(maker->used, 0, sizeof maker->used);
    maker->alone_count = 0;
    GString *json = g_string_new("{\"title\":{\"sv\":\"T\",\"en\":\"T\"},\"items_per_page\":");
    g_string_append_printf(json, "%u,\"sections\":[", 1 + pick(maker, 5));
    guint sections = 1 + pick(maker, 3);
    for (guint s = 0; s < sections; s++) {
        g_string_append(json, s > 0 ? ",{\"ask\":[" : "{\"ask\":[");
        guint entries = 1 + pick(maker, 6);
        for (guint e = 0; e < entries; e++) {
            g_string_append(json, e > 0 ? "," : "");
            add_entry(maker, json);
        }
        g_string_append(json, "]}");
    }
    g_string_append(json, "]}");
    return g_string_free(json, FALSE);
}

/* --- what must hold -------------------------------------------------------------------------- */

/* An answer to the item that fulfils every condition on its position, tried one by one. */
static bool find_answer(const GArray *conditions, guint position, const Item *item, Answer *out) {
    guint tries = item->kind == ITEM_MULTIPLE ? 1U << item->option_count : item->option_count;
    for (guint i = 0; i <= tries; i++) {
        Answer answer = {.item_id = item->id, .not_applicable = i == tries};
        if (i < tries) {
            answer.choices = item->kind == ITEM_MULTIPLE ? i : 1U << i;
        }
        bool good =
            !answer_is_blank(&answer) && (!answer.not_applicable || item->offers_not_applicable);
        for (guint c = 0; good && c < conditions->len; c++) {
            const FormCondition *condition = &g_array_index(conditions, FormCondition, c);
            good =
                condition->position != position || form_condition_holds(condition, item, &answer);
        }
        if (good) {
            *out = answer;
            return true;
        }
    }
    return false;
}

static const FormEntry *entry_with(const FormLayout *layout, guint position) {
    for (guint i = 0; i < layout->entries->len; i++) {
        const FormEntry *entry = &g_array_index(layout->entries, FormEntry, i);
        if (position >= entry->first && position < entry->first + entry->count) {
            return entry;
        }
    }
    g_assert_not_reached();
}

/* Some answers make the entry asked: no branch is dead. */
static void check_reachable(const Form *form, const FormEntry *entry) {
    const FormLayout *layout = form_layout(form);
    g_autoptr(GArray) all = g_array_new(FALSE, FALSE, sizeof(FormCondition));
    g_autofree Answer *answers = g_new0(Answer, form_item_count(form));
    g_autofree bool *asked = g_new0(bool, form_item_count(form));
    g_array_append_vals(all, entry->conditions, entry->condition_count);
    for (guint i = 0; i < all->len; i++) {
        const FormEntry *from = entry_with(layout, g_array_index(all, FormCondition, i).position);
        g_assert_cmpuint(from->first, <, entry->first);
        g_array_append_vals(all, from->conditions, from->condition_count);
    }
    for (guint i = 0; i < all->len; i++) {
        guint position = g_array_index(all, FormCondition, i).position;
        bool found_one = find_answer(all, position, form_item(form, position), &answers[position]);
        g_assert_true(found_one);
    }
    const char *const roles[] = {"chef", "it", NULL};
    g_autoptr(Sheet) sheet = sheet_draw(form, &(SheetDraw){.roles = roles});
    sheet_asked(sheet, answers, asked);
    guint found = 0;
    for (guint i = 0; i < entry->count; i++) {
        found += asked[entry->first + i];
    }
    g_assert_cmpuint(found, ==, entry->draw > 0 ? entry->draw : entry->count);
}

static void check_sheet(const Form *form, const Sheet *sheet, GHashTable *had) {
    g_autoptr(GHashTable) seen = g_hash_table_new(g_int64_hash, g_int64_equal);
    g_autoptr(GError) error = NULL;
    for (guint i = 0; i < sheet_count(sheet); i++) {
        guint position = sheet_position(sheet, i);
        const Item *item = form_item(form, position);
        g_assert_true(g_hash_table_add(seen, (gpointer)(uintptr_t)&item->id));
        g_autofree char *key = item_full_key(item->pack, item->key);
        bool drawn = entry_with(form_layout(form), position)->draw > 0;
        g_assert_false(drawn && had != NULL && g_hash_table_contains(had, key));
    }
    g_autofree char *json = sheet_format(sheet);
    g_autoptr(Sheet) again = sheet_parse(form, json, &error);
    g_assert_no_error(error);
    g_autofree char *same = sheet_format(again);
    g_assert_cmpstr(json, ==, same);
}

/* The sets that two turns take of a pool. */
static guint common(const Form *form, const FormEntry *entry, const Sheet *a, const Sheet *b) {
    guint count = 0;
    (void)form;
    for (guint i = 0; i < sheet_count(a); i++) {
        for (guint j = 0; j < sheet_count(b); j++) {
            guint position = sheet_position(a, i);
            count += position == sheet_position(b, j) && position >= entry->first &&
                     position < entry->first + entry->count;
        }
    }
    return count;
}

static void check_balance(const Form *form, int64_t seed) {
    const char *const roles[] = {"chef", NULL};
    const FormLayout *layout = form_layout(form);
    g_autofree guint *counts = g_new0(guint, form_item_count(form));
    g_autoptr(Sheet) before = NULL;
    for (guint turn = 0; turn < TURNS; turn++) {
        SheetDraw draw = {.seed = seed, .turn = turn, .roles = roles};
        Sheet *sheet = sheet_draw(form, &draw);
        check_sheet(form, sheet, NULL);
        for (guint i = 0; i < sheet_count(sheet); i++) {
            counts[sheet_position(sheet, i)]++;
        }
        for (guint e = 0; e < layout->entries->len; e++) {
            const FormEntry *entry = &g_array_index(layout->entries, FormEntry, e);
            guint least = G_MAXUINT, most = 0;
            for (guint i = 0; entry->draw > 0 && i < entry->count; i++) {
                least = MIN(least, counts[entry->first + i]);
                most = MAX(most, counts[entry->first + i]);
            }
            g_assert_true(entry->draw == 0 || most - least <= 1);
            g_assert_true(entry->draw == 0 || entry->draw == entry->count || before == NULL ||
                          common(form, entry, before, sheet) < entry->draw);
        }
        sheet_free(before);
        before = sheet;
    }
}

static void check_had(const Form *form, GRand *rand) {
    g_autoptr(GHashTable) had = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (guint i = 0; i < form_item_count(form); i++) {
        if (g_rand_int_range(rand, 0, 3) == 0) {
            const Item *item = form_item(form, i);
            g_hash_table_add(had, item_full_key(item->pack, item->key));
        }
    }
    const FormLayout *layout = form_layout(form);
    g_autoptr(Sheet) sheet = sheet_draw(form, &(SheetDraw){.seed = 5, .turn = 3, .had = had});
    check_sheet(form, sheet, had);
    for (guint e = 0; e < layout->entries->len; e++) {
        const FormEntry *entry = &g_array_index(layout->entries, FormEntry, e);
        guint left = 0, drawn = 0;
        for (guint i = entry->first; i < entry->first + entry->count; i++) {
            g_autofree char *key = item_full_key("p", form_item(form, i)->key);
            left += !g_hash_table_contains(had, key);
            for (guint s = 0; s < sheet_count(sheet); s++) {
                drawn += sheet_position(sheet, s) == i;
            }
        }
        g_assert_true(entry->draw == 0 || entry->roles != NULL || drawn == MIN(entry->draw, left));
    }
}

/* Answers at random, page by page, as the server leads: it ends, forwards only but for what is
 * lacking, and then every required item that is asked has an answer. */
static void check_walk(const Form *form, GRand *rand) {
    guint positions[FORM_ITEMS_MAX];
    g_autofree Answer *answers = g_new0(Answer, form_item_count(form));
    g_autofree bool *asked = g_new0(bool, form_item_count(form));
    g_autoptr(Sheet) sheet = sheet_draw(form, &(SheetDraw){.seed = 9});
    guint page = asked_next(sheet, answers, -1);
    for (guint steps = 0; page < form_page_count(form); steps++) {
        g_assert_cmpuint(steps, <=, form_page_count(form));
        sheet_asked(sheet, answers, asked);
        guint count = sheet_page(sheet, page, asked, positions);
        for (guint i = 0; i < count; i++) {
            const Item *item = form_item(form, positions[i]);
            bool pass =
                !form_item_required(form, positions[i]) && g_rand_int_range(rand, 0, 3) == 0;
            if (!pass && item->option_count > 0) {
                answers[positions[i]].choices =
                    1U << g_rand_int_range(rand, 0, (gint32)item->option_count);
            }
        }
        page = asked_next(sheet, answers, (int)page);
    }
    sheet_asked(sheet, answers, asked);
    for (guint i = 0; i < form_item_count(form); i++) {
        g_assert_true(!asked[i] || !form_item_required(form, i) || !answer_is_blank(&answers[i]));
    }
}

/* The i-th answer to the item; the last is "na", or none where that is not offered. */
static guint answer_count(const Item *item) {
    return (item->kind == ITEM_MULTIPLE ? 1U << item->option_count : item->option_count) + 1;
}

static Answer answer_at(const Item *item, guint i) {
    Answer answer = {.item_id = item->id};
    if (i + 1 == answer_count(item)) {
        answer.not_applicable = item->offers_not_applicable;
    } else {
        answer.choices = item->kind == ITEM_MULTIPLE ? i : 1U << i;
    }
    return answer;
}

static guint count_asked(const Sheet *sheet, const Answer answers[]) {
    guint count = 0;
    g_autofree bool *asked = g_new0(bool, form_item_count(sheet_form(sheet)));
    sheet_asked(sheet, answers, asked);
    for (guint i = 0; i < form_item_count(sheet_form(sheet)); i++) {
        count += asked[i];
    }
    return count;
}

enum { TRIES_MAX = 300 };

/* The most that can be asked, against all answers to the items that are looked at, where they are
 * few enough to try. True if they were. */
static bool check_most(const Form *form, const char *const *roles) {
    const FormLayout *layout = form_layout(form);
    g_autofree Answer *answers = g_new0(Answer, form_item_count(form));
    g_autofree bool *looked = g_new0(bool, form_item_count(form));
    g_autoptr(Sheet) sheet = sheet_draw(form, &(SheetDraw){.seed = 3, .roles = roles});
    guint tries = 1, most = 0;
    for (guint e = 0; e < layout->entries->len; e++) {
        const FormEntry *entry = &g_array_index(layout->entries, FormEntry, e);
        for (guint c = 0; c < entry->condition_count; c++) {
            guint position = entry->conditions[c].position;
            tries *=
                looked[position] || tries > TRIES_MAX ? 1 : answer_count(form_item(form, position));
            looked[position] = true;
        }
    }
    for (guint number = 0; tries <= TRIES_MAX && number < tries; number++) {
        guint rest = number;
        for (guint i = 0; i < form_item_count(form); i++) {
            const Item *item = form_item(form, i);
            answers[i] = looked[i] ? answer_at(item, rest % answer_count(item)) : answers[i];
            rest /= looked[i] ? answer_count(item) : 1;
        }
        guint count = count_asked(sheet, answers);
        most = MAX(most, count);
    }
    g_assert_true(tries > TRIES_MAX || sheet_asked_at_most(sheet) == most);
    return tries <= TRIES_MAX && tries > 1;
}

static void test_random(void) {
    g_autoptr(GPtrArray) bank = bank_new();
    Maker maker = {.rand = g_rand_new_with_seed(4711), .bank = bank};
    const char *const chief[] = {"chef", NULL};
    guint good = 0, dead = 0, tried = 0, conditions = 0, draws = 0, most = 0;
    while (good < RUNS) {
        g_autoptr(GPtrArray) faults = g_ptr_array_new_with_free_func(g_free);
        g_autoptr(GError) error = NULL;
        g_autofree char *json = random_json(&maker);
        g_autoptr(Questionnaire) made = questionnaire_parse("q", json, strlen(json), bank, faults);
        tried++;
        g_assert_cmpuint(tried, <, 5 * RUNS);
        if (made == NULL) {
            dead += strstr(faults->pdata[0], "aldrig") != NULL;
            continue;
        }
        good++;
        g_autofree char *layout = questionnaire_layout(made);
        const GPtrArray *items = questionnaire_items(made);
        g_autoptr(Form) form =
            form_assemble((Item *const *)items->pdata, items->len, layout, &error);
        g_assert_no_error(error);
        const FormLayout *read = form_layout(form);
        for (guint i = 0; i < read->entries->len; i++) {
            const FormEntry *entry = &g_array_index(read->entries, FormEntry, i);
            check_reachable(form, entry);
            conditions += entry->condition_count;
            draws += entry->draw > 0;
        }
        if (good % 10 == 0) {
            most += check_most(form, NULL) ? 1 : 0;
            most += check_most(form, chief) ? 1 : 0;
            check_balance(form, (int64_t)good);
        }
        check_had(form, maker.rand);
        check_walk(form, maker.rand);
    }
    g_test_message("%u tried, %u good, %u dead branches found, %u conditions, %u draws", tried,
                   good, dead, conditions, draws);
    g_assert_cmpuint(dead, >, 100);
    g_assert_cmpuint(conditions, >, RUNS / 2);
    g_assert_cmpuint(draws, >, RUNS / 2);
    g_assert_cmpuint(most, >, RUNS / 50);
    g_rand_free(maker.rand);
}

/* --- a pool alone ---------------------------------------------------------------------------- */

/* Every size of pool and draw, over several rings: balance after each turn, neighbours differ, and
 * have nothing in common where the pool is twice the draw. */
static void test_rings(void) {
    for (guint size = 1; size <= 12; size++) {
        for (guint take = 1; take <= size; take++) {
            GString *keys = g_string_new(NULL);
            g_autoptr(GPtrArray) bank = bank_new();
            for (guint i = 0; i < size; i++) {
                g_string_append_printf(keys, "%s\"i%u\"", i > 0 ? "," : "", i);
            }
            g_autofree char *json = g_strdup_printf(
                "{\"title\":{\"sv\":\"T\",\"en\":\"T\"},\"sections\":[{\"ask\":[{\"draw\":%u,"
                "\"items\":[%s]}]}]}",
                take, keys->str);
            g_string_free(keys, TRUE);
            g_autoptr(GPtrArray) faults = g_ptr_array_new_with_free_func(g_free);
            g_autoptr(Questionnaire) made =
                questionnaire_parse("q", json, strlen(json), bank, faults);
            g_assert_nonnull(made);
            g_autofree char *layout = questionnaire_layout(made);
            const GPtrArray *items = questionnaire_items(made);
            g_autoptr(Form) form =
                form_assemble((Item *const *)items->pdata, items->len, layout, NULL);
            for (int64_t seed = 0; seed < 5; seed++) {
                check_balance(form, seed);
            }
        }
    }
}

/* --- faults ---------------------------------------------------------------------------------- */

static void test_faults(void) {
    static const struct {
        const char *ask; /* of the only section */
        const char *fault;
    } cases[] = {
        {"\"i0\"", NULL},
        {"\"nope\"", "finns ingen fråga \"nope\""},
        {"\"i0\",\"i0\"", "står två gånger"},
        {"{\"item\":\"i0\",\"iff\":1}", "okänt fält \"iff\""},
        {"{\"item\":\"i0\",\"required\":true}", "kan inte vara obligatorisk"},
        {"{\"item\":\"i1\",\"required\":true}", NULL},
        {"{\"draw\":0,\"areas\":[\"area1\"]}", "heltal från 1"},
        {"{\"draw\":90,\"areas\":[\"area1\"]}", "men 90 behövs"},
        {"{\"draw\":1,\"areas\":[\"area9\"]}", "okänt område"},
        {"{\"draw\":1,\"items\":[\"i0\",\"i1\"],\"areas\":[\"area1\"]}", "antingen bland"},
        {"\"i0\",{\"draw\":1,\"items\":[\"i0\",\"i1\"]}", "fler än ett ställe"},
        {"{\"draw\":\"all\",\"measures\":[\"application\"],\"areas\":[\"area4\"]}", NULL},
        {"{\"grid\":[\"i3\",\"i4\"],\"text\":{\"sv\":\"A\",\"en\":\"A\"}}", NULL},
        {"{\"grid\":[\"i3\",\"i0\"],\"text\":{\"sv\":\"A\",\"en\":\"A\"}}", "ingen skala"},
        {"{\"grid\":[\"i3\"],\"text\":{\"sv\":\"A\"}}", "språket \"en\""},
        {"{\"item\":\"i1\",\"if\":{\"item\":\"i0\",\"chosen\":[0]}}", "inte står före"},
        {"\"i0\",{\"item\":\"i1\",\"if\":{\"item\":\"i0\",\"chosen\":[4]}}", "från 0 till 3"},
        {"\"i0\",{\"item\":\"i1\",\"if\":{\"item\":\"i0\",\"chosen\":[\"na\"]}}", "från 0 till 3"},
        {"\"i6\",{\"item\":\"i1\",\"if\":{\"item\":\"i6\",\"chosen\":[0]}}",
         "inte har svar att välja"},
        {"\"i5\",{\"item\":\"i1\",\"if\":{\"item\":\"i5\",\"chosen\":[true]}}", NULL},
        {"\"i0\",{\"item\":\"i1\",\"if\":{\"item\":\"i0\"}}", "antingen \"chosen\""},
        {"\"i0\",{\"item\":\"i1\",\"if\":[{\"item\":\"i0\",\"chosen\":[0]},"
         "{\"item\":\"i0\",\"chosen\":[1]}]}",
         "aldrig ställas"},
        {"\"i2\",{\"item\":\"i1\",\"if\":[{\"item\":\"i2\",\"chosen\":[0]},"
         "{\"item\":\"i2\",\"chosen\":[1]}]}",
         NULL},
        {"\"i2\",{\"item\":\"i1\",\"if\":[{\"item\":\"i2\",\"chosen\":[0]},"
         "{\"item\":\"i2\",\"not_chosen\":[0]}]}",
         "aldrig ställas"},
        {"\"i0\",{\"item\":\"i3\",\"if\":{\"item\":\"i0\",\"chosen\":[0]}},"
         "{\"item\":\"i1\",\"if\":[{\"item\":\"i3\",\"chosen\":[0]},{\"item\":\"i0\","
         "\"chosen\":[1]}]}",
         "aldrig ställas"},
        {"\"nope\",{\"item\":\"i1\",\"if\":{\"item\":\"nope\",\"chosen\":[0]}}",
         "finns ingen fråga \"nope\""},
        {"{\"grid\":[\"i0\"],\"text\":{\"sv\":\"A\",\"en\":\"A\"}},{\"item\":\"i1\","
         "\"if\":{\"item\":\"i0\",\"chosen\":[0]}}",
         "ingen skala"},
        {"{\"draw\":2,\"items\":[\"nope\",\"i1\"]}", "finns ingen fråga \"nope\""},
        {"{\"draw\":\"two\",\"items\":[\"i0\"]}", "\"draw\""},
        {"{\"break\":true}", "minst en fråga"},
        {"7", "ska vara en frågas id"},
    };
    g_autoptr(GPtrArray) bank = bank_new();
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GPtrArray) faults = g_ptr_array_new_with_free_func(g_free);
        g_autofree char *json = g_strdup_printf(
            "{\"title\":{\"sv\":\"T\",\"en\":\"T\"},\"sections\":[{\"ask\":[%s]}]}", cases[i].ask);
        g_autoptr(Questionnaire) made = questionnaire_parse("q", json, strlen(json), bank, faults);
        const char *got = faults->len > 0 ? faults->pdata[0] : "";
        g_test_message("%s -> %s", cases[i].ask, got);
        g_assert_true((made != NULL) == (cases[i].fault == NULL));
        g_assert_true(cases[i].fault == NULL || strstr(got, cases[i].fault) != NULL);
        g_assert_cmpuint(faults->len, ==,
                         (cases[i].fault != NULL ? 1 : 0)); /* one fault, one line */
    }
}

/* Many more than there is room for, in several sections, the last of them under a condition on one
 * that had none: said once. */
static void test_too_long(void) {
    g_autoptr(GPtrArray) bank = g_ptr_array_new_with_free_func((GDestroyNotify)item_free);
    g_autoptr(GPtrArray) faults = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GString) json = g_string_new("{\"title\":{\"sv\":\"T\",\"en\":\"T\"},\"sections\":[");
    for (guint i = 0; i < FORM_ITEMS_MAX + 25; i++) {
        g_ptr_array_add(bank, bank_item(i * 8)); /* of a kind that conditions can look at */
        g_string_append(json, i == 0 ? "{\"ask\":[" : i % 10 == 0 ? "]},{\"ask\":[" : ",");
        g_string_append_printf(json, "\"i%u\"", i * 8);
    }
    g_ptr_array_add(bank, bank_item(1));
    g_string_append_printf(
        json, "]},{\"ask\":[{\"item\":\"i1\",\"if\":{\"item\":\"i%u\",\"chosen\":[0]}}]}]}",
        (guint)(FORM_ITEMS_MAX + 20) * 8);
    g_assert_null(questionnaire_parse("q", json->str, json->len, bank, faults));
    g_assert_cmpuint(faults->len, ==, 1);
    g_assert_nonnull(strstr(faults->pdata[0], "för långt: högst 100"));
}

static void test_small_parts(void) {
    static const unsigned char png[] = "\x89PNG\r\n\x1a\n....";
    g_autofree char *name = picture_name(png, sizeof png);
    g_assert_cmpstr(picture_media_type(name), ==, "image/png");
    g_assert_null(picture_name("<svg onload=x>", 14));
    g_assert_false(picture_name_is_valid("../etc/passwd"));
    g_assert_false(picture_name_is_valid("abc.png"));
    /* 9 words, 2 sentences, 2 long words: 4.5 + 22.2. */
    g_assert_cmpfloat_with_epsilon(
        reading_lix("Katten sover gott på mattan. Informationen behöver du skydda."),
        4.5 + 100.0 * 2 / 9, 0.01);
    g_assert_cmpfloat_with_epsilon(reading_lix("1177.se svarar."), 3 + 0.0, 0.01);
    g_assert_cmpfloat_with_epsilon(reading_lix(" ... "), 0, 0.01);
}

/* An order item's options, and those that keep their place, over many seeds. */
static void test_option_order(void) {
    g_autoptr(Item) order = bank_item(7);
    g_autoptr(Item) single = bank_item(0);
    guint shown[ITEM_OPTIONS_MAX];
    bool moved = false;
    for (guint place = 0; place < 4; place++) {
        order->key_mask = item_order_put(order->key_mask, place, 3 - place);
    }
    g_assert_true(item_order_is_whole(order, order->key_mask));
    g_assert_false(item_order_is_whole(order, item_order_put(order->key_mask, 0, 0)));
    single->fixed_mask = 1U << 3;
    for (int64_t seed = 0; seed < 500; seed++) {
        uint32_t choices = 0;
        form_option_order(order, seed, shown);
        for (guint i = 0; i < 4; i++) {
            choices = item_order_put(choices, i, shown[i]);
        }
        g_assert_true(item_order_is_whole(order, choices));
        g_assert_false(item_is_correct(order, choices));
        form_option_order(single, seed, shown);
        g_assert_cmpuint(shown[3], ==, 3);
        moved = moved || shown[0] != 0;
    }
    g_assert_true(moved);
}

int main(int argc, char **argv) {
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/questionnaire/random", test_random);
    g_test_add_func("/questionnaire/rings", test_rings);
    g_test_add_func("/questionnaire/faults", test_faults);
    g_test_add_func("/questionnaire/too-long", test_too_long);
    g_test_add_func("/questionnaire/option-order", test_option_order);
    g_test_add_func("/questionnaire/small-parts", test_small_parts);
    return g_test_run();
}
