/* vetkoll report participation|knowledge CAMPAIGN [--format text|json|csv|html] [--out FILE] */
#include "base/error.h"
#include "base/file.h"
#include "base/lang.h"
#include "cli/app.h"
#include "cli/usage.h"
#include "reports/export.h"

#include <stdio.h>
#include <string.h>
#include <sysexits.h>

static ReportSettings settings_of(const Config *config) {
    ReportSettings settings = report_settings_default();
    settings.k = config_int(config, "privacy.k");
    settings.k_anonymous = config_int(config, "privacy.k_anonymous");
    settings.k_sensitive = MAX(settings.k_sensitive, settings.k_anonymous);
    return settings;
}

static bool report_write(const App *app, const char *report, const char *campaign,
                         ExportFormat format, GString *out, GError **error) {
    ReportSettings settings = settings_of(app->config);
    if (strcmp(report, "participation") == 0) {
        g_autoptr(Participation) participation = NULL;
        return participation_load(app->db, campaign, &settings, &participation, error) &&
               export_participation(participation, format, lang_current(), app->catalog, out,
                                    error);
    }
    g_autoptr(Knowledge) knowledge = NULL;
    return knowledge_load(app->db, campaign, &settings, &knowledge, error) &&
           export_knowledge(knowledge, format, lang_current(), app->catalog, out, error);
}

int cmd_report(App *app, int argc, char **argv) {
    static const UsageVerb verbs[] = {{"participation", 1}, {"knowledge", 1}, {NULL, 0}};
    g_autofree char *format_text = NULL;
    g_autofree char *out_path = NULL;
    const GOptionEntry entries[] = {
        {"format", 'f', 0, G_OPTION_ARG_STRING, &format_text, "text | json | csv | html", "FORMAT"},
        {"out", 'o', 0, G_OPTION_ARG_FILENAME, &out_path,
         tr("skriv till fil i stället för till skärmen", "write to a file instead of the screen"),
         "FILE"},
        {0},
    };
    g_autoptr(GOptionContext) context = g_option_context_new(
        tr("participation|knowledge KAMPANJ", "participation|knowledge CAMPAIGN"));
    g_option_context_set_summary(
        context,
        tr("Visar vem som deltagit och vad svaren säger, per enhet. Små grupper visas inte.",
           "Shows who took part and what the answers say, by unit. Small groups are not "
           "shown."));
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
    g_autoptr(GString) out = g_string_new(NULL);
    if (!report_write(app, argv[1], argv[2], format, out, &error) ||
        (out_path && !file_write(out_path, out->str, out->len, 0640, &error))) {
        return app_fail(g_steal_pointer(&error));
    }
    if (!out_path && fwrite(out->str, 1, out->len, stdout) != out->len) {
        return EX_IOERR;
    }
    return EX_OK;
}
