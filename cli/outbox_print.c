#include "cli/outbox_print.h"

#include "base/clock.h"
#include "cli/print.h"
#include "mailer/notice.h"
#include "people/csv.h"

#include <cjson/cJSON.h>
#include <inttypes.h>
#include <string.h>

enum { ADDRESS_WIDTH_MAX = 40, STATE_WIDTH = 16, LABEL_WIDTH = 16 };

/* "invitation", "reminder-2" in words. */
static char *purpose_words(const char *purpose) {
    if (strcmp(purpose, "invitation") == 0) {
        return g_strdup(tr("inbjudan", "invitation"));
    }
    if (g_str_has_prefix(purpose, "reminder-")) {
        return g_strdup_printf(tr("påminnelse %s", "reminder %s"), purpose + strlen("reminder-"));
    }
    return g_strdup(purpose);
}

static const char *outcome_words(const char *outcome) {
    static const struct {
        const char *code;
        const char *sv;
        const char *en;
    } words[] = {{"sent", "mottaget", "taken"},
                 {"transient", "inte nu", "not now"},
                 {"permanent", "avvisat", "refused"},
                 {"in_doubt", "ovisst", "in doubt"}};
    for (size_t i = 0; i < G_N_ELEMENTS(words); i++) {
        if (strcmp(outcome, words[i].code) == 0) {
            return lang_current() == LANG_SV ? words[i].sv : words[i].en;
        }
    }
    return outcome;
}

static const char *notice_words(const char *kind) {
    static const struct {
        const char *code;
        const char *sv;
        const char *en;
    } words[] = {{"undeliverable", "kan inte levereras", "undeliverable"},
                 {"soft", "studsade, men adressen kan vara rätt", "bounced, but may be right"},
                 {"absent", "frånvarosvar", "out of office"},
                 {"complaint", "anmält som oönskat", "reported as unwanted"},
                 {"challenge", "mottagarens filter vill ha ett svar", "the filter wants a reply"},
                 {"retried", "lagt tillbaka i kön", "put back in the queue"}};
    for (size_t i = 0; i < G_N_ELEMENTS(words); i++) {
        if (strcmp(kind, words[i].code) == 0) {
            return lang_current() == LANG_SV ? words[i].sv : words[i].en;
        }
    }
    return kind;
}

/* The state, with what keeps the mail where it is. */
static char *state_words(const OutboxRow *row) {
    bool waits = row->state == OUTBOX_READY || row->state == OUTBOX_DEFERRED;
    const char *more = "";
    if (waits && row->held) {
        more = tr(", hålls", ", held");
    } else if (waits && row->group_held) {
        more = tr(", vilar", ", resting");
    } else if (row->state == OUTBOX_LEASED && row->cancel) {
        more = tr(", ställs in", ", cancelling");
    } else if (row->in_doubt > 0) {
        more = tr(", ovisst", ", in doubt");
    }
    return g_strconcat(outbox_state_words(row->state), more, NULL);
}

/* "451 4.7.1 try later" */
static char *reply_words(const OutboxAttempt *attempt) {
    GString *text = g_string_new(NULL);
    if (attempt->smtp_code != 0) {
        g_string_append_printf(text, "%d ", attempt->smtp_code);
    }
    if (attempt->enhanced[0] != '\0') {
        g_string_append_printf(text, "%s ", attempt->enhanced);
    }
    g_string_append(text, attempt->reply);
    return g_strchomp(g_string_free(text, FALSE));
}

/* When it was settled; until then when it is due. */
static int64_t telling_at_us(const OutboxRow *row) {
    return row->settled_at_us != 0 ? row->settled_at_us : row->due_at_us;
}

/* --- lists ------------------------------------------------------------------------ */

static void print_line(const OutboxRow *row, glong id_width, glong address_width, GString *out) {
    g_autofree char *id = g_strdup_printf("%*" PRId64, (int)id_width, row->id);
    g_autofree char *state = state_words(row);
    g_autofree char *when = clock_format(telling_at_us(row));
    g_autofree char *purpose = purpose_words(row->purpose);
    g_autofree char *mailing = g_strdup_printf("%s, %s", row->list_id, purpose);
    g_autofree char *reply = row->last != NULL ? reply_words(row->last) : g_strdup("");
    print_cell(out, id, id_width);
    print_cell(out, state, STATE_WIDTH);
    print_cell(out, when, 16);
    print_cell(out, row->to_address, address_width);
    print_cell(out, mailing, 0);
    g_string_append(out, reply);
    while (out->str[out->len - 1] == ' ') {
        g_string_truncate(out, out->len - 1);
    }
    g_string_append_c(out, '\n');
}

void outbox_print_list(const GPtrArray *rows, guint shown, GString *out) {
    if (rows->len == 0) {
        g_string_append(out, tr("Inga brev.\n", "No mail.\n"));
        return;
    }
    guint count = MIN(rows->len, shown);
    const OutboxRow *last = g_ptr_array_index(rows, count - 1);
    g_autofree char *longest = g_strdup_printf("%" PRId64, last->id);
    glong id_width = MAX(2, (glong)strlen(longest));
    glong address_width = 5;
    for (guint i = 0; i < count; i++) {
        const OutboxRow *row = g_ptr_array_index(rows, i);
        address_width = MAX(address_width, g_utf8_strlen(row->to_address, -1));
    }
    address_width = MIN(address_width, ADDRESS_WIDTH_MAX);
    print_cell(out, "Id", id_width);
    print_cell(out, tr("Läge", "State"), STATE_WIDTH);
    print_cell(out, tr("Tid", "Time"), 16);
    print_cell(out, tr("Till", "To"), address_width);
    g_string_append(out, tr("Utskick och senaste svar\n", "Mailing and latest reply\n"));
    for (guint i = 0; i < count; i++) {
        print_line(g_ptr_array_index(rows, i), id_width, address_width, out);
    }
    if (rows->len > shown) {
        g_string_append_printf(out, tr("… och fler; --limit ANTAL visar så många\n",
                                       "… and more; --limit NUMBER shows that many\n"));
    }
}

static cJSON *attempt_json(const OutboxAttempt *attempt) {
    cJSON *object = cJSON_CreateObject();
    print_json_time(object, "at", attempt->at_us);
    cJSON_AddStringToObject(object, "outcome", attempt->outcome);
    cJSON_AddNumberToObject(object, "smtp_code", attempt->smtp_code);
    cJSON_AddStringToObject(object, "enhanced", attempt->enhanced);
    cJSON_AddStringToObject(object, "reply", attempt->reply);
    cJSON_AddStringToObject(object, "relay", attempt->relay);
    return object;
}

static cJSON *row_json(const OutboxRow *row) {
    cJSON *object = cJSON_CreateObject();
    cJSON_AddNumberToObject(object, "id", (double)row->id);
    cJSON_AddStringToObject(object, "state", outbox_state_code(row->state));
    cJSON_AddBoolToObject(object, "held", row->held);
    cJSON_AddBoolToObject(object, "mailing_held", row->group_held);
    cJSON_AddBoolToObject(object, "cancelling", row->cancel);
    cJSON_AddStringToObject(object, "campaign", row->list_id);
    cJSON_AddStringToObject(object, "purpose", row->purpose);
    cJSON_AddStringToObject(object, "to", row->to_address);
    cJSON_AddStringToObject(object, "name", row->to_name);
    cJSON_AddStringToObject(object, "language", lang_code(row->locale));
    print_json_time(object, "created_at", row->created_at_us);
    print_json_time(object, "due_at", row->due_at_us);
    print_json_time(object, "expires_at", row->expires_at_us);
    print_json_time(object, "settled_at", row->settled_at_us);
    cJSON_AddNumberToObject(object, "attempts", (double)row->attempts);
    cJSON_AddNumberToObject(object, "in_doubt", (double)row->in_doubt);
    if (row->last != NULL) {
        cJSON_AddItemToObject(object, "last", attempt_json(row->last));
    }
    return object;
}

void outbox_print_list_json(const GPtrArray *rows, GString *out) {
    cJSON *list = cJSON_CreateArray();
    for (guint i = 0; i < rows->len; i++) {
        cJSON_AddItemToArray(list, row_json(g_ptr_array_index(rows, i)));
    }
    print_json(out, list);
}

/* As the reports' CSV: what a Swedish Excel opens by double click (reports/export.h). */
void outbox_print_list_csv(const GPtrArray *rows, GString *out) {
    static const char delimiter[] = ";";
    g_string_append(out, "\xEF\xBB\xBF"
                         "id;state;held;campaign;purpose;to;due_at;settled_at;attempts;in_doubt;"
                         "smtp_code;enhanced;reply;relay;tried_at\r\n");
    for (guint i = 0; i < rows->len; i++) {
        const OutboxRow *row = g_ptr_array_index(rows, i);
        const OutboxAttempt *last = row->last;
        g_autofree char *id = g_strdup_printf("%" PRId64, row->id);
        g_autofree char *due = clock_format_utc(row->due_at_us);
        g_autofree char *settled =
            row->settled_at_us != 0 ? clock_format_utc(row->settled_at_us) : g_strdup("");
        g_autofree char *attempts = g_strdup_printf("%" PRId64, row->attempts);
        g_autofree char *in_doubt = g_strdup_printf("%" PRId64, row->in_doubt);
        g_autofree char *code =
            last != NULL ? g_strdup_printf("%d", last->smtp_code) : g_strdup("");
        g_autofree char *tried = last != NULL ? clock_format_utc(last->at_us) : g_strdup("");
        const char *const fields[] = {id,
                                      outbox_state_code(row->state),
                                      row->held ? "1" : "0",
                                      row->list_id,
                                      row->purpose,
                                      row->to_address,
                                      due,
                                      settled,
                                      attempts,
                                      in_doubt,
                                      code,
                                      last != NULL ? last->enhanced : "",
                                      last != NULL ? last->reply : "",
                                      last != NULL ? last->relay : "",
                                      tried};
        for (size_t field = 0; field < G_N_ELEMENTS(fields); field++) {
            g_string_append(out, field > 0 ? delimiter : "");
            csv_append_guarded(out, fields[field], delimiter[0]);
        }
        g_string_append(out, "\r\n");
    }
}

/* --- one mail --------------------------------------------------------------------- */

static void append_field(GString *out, const char *label, const char *value) {
    print_cell(out, label, LABEL_WIDTH);
    g_string_append_printf(out, "%s\n", value);
}

static void append_time(GString *out, const char *label, int64_t at_us) {
    g_autofree char *text = clock_format(at_us);
    append_field(out, label, text);
}

/* To the second: attempts may follow close upon each other. */
static char *second_words(int64_t at_us) {
    g_autoptr(GDateTime) local = clock_local(at_us);
    return g_date_time_format(local, "%Y-%m-%d %H:%M:%S");
}

static void print_attempts(const GPtrArray *tried, GString *out) {
    g_string_append_printf(out, "\n%s\n",
                           tried->len > 0 ? tr("Försök", "Attempts")
                                          : tr("Inga försök ännu.", "No attempts yet."));
    for (guint i = 0; i < tried->len; i++) {
        const OutboxAttempt *attempt = g_ptr_array_index(tried, i);
        g_autofree char *when = second_words(attempt->at_us);
        g_autofree char *reply = reply_words(attempt);
        g_string_append_printf(out, "  %s  ", when);
        print_cell(out, outcome_words(attempt->outcome), 8);
        g_string_append_printf(out, "%s%s%s\n", attempt->relay, reply[0] != '\0' ? "  " : "",
                               reply);
    }
}

static void print_notices(const GPtrArray *notices, GString *out) {
    if (notices->len > 0) {
        g_string_append_printf(out, "\n%s\n", tr("Vad som hänt efteråt", "What came afterwards"));
    }
    for (guint i = 0; i < notices->len; i++) {
        const NoticeRow *notice = g_ptr_array_index(notices, i);
        g_autofree char *when = second_words(notice->at_us);
        g_string_append_printf(out, "  %s  %s", when, notice_words(notice->kind));
        if (notice->until_us != 0) {
            g_autofree char *until = clock_format_date(notice->until_us);
            g_string_append_printf(out, tr(", åter %s", ", back %s"), until);
        }
        g_string_append_printf(out, "%s%s%s%s\n", notice->enhanced[0] != '\0' ? "  " : "",
                               notice->enhanced, notice->text[0] != '\0' ? "  " : "", notice->text);
    }
}

void outbox_print(const OutboxRow *row, GString *out) {
    g_autofree char *id = g_strdup_printf("%" PRId64, row->id);
    g_autofree char *state = state_words(row);
    g_autofree char *purpose = purpose_words(row->purpose);
    g_autofree char *to = row->to_name[0] != '\0'
                              ? g_strdup_printf("%s <%s>", row->to_name, row->to_address)
                              : g_strdup(row->to_address);
    append_field(out, tr("Brev", "Mail"), id);
    append_field(out, tr("Läge", "State"), state);
    append_field(out, tr("Till", "To"), to);
    append_field(out, tr("Kampanj", "Campaign"), row->list_id);
    append_field(out, tr("Utskick", "Mailing"), purpose);
    append_field(out, tr("Språk", "Language"), lang_code(row->locale));
    append_time(out, tr("I kön sedan", "Queued"), row->created_at_us);
    if (row->settled_at_us != 0) {
        append_time(out, tr("Avgjort", "Settled"), row->settled_at_us);
    } else {
        append_time(out, tr("Tidigast", "Not before"), row->due_at_us);
        g_autofree char *expires = clock_format_end(row->expires_at_us);
        append_field(out, tr("Senast", "Not after"), expires);
    }
    if (row->in_doubt > 0) {
        g_autofree char *times =
            g_strdup_printf(tr("%" PRId64 " gång(er): kan ha skickats utan att svaret kom fram",
                               "%" PRId64 " time(s): may have been sent with no reply seen"),
                            row->in_doubt);
        append_field(out, tr("Ovisst", "In doubt"), times);
    }
    print_attempts(row->tried, out);
    print_notices(row->notices, out);
}

void outbox_print_json(const OutboxRow *row, GString *out) {
    cJSON *object = row_json(row);
    cJSON *tried = cJSON_AddArrayToObject(object, "tried");
    for (guint i = 0; i < row->tried->len; i++) {
        cJSON_AddItemToArray(tried, attempt_json(g_ptr_array_index(row->tried, i)));
    }
    cJSON *notices = cJSON_AddArrayToObject(object, "notices");
    for (guint i = 0; i < row->notices->len; i++) {
        const NoticeRow *notice = g_ptr_array_index(row->notices, i);
        cJSON *told = cJSON_CreateObject();
        print_json_time(told, "at", notice->at_us);
        cJSON_AddStringToObject(told, "kind", notice->kind);
        print_json_time(told, "until", notice->until_us);
        cJSON_AddStringToObject(told, "enhanced", notice->enhanced);
        cJSON_AddStringToObject(told, "text", notice->text);
        cJSON_AddStringToObject(told, "source", notice->source);
        cJSON_AddItemToArray(notices, told);
    }
    print_json(out, object);
}

/* --- changes ---------------------------------------------------------------------- */

void outbox_print_change(OutboxAction action, const OutboxChange *sum, GString *out) {
    static const struct {
        const char *sv;
        const char *en;
    } done[] = {[OUTBOX_RETRY] = {"Skickas igen", "To be sent again"},
                [OUTBOX_HOLD] = {"Hålls kvar", "Held"},
                [OUTBOX_RELEASE] = {"Släppta", "Released"},
                [OUTBOX_CANCEL] = {"Inställda", "Cancelled"}};
    bool swedish = lang_current() == LANG_SV;
    g_string_append_printf(out, "%s: %" PRId64 "\n", swedish ? done[action].sv : done[action].en,
                           sum->changed);
    if (sum->leased > 0) {
        g_string_append_printf(
            out, "%s: %" PRId64 "\n",
            action == OUTBOX_CANCEL
                ? tr("Skickas just nu, ställs in om de inte hinner gå fram",
                     "Being sent right now, cancelled unless they get through")
                : tr("Skickas just nu, orörda", "Being sent right now, left alone"),
            sum->leased);
    }
    if (sum->expired > 0) {
        g_string_append_printf(
            out, "%s: %" PRId64 "\n",
            tr("För sent, kampanjen har stängt", "Too late, the campaign has closed"),
            sum->expired);
    }
    if (sum->unfit > 0) {
        g_string_append_printf(out, "%s: %" PRId64 "\n",
                               tr("Orörda, i ett annat läge", "Left alone, in another state"),
                               sum->unfit);
    }
}
