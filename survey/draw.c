/* Choosing what a new form asks: form_create of form.h. */
#include "survey/form.h"

#include "survey/item_private.h"
#include "survey/pack_private.h"
#include "survey/queries.h"
#include "survey/shuffle_private.h"

#include "base/error.h"

#include <string.h>

static const DbQuery q_live = {
    "draw.live",
    "SELECT " ITEM_COLUMNS " FROM item i WHERE i.pack = $1 AND i.state = 'live' AND i.version = "
    "(SELECT max(v.version) FROM item v WHERE v.pack = i.pack AND v.item_key = i.item_key) "
    "ORDER BY i.area, i.item_key"};
static const DbQuery q_lesson = {"draw.lesson",
                                 "SELECT id FROM lesson WHERE pack = $1 AND lesson_key = $2 "
                                 "ORDER BY version DESC LIMIT 1"};
static const DbQuery q_form_insert = {
    "draw.form_insert", "INSERT INTO form (created_at_us, layout) VALUES ($1, $2) RETURNING id"};
static const DbQuery q_form_lesson = {
    "draw.form_lesson",
    "INSERT INTO form_lesson (form_id, position, lesson_id) VALUES ($1, $2, $3)"};
static const DbQuery q_form_item = {
    "draw.form_item",
    "INSERT INTO form_item (form_id, position, page, item_id) VALUES ($1, $2, $3, $4)"};
static const DbQuery q_asked = {
    "draw.asked", "UPDATE item SET asked_at_us = $1 WHERE id = $2 AND asked_at_us IS NULL"};
static const DbQuery q_shown = {
    "draw.shown", "UPDATE lesson SET shown_at_us = $1 WHERE id = $2 AND shown_at_us IS NULL"};

const DbQuery *const draw_queries[] = {&q_live,      &q_lesson, &q_form_insert, &q_form_lesson,
                                       &q_form_item, &q_asked,  &q_shown,       NULL};

static bool in_list(const char *const *list, const char *word) {
    return list == NULL || g_strv_contains(list, word);
}

static GPtrArray *live_items(Db *db, const char *pack, GError **error) {
    g_autoptr(GPtrArray) items = g_ptr_array_new_with_free_func((GDestroyNotify)item_free);
    g_autoptr(DbStmt) row = db_query(db, &q_live, error);
    if (row == NULL) {
        return NULL;
    }
    db_bind_text(row, 1, pack);
    DbStep step;
    while ((step = db_step(row, error)) == DB_ROW) {
        Item *item = item_from_row(row, error);
        if (item == NULL) {
            return NULL;
        }
        g_ptr_array_add(items, item);
    }
    if (step == DB_ERROR) {
        return NULL;
    }
    if (items->len == 0) {
        error_set(
            error, VK_ERROR_NOT_FOUND,
            tr("Det finns inget innehållspaket \"%s\". Läs in det med `vetkoll content import "
               "MAPP`; `vetkoll content list` visar dem som finns.",
               "There is no content pack \"%s\". Import it with `vetkoll content import "
               "FOLDER`; `vetkoll content list` shows those there are."),
            pack);
        return NULL;
    }
    return g_steal_pointer(&items);
}

static bool may_ask(const FormSpec *spec, const Item *item) {
    return spec->anonymous || !item->anonymous_only;
}

static bool anonymous_only_fault(const Item *item, GError **error) {
    return error_set(
        error, VK_ERROR_INPUT,
        tr("Frågan \"%s\" får bara ställas anonymt. Ta bort den, "
           "eller gör undersökningen anonym.",
           "The item \"%s\" may only be asked anonymously (anonymous_only or obstacle). Remove "
           "it, or make the survey anonymous."),
        item->key);
}

/* What has been practised with its key shown measures nothing, and what is measured must not be
 * shown. */
static bool other_bank(const char *key, ItemBank wanted, GError **error) {
    return wanted == BANK_TRAINING
               ? error_set(error, VK_ERROR_INPUT,
                           tr("Frågan \"%s\" hör till mätningarna (bank: measurement) och kan inte "
                              "ställas i en utbildning, där svaret visas. Välj en annan, eller ge "
                              "den bank: training.",
                              "The item \"%s\" belongs to measurements (bank: measurement) and "
                              "cannot be asked in a training, where its answer is shown. Choose "
                              "another, or give it bank: training."),
                           key)
               : error_set(error, VK_ERROR_INPUT,
                           tr("Frågan \"%s\" hör till utbildningarna (bank: training), där svaret "
                              "visas, och kan inte ställas i en mätning. Välj en annan, eller ge "
                              "den bank: measurement.",
                              "The item \"%s\" belongs to trainings (bank: training), where its "
                              "answer is shown, and cannot be asked in a measurement. Choose "
                              "another, or give it bank: measurement."),
                           key);
}

/* Exactly the keys named, in their order. `chosen` borrows from `live`. */
static bool choose_named(const FormSpec *spec, const GPtrArray *live, GPtrArray *chosen,
                         GError **error) {
    for (guint k = 0; spec->item_keys[k] != NULL; k++) {
        guint i = 0;
        while (i < live->len && strcmp(((Item *)live->pdata[i])->key, spec->item_keys[k]) != 0) {
            i++;
        }
        if (i == live->len) {
            return error_set(error, VK_ERROR_INPUT,
                             tr("Paketet %s har ingen fråga \"%s\" som kan ställas (state: live).",
                                "The pack %s has no item \"%s\" that can be asked (state: live)."),
                             spec->pack, spec->item_keys[k]);
        }
        if (g_ptr_array_find(chosen, live->pdata[i], NULL)) {
            return error_set(error, VK_ERROR_INPUT,
                             tr("Frågan \"%s\" står två gånger. Ta bort den ena.",
                                "The item \"%s\" is named twice. Remove one."),
                             spec->item_keys[k]);
        }
        if (spec->bank != NULL && ((const Item *)live->pdata[i])->bank != *spec->bank) {
            return other_bank(spec->item_keys[k], *spec->bank, error);
        }
        if (!may_ask(spec, live->pdata[i])) {
            return anonymous_only_fault(live->pdata[i], error);
        }
        g_ptr_array_add(chosen, live->pdata[i]);
    }
    return true;
}

static bool is_wanted(const FormSpec *spec, const Item *item) {
    bool measured = spec->measures == NULL && item->measure == MEASURE_KNOWLEDGE;
    for (guint m = 0; spec->measures != NULL && m < spec->measure_count; m++) {
        measured = measured || spec->measures[m] == item->measure;
    }
    return measured && may_ask(spec, item) && in_list(spec->topics, item->topic) &&
           (spec->bank == NULL || *spec->bank == item->bank);
}

/* Items shown together with lessons are answered with the key beside them, so measurement items are
 * kept for forms without. */
static bool is_preferred(const FormSpec *spec, const Item *item) {
    return item->bank == (spec->lesson_keys != NULL ? BANK_TRAINING : BANK_MEASUREMENT);
}

/* The wanted items in the area (NULL: any), of the preferred bank alone if `preferred`. */
static GPtrArray *wanted_items(const FormSpec *spec, const GPtrArray *live, const char *area,
                               bool preferred) {
    GPtrArray *wanted = g_ptr_array_new();
    for (guint i = 0; i < live->len; i++) {
        const Item *item = live->pdata[i];
        if ((area == NULL || strcmp(item->area, area) == 0) && is_wanted(spec, item) &&
            (!preferred || is_preferred(spec, item))) {
            g_ptr_array_add(wanted, live->pdata[i]);
        }
    }
    return wanted;
}

/* Draws spec->per_area of the area's wanted items and appends them in key order. */
static bool choose_area(const FormSpec *spec, const GPtrArray *live, const char *area, int64_t seed,
                        GPtrArray *chosen, GError **error) {
    g_autoptr(GPtrArray) wanted = wanted_items(spec, live, area, true);
    if (wanted->len < MAX(spec->per_area, 1)) {
        g_ptr_array_unref(wanted);
        wanted = wanted_items(spec, live, area, false);
    }
    guint take = spec->per_area == 0 ? wanted->len : spec->per_area;
    if ((take > wanted->len || take == 0) && spec->bank != NULL) {
        return error_set(
            error, VK_ERROR_INPUT,
            tr("Området %s i paketet %s har %u passande frågor med bank: %s, men %u behövs.",
               "The area %s of the pack %s has %u suitable items with bank: %s, but %u are "
               "needed."),
            area, spec->pack, wanted->len, item_bank_text(*spec->bank), MAX(take, 1));
    }
    if (take > wanted->len || take == 0) {
        return error_set(error, VK_ERROR_INPUT,
                         tr("Området %s i paketet %s har %u passande frågor, men %u behövs.",
                            "The area %s of the pack %s has %u suitable items, but %u are needed."),
                         area, spec->pack, wanted->len, MAX(take, 1));
    }
    g_autofree guint *order = g_new(guint, wanted->len);
    g_autofree bool *taken = g_new0(bool, wanted->len);
    shuffle_order(shuffle_seed(seed, (int64_t)g_str_hash(area)), wanted->len, order);
    for (guint i = 0; i < take; i++) {
        taken[order[i]] = true;
    }
    for (guint i = 0; i < wanted->len; i++) {
        if (taken[i]) {
            g_ptr_array_add(chosen, wanted->pdata[i]);
        }
    }
    return true;
}

/* The areas that hold wanted items, in order; borrowed from `live`, ended by NULL. */
static GPtrArray *wanted_areas(const FormSpec *spec, const GPtrArray *live) {
    GPtrArray *areas = g_ptr_array_new();
    g_autoptr(GPtrArray) wanted = wanted_items(spec, live, NULL, true);
    if (wanted->len == 0) {
        g_ptr_array_unref(wanted);
        wanted = wanted_items(spec, live, NULL, false);
    }
    for (guint i = 0; i < wanted->len; i++) {
        const Item *item = wanted->pdata[i];
        if (areas->len == 0 || strcmp(areas->pdata[areas->len - 1], item->area) != 0) {
            g_ptr_array_add(areas, item->area);
        }
    }
    g_ptr_array_add(areas, NULL);
    return areas;
}

/* Open questions come last: what was asked before them is what they are about. */
static void texts_last(GPtrArray *chosen) {
    g_autoptr(GPtrArray) texts = g_ptr_array_new();
    guint kept = 0;
    for (guint i = 0; i < chosen->len; i++) {
        Item *item = chosen->pdata[i];
        if (item->kind == ITEM_TEXT) {
            g_ptr_array_add(texts, item);
        } else {
            chosen->pdata[kept++] = item;
        }
    }
    for (guint i = 0; i < texts->len; i++) {
        chosen->pdata[kept++] = texts->pdata[i];
    }
}

static bool choose_drawn(const FormSpec *spec, const GPtrArray *live, int64_t seed,
                         GPtrArray *chosen, GError **error) {
    g_autoptr(GPtrArray) found = wanted_areas(spec, live);
    const char *const *areas =
        spec->areas != NULL ? spec->areas : (const char *const *)found->pdata;
    if (areas[0] == NULL) {
        return error_set(error, VK_ERROR_INPUT,
                         tr("Paketet %s har inga frågor av det slag som formuläret ska ha.",
                            "The pack %s has no items of the kind that the form is to have."),
                         spec->pack);
    }
    for (guint a = 0; areas[a] != NULL; a++) {
        if (!choose_area(spec, live, areas[a], seed, chosen, error)) {
            return false;
        }
    }
    texts_last(chosen);
    return true;
}

static bool lesson_find(Db *db, const char *pack, const char *key, int64_t *out_id,
                        GError **error) {
    g_autoptr(DbStmt) row = db_query(db, &q_lesson, error);
    if (row == NULL) {
        return false;
    }
    db_bind_text(row, 1, pack);
    db_bind_text(row, 2, key);
    DbStep step = db_step(row, error);
    if (step == DB_DONE) {
        return error_set(
            error, VK_ERROR_INPUT,
            tr("Paketet %s har ingen lektion \"%s\".", "The pack %s has no lesson \"%s\"."), pack,
            key);
    }
    if (step == DB_ERROR) {
        return false;
    }
    *out_id = db_int(row, "id");
    return true;
}

/* Runs a statement of integers. */
static bool run_ints(DbTx *tx, const DbQuery *query, const int64_t values[], guint count,
                     GError **error) {
    g_autoptr(DbStmt) stmt = db_tx_query(tx, query, error);
    if (stmt == NULL) {
        return false;
    }
    for (guint i = 0; i < count; i++) {
        db_bind_int(stmt, (int)i + 1, values[i]);
    }
    return db_run(stmt, NULL, error);
}

/* The ids of the form's lessons, in order; NULL with an error. */
static GArray *lesson_ids(Db *db, const FormSpec *spec, GError **error) {
    g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(int64_t));
    for (guint i = 0; spec->lesson_keys != NULL && spec->lesson_keys[i] != NULL; i++) {
        int64_t id = 0;
        if (i == FORM_LESSONS_MAX) {
            error_set(error, VK_ERROR_LIMIT,
                      tr("Högst %d lektioner i ett formulär.", "At most %d lessons in a form."),
                      FORM_LESSONS_MAX);
            return NULL;
        }
        if (!lesson_find(db, spec->pack, spec->lesson_keys[i], &id, error)) {
            return NULL;
        }
        g_array_append_val(ids, id);
    }
    return g_steal_pointer(&ids);
}

static bool lessons_insert(DbTx *tx, const GArray *ids, int64_t form_id, int64_t now_us,
                           GError **error) {
    for (guint i = 0; i < ids->len; i++) {
        int64_t id = g_array_index(ids, int64_t, i);
        if (!run_ints(tx, &q_form_lesson, (int64_t[]){form_id, i, id}, 3, error) ||
            !run_ints(tx, &q_shown, (int64_t[]){now_us, id}, 2, error)) {
            return false;
        }
    }
    return true;
}

/* What a form is to hold, before it is written. */
typedef struct {
    GPtrArray *live;              /* Item * */
    GPtrArray *chosen;            /* borrowed from `live` */
    GArray *lessons;              /* ids */
    Questionnaire *questionnaire; /* NULL: none */
} Choice;

static void choice_clear(Choice *choice) {
    g_clear_pointer(&choice->questionnaire, questionnaire_free);
    g_clear_pointer(&choice->live, g_ptr_array_unref);
    g_clear_pointer(&choice->chosen, g_ptr_array_unref);
    g_clear_pointer(&choice->lessons, g_array_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Choice, choice_clear)

/* Pages as equal as can be: 11 items, five to a page, are 4, 4 and 3. */
static guint even_page(const FormSpec *spec, guint count, guint index) {
    guint per_page = spec->items_per_page == 0 ? FORM_ITEMS_PER_PAGE : spec->items_per_page;
    guint pages = (count + per_page - 1) / per_page;
    guint page = 0;
    /* The page whose share of the items, rounded up, reaches the index. */
    while (index >= (page + 1) * (count / pages) + MIN(page + 1, count % pages)) {
        page++;
    }
    return page;
}

static bool items_insert(DbTx *tx, const FormSpec *spec, const Choice *choice, int64_t form_id,
                         int64_t now_us, GError **error) {
    for (guint i = 0; i < choice->chosen->len; i++) {
        const Item *item = choice->chosen->pdata[i];
        guint page = choice->questionnaire != NULL ? questionnaire_page(choice->questionnaire, i)
                                                   : even_page(spec, choice->chosen->len, i);
        if (!run_ints(tx, &q_form_item, (int64_t[]){form_id, i, page, item->id}, 4, error) ||
            !run_ints(tx, &q_asked, (int64_t[]){now_us, item->id}, 2, error)) {
            return false;
        }
    }
    return true;
}

static bool form_insert(DbTx *tx, const Choice *choice, int64_t now_us, int64_t *out_id,
                        GError **error) {
    g_autoptr(DbStmt) row = db_tx_query(tx, &q_form_insert, error);
    if (row == NULL) {
        return false;
    }
    g_autofree char *layout =
        choice->questionnaire != NULL ? questionnaire_layout(choice->questionnaire) : NULL;
    db_bind_int(row, 1, now_us);
    db_bind_text(row, 2, layout);
    if (db_step(row, error) != DB_ROW) {
        return false;
    }
    *out_id = db_int(row, "id");
    return true;
}

/* --- by questionnaire ------------------------------------------------------------------------ */

/* What a questionnaire that is right in itself may still not be asked for. */
static bool questionnaire_fits(const FormSpec *spec, const Questionnaire *questionnaire,
                               GError **error) {
    if (spec->anonymous && questionnaire_draws(questionnaire)) {
        return error_set(
            error, VK_ERROR_INPUT,
            tr("Frågeformuläret \"%s\" frågar olika personer olika saker (draw eller roles). Det "
               "går inte när svaren är anonyma: frågorna på en röstsedel skulle peka ut personen. "
               "Skriv \"draw\": \"all\", ta bort roles, eller välj ett annat löfte.",
               "The questionnaire \"%s\" asks different people different things (draw or roles). "
               "That cannot be when answers are anonymous: the items on a ballot would point at "
               "the person. Write \"draw\": \"all\", remove roles, or choose another promise."),
            spec->questionnaire);
    }
    if (spec->anonymous && questionnaire_shuts_text(questionnaire)) {
        return error_set(
            error, VK_ERROR_INPUT,
            tr("Frågeformuläret \"%s\" har en fritextfråga med villkor. Det går inte när svaren är "
               "anonyma: texten kunde kopplas till de få som fick frågan. Ta bort villkoret, eller "
               "välj ett annat löfte.",
               "The questionnaire \"%s\" has a free text under a condition. That cannot be when "
               "answers are anonymous: the text could be tied to the few who were asked. Remove "
               "the "
               "condition, or choose another promise."),
            spec->questionnaire);
    }
    ItemBank wanted = spec->bank != NULL          ? *spec->bank
                      : spec->lesson_keys != NULL ? BANK_TRAINING
                                                  : BANK_MEASUREMENT;
    if (questionnaire_bank(questionnaire) != wanted) {
        return error_set(error, VK_ERROR_INPUT,
                         tr("Frågeformuläret \"%s\" hör till fel bank: en utbildning "
                            "ställer frågor ur \"bank\": \"training\", allt annat ur "
                            "\"measurement\".",
                            "The questionnaire \"%s\" belongs to the wrong bank: a training with "
                            "lessons asks items of \"bank\": \"training\", all else of "
                            "\"measurement\"."),
                         spec->questionnaire);
    }
    return true;
}

static bool choose_questionnaire(Db *db, const FormSpec *spec, Choice *out, GError **error) {
    g_autoptr(GPtrArray) faults = g_ptr_array_new_with_free_func(g_free);
    g_autofree char *json = questionnaire_text(db, spec->pack, spec->questionnaire, error);
    if (json == NULL) {
        return false;
    }
    g_autofree char *here = pack_language_here(json);
    out->questionnaire =
        questionnaire_parse(spec->questionnaire, here, strlen(here), out->live, faults);
    if (out->questionnaire == NULL) {
        return error_set(
            error, VK_ERROR_INPUT,
            tr("Frågeformuläret kan inte användas: %s", "The questionnaire cannot be used: %s"),
            (const char *)faults->pdata[0]);
    }
    const GPtrArray *items = questionnaire_items(out->questionnaire);
    for (guint i = 0; i < items->len; i++) {
        const Item *item = items->pdata[i];
        if (!may_ask(spec, item) || (!spec->anonymous && item->measure == MEASURE_OBSTACLE)) {
            return anonymous_only_fault(item, error);
        }
        g_ptr_array_add(out->chosen, items->pdata[i]);
    }
    return questionnaire_fits(spec, out->questionnaire, error);
}

static bool choose(Db *db, const FormSpec *spec, int64_t seed, Choice *out, GError **error) {
    out->chosen = g_ptr_array_new();
    out->live = live_items(db, spec->pack, error);
    if (out->live == NULL) {
        return false;
    }
    bool good = spec->questionnaire != NULL ? choose_questionnaire(db, spec, out, error)
                : spec->item_keys != NULL   ? choose_named(spec, out->live, out->chosen, error)
                                          : choose_drawn(spec, out->live, seed, out->chosen, error);
    if (!good) {
        return false;
    }
    if (out->chosen->len == 0) {
        return error_set(
            error, VK_ERROR_INPUT,
            tr("Ett formulär behöver minst en fråga.", "A form needs at least one item."));
    }
    if (spec->questionnaire == NULL && out->chosen->len > FORM_ITEMS_MAX) {
        return error_set(error, VK_ERROR_LIMIT,
                         tr("Formuläret skulle få %u frågor; högst %d går.",
                            "The form would have %u items; at most %d are possible."),
                         out->chosen->len, FORM_ITEMS_MAX);
    }
    out->lessons = lesson_ids(db, spec, error);
    return out->lessons != NULL;
}

bool form_check(Db *db, const FormSpec *spec, int64_t seed, GError **error) {
    g_auto(Choice) choice = {0};
    return choose(db, spec, seed, &choice, error);
}

bool form_create(DbTx *tx, const FormSpec *spec, int64_t seed, int64_t now_us, int64_t *out_form_id,
                 GError **error) {
    g_auto(Choice) choice = {0};
    int64_t form_id = 0;
    if (!choose(db_tx_db(tx), spec, seed, &choice, error) ||
        !form_insert(tx, &choice, now_us, &form_id, error) ||
        !lessons_insert(tx, choice.lessons, form_id, now_us, error) ||
        !items_insert(tx, spec, &choice, form_id, now_us, error)) {
        return false;
    }
    *out_form_id = form_id;
    return true;
}
