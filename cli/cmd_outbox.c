/* vetkoll outbox list|show|retry|hold|release|cancel: the queue of mail, seen and mended. */
#include "base/clock.h"
#include "base/error.h"
#include "base/lang.h"
#include "campaigns/campaign.h"
#include "cli/app.h"
#include "cli/outbox_print.h"
#include "cli/usage.h"

#include <stdio.h>
#include <string.h>
#include <sysexits.h>

enum { SHOWN = 100 };

typedef enum { OUTPUT_TEXT, OUTPUT_JSON, OUTPUT_CSV } Output;

typedef struct {
    char *campaign;
    char *state;
    char *to;
    gboolean in_doubt;
    gboolean again;
    int limit;
    char *format;
} Options;

static void options_clear(Options *options) {
    g_free(options->campaign);
    g_free(options->state);
    g_free(options->to);
    g_free(options->format);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Options, options_clear)

static bool output_parse(const char *text, Output *out, GError **error) {
    static const char *const names[] = {"text", "json", "csv"};
    *out = OUTPUT_TEXT;
    for (guint i = 0; text != NULL && i < G_N_ELEMENTS(names); i++) {
        if (strcmp(text, names[i]) == 0) {
            *out = (Output)i;
            return true;
        }
    }
    return text == NULL || error_set(error, VK_ERROR_INPUT,
                                     tr("--format ska vara text, json eller csv",
                                        "--format should be text, json or csv"));
}

/* `out_none`: the campaign has not sent anything yet. */
static bool filter_make(App *app, const Options *options, OutboxFilter *out, bool *out_none,
                        GError **error) {
    *out = (OutboxFilter){.to_address = options->to, .in_doubt = options->in_doubt};
    *out_none = false;
    if (options->state != NULL) {
        out->by_state = true;
        if (!outbox_state_parse(options->state, &out->state, error)) {
            return false;
        }
    }
    if (options->campaign == NULL) {
        return true;
    }
    g_autoptr(Campaign) campaign = campaign_find(app->db, options->campaign, error);
    if (campaign == NULL) {
        return false;
    }
    out->group_id = campaign->round_id;
    *out_none = campaign->round_id == 0;
    return true;
}

/* --- list, show ------------------------------------------------------------------- */

static bool list(App *app, const Options *options, Output output, GError **error) {
    OutboxFilter filter;
    bool none;
    if (!filter_make(app, options, &filter, &none, error)) {
        return false;
    }
    if (options->limit < 0) {
        return error_set(error, VK_ERROR_INPUT,
                         tr("--limit ska vara 1 eller mer", "--limit should be 1 or more"));
    }
    guint shown = options->limit != 0     ? (guint)options->limit
                  : output == OUTPUT_TEXT ? SHOWN
                                          : OUTBOX_LIST_MAX;
    filter.max = output == OUTPUT_TEXT ? shown + 1 : shown; /* one more tells that there is more */
    g_autoptr(GPtrArray) rows = none ? g_ptr_array_new() : outbox_find(app->db, &filter, error);
    if (rows == NULL) {
        return false;
    }
    g_autoptr(GString) text = g_string_new(NULL);
    switch (output) {
    case OUTPUT_TEXT:
        outbox_print_list(rows, shown, text);
        break;
    case OUTPUT_JSON:
        outbox_print_list_json(rows, text);
        break;
    case OUTPUT_CSV:
        outbox_print_list_csv(rows, text);
        break;
    }
    return fwrite(text->str, 1, text->len, stdout) == text->len;
}

static bool id_parse(const char *text, int64_t *out, GError **error) {
    gint64 id = 0;
    if (!g_ascii_string_to_signed(text, 10, 1, INT64_MAX, &id, NULL)) {
        return error_set(error, VK_ERROR_INPUT,
                         tr("”%s” är inget brev; skriv numret som `vetkoll outbox list` visar",
                            "“%s” is no mail; write the number that `vetkoll outbox list` shows"),
                         text);
    }
    *out = id;
    return true;
}

static bool show(App *app, const char *text, Output output, GError **error) {
    int64_t id = 0;
    if (!id_parse(text, &id, error)) {
        return false;
    }
    g_autoptr(OutboxRow) row = outbox_show(app->db, id, error);
    if (row == NULL) {
        return false;
    }
    g_autoptr(GString) words = g_string_new(NULL);
    if (output == OUTPUT_JSON) {
        outbox_print_json(row, words);
    } else {
        outbox_print(row, words);
    }
    g_print("%s", words->str);
    return true;
}

/* --- changes ---------------------------------------------------------------------- */

/* For the writer: the mails that are named, all or none; or all that the filter names. */
typedef struct {
    OutboxAction action;
    GArray *ids; /* int64_t */
    const OutboxFilter *filter;
    bool again;
    OutboxChange sum;
} Job;

static bool job_run(DbTx *tx, gpointer data, GError **error) {
    Job *job = data;
    int64_t now_us = clock_now_us();
    job->sum = (OutboxChange){0};
    if (job->ids->len == 0) {
        return outbox_change_all(tx, job->action, job->filter, now_us, &job->sum, error);
    }
    for (guint i = 0; i < job->ids->len; i++) {
        int64_t id = g_array_index(job->ids, int64_t, i);
        if (!outbox_change(tx, job->action, id, job->again, now_us, &job->sum, error)) {
            return false;
        }
    }
    return true;
}

static bool choice_check(const Options *options, OutboxAction action, guint ids, GError **error) {
    bool chosen = options->campaign != NULL || options->state != NULL || options->to != NULL ||
                  options->in_doubt;
    if ((ids > 0) == chosen) {
        return error_set(error, VK_ERROR_INPUT,
                         tr("skriv brevens nummer, eller välj dem med --campaign, --state, --to "
                            "eller --in-doubt",
                            "write the numbers of the mails, or choose them with --campaign, "
                            "--state, --to or --in-doubt"));
    }
    if (options->again && (action != OUTBOX_RETRY || ids == 0)) {
        return error_set(error, VK_ERROR_INPUT,
                         tr("--again gäller bara retry av brev som nämns med nummer",
                            "--again is for retry of mails named by their numbers only"));
    }
    return true;
}

static bool change(App *app, const Options *options, OutboxAction action, char **ids,
                   GError **error) {
    guint count = g_strv_length(ids);
    g_autoptr(GArray) numbers = g_array_new(FALSE, FALSE, sizeof(int64_t));
    OutboxFilter filter;
    bool none;
    if (!choice_check(options, action, count, error) ||
        !filter_make(app, options, &filter, &none, error)) {
        return false;
    }
    for (guint i = 0; i < count; i++) {
        int64_t id = 0;
        if (!id_parse(ids[i], &id, error)) {
            return false;
        }
        g_array_append_val(numbers, id);
    }
    Job job = {.action = action, .ids = numbers, .filter = &filter, .again = options->again};
    if (!none && !writer_run(app->writer, job_run, &job, error)) {
        return false;
    }
    g_autoptr(GString) text = g_string_new(NULL);
    outbox_print_change(action, &job.sum, text);
    g_print("%s", text->str);
    return true;
}

/* --- the command ------------------------------------------------------------------ */

static bool run_verb(App *app, const Options *options, int argc, char **argv, GError **error) {
    static const struct {
        const char *verb;
        OutboxAction action;
    } changes[] = {{"retry", OUTBOX_RETRY},
                   {"hold", OUTBOX_HOLD},
                   {"release", OUTBOX_RELEASE},
                   {"cancel", OUTBOX_CANCEL}};
    const char *verb = argc > 1 ? argv[1] : "";
    Output output;
    if (!output_parse(options->format, &output, error)) {
        return false;
    }
    if (strcmp(verb, "list") == 0 && argc == 2) {
        return list(app, options, output, error);
    }
    if (strcmp(verb, "show") == 0 && argc == 3) {
        return show(app, argv[2], output, error);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(changes); i++) {
        if (strcmp(verb, changes[i].verb) == 0) {
            return change(app, options, changes[i].action, argv + 2, error);
        }
    }
    static const UsageVerb verbs[] = {
        {"list", 0},    {"show", 1},   {"retry", 0}, {"hold", 0},
        {"release", 0}, {"cancel", 0}, {NULL, 0}}; /* the last four are taken above */
    return usage_check(verbs, argc, argv, error);
}

static GOptionContext *make_context(Options *options) {
    const GOptionEntry entries[] = {
        {"campaign", 'c', 0, G_OPTION_ARG_STRING, &options->campaign,
         tr("bara den kampanjens brev", "that campaign's mail only"), tr("NAMN", "NAME")},
        {"state", 's', 0, G_OPTION_ARG_STRING, &options->state,
         "ready | leased | sent | deferred | failed | cancelled", tr("LÄGE", "STATE")},
        {"to", 't', 0, G_OPTION_ARG_STRING, &options->to,
         tr("bara brev till den adressen", "mail to that address only"), tr("ADRESS", "ADDRESS")},
        {"in-doubt", 'd', 0, G_OPTION_ARG_NONE, &options->in_doubt,
         tr("bara brev som kan ha skickats utan att svaret kom fram",
            "only mail that may have been sent with no reply seen"),
         NULL},
        {"limit", 'n', 0, G_OPTION_ARG_INT, &options->limit,
         tr("list: högst så många (text: 100, annars alla)",
            "list: so many at most (text: 100, otherwise all)"),
         tr("ANTAL", "NUMBER")},
        {"again", 0, 0, G_OPTION_ARG_NONE, &options->again,
         tr("retry: skicka även det som redan är skickat; mottagaren kan få två",
            "retry: send even what is already sent; the recipient may have two"),
         NULL},
        {"format", 'f', 0, G_OPTION_ARG_STRING, &options->format, "text | json | csv", "FORMAT"},
        {0},
    };
    GOptionContext *context =
        g_option_context_new(tr("list | show ID | retry|hold|release|cancel ID…",
                                "list | show ID | retry|hold|release|cancel ID…"));
    g_option_context_set_summary(
        context,
        tr("Utkorgen: vad som ska skickas, vad som hände vid varje försök, och vad som ska göras "
           "åt det. `hold` håller kvar brev som redan ligger i kön; `vetkoll campaign pause` "
           "stoppar hela kampanjen. Ett brev som skickas igen har samma Message-ID som förut.",
           "The outbox: what is to be sent, what every attempt came to, and what is to be done "
           "about it. `hold` keeps mail that is in the queue now; `vetkoll campaign pause` stops "
           "the whole campaign. A mail that is sent again has the same Message-ID as before."));
    g_option_context_add_main_entries(context, entries, NULL);
    return context;
}

int cmd_outbox(App *app, int argc, char **argv) {
    g_auto(Options) options = {0};
    g_autoptr(GOptionContext) context = make_context(&options);
    g_autoptr(GError) error = NULL;
    if (!usage_parse(context, &argc, &argv, &error) ||
        !run_verb(app, &options, argc, argv, &error)) {
        return error != NULL ? app_fail(g_steal_pointer(&error)) : EX_IOERR;
    }
    return EX_OK;
}
