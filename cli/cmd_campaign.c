/* vetkoll campaign create|list|show|preview|testmail|launch|pause|resume|close: what is asked of
 * whom and when. */
#include "base/clock.h"
#include "base/error.h"
#include "base/file.h"
#include "base/lang.h"
#include "campaigns/definition.h"
#include "campaigns/schedule.h"
#include "cli/app.h"
#include "cli/campaign_ask.h"
#include "cli/campaign_mail.h"
#include "cli/campaign_print.h"
#include "cli/usage.h"

#include <stdio.h>
#include <string.h>
#include <sysexits.h>

typedef struct {
    gboolean interactive;
    char *format;
    char *out;
    CampaignMail mail; /* its texts are ours, but for campaign, format and folder */
} Options;

static void options_clear(Options *options) {
    g_free(options->format);
    g_free(options->out);
    g_free((char *)(uintptr_t)options->mail.message);
    g_free((char *)(uintptr_t)options->mail.person);
    g_free((char *)(uintptr_t)options->mail.lang);
    g_free((char *)(uintptr_t)options->mail.to);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Options, options_clear)

/* One change, for the writer. */
typedef struct {
    const char *verb;
    const char *name;
    const char *json;
    gsize length;
    guint k, k_anonymous;
    int64_t id;
} Change;

static bool change_run(DbTx *tx, gpointer data, GError **error) {
    Change *change = data;
    int64_t now_us = clock_now_us();
    if (strcmp(change->verb, "create") == 0) {
        return campaign_create(tx, change->json, change->length, now_us, &change->id, error);
    }
    if (strcmp(change->verb, "launch") == 0) {
        return campaign_launch(tx, change->name, change->k, change->k_anonymous, now_us, error);
    }
    if (strcmp(change->verb, "pause") == 0) {
        return campaign_pause(tx, change->name, error);
    }
    if (strcmp(change->verb, "resume") == 0) {
        return campaign_resume(tx, change->name, now_us, error);
    }
    g_assert(strcmp(change->verb, "close") == 0);
    return campaign_close(tx, change->name, now_us, error);
}

static guint k_anonymous(const App *app) {
    return (guint)config_int(app->config, "privacy.k_anonymous");
}

static bool wants_json(const Options *options) {
    return g_strcmp0(options->format, "json") == 0;
}

/* --- create ----------------------------------------------------------------------- */

static bool definition_free_place(const char *path, GError **error) {
    return !g_file_test(path, G_FILE_TEST_EXISTS) ||
           error_set(error, VK_ERROR_CONFLICT,
                     tr("filen %s finns redan; välj en annan med --out",
                        "the file %s exists; choose another with --out"),
                     path);
}

/* Writes the asked definition beside the others, never over one. */
static bool definition_write(const char *path, const char *json, GError **error) {
    g_autofree char *text = g_strconcat(json, "\n", NULL);
    return definition_free_place(path, error) && file_write(path, text, strlen(text), 0640, error);
}

/* A date that has passed does no harm, but is likely last year's. */
static void note_past(const Definition *definition, GString *out) {
    int64_t now_us = clock_now_us();
    if (definition->start_at_us != 0 && definition->start_at_us < schedule_day(now_us)) {
        g_string_append(out,
                        tr("Obs: schedule.start har passerat; kampanjen öppnas så snart den "
                           "startas.\n",
                           "Note: schedule.start has passed; the campaign opens as soon as it is "
                           "launched.\n"));
    }
    if (definition->end_at_us != 0 && definition->end_at_us < now_us) {
        g_string_append(out,
                        tr("Obs: schedule.end har passerat; alla brev skickas på en gång.\n",
                           "Note: schedule.end has passed; all mails will be sent at once.\n"));
    }
}

/* What would keep the new draft from being launched, or is likely a slip: better known now. */
static void warn_of_draft(App *app, const Definition *definition) {
    g_autoptr(GError) hindrance = NULL;
    g_autoptr(LaunchPreview) preview =
        campaign_preview(app->db, definition->name, k_anonymous(app), clock_now_us(), &hindrance);
    g_autoptr(GString) text = g_string_new(NULL);
    note_past(definition, text);
    if (preview != NULL) {
        campaign_print_unknown(preview, text);
    } else {
        g_string_append_printf(
            text,
            tr("Obs: den kan inte startas ännu: %s\n", "Note: it cannot be launched yet: %s\n"),
            hindrance->message);
    }
    g_printerr("%s", text->str);
}

static bool create_asked(App *app, const Options *options, GError **error) {
    if (options->out != NULL && !definition_free_place(options->out, error)) {
        return false; /* before the questions, not after them */
    }
    g_autofree char *json = campaign_ask(stdin, stderr, error);
    if (json == NULL) {
        return false;
    }
    g_print("%s\n", json); /* whatever comes: the answers are not lost */
    g_autoptr(Definition) definition = definition_parse(json, strlen(json), error);
    if (definition == NULL) {
        return false;
    }
    const char *name = definition->name;
    g_autofree char *file =
        options->out != NULL ? g_strdup(options->out) : g_strconcat(name, ".json", NULL);
    Change change = {.verb = "create", .json = json, .length = strlen(json)};
    if (!definition_write(file, json, error)) {
        return false;
    }
    if (!writer_run(app->writer, change_run, &change, error)) {
        g_printerr(
            tr("Svaren är sparade i %s: rätta dem där och kör `vetkoll campaign create %s`.\n",
               "The answers are saved in %s: mend them there and run `vetkoll campaign create "
               "%s`.\n"),
            file, file);
        return false;
    }
    g_printerr(tr("Kampanjen %s är skapad som utkast och sparad i %s. Se den med `vetkoll campaign "
                  "show %s`, starta den med `vetkoll campaign launch %s`.\n",
                  "The campaign %s is created as a draft and saved in %s. Look at it with `vetkoll "
                  "campaign show %s`, launch it with `vetkoll campaign launch %s`.\n"),
               name, file, name, name);
    warn_of_draft(app, definition);
    return true;
}

static bool create_from_file(App *app, const char *path, GError **error) {
    gsize length = 0;
    g_autofree char *json = file_read(path, FILE_SMALL, &length, error);
    if (json == NULL) {
        return false;
    }
    Change change = {.verb = "create", .json = json, .length = length};
    if (!writer_run(app->writer, change_run, &change, error)) {
        g_prefix_error(error, "%s: ", path);
        return false;
    }
    g_autoptr(Definition) definition = definition_parse(json, length, error);
    if (definition == NULL) {
        return false;
    }
    const char *name = definition->name;
    g_print(tr("Kampanjen %s är skapad som utkast. Se den med `vetkoll campaign show %s`, starta "
               "den med `vetkoll campaign launch %s`.\n",
               "The campaign %s is created as a draft. Look at it with `vetkoll campaign show %s`, "
               "launch it with `vetkoll campaign launch %s`.\n"),
            name, name, name);
    warn_of_draft(app, definition);
    return true;
}

/* --- list, show ------------------------------------------------------------------- */

static bool list(App *app, const Options *options, GError **error) {
    g_autoptr(GPtrArray) campaigns = campaign_list(app->db, error);
    if (campaigns == NULL) {
        return false;
    }
    g_autoptr(GString) text = g_string_new(NULL);
    if (wants_json(options)) {
        campaign_print_list_json(campaigns, text);
    } else if (campaigns->len == 0) {
        g_string_append(text, tr("Det finns inga kampanjer. Skapa en med `vetkoll campaign create "
                                 "--interactive`.\n",
                                 "There are no campaigns. Create one with `vetkoll campaign create "
                                 "--interactive`.\n"));
    } else {
        campaign_print_list(campaigns, text);
    }
    g_print("%s", text->str);
    return true;
}

/* With what a launch would do, as long as it has not opened. */
static bool show(App *app, const char *name, const Options *options, GError **error) {
    g_autoptr(Campaign) campaign = campaign_find(app->db, name, error);
    if (campaign == NULL) {
        return false;
    }
    g_autoptr(GError) hindrance = NULL;
    g_autoptr(LaunchPreview) preview = NULL;
    if (campaign->round_id == 0 && campaign->state != CAMPAIGN_CLOSED) {
        preview = campaign_preview(app->db, name, k_anonymous(app), clock_now_us(), &hindrance);
    }
    g_autoptr(GString) text = g_string_new(NULL);
    const char *why = hindrance != NULL ? hindrance->message : NULL;
    if (wants_json(options)) {
        campaign_print_json(campaign, preview, why, text);
    } else {
        campaign_print(campaign, preview, why, text);
    }
    g_print("%s", text->str);
    return true;
}

/* --- preview, testmail ------------------------------------------------------------ */

static CampaignMail mail_wanted(const Options *options, const char *name) {
    CampaignMail wanted = options->mail;
    wanted.campaign = name;
    wanted.format = options->format;
    wanted.folder = options->out;
    return wanted;
}

/* --- the command ------------------------------------------------------------------ */

static const struct {
    const char *verb;
    const char *done_sv, *done_en;
} changes[] = {
    {"launch", "startad.", "launched."},
    {"pause", "pausad: inget skickas, och länkarna säger det.",
     "paused: nothing is sent, and its links say so."},
    {"resume", "återupptagen.", "resumed."},
    {"close", "avslutad.", "closed."},
};

static bool change_named(App *app, const char *verb, const char *name, GError **error) {
    guint i = 0;
    while (strcmp(verb, changes[i].verb) != 0) {
        i++;
        g_assert(i < G_N_ELEMENTS(changes));
    }
    Change change = {.verb = verb,
                     .name = name,
                     .k = (guint)config_int(app->config, "privacy.k"),
                     .k_anonymous = k_anonymous(app)};
    if (!writer_run(app->writer, change_run, &change, error)) {
        return false;
    }
    g_print("%s: %s\n", name, tr(changes[i].done_sv, changes[i].done_en));
    return true;
}

static bool dispatch_verb(App *app, const Options *options, char **argv, GError **error) {
    if (strcmp(argv[1], "preview") == 0) {
        CampaignMail wanted = mail_wanted(options, argv[2]);
        return campaign_mail_preview(app, &wanted, error);
    }
    if (strcmp(argv[1], "testmail") == 0) {
        CampaignMail wanted = mail_wanted(options, argv[2]);
        return campaign_mail_test(app, &wanted, error);
    }
    if (options->format != NULL && !wants_json(options) && strcmp(options->format, "text") != 0) {
        return error_set(
            error, VK_ERROR_INPUT,
            tr("--format ska vara text eller json", "--format should be text or json"));
    }
    if (strcmp(argv[1], "create") == 0) {
        return options->interactive ? create_asked(app, options, error)
                                    : create_from_file(app, argv[2], error);
    }
    if (strcmp(argv[1], "list") == 0) {
        return list(app, options, error);
    }
    return strcmp(argv[1], "show") == 0 ? show(app, argv[2], options, error)
                                        : change_named(app, argv[1], argv[2], error);
}

static GOptionContext *command_context(Options *options) {
    const GOptionEntry entries[] = {
        {"interactive", 'i', 0, G_OPTION_ARG_NONE, &options->interactive,
         tr("create: fråga efter allt", "create: ask for everything"), NULL},
        {"out", 'o', 0, G_OPTION_ARG_FILENAME, &options->out,
         tr("create --interactive: spara definitionen här (annars NAMN.json); preview: skriv "
            "filer för webbläsare och mejlprogram i mappen",
            "create --interactive: save the definition here (else NAME.json); preview: write files "
            "for browser and mail program into the folder"),
         tr("SÖKVÄG", "PATH")},
        {"format", 'f', 0, G_OPTION_ARG_STRING, &options->format,
         tr("list, show: text eller json; preview: text, html eller eml",
            "list, show: text or json; preview: text, html or eml"),
         "FORMAT"},
        {"message", 'm', 0, G_OPTION_ARG_STRING, &options->mail.message,
         tr("preview, testmail: invitation (förval) eller reminder",
            "preview, testmail: invitation (default) or reminder"),
         tr("BREV", "MAIL")},
        {"person", 'p', 0, G_OPTION_ARG_STRING, &options->mail.person,
         tr("preview, testmail: vems brev, med e-postadress (annars den första i målgruppen)",
            "preview, testmail: whose mail, by address (else the first of the audience)"),
         tr("ADRESS", "ADDRESS")},
        {"lang", 'l', 0, G_OPTION_ARG_STRING, &options->mail.lang,
         tr("preview, testmail: ett språk (sv, en …), both eller all",
            "preview, testmail: a language (sv, en ...), both or all"),
         tr("SPRÅK", "LANG")},
        {"to", 't', 0, G_OPTION_ARG_STRING, &options->mail.to,
         tr("testmail: vart provbrevet skickas", "testmail: where the test mail goes"),
         tr("ADRESS", "ADDRESS")},
        {0},
    };
    GOptionContext *context = g_option_context_new(
        tr("create FIL.json | create --interactive | list | show NAMN | preview NAMN | testmail "
           "NAMN --to ADRESS | launch NAMN | pause NAMN | resume NAMN | close NAMN",
           "create FILE.json | create --interactive | list | show NAME | preview NAME | testmail "
           "NAME --to ADDRESS | launch NAME | pause NAME | resume NAME | close NAME"));
    g_option_context_set_summary(
        context,
        tr("Kampanjer: utbildning, kunskapsmätning, uppföljning och hinder. `show` visar "
           "före start vad som kommer att hända, `preview` hur breven blir, och `testmail` "
           "skickar ett till en egen adress utan att något räknas. Filens fält: docs/campaigns.md.",
           "Campaigns: training, knowledge survey, follow-up and obstacles. Before launch "
           "`show` tells what will happen, `preview` what the mail will be, and "
           "`testmail` sends one to an address of your own with nothing counted. The file's "
           "fields: docs/campaigns.md."));
    g_option_context_add_main_entries(context, entries, NULL);
    return context;
}

int cmd_campaign(App *app, int argc, char **argv) {
    g_auto(Options) options = {0};
    g_autoptr(GOptionContext) context = command_context(&options);
    g_autoptr(GError) error = NULL;
    if (!usage_parse(context, &argc, &argv, &error)) {
        return app_fail(g_steal_pointer(&error));
    }
    const UsageVerb verbs[] = {{"create", options.interactive ? 0 : 1},
                               {"list", 0},
                               {"show", 1},
                               {"preview", 1},
                               {"testmail", 1},
                               {"launch", 1},
                               {"pause", 1},
                               {"resume", 1},
                               {"close", 1},
                               {NULL, 0}};
    if (!usage_check(verbs, argc, argv, &error) || !dispatch_verb(app, &options, argv, &error)) {
        return app_fail(g_steal_pointer(&error));
    }
    return EX_OK;
}
