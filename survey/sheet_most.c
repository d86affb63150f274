/* The most that one person can be asked of a sheet.
 *
 * A condition that holds only ever adds questions. So of the answers to an item only those matter
 * whose set of fulfilled conditions lies in no other answer's. The search decides an item that is
 * surely asked, one such answer after the other, drops what is then shut, and what is left falls
 * apart into groups that share no undecided item: each is searched alone, and their best are added.
 * What comes out is reached by some answers.
 *
 * A group is given up when STEPS_MAX are spent, and then counted whole: too high, never too low. No
 * questionnaire that a person would write comes near: each step decides an item, and only items
 * whose conditions are entangled with each other multiply. */
#include "survey/form_private.h"
#include "survey/sheet.h"

enum { STEPS_MAX = 20000, CONDITIONS_MAX = 64 };

/* An item that conditions look at. */
typedef struct {
    guint position;
    GArray *conditions; /* FormCondition, each once */
    GArray *outcomes;   /* uint64_t: sets of conditions that an answer fulfils, the largest */
} Looked;

/* A condition of an entry: the looked-at item, and which of its conditions; 0: not kept apart. */
typedef struct {
    guint looked;
    uint64_t condition;
} Need;

typedef struct {
    guint weight;  /* items of the sheet */
    GArray *needs; /* Need */
    GArray *own;   /* guint: the looked-at items that it asks */
} Part;

typedef enum { UNDECIDED, SHUT, ANSWERED } Fate;

typedef struct {
    Fate fate;
    uint64_t outcome; /* of ANSWERED */
} State;

typedef struct {
    const Form *form;
    GArray *looked; /* Looked */
    GArray *parts;  /* Part, in the form's order */
    guint steps;
} Most;

static void looked_clear(gpointer data) {
    Looked *looked = data;
    g_array_unref(looked->conditions);
    g_array_unref(looked->outcomes);
}

static void part_clear(gpointer data) {
    Part *part = data;
    g_array_unref(part->needs);
    g_array_unref(part->own);
}

static void most_clear(Most *most) {
    g_clear_pointer(&most->looked, g_array_unref);
    g_clear_pointer(&most->parts, g_array_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Most, most_clear)

static Looked *looked_at(const Most *most, guint index) {
    return &g_array_index(most->looked, Looked, index);
}

static Part *part_at(const Most *most, guint index) {
    return &g_array_index(most->parts, Part, index);
}

/* --- what there is --------------------------------------------------------------------------- */

static guint looked_index(Most *most, guint position) {
    for (guint i = 0; i < most->looked->len; i++) {
        if (looked_at(most, i)->position == position) {
            return i;
        }
    }
    Looked looked = {.position = position,
                     .conditions = g_array_new(FALSE, FALSE, sizeof(FormCondition)),
                     .outcomes = g_array_new(FALSE, FALSE, sizeof(uint64_t))};
    g_array_append_val(most->looked, looked);
    return most->looked->len - 1;
}

static uint64_t condition_bit(Looked *looked, const FormCondition *condition) {
    for (guint i = 0; i < looked->conditions->len; i++) {
        const FormCondition *known = &g_array_index(looked->conditions, FormCondition, i);
        if (known->options == condition->options && known->negated == condition->negated &&
            known->not_applicable == condition->not_applicable) {
            return UINT64_C(1) << i;
        }
    }
    if (looked->conditions->len == CONDITIONS_MAX) {
        return 0;
    }
    g_array_append_val(looked->conditions, *condition);
    return UINT64_C(1) << (looked->conditions->len - 1);
}

static void part_add(Most *most, const FormEntry *entry, guint weight) {
    Part part = {.weight = weight,
                 .needs = g_array_new(FALSE, FALSE, sizeof(Need)),
                 .own = g_array_new(FALSE, FALSE, sizeof(guint))};
    for (guint i = 0; i < entry->condition_count; i++) {
        Need need = {.looked = looked_index(most, entry->conditions[i].position)};
        need.condition = condition_bit(looked_at(most, need.looked), &entry->conditions[i]);
        g_array_append_val(part.needs, need);
    }
    g_array_append_val(most->parts, part);
}

/* Keeps the set unless another has all of it, and drops those that it has all of. */
static void outcome_add(GArray *outcomes, uint64_t set) {
    for (guint i = outcomes->len; i-- > 0;) {
        uint64_t other = g_array_index(outcomes, uint64_t, i);
        if ((set & ~other) == 0) {
            return;
        }
        if ((other & ~set) == 0) {
            g_array_remove_index_fast(outcomes, i);
        }
    }
    g_array_append_val(outcomes, set);
}

static void answer_try(Looked *looked, const Item *item, const Answer *answer) {
    uint64_t set = 0;
    for (guint i = 0; i < looked->conditions->len; i++) {
        const FormCondition *condition = &g_array_index(looked->conditions, FormCondition, i);
        set |= form_condition_holds(condition, item, answer) ? UINT64_C(1) << i : 0;
    }
    outcome_add(looked->outcomes, set);
}

/* Of several choices: those that no condition names are all alike, so one speaks for them. */
static void choices_try(Looked *looked, const Item *item) {
    uint32_t all = (UINT32_C(1) << item->option_count) - 1;
    uint32_t named = 0;
    for (guint i = 0; i < looked->conditions->len; i++) {
        named |= g_array_index(looked->conditions, FormCondition, i).options;
    }
    uint32_t others = all & ~named;
    named = (named & all) | (others & -others);
    for (uint32_t choices = named; choices != 0; choices = (choices - 1) & named) {
        answer_try(looked, item, &(Answer){.choices = choices});
    }
}

static void outcomes_find(const Most *most, Looked *looked) {
    const Item *item = form_item(most->form, looked->position);
    outcome_add(looked->outcomes, 0); /* passed over */
    if (item->offers_not_applicable) {
        answer_try(looked, item, &(Answer){.not_applicable = true});
    }
    if (item->kind == ITEM_MULTIPLE) {
        choices_try(looked, item);
        return;
    }
    for (guint option = 0; option < item->option_count; option++) {
        answer_try(looked, item, &(Answer){.choices = UINT32_C(1) << option});
    }
}

/* How many of the entry's items are on the sheet. */
static guint entry_weight(const Sheet *sheet, const FormEntry *entry) {
    guint weight = 0;
    for (guint i = 0; i < sheet_count(sheet); i++) {
        weight += sheet_position(sheet, i) - entry->first < entry->count ? 1 : 0;
    }
    return weight;
}

static void own_find(Most *most, Part *part, const FormEntry *entry, State state[]) {
    for (guint i = 0; i < most->looked->len; i++) {
        if (looked_at(most, i)->position - entry->first < entry->count) {
            g_array_append_val(part->own, i);
            state[i].fate = UNDECIDED;
        }
    }
}

/* What the sheet has, and what of it is looked at. What is not on it is shut from the start. */
static State *most_read(Most *most, const Sheet *sheet) {
    const GArray *entries = form_layout(most->form)->entries;
    g_autoptr(GArray) on_sheet = g_array_new(FALSE, FALSE, sizeof(guint));
    for (guint i = 0; i < entries->len; i++) {
        const FormEntry *entry = &g_array_index(entries, FormEntry, i);
        guint weight = entry_weight(sheet, entry);
        if (weight > 0) {
            part_add(most, entry, weight);
            g_array_append_val(on_sheet, i);
        }
    }
    State *state = g_new0(State, most->looked->len + 1);
    for (guint i = 0; i < most->looked->len; i++) {
        outcomes_find(most, looked_at(most, i));
        state[i].fate = SHUT;
    }
    for (guint i = 0; i < on_sheet->len; i++) {
        const FormEntry *entry =
            &g_array_index(entries, FormEntry, g_array_index(on_sheet, guint, i));
        own_find(most, part_at(most, i), entry, state);
    }
    return state;
}

/* --- the search ------------------------------------------------------------------------------ */

static guint most_of(Most *most, const GArray *parts, State state[]);

static bool is_shut(const Part *part, const State state[]) {
    for (guint i = 0; i < part->needs->len; i++) {
        const Need *need = &g_array_index(part->needs, Need, i);
        const State *at = &state[need->looked];
        if (at->fate == SHUT || (at->fate == ANSWERED && need->condition != 0 &&
                                 (at->outcome & need->condition) == 0)) {
            return true;
        }
    }
    return false;
}

/* Those of the parts that may still be asked. Conditions look back, so one pass is enough. */
static GArray *parts_left(const Most *most, const GArray *parts, State state[]) {
    GArray *left = g_array_new(FALSE, FALSE, sizeof(guint));
    for (guint i = 0; i < parts->len; i++) {
        guint index = g_array_index(parts, guint, i);
        const Part *part = part_at(most, index);
        if (!is_shut(part, state)) {
            g_array_append_val(left, index);
            continue;
        }
        for (guint own = 0; own < part->own->len; own++) {
            state[g_array_index(part->own, guint, own)].fate = SHUT;
        }
    }
    return left;
}

static guint group_of(guint groups[], guint looked) {
    while (groups[looked] != looked) {
        looked = groups[looked] = groups[groups[looked]];
    }
    return looked;
}

/* Puts the undecided items of the part into one group, and says which; -1 if it has none. */
static int part_join(const Part *part, const State state[], guint groups[]) {
    int joined = -1;
    for (guint i = 0; i < part->own->len + part->needs->len; i++) {
        guint looked = i < part->own->len
                           ? g_array_index(part->own, guint, i)
                           : g_array_index(part->needs, Need, i - part->own->len).looked;
        if (state[looked].fate != UNDECIDED) {
            continue;
        }
        guint group = group_of(groups, looked);
        if (joined >= 0) {
            groups[group] = (guint)joined;
        } else {
            joined = (int)group;
        }
    }
    return joined;
}

static guint weight_of(const Most *most, const GArray *parts) {
    guint weight = 0;
    for (guint i = 0; i < parts->len; i++) {
        weight += part_at(most, g_array_index(parts, guint, i))->weight;
    }
    return weight;
}

/* Of a group: every answer that matters to its first undecided item. The part that asks it comes
 * first, and is asked, since what it looks at itself is decided. */
static guint group_most(Most *most, const GArray *parts, const State state[]) {
    const Part *first = part_at(most, g_array_index(parts, guint, 0));
    guint looked = G_MAXUINT;
    for (guint i = 0; i < first->own->len && looked == G_MAXUINT; i++) {
        guint own = g_array_index(first->own, guint, i);
        looked = state[own].fate == UNDECIDED ? own : looked;
    }
    g_assert(looked != G_MAXUINT);
    guint whole = weight_of(most, parts), best = 0;
    const GArray *outcomes = looked_at(most, looked)->outcomes;
    for (guint i = 0; i < outcomes->len && best < whole; i++) {
        g_autofree State *next = g_memdup2(state, most->looked->len * sizeof *state);
        next[looked] = (State){ANSWERED, g_array_index(outcomes, uint64_t, i)};
        guint count = most_of(most, parts, next);
        best = MAX(best, count);
    }
    return best;
}

/* Changes `state`: what is shut is noted. */
static guint most_of(Most *most, const GArray *parts, State state[]) {
    if (most->steps++ >= STEPS_MAX) {
        return weight_of(most, parts);
    }
    g_autoptr(GArray) left = parts_left(most, parts, state);
    g_autofree guint *groups = g_new(guint, most->looked->len + 1);
    for (guint i = 0; i < most->looked->len; i++) {
        groups[i] = i;
    }
    for (guint i = 0; i < left->len; i++) {
        part_join(part_at(most, g_array_index(left, guint, i)), state, groups);
    }
    g_autoptr(GPtrArray) gathered = g_ptr_array_new_with_free_func((GDestroyNotify)g_array_unref);
    g_autofree GArray **by_group = g_new0(GArray *, most->looked->len + 1);
    guint sum = 0;
    for (guint i = 0; i < left->len; i++) {
        guint index = g_array_index(left, guint, i);
        int joined = part_join(part_at(most, index), state, groups);
        if (joined < 0) {
            sum += part_at(most, index)->weight;
            continue;
        }
        GArray **group = &by_group[group_of(groups, (guint)joined)];
        if (*group == NULL) {
            *group = g_array_new(FALSE, FALSE, sizeof(guint));
            g_ptr_array_add(gathered, *group);
        }
        g_array_append_val(*group, index);
    }
    for (guint i = 0; i < gathered->len; i++) {
        sum += group_most(most, gathered->pdata[i], state);
    }
    return sum;
}

guint sheet_asked_at_most(const Sheet *sheet) {
    if (form_layout(sheet_form(sheet)) == NULL) {
        return sheet_count(sheet);
    }
    g_auto(Most) most = {.form = sheet_form(sheet),
                         .looked = g_array_new(FALSE, FALSE, sizeof(Looked)),
                         .parts = g_array_new(FALSE, FALSE, sizeof(Part))};
    g_array_set_clear_func(most.looked, looked_clear);
    g_array_set_clear_func(most.parts, part_clear);
    g_autofree State *state = most_read(&most, sheet);
    g_autoptr(GArray) all = g_array_new(FALSE, FALSE, sizeof(guint));
    for (guint i = 0; i < most.parts->len; i++) {
        g_array_append_val(all, i);
    }
    return most_of(&most, all, state);
}
