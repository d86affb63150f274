#include "survey/sheet.h"

#include "survey/form_private.h"
#include "survey/item_private.h"
#include "survey/shuffle_private.h"

#include "base/error.h"

#include <string.h>

typedef struct {
    guint position;
    guint page;
    const FormEntry *entry; /* NULL: the form has no layout */
} Slot;

struct Sheet {
    const Form *form;
    guint count;
    guint room; /* no person is asked more of the form */
    Slot slots[];
};

static Sheet *sheet_new(const Form *form) {
    guint room = MIN(form_item_count(form), FORM_ITEMS_MAX);
    Sheet *sheet = g_malloc0(sizeof *sheet + room * sizeof(Slot));
    sheet->form = form;
    sheet->room = room;
    return sheet;
}

void sheet_free(Sheet *sheet) {
    g_free(sheet);
}

static const FormEntry *entry_at(const FormLayout *layout, guint index) {
    return &g_array_index(layout->entries, FormEntry, index);
}

static void sheet_add(Sheet *sheet, guint position, guint page, const FormEntry *entry) {
    g_assert(sheet->count < sheet->room);
    sheet->slots[sheet->count++] = (Slot){position, page, entry};
}

static void add_drawn(Sheet *sheet, const FormLayout *layout, const FormEntry *entry, guint number,
                      guint position) {
    sheet_add(sheet, position, entry->page + number / layout->per_page, entry);
}

static void add_all(Sheet *sheet, const FormEntry *entry) {
    for (guint i = 0; i < entry->count; i++) {
        sheet_add(sheet, entry->first + i, entry->page, entry);
    }
}

/* --- drawing --------------------------------------------------------------------------------- */

/* The pool in its ring of an epoch: the turns in which each of its m items is taken equally often.
 */
typedef struct {
    uint64_t seed;
    guint size; /* m */
    guint take; /* n */
} Ring;

static void ring_shuffle(const Ring *ring, guint epoch, guint order[]) {
    shuffle_order(shuffle_seed((int64_t)ring->seed, epoch), ring->size, order);
}

static bool same_set(const guint a[], const guint b[], guint offset, guint size, guint count) {
    for (guint i = 0; i < count; i++) {
        bool found = false;
        for (guint j = 0; j < count && !found; j++) {
            found = a[i] == b[(offset + j) % size];
        }
        if (!found) {
            return false;
        }
    }
    return true;
}

/* The ring of an epoch. Every second one is turned so that the first take differs from the last of
 * the epoch before, and its last from the first of the one after. Of the m turnings at most two
 * fail; with two items there is nothing to shuffle. */
static void ring_make(const Ring *ring, guint epoch, guint order[]) {
    guint size = ring->size;
    if (size <= 2) {
        ring_shuffle(ring, 0, order);
        return;
    }
    ring_shuffle(ring, epoch, order);
    if (epoch % 2 == 0 || ring->take == size) {
        return;
    }
    g_autofree guint *before = g_new(guint, size);
    g_autofree guint *after = g_new(guint, size);
    g_autofree guint *plain = g_memdup2(order, size * sizeof *order);
    ring_shuffle(ring, epoch - 1, before);
    ring_shuffle(ring, epoch + 1, after);
    for (guint turn = 0; turn < size; turn++) {
        for (guint i = 0; i < size; i++) {
            order[i] = plain[(i + turn) % size];
        }
        if (!same_set(order, before, size - ring->take, size, ring->take) &&
            !same_set(after, order, size - ring->take, size, ring->take)) {
            return;
        }
    }
    g_assert_not_reached();
}

static guint greatest_divisor(guint a, guint b) {
    return b == 0 ? a : greatest_divisor(b, a % b);
}

static bool was_had(const Sheet *sheet, const SheetDraw *draw, guint position) {
    const Item *item = form_item(sheet->form, position);
    g_autofree char *key = item_full_key(item->pack, item->key);
    return draw->had != NULL && g_hash_table_contains(draw->had, key);
}

/* Puts others of the pool, in an order of this person's own, where the ring came to items that the
 * person has had, or leaves these out. Returns how many there are. */
static guint replace_had(const Sheet *sheet, const SheetDraw *draw, const FormEntry *entry,
                         uint64_t seed, guint chosen[], guint count) {
    g_autofree guint *spare = g_new(guint, entry->count);
    g_autofree bool *barred = g_new0(bool, entry->count);
    shuffle_order(shuffle_seed((int64_t)seed, draw->turn), entry->count, spare);
    for (guint i = 0; i < entry->count; i++) {
        barred[i] = was_had(sheet, draw, entry->first + i);
    }
    guint kept = 0, next = 0;
    g_autofree bool *taken = g_memdup2(barred, entry->count * sizeof *barred);
    for (guint i = 0; i < count; i++) {
        taken[chosen[i]] = true;
    }
    for (guint i = 0; i < count; i++) {
        guint pick = chosen[i];
        while (barred[pick] && next < entry->count) {
            pick = taken[spare[next]] ? pick : spare[next];
            next++;
        }
        if (!barred[pick]) {
            taken[pick] = true;
            chosen[kept++] = pick;
        }
    }
    return kept;
}

static void add_pool(Sheet *sheet, const FormLayout *layout, const FormEntry *entry,
                     const SheetDraw *draw) {
    Ring ring = {.seed = shuffle_seed(draw->seed, form_item(sheet->form, entry->first)->id),
                 .size = entry->count,
                 .take = entry->draw};
    guint epoch_turns = ring.size / greatest_divisor(ring.size, ring.take);
    g_autofree guint *order = g_new(guint, ring.size);
    guint chosen[FORM_ITEMS_MAX];
    ring_make(&ring, draw->turn / epoch_turns, order);
    guint start = draw->turn % epoch_turns * ring.take;
    for (guint i = 0; i < ring.take; i++) {
        chosen[i] = order[(start + i) % ring.size];
    }
    guint count = replace_had(sheet, draw, entry, ring.seed, chosen, ring.take);
    for (guint i = 0; i < count; i++) {
        add_drawn(sheet, layout, entry, i, entry->first + chosen[i]);
    }
}

static bool has_role(const FormEntry *entry, const char *const *roles) {
    for (guint i = 0; entry->roles != NULL && entry->roles[i] != NULL; i++) {
        if (roles != NULL && g_strv_contains(roles, entry->roles[i])) {
            return true;
        }
    }
    return entry->roles == NULL;
}

Sheet *sheet_draw(const Form *form, const SheetDraw *draw) {
    const FormLayout *layout = form_layout(form);
    Sheet *sheet = sheet_new(form);
    for (guint i = 0; layout != NULL && i < layout->entries->len; i++) {
        const FormEntry *entry = entry_at(layout, i);
        if (!has_role(entry, draw->roles)) {
            continue;
        }
        if (entry->draw > 0) {
            add_pool(sheet, layout, entry, draw);
        } else {
            add_all(sheet, entry);
        }
    }
    for (guint page = 0; layout == NULL && page < form_page_count(form); page++) {
        const Item *const *items;
        guint count = form_page_items(form, page, &items);
        for (guint i = 0; i < count; i++) {
            sheet_add(sheet, sheet->count, page, NULL);
        }
    }
    return sheet;
}

Sheet *sheet_whole(const Form *form) {
    return sheet_draw(form, &(SheetDraw){0});
}

/* --- as stored ------------------------------------------------------------------------------- */

char *sheet_format(const Sheet *sheet) {
    cJSON *list = cJSON_CreateArray();
    for (guint i = 0; i < sheet->count; i++) {
        cJSON_AddItemToArray(list, cJSON_CreateNumber(sheet->slots[i].position));
    }
    return body_print(list);
}

/* Takes the stored positions in order: each must belong to the entry that is reached, or to one
 * after it. */
static bool slots_read(Sheet *sheet, const cJSON *list) {
    const FormLayout *layout = form_layout(sheet->form);
    guint at = 0, number = 0;
    const cJSON *json;
    cJSON_ArrayForEach(json, list) {
        guint position = cJSON_IsNumber(json) ? (guint)json->valueint : G_MAXUINT;
        while (at < layout->entries->len &&
               position - entry_at(layout, at)->first >= entry_at(layout, at)->count) {
            at++;
            number = 0;
        }
        if (at == layout->entries->len || sheet->count == sheet->room) {
            return false;
        }
        const FormEntry *entry = entry_at(layout, at);
        if (entry->draw > 0) {
            add_drawn(sheet, layout, entry, number++, position);
        } else {
            sheet_add(sheet, position, entry->page, entry);
        }
    }
    return cJSON_IsArray(list);
}

Sheet *sheet_parse(const Form *form, const char *json, GError **error) {
    g_autoptr(Sheet) sheet = sheet_new(form);
    cJSON *list = cJSON_Parse(json);
    bool good = form_layout(form) != NULL && slots_read(sheet, list);
    cJSON_Delete(list);
    if (!good) {
        error_set(error, VK_ERROR_INTERNAL,
                  tr("Ett frågeblad i databasen är skadat.",
                     "A sheet of questions in the database is damaged."));
        return NULL;
    }
    return g_steal_pointer(&sheet);
}

/* --- what is asked now ----------------------------------------------------------------------- */

guint sheet_count(const Sheet *sheet) {
    return sheet->count;
}

guint sheet_position(const Sheet *sheet, guint index) {
    g_assert(index < sheet->count);
    return sheet->slots[index].position;
}

const Form *sheet_form(const Sheet *sheet) {
    return sheet->form;
}

static bool entry_is_open(const Sheet *sheet, const FormEntry *entry, const Answer answers[],
                          const bool asked[]) {
    for (guint i = 0; entry != NULL && i < entry->condition_count; i++) {
        const FormCondition *condition = &entry->conditions[i];
        guint position = condition->position;
        if (!asked[position] || !form_condition_holds(condition, form_item(sheet->form, position),
                                                      &answers[position])) {
            return false;
        }
    }
    return true;
}

void sheet_asked(const Sheet *sheet, const Answer answers[], bool out_asked[]) {
    memset(out_asked, 0, form_item_count(sheet->form) * sizeof *out_asked);
    for (guint i = 0; i < sheet->count; i++) { /* conditions only look back */
        const Slot *slot = &sheet->slots[i];
        out_asked[slot->position] = entry_is_open(sheet, slot->entry, answers, out_asked);
    }
}

guint sheet_page(const Sheet *sheet, guint page, const bool asked[], guint out_positions[]) {
    guint count = 0;
    for (guint i = 0; i < sheet->count; i++) {
        const Slot *slot = &sheet->slots[i];
        if (slot->page == page && (asked == NULL || asked[slot->position])) {
            out_positions[count++] = slot->position;
        }
    }
    return count;
}

guint sheet_page_from(const Sheet *sheet, guint page, const bool asked[]) {
    for (guint i = 0; i < sheet->count; i++) { /* pages never go down along the sheet */
        if (sheet->slots[i].page >= page && asked[sheet->slots[i].position]) {
            return sheet->slots[i].page;
        }
    }
    return form_page_count(sheet->form);
}

int sheet_page_before(const Sheet *sheet, guint page, const bool asked[]) {
    int found = -1;
    for (guint i = 0; i < sheet->count && sheet->slots[i].page < page; i++) {
        found = asked[sheet->slots[i].position] ? (int)sheet->slots[i].page : found;
    }
    return found;
}

static bool waits_for(const Sheet *sheet, const FormEntry *entry, guint page) {
    for (guint i = 0; i < sheet->count; i++) {
        const Slot *slot = &sheet->slots[i];
        for (guint c = 0; slot->page == page && c < entry->condition_count; c++) {
            if (entry->conditions[c].position == slot->position) {
                return true;
            }
        }
    }
    return false;
}

bool sheet_ends_with(const Sheet *sheet, guint page, const bool asked[]) {
    for (guint i = 0; i < sheet->count; i++) {
        const Slot *slot = &sheet->slots[i];
        if (slot->page > page && (asked[slot->position] ||
                                  (slot->entry != NULL && waits_for(sheet, slot->entry, page)))) {
            return false;
        }
    }
    return true;
}

guint sheet_page_lacking(const Sheet *sheet, const Answer answers[], const bool asked[]) {
    for (guint i = 0; i < sheet->count; i++) {
        const Slot *slot = &sheet->slots[i];
        if (slot->entry != NULL && slot->entry->required && asked[slot->position] &&
            answer_is_blank(&answers[slot->position])) {
            return slot->page;
        }
    }
    return form_page_count(sheet->form);
}
