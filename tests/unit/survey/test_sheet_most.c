/* Proves the largest number of questions that one person can come to be asked, by hand: branches
 * that shut each other off, one inside the other and by way of others; several choices; grids,
 * draws and roles; a filter before all the rest; and that many filters take no time. The random
 * questionnaires of test_questionnaire.c compare it with trying all answers. */
#include "survey/form_private.h"
#include "survey/questionnaire.h"
#include "survey/sheet.h"
#include "tests/unit/survey/fixture.h"

enum { SINGLES = 90 };

static Item *bank_item(const char *prefix, guint index, ItemKind kind) {
    Item *item = item_new();
    item->id = 1000 * (kind + 1) + index;
    item->pack = g_strdup("p");
    item->key = g_strdup_printf("%s%u", prefix, index);
    item->kind = kind;
    item->state = ITEM_LIVE;
    item->area = g_strdup("area1");
    item->topic = g_strdup("t");
    item->option_count = 4;
    item->measure = MEASURE_APPLICATION;
    item->offers_not_applicable = true;
    return item;
}

/* a0... with one choice, m0... with several, s0... scales. */
static GPtrArray *bank_new(void) {
    GPtrArray *bank = g_ptr_array_new_with_free_func((GDestroyNotify)item_free);
    for (guint i = 0; i < SINGLES; i++) {
        g_ptr_array_add(bank, bank_item("a", i, ITEM_SINGLE));
    }
    for (guint i = 0; i < 5; i++) {
        g_ptr_array_add(bank, bank_item("m", i, ITEM_MULTIPLE));
        g_ptr_array_add(bank, bank_item("s", i, ITEM_SCALE));
    }
    return bank;
}

/* The most of the questionnaire whose sections are given, with ' for ". */
static guint most_of(const GPtrArray *bank, const char *sections, const char *const *roles) {
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) faults = g_ptr_array_new_with_free_func(g_free);
    g_autofree char *json =
        g_strdup_printf("{'title':{'sv':'T','en':'T'},'sections':[%s]}", sections);
    g_strdelimit(json, "'", '"');
    g_autoptr(Questionnaire) made = questionnaire_parse("q", json, strlen(json), bank, faults);
    if (made == NULL) {
        g_error("%s: %s", sections, (const char *)faults->pdata[0]);
    }
    g_autofree char *layout = questionnaire_layout(made);
    const GPtrArray *items = questionnaire_items(made);
    g_autoptr(Form) form = form_assemble((Item *const *)items->pdata, items->len, layout, &error);
    g_assert_no_error(error);
    g_autoptr(Sheet) sheet = sheet_draw(form, &(SheetDraw){.roles = roles});
    return sheet_asked_at_most(sheet);
}

#define IF(key, item, chosen) "{'item':'" key "','if':{'item':'" item "','chosen':[" chosen "]}}"
#define TWO(key, item, chosen, other, taken)                                                       \
    "{'item':'" key "','if':[{'item':'" item "','chosen':[" chosen "]},{'item':'" other            \
    "','chosen':[" taken "]}]}"

static void test_table(void) {
    static const char *const chief[] = {"chef", NULL};
    static const char *const both[] = {"it", "chef", NULL};
    static const struct {
        const char *sections;
        const char *const *roles;
        guint most;
    } cases[] = {
        {"{'ask':['a0','a1',{'draw':3,'items':['a2','a3','a4','a5']}]}", NULL, 5},
        /* one of three branches: of 1, of 2 and of 3 */
        {"{'ask':['a0'," IF("a1", "a0", "0") "," IF("a2", "a0", "1") "," IF("a3", "a0", "1") "," IF(
             "a4", "a0", "2") "," IF("a5", "a0", "2") "," IF("a6", "a0", "'na'") "]}",
         NULL, 3},
        /* what opens for two answers adds to each of them */
        {"{'ask':['a0'," IF("a1", "a0", "0,1") "," IF("a2", "a0", "1") "," IF("a3", "a0", "2") "]}",
         NULL, 3},
        /* the shorter branch leads on to more */
        {"{'ask':['a0'," IF("a1", "a0", "0") "," IF("a2", "a0", "0") "," IF("a3", "a0", "1") "," IF(
             "a4", "a3", "0") "," IF("a5", "a3", "0") "," IF("a6", "a3", "1") "]}",
         NULL, 4},
        /* both cannot be had at once, though they look at two items */
        {"{'ask':['a0','a1'," TWO("a2", "a0", "0", "a1", "0") "," TWO(
             "a3", "a0", "0", "a1", "1") "," IF("a4", "a0", "1") "]}",
         NULL, 3},
        /* of several choices all may be chosen, but not while one is forbidden */
        {"{'ask':['m0'," IF("a1", "m0", "0") "," IF("a2", "m0", "1") "," IF("a3", "m0",
                                                                            "'na'") "]}",
         NULL, 3},
        {"{'ask':['m0'," IF("a1", "m0", "0") ",{'item':'a2','if':{'item':'m0','not_chosen':[0]}},"
                                             "{'item':'a3','if':{'item':'m0','not_chosen':[0]}}]}",
         NULL, 3},
        /* rows of a grid are looked at each for itself */
        {"{'ask':[{'grid':['s0','s1'],'text':{'sv':'T','en':'T'}}," IF("a1", "s0", "0") "," IF(
             "a2", "s0", "3") "," IF("a3", "s1", "0") "]}",
         NULL, 4},
        /* draws and whole sections under conditions */
        {"{'ask':['a0']},{'if':{'item':'a0','chosen':[0]},'ask':[{'draw':2,'items':['a1','a2',"
         "'a3']}]},{'if':{'item':'a0','chosen':[1]},'ask':['a4',{'draw':3,'items':['a5','a6','a7',"
         "'a8']}]}",
         NULL, 5},
        /* roles: nobody's, one's, both, and what looks at an item of another role */
        {"{'ask':['a0']},{'roles':['chef'],'ask':['a1','a2']},{'roles':['it'],'ask':['a3']}", NULL,
         1},
        {"{'ask':['a0']},{'roles':['chef'],'ask':['a1','a2']},{'roles':['it'],'ask':['a3']}", chief,
         3},
        {"{'ask':['a0']},{'roles':['chef'],'ask':['a1','a2']},{'roles':['it'],'ask':['a3']}", both,
         4},
        {"{'roles':['chef'],'ask':['a0']},{'ask':['a1'," IF("a2", "a0", "0") "]}", NULL, 1},
        {"{'roles':['chef'],'ask':['a0']},{'ask':['a1'," IF("a2", "a0", "0") "]}", chief, 3},
    };
    g_autoptr(GPtrArray) bank = bank_new();
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        guint got = most_of(bank, cases[i].sections, cases[i].roles);
        if (got != cases[i].most) {
            g_error("%s: %u, wanted %u", cases[i].sections, got, cases[i].most);
        }
    }
}

/* A filter before all, then 24 filters, each with two branches of which one can be had, and a
 * question that looks at two neighbours. */
static void test_many_filters(void) {
    g_autoptr(GPtrArray) bank = bank_new();
    g_autoptr(GString) sections = g_string_new("{'ask':['a0']}");
    for (guint i = 0; i < 24; i++) {
        guint at = 1 + 3 * i;
        g_string_append_printf(sections,
                               ",{'if':{'item':'a0','chosen':[0]},'ask':['a%u'"
                               ",{'item':'a%u','if':{'item':'a%u','chosen':[0]}}"
                               ",{'item':'a%u','if':{'item':'a%u','chosen':[1]}}]}",
                               at, at + 1, at, at + 2, at);
    }
    gint64 began_us = g_get_monotonic_time();
    g_assert_cmpuint(most_of(bank, sections->str, NULL), ==, 1 + 24 * 2);
    g_assert_cmpint(g_get_monotonic_time() - began_us, <, 2 * G_USEC_PER_SEC);
}

int main(int argc, char **argv) {
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/sheet-most/table", test_table);
    g_test_add_func("/sheet-most/many-filters", test_many_filters);
    return g_test_run();
}
