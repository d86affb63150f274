/* Trainings that are followed by practice, and people who answer both. */
#pragma once

#include "tests/unit/campaigns/town.h"

#define QUIET "\"schedule\":{\"reminders\":{\"max\":0}}"
#define TRAINING(areas, more)                                                                      \
    "{\"name\":\"t\",\"title\":{\"sv\":\"Titel\"},\"kind\":\"training\",\"content\":{\"pack\":"    \
    "\"starter\",\"lessons\":[\"grunder\"],\"areas\":[" areas                                      \
    "],\"per_area\":2,\"items_per_page\":20}," QUIET more "}"

/* --- people who answer --------------------------------------------------------------- */

/* Whether the person knows the answer to the item. */
typedef bool (*Knows)(const Item *item, int64_t person_id, gpointer data);

typedef struct {
    Town *town;
    int64_t link_id;
    Knows knows;
    gpointer data;
} Answering;

static inline Answer answer_to(const Item *item, bool right) {
    uint32_t other = ((1U << item->option_count) - 1) & ~item->key_mask;
    return (Answer){.item_id = item->id, .choices = right ? item->key_mask : other & (~other + 1)};
}

/* Begins, reads the lessons, answers every page. */
static inline bool answer_fn(DbTx *tx, gpointer data, GError **error) {
    const Answering *a = data;
    g_autoptr(Visit) visit = NULL;
    int64_t now_us = a->town->now_us;
    if (!answering_visit(db_tx_db(tx), a->link_id, now_us, &visit, error)) {
        return false;
    }
    g_autoptr(Form) form = form_load(db_tx_db(tx), visit->form_id, error);
    bool good = form != NULL && answering_start(tx, a->link_id, now_us, error);
    guint lessons = good ? form_lesson_count(form) : 0;
    for (guint page = 0; good && page < visit->page_count; page++) {
        const Item *const *items = NULL;
        guint count = page < lessons ? 0 : form_page_items(form, page - lessons, &items);
        g_autofree Answer *answers = g_new0(Answer, count + 1);
        for (guint i = 0; i < count; i++) {
            answers[i] = answer_to(items[i], a->knows(items[i], visit->person_id, a->data));
        }
        good = answering_page(tx, a->link_id, form, page, answers, count, now_us, error);
    }
    return good;
}
