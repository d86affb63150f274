/* vetkoll report participation|knowledge|texts CAMPAIGN [--format text|json|csv|html] [--out FILE]
 */
#include "base/error.h"
#include "base/file.h"
#include "base/lang.h"
#include "cli/app.h"
#include "cli/usage.h"
#include "reports/export.h"

#include <stdio.h>
#include <string.h>
#include <sysexits.h>

static bool report_write(const App *app, const char *report, const char *campaign,
                         ExportFormat format, GString *out, GError **error) {
    ReportSettings settings = report_settings(config_int(app->config, "privacy.k"),
                                              config_int(app->config, "privacy.k_anonymous"));
    if (strcmp(report, "participation") == 0) {
        g_autoptr(Participation) participation = NULL;
        return participation_load(app->db, campaign, &settings, &participation, error) &&
               export_participation(participation, format, lang_current(), app->catalog, out,
                                    error);
    }
    if (strcmp(report, "texts") == 0) {
        g_autoptr(Texts) texts = NULL;
        return texts_load(app->db, campaign, &settings, &texts, error) &&
               export_texts(texts, format, lang_current(), out, error);
    }
    g_autoptr(Knowledge) knowledge = NULL;
    return knowledge_load(app->db, campaign, &settings, &knowledge, error) &&
           export_knowledge(knowledge, format, lang_current(), app->catalog, out, error);
}

int cmd_report(App *app, int argc, char **argv) {
    static const UsageVerb verbs[] = {
        {"participation", 1}, {"knowledge", 1}, {"texts", 1}, {NULL, 0}};
    g_autofree char *format_text = NULL;
    g_autofree char *out_path = NULL;
    const GOptionEntry entries[] = {
        {"format", 'f', 0, G_OPTION_ARG_STRING, &format_text,
         tr("text | json | csv | html (inte texts)", "text | json | csv | html (not texts)"),
         "FORMAT"},
        {"out", 'o', 0, G_OPTION_ARG_FILENAME, &out_path,
         tr("skriv till fil i stället för till skärmen", "write to a file instead of the screen"),
         "FILE"},
        {0},
    };
    g_autoptr(GOptionContext) context = g_option_context_new(
        tr("participation|knowledge|texts KAMPANJ", "participation|knowledge|texts CAMPAIGN"));
    g_option_context_set_summary(
        context,
        tr("participation: hur många som deltagit, per enhet. knowledge: vad svaren säger, per "
           "enhet. Små grupper visas inte.\n"
           "texts: vad som skrivits på öppna frågor, för att kodas för hand; när kampanjen är "
           "stängd, för hela organisationen, och bara där minst 20 har svarat.",
           "participation: how many took part, by unit. knowledge: what the answers say, by unit. "
           "Small groups are not shown.\n"
           "texts: what was written in answer to open questions, to be coded by hand; once the "
           "campaign is closed, for the whole organisation, and only where at least 20 answered."));
    g_autoptr(GError) error = NULL;
    g_option_context_add_main_entries(context, entries, NULL);
    if (!usage_parse(context, &argc, &argv, &error) || !usage_check(verbs, argc, argv, &error)) {
        return app_fail(g_steal_pointer(&error));
    }
    ExportFormat format = EXPORT_TEXT;
    if (format_text && !export_parse_format(format_text, &format)) {
        error_set(&error, VK_ERROR_INPUT,
                  tr("okänt format \"%s\": skriv text, json, csv eller html",
                     "unknown format \"%s\": write text, json, csv or html"),
                  format_text);
        return app_fail(g_steal_pointer(&error));
    }
    /* Free text may name people: for the owner's eyes only. */
    int mode = strcmp(argv[1], "texts") == 0 ? 0600 : 0640;
    g_autoptr(GString) out = g_string_new(NULL);
    if (!report_write(app, argv[1], argv[2], format, out, &error) ||
        (out_path && !file_write(out_path, out->str, out->len, mode, &error))) {
        return app_fail(g_steal_pointer(&error));
    }
    if (!out_path && fwrite(out->str, 1, out->len, stdout) != out->len) {
        return EX_IOERR;
    }
    return EX_OK;
}
