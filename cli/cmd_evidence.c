/* vetkoll evidence --as-of DATE --out DIR [--format text|json] [--lang sv|en] [--confirm
 * RULE=TEXT]... */
#include "base/clock.h"
#include "base/error.h"
#include "base/file.h"
#include "base/lang.h"
#include "cli/app.h"
#include "cli/usage.h"
#include "reports/evidence.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

typedef struct {
    char *as_of, *out_dir, *format, *lang;
    char **confirm;
} Options;

static void options_clear(Options *options) {
    g_free(options->as_of);
    g_free(options->out_dir);
    g_free(options->format);
    g_free(options->lang);
    g_strfreev(options->confirm);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Options, options_clear)

/* "RULE=TEXT" lines as a table; NULL with an error for one that is not. */
static GHashTable *read_confirmations(char **lines, GError **error) {
    g_autoptr(GHashTable) table = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    for (guint i = 0; lines && lines[i]; i++) {
        const char *equals = strchr(lines[i], '=');
        if (!equals || equals == lines[i] || equals[1] == '\0' ||
            !g_utf8_validate(lines[i], -1, NULL)) {
            error_set(error, VK_ERROR_INPUT,
                      tr("--confirm %s: skriv REGEL=TEXT, till exempel G39-h=\"Ledningsgruppen "
                         "2026-11-30\"",
                         "--confirm %s: write RULE=TEXT, for example G39-h=\"Management team "
                         "2026-11-30\""),
                      lines[i]);
            return NULL;
        }
        g_hash_table_insert(table, g_strndup(lines[i], (gsize)(equals - lines[i])),
                            g_strdup(equals + 1));
    }
    return g_steal_pointer(&table);
}

typedef struct {
    const Evidence *evidence;
    const char *sha256;
    int64_t now_us;
} Record;

static bool record_job(DbTx *tx, gpointer data, GError **error) {
    const Record *record = data;
    return evidence_record(tx, record->evidence, record->sha256, record->now_us, error);
}

static bool write_file(const char *dir, const char *name, const char *text, GError **error) {
    g_autofree char *path = g_build_filename(dir, name, NULL);
    return file_write(path, text, strlen(text), 0640, error);
}

static bool write_files(const App *app, const Evidence *evidence, const Options *options, Lang lang,
                        const char *json, GError **error) {
    g_autoptr(GString) html = g_string_new(NULL);
    if (!evidence_html(evidence, app->catalog, lang, html, error)) {
        return false;
    }
    if (g_mkdir_with_parents(options->out_dir, 0750) != 0) {
        return file_write_failed(options->out_dir, errno, error);
    }
    return write_file(options->out_dir, "evidence.json", json, error) &&
           write_file(options->out_dir, "evidence.html", html->str, error);
}

static bool evidence_run(const App *app, const Options *options, Lang lang, GError **error) {
    g_autoptr(GHashTable) confirmations = read_confirmations(options->confirm, error);
    if (!confirmations) {
        return false;
    }
    EvidenceSpec spec = {
        .as_of = options->as_of,
        .organisation = {[LANG_SV] = config_text(app->config, "organisation.name_sv"),
                         [LANG_EN] = config_text(app->config, "organisation.name_en")},
        .report = report_settings(config_int(app->config, "privacy.k"),
                                  config_int(app->config, "privacy.k_anonymous")),
        .confirmations = confirmations,
    };
    g_autoptr(Evidence) evidence = NULL;
    if (!evidence_load(app->db, &spec, &evidence, error)) {
        return false;
    }
    g_autofree char *json = evidence_json(evidence);
    g_autofree char *sha256 = g_compute_checksum_for_string(G_CHECKSUM_SHA256, json, -1);
    Record record = {.evidence = evidence, .sha256 = sha256, .now_us = clock_now_us()};
    if (!write_files(app, evidence, options, lang, json, error) ||
        !writer_run(app->writer, record_job, &record, error)) {
        return false;
    }
    bool as_json = options->format && strcmp(options->format, "json") == 0;
    g_autofree char *summary = evidence_summary(evidence, lang);
    fputs(as_json ? json : summary, stdout);
    if (!as_json) {
        g_print(tr("\nevidence.json och evidence.html ligger i %s (SHA-256 %s)\n",
                   "\nevidence.json and evidence.html are in %s (SHA-256 %s)\n"),
                options->out_dir, sha256);
    }
    return true;
}

static bool options_check(const Options *options, Lang *out_lang, GError **error) {
    if (!options->as_of || !options->out_dir) {
        return usage_fail(
            error, tr("ange --as-of DATUM och --out MAPP", "give --as-of DATE and --out DIR"));
    }
    if (options->format && strcmp(options->format, "json") != 0 &&
        strcmp(options->format, "text") != 0) {
        return error_set(error, VK_ERROR_INPUT,
                         tr("okänt format \"%s\": skriv text eller json",
                            "unknown format \"%s\": write text or json"),
                         options->format);
    }
    *out_lang = lang_current();
    if (options->lang && (!lang_parse(options->lang, out_lang) || *out_lang >= LANG_OWN_COUNT)) {
        return error_set(
            error, VK_ERROR_INPUT,
            tr("okänt språk \"%s\": skriv sv eller en", "unknown language \"%s\": write sv or en"),
            options->lang);
    }
    return true;
}

int cmd_evidence(App *app, int argc, char **argv) {
    g_auto(Options) options = {0};
    const GOptionEntry entries[] = {
        {"as-of", 0, 0, G_OPTION_ARG_STRING, &options.as_of,
         tr("datum vars månad avslutar fönstret på 24 månader",
            "date whose month ends the window of 24 months"),
         "YYYY-MM-DD"},
        {"out", 'o', 0, G_OPTION_ARG_FILENAME, &options.out_dir,
         tr("mapp för evidence.json och evidence.html",
            "folder for evidence.json and evidence.html"),
         "DIR"},
        {"format", 'f', 0, G_OPTION_ARG_STRING, &options.format,
         tr("vad som skrivs på skärmen: text | json", "what is printed: text | json"), "FORMAT"},
        {"lang", 'l', 0, G_OPTION_ARG_STRING, &options.lang,
         tr("sidans språk: sv | en", "the page's language: sv | en"), "LANG"},
        {"confirm", 0, 0, G_OPTION_ARG_STRING_ARRAY, &options.confirm,
         tr("vad bara organisationen kan veta, t.ex. G39-h=\"Ledningsgruppen 2026-11-30\"; får "
            "upprepas",
            "what only the organisation can know, e.g. G39-h=\"Management team 2026-11-30\"; may "
            "be "
            "repeated"),
         "RULE=TEXT"},
        {0},
    };
    g_autoptr(GOptionContext) context = g_option_context_new(NULL);
    g_option_context_set_summary(
        context, tr("Underlag för fråga 17, 18, 30 och 39: vad som undersökts på 24 hela "
                    "kalendermånader, och vilka svar det stöder.",
                    "Evidence for questions 17, 18, 30 and 39: what was examined in 24 whole "
                    "calendar months, and which answers that supports."));
    g_autoptr(GError) error = NULL;
    Lang lang = LANG_SV;
    g_option_context_add_main_entries(context, entries, NULL);
    if (!usage_parse(context, &argc, &argv, &error) || !usage_check(NULL, argc, argv, &error) ||
        !options_check(&options, &lang, &error) || !evidence_run(app, &options, lang, &error)) {
        return app_fail(g_steal_pointer(&error));
    }
    return EX_OK;
}
