/* A questionnaire from anyone, over a small bank of items: never a crash, and what passes the check
 * makes a form that reads back, whose sheets hold their items once, and that can be walked through
 * to its end. */
#include "survey/asked.h"
#include "survey/questionnaire.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ITEMS = 12 };

/* i0..i11: two of each kind, the second of each with "vet inte". */
static GPtrArray *bank_new(void) {
    GPtrArray *bank = g_ptr_array_new_with_free_func((GDestroyNotify)item_free);
    for (guint i = 0; i < ITEMS; i++) {
        Item *item = item_new();
        item->id = 1 + i;
        item->pack = g_strdup("p");
        item->key = g_strdup_printf("i%u", i);
        item->kind = (ItemKind)(i % ITEM_KIND_COUNT);
        item->measure = item->kind == ITEM_SINGLE ? MEASURE_KNOWLEDGE : MEASURE_APPLICATION;
        item->state = ITEM_LIVE;
        item->bank = BANK_MEASUREMENT;
        item->area = g_strdup(i < ITEMS / 2 ? "area1" : "area2");
        item->topic = g_strdup("t");
        item->option_count = item->kind == ITEM_TEXT ? 0 : item->kind == ITEM_TRUE_FALSE ? 2 : 4;
        item->key_mask = item->kind == ITEM_SINGLE ? 1 : 0;
        item->offers_not_applicable = i >= ITEMS / 2 && item->kind != ITEM_TEXT;
        g_ptr_array_add(bank, item);
    }
    return bank;
}

static void form_walk(const Form *form) {
    guint positions[FORM_ITEMS_MAX];
    g_autofree Answer *answers = g_new0(Answer, form_item_count(form) + 1);
    g_autofree bool *asked = g_new0(bool, form_item_count(form) + 1);
    g_autoptr(Sheet) sheet = sheet_draw(form, &(SheetDraw){.seed = 1, .turn = 2});
    g_autofree char *json = sheet_format(sheet);
    g_autoptr(Sheet) again = sheet_parse(form, json, NULL);
    g_assert(again != NULL && sheet_count(again) == sheet_count(sheet));
    guint page = asked_next(sheet, answers, -1);
    for (guint steps = 0; page < form_page_count(form); steps++) {
        g_assert(steps <= form_page_count(form));
        sheet_asked(sheet, answers, asked);
        guint count = sheet_page(sheet, page, asked, positions);
        for (guint i = 0; i < count; i++) {
            answers[positions[i]].choices = form_item(form, positions[i])->option_count > 0;
        }
        page = asked_next(sheet, answers, (int)page);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    g_autoptr(GPtrArray) bank = bank_new();
    g_autoptr(GPtrArray) faults = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(Questionnaire) made =
        questionnaire_parse("q.json", (const char *)data, size, bank, faults);
    g_assert((made == NULL) == (faults->len > 0));
    if (made != NULL) {
        const GPtrArray *items = questionnaire_items(made);
        g_autofree char *layout = questionnaire_layout(made);
        g_autoptr(Form) form = form_assemble((Item *const *)items->pdata, items->len, layout, NULL);
        g_assert(form != NULL && form_draws(form) == questionnaire_draws(made));
        form_walk(form);
    }
    /* The same bytes as a stored layout. */
    g_autofree char *text = g_strndup((const char *)data, size);
    g_autoptr(Form) stored = form_assemble((Item *const *)bank->pdata, bank->len, text, NULL);
    g_assert(stored == NULL || form_item_count(stored) == bank->len);
    return 0;
}
