#include "survey/ballot.h"

#include "survey/ballot_private.h"
#include "survey/pile.h"
#include "survey/queries.h"
#include "survey/sheet.h"
#include "survey/tally.h"

#include "base/error.h"
#include "base/id.h"

#include <cJSON.h>
#include <string.h>

enum {
    BALLOT_VERSION = 1,
    /* An answer takes at most this, beside its text; the whole is rounded up to the latter. */
    ANSWER_BYTES = 8 + 4 + 1 + 2,
    BALLOT_ROUNDING = 64,
    CHARACTER_BYTES = 4, /* the longest in UTF-8 */
};

static const DbQuery q_ballot = {
    "ballot.insert",
    "INSERT INTO ballot (round_id, stratum_id, ballot_id, answers) VALUES ($1, $2, $3, $4)"};
static const DbQuery q_text = {
    "ballot.text_insert",
    "INSERT INTO ballot_text (round_id, item_id, text_id, free_text) VALUES ($1, $2, $3, $4)"};

const DbQuery *const ballot_queries[] = {&q_ballot, &q_text, NULL};

/* Every answer valid, every item asked and named once. */
static bool answers_validate(const Form *form, const Answer *answers, guint count, GError **error) {
    for (guint i = 0; i < count; i++) {
        const Item *item = form_find_item(form, answers[i].item_id);
        bool twice = false;
        for (guint j = 0; j < i; j++) {
            twice = twice || answers[j].item_id == answers[i].item_id;
        }
        if (item == NULL || twice) {
            return error_set(error, VK_ERROR_INPUT,
                             tr("Ett svar gäller en fråga som inte ställts, eller ges två gånger.",
                                "An answer is to a question not asked, or is given twice."));
        }
        if (!answer_validate(item, &answers[i], error)) {
            return false;
        }
    }
    return true;
}

static int answer_order(gconstpointer a, gconstpointer b) {
    int64_t left = ((const Answer *)a)->item_id;
    int64_t right = ((const Answer *)b)->item_id;
    return left < right ? -1 : left > right;
}

static char *answers_format(const GArray *answers, bool asked) {
    g_autoptr(GString) json = g_string_new(asked ? "{\"asked\":[" : "[");
    for (guint i = 0; i < answers->len; i++) {
        const Answer *answer = &g_array_index(answers, Answer, i);
        g_string_append_printf(json, "%s[%" G_GINT64_FORMAT ",%u,%d]", i == 0 ? "" : ",",
                               answer->item_id, answer->choices, answer->not_applicable);
    }
    g_string_append(json, asked ? "]}" : "]");
    return g_string_free(g_steal_pointer(&json), FALSE);
}

bool ballot_answers_parse(const char *json, GArray *out, bool *out_asked, GError **error) {
    cJSON *root = cJSON_Parse(json);
    const cJSON *asked = cJSON_GetObjectItemCaseSensitive(root, "asked");
    const cJSON *list = asked != NULL ? asked : root;
    bool ok = cJSON_IsArray(list);
    *out_asked = asked != NULL;
    const cJSON *entry;
    cJSON_ArrayForEach(entry, list) {
        const cJSON *item = cJSON_GetArrayItem(entry, 0);
        const cJSON *choices = cJSON_GetArrayItem(entry, 1);
        const cJSON *not_applicable = cJSON_GetArrayItem(entry, 2);
        ok =
            ok && cJSON_IsNumber(item) && cJSON_IsNumber(choices) && cJSON_IsNumber(not_applicable);
        if (ok) {
            Answer answer = {.item_id = (int64_t)item->valuedouble,
                             .choices = (uint32_t)choices->valuedouble,
                             .not_applicable = not_applicable->valueint != 0};
            g_array_append_val(out, answer);
        }
    }
    cJSON_Delete(root);
    return ok || error_set(error, VK_ERROR_INTERNAL,
                           tr("En röstsedel i databasen är skadad.",
                              "A ballot in the database is damaged."));
}

/* --- sealing -------------------------------------------------------------------------
 *
 * version, 1 byte | number of answers, 2 | answers | zeros up to the size that all of the form have
 * answer: item id, 8 | choices, 4 | not applicable, 1 | length of text, 2 | text
 * Numbers begin with their highest byte. */

static gsize ballot_size(const Form *form) {
    gsize size = 1 + 2;
    for (guint i = 0; i < form_item_count(form); i++) {
        bool text = form_item(form, i)->kind == ITEM_TEXT;
        size += ANSWER_BYTES + (text ? (gsize)form_item(form, i)->text_max * CHARACTER_BYTES : 0);
    }
    return (size + BALLOT_ROUNDING - 1) / BALLOT_ROUNDING * BALLOT_ROUNDING;
}

static void number_append(GByteArray *out, uint64_t value, guint bytes) {
    for (guint i = bytes; i > 0; i--) {
        guint8 byte = (guint8)(value >> (8 * (i - 1)));
        g_byte_array_append(out, &byte, 1);
    }
}

bool ballot_seal(const uint8_t public_key[BOX_KEY_BYTES], const Form *form, const Answer *answers,
                 guint count, GBytes **out_sealed, GError **error) {
    if (!answers_validate(form, answers, count, error)) {
        return false;
    }
    guint given = 0;
    for (guint i = 0; i < count; i++) {
        given += answer_is_blank(&answers[i]) ? 0 : 1;
    }
    g_autoptr(GByteArray) bytes = g_byte_array_new();
    number_append(bytes, BALLOT_VERSION, 1);
    number_append(bytes, given, 2);
    for (guint i = 0; i < count; i++) {
        const Answer *answer = &answers[i];
        if (answer_is_blank(answer)) {
            continue;
        }
        const char *text = answer->text != NULL ? answer->text : "";
        gsize length = strlen(text);
        number_append(bytes, (uint64_t)answer->item_id, 8);
        number_append(bytes, answer->choices, 4);
        number_append(bytes, answer->not_applicable, 1);
        number_append(bytes, length, 2);
        g_byte_array_append(bytes, (const guint8 *)text, (guint)length);
    }
    gsize size = ballot_size(form);
    g_assert(bytes->len <= size);
    g_autofree guint8 *padded = g_malloc0(size);
    memcpy(padded, bytes->data, bytes->len);
    *out_sealed = box_seal(public_key, padded, size);
    return true;
}

typedef struct {
    const guint8 *at;
    const guint8 *end;
    bool good;
} Scan;

static uint64_t scan_number(Scan *scan, guint bytes) {
    uint64_t value = 0;
    scan->good = scan->good && (gsize)(scan->end - scan->at) >= bytes;
    for (guint i = 0; scan->good && i < bytes; i++) {
        value = value << 8 | *scan->at++;
    }
    return value;
}

static Answer scan_answer(Scan *scan) {
    Answer answer = {.item_id = (int64_t)scan_number(scan, 8),
                     .choices = (uint32_t)scan_number(scan, 4),
                     .not_applicable = scan_number(scan, 1) != 0};
    gsize length = (gsize)scan_number(scan, 2);
    scan->good = scan->good && (gsize)(scan->end - scan->at) >= length;
    if (scan->good && length > 0) {
        answer.text = g_strndup((const char *)scan->at, length);
        scan->at += length;
    }
    return answer;
}

static void answer_clear_each(gpointer data) {
    answer_clear(data);
}

GArray *ballot_open(const BoxKey *key, const Form *form, GBytes *sealed, GError **error) {
    g_autoptr(GBytes) opened = box_open(key, sealed);
    gsize size = 0;
    const guint8 *data = opened != NULL ? g_bytes_get_data(opened, &size) : (const guint8 *)"";
    Scan scan = {.at = data, .end = data + size, .good = size == ballot_size(form)};
    g_autoptr(GArray) answers = g_array_new(FALSE, TRUE, sizeof(Answer));
    g_array_set_clear_func(answers, answer_clear_each);
    scan.good = scan_number(&scan, 1) == BALLOT_VERSION && scan.good;
    uint64_t count = scan_number(&scan, 2);
    for (uint64_t i = 0; scan.good && i < count; i++) {
        Answer answer = scan_answer(&scan);
        g_array_append_val(answers, answer);
    }
    if (!scan.good) {
        error_set(
            error, VK_ERROR_INTERNAL,
            tr("En förseglad röstsedel går inte att öppna.", "A sealed ballot cannot be opened."));
        return NULL;
    }
    const Answer *list = (const Answer *)(const void *)answers->data;
    return answers_validate(form, list, answers->len, error) ? g_steal_pointer(&answers) : NULL;
}

bool ballot_cast(DbTx *tx, int64_t round_id, int64_t stratum_id, GBytes *sealed, GError **error) {
    return pile_add(tx, round_id, stratum_id, sealed, error);
}

/* --- counting ------------------------------------------------------------------------ */

static bool row_insert(DbTx *tx, const DbQuery *query, int64_t round_id, int64_t group_id,
                       const char *content, GError **error) {
    g_autoptr(DbStmt) insert = db_tx_query(tx, query, error);
    if (insert == NULL) {
        return false;
    }
    uint8_t key[PILE_KEY_BYTES];
    id_random(key, sizeof key);
    db_bind_int(insert, 1, round_id);
    db_bind_int(insert, 2, group_id);
    db_bind_blob(insert, 3, key, sizeof key);
    db_bind_text(insert, 4, content);
    return db_run(insert, NULL, error);
}

/* The answers to what was asked, blank ones too, in the form's order: answers to what an earlier
 * one shut off are left out. Texts are borrowed. */
static GArray *answers_to_asked(const Form *form, const Answer *answers, guint count) {
    guint items = form_item_count(form);
    g_autofree Answer *ordered = g_new0(Answer, items);
    g_autofree bool *asked = g_new0(bool, items);
    g_autoptr(Sheet) sheet = sheet_whole(form);
    GArray *kept = g_array_new(FALSE, FALSE, sizeof(Answer));
    for (guint i = 0; i < items; i++) {
        ordered[i].item_id = form_item(form, i)->id;
    }
    for (guint i = 0; i < count; i++) {
        ordered[form_item_position(form, answers[i].item_id)] = answers[i];
    }
    sheet_asked(sheet, ordered, asked);
    for (guint i = 0; i < items; i++) {
        if (asked[i] && (form_varies(form) || !answer_is_blank(&ordered[i]))) {
            g_array_append_val(kept, ordered[i]);
        }
    }
    return kept;
}

/* Stores a text apart. On the ballot it stands as if none had been written, or, where what is not
 * answered is not on it, not at all. */
static bool text_apart(DbTx *tx, int64_t round_id, Answer *answer, GError **error) {
    const char *text = answer->text;
    bool written = !answer_is_blank(answer);
    answer->text = NULL;
    return !written || row_insert(tx, &q_text, round_id, answer->item_id, text, error);
}

bool ballot_store(DbTx *tx, int64_t round_id, int64_t stratum_id, const Form *form,
                  const Answer *answers, guint count, GError **error) {
    if (!answers_validate(form, answers, count, error)) {
        return false;
    }
    bool varies = form_varies(form);
    g_autoptr(GArray) given = answers_to_asked(form, answers, count);
    g_autoptr(GArray) kept = g_array_new(FALSE, FALSE, sizeof(Answer));
    for (guint i = 0; i < given->len; i++) {
        Answer *answer = &g_array_index(given, Answer, i);
        const Item *item = form_find_item(form, answer->item_id);
        if (item->kind == ITEM_TEXT && !text_apart(tx, round_id, answer, error)) {
            return false;
        }
        if (varies) {
            tally_ask(tx, round_id, stratum_id, item->id);
        }
        tally_add(tx, round_id, stratum_id, item, answer, 1);
        if (varies || item->kind != ITEM_TEXT) {
            g_array_append_vals(kept, answer, 1);
        }
    }
    /* By item, not as the pages came: their order may be one person's own. */
    g_array_sort(kept, answer_order);
    g_autofree char *json = answers_format(kept, varies);
    return row_insert(tx, &q_ballot, round_id, stratum_id, json, error);
}
