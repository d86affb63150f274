#include "survey/score.h"

#include <string.h>

static const Answer *answer_to(int64_t item_id, const Answer *const *answers, guint count) {
    for (guint i = 0; i < count; i++) {
        if (answers[i]->item_id == item_id) {
            return answers[i];
        }
    }
    return NULL;
}

static AreaScore *score_of(GArray *scores, const char *area) {
    for (guint i = 0; i < scores->len; i++) {
        AreaScore *score = &g_array_index(scores, AreaScore, i);
        if (strcmp(score->area, area) == 0) {
            return score;
        }
    }
    g_array_append_val(scores, ((AreaScore){.area = area}));
    return &g_array_index(scores, AreaScore, scores->len - 1);
}

GArray *score_areas(const Form *form, const bool asked[], const Answer *const *answers,
                    guint count) {
    GArray *scores = g_array_new(FALSE, FALSE, sizeof(AreaScore));
    for (guint i = 0; i < form_item_count(form); i++) {
        const Item *item = form_item(form, i);
        if (!item_is_scored(item) || (asked != NULL && !asked[i])) {
            continue;
        }
        const Answer *answer = answer_to(item->id, answers, count);
        AreaScore *score = score_of(scores, item->area);
        score->item_count++;
        if (answer != NULL && item_is_correct(item, answer->choices)) {
            score->correct_count++;
        }
    }
    return scores;
}
