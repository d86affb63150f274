/* vetkoll person export|erase|retention|compact: a person's rights, and how long things are kept.
 */
#include "base/clock.h"
#include "base/error.h"
#include "base/file.h"
#include "base/lang.h"
#include "campaigns/retention_log.h"
#include "cli/app.h"
#include "cli/person_print.h"
#include "cli/settings.h"
#include "cli/usage.h"
#include "mailer/recover.h"
#include "store/compact.h"

#include <stdio.h>
#include <string.h>
#include <sysexits.h>

enum { LOG_SHOWN = 200 };

typedef struct {
    char *key;
    char *format;
    char *output;
    gboolean yes;
    gboolean employed;
    gboolean no_compact;
} Options;

static void options_clear(Options *options) {
    g_free(options->key);
    g_free(options->format);
    g_free(options->output);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Options, options_clear)

/* --- who ------------------------------------------------------------------------------ */

static DirectoryPerson *person_steal(GPtrArray *found, guint index) {
    g_ptr_array_set_free_func(found, NULL);
    DirectoryPerson *person = g_ptr_array_steal_index(found, index);
    g_ptr_array_set_free_func(found, (GDestroyNotify)directory_person_free);
    return person;
}

/* Two who have had the same address: which of them is for the operator to say. */
static void fail_many(const char *email, const GPtrArray *found, GError **error) {
    g_autoptr(GString) all = g_string_new(NULL);
    for (guint i = 0; i < found->len; i++) {
        const DirectoryPerson *person = g_ptr_array_index(found, i);
        g_string_append_printf(all, "\n  --key %s  %s %s%s", person->key, person->given_name,
                               person->family_name,
                               person->active ? "" : tr(" (har slutat)", " (has left)"));
    }
    error_set(error, VK_ERROR_CONFLICT,
              tr("flera personer har haft adressen %s; välj en:%s",
                 "several people have had the address %s; choose one:%s"),
              email, all->str);
}

static DirectoryPerson *person_choose(App *app, const char *email, const char *key,
                                      GError **error) {
    g_autoptr(GPtrArray) found = people_find_email(app->db, email, error);
    if (found == NULL) {
        return NULL;
    }
    for (guint i = 0; key != NULL && i < found->len; i++) {
        const DirectoryPerson *person = g_ptr_array_index(found, i);
        if (strcmp(person->key, key) == 0) {
            return person_steal(found, i);
        }
    }
    if (found->len == 1 && key == NULL) {
        return person_steal(found, 0);
    }
    if (found->len > 1) {
        fail_many(email, found, error);
        return NULL;
    }
    error_set(error, VK_ERROR_NOT_FOUND,
              tr("ingen i registret har adressen %s. Den som fanns förr kan vara raderad; "
                 "`vetkoll people list --all` visar alla",
                 "nobody in the directory has the address %s. Somebody who was there may be "
                 "erased; `vetkoll people list --all` shows all"),
              email);
    return NULL;
}

/* --- export --------------------------------------------------------------------------- */

static bool format_is_json(const char *format, bool *out_json, GError **error) {
    *out_json = g_strcmp0(format, "json") == 0;
    return format == NULL || *out_json || strcmp(format, "text") == 0 ||
           error_set(error, VK_ERROR_INPUT,
                     tr("--format ska vara text eller json", "--format should be text or json"));
}

static bool export(App *app, const Options *options, const char *email, GError **error) {
    bool json = false;
    g_autoptr(DirectoryPerson) person = NULL;
    if (!format_is_json(options->format, &json, error) ||
        (person = person_choose(app, email, options->key, error)) == NULL) {
        return false;
    }
    g_autoptr(GPtrArray) rows = rights_copy(app->db, person->id, error);
    g_autoptr(GString) text = g_string_new(NULL);
    if (rows == NULL) {
        return false;
    }
    if (json) {
        person_print_copy_json(person, rows, clock_now_us(), text);
    } else {
        person_print_copy(person, rows, clock_now_us(), text);
    }
    if (options->output != NULL) { /* for the owner's eyes only */
        return file_write(options->output, text->str, text->len, 0600, error);
    }
    return fwrite(text->str, 1, text->len, stdout) == text->len ||
           error_set(error, VK_ERROR_BUSY, tr("kan inte skriva ut", "cannot print"));
}

/* --- erase ---------------------------------------------------------------------------- */

typedef struct {
    int64_t person_id;
    int64_t now_us;
} Erasing;

static bool erase_run(DbTx *tx, gpointer data, GError **error) {
    const Erasing *job = data;
    return rights_erase(tx, job->person_id, true, job->now_us, error);
}

static void app_disconnect(App *app) {
    g_clear_pointer(&app->writer, writer_close);
    g_clear_pointer(&app->db, db_close);
}

/* The file written anew, and searched for what should be gone. */
static bool erase_traces(App *app, const char *const traces[], GError **error) {
    bool found = false;
    app_disconnect(app);
    if (!compact_file(app->db_path, error)) {
        g_prefix_error(error, "%s",
                       tr("Personen är raderad, men filen kunde inte skrivas om; kör `vetkoll "
                          "person compact` senare: ",
                          "The person is erased, but the file could not be rewritten; run `vetkoll "
                          "person compact` later: "));
        return false;
    }
    if (!compact_search(app->db_path, traces, &found, error)) {
        return false;
    }
    g_print("%s\n",
            found ? tr("Databasfilen är omskriven, men adressen eller en fritext från personen "
                       "står kvar någonstans: kanske i en text som någon annan har skrivit, i en "
                       "kampanjs texter eller hos en annan person med samma adress, eller för "
                       "en stund i det som sändaren har antecknat.",
                       "The database file is rewritten, but the address or a free text of the "
                       "person still stands somewhere: perhaps in what somebody else wrote, in a "
                       "campaign's texts or with another person of the same address, or for a "
                       "while in what the sender has noted.")
                  : tr("Databasfilen är omskriven och genomsökt: varken adress eller fritext står "
                       "kvar i den, i dess logg eller i det som sändaren har antecknat.",
                       "The database file is rewritten and searched: neither address nor free text "
                       "stands in it, in its log or in what the sender has noted."));
    return true;
}

static void print_outside(void) {
    g_print(
        "%s\n",
        tr("\nKvar utanför databasen: säkerhetskopior, brev i mottagarens och returernas "
           "brevlådor, mappen med brev om mail.relay är maildir:, och personalfilen. Nästa "
           "inläsning lägger till personen på nytt om hen står i filen. Läs docs/privacy.md.",
           "\nLeft outside the database: backups, mail in the mailboxes of recipient and "
           "returns, the folder of mails if mail.relay is maildir:, and the staff file. The next "
           "import adds the person anew if the file has them. Read docs/privacy.md."));
}

static bool erase(App *app, const Options *options, const char *email, GError **error) {
    if (!recover_sender(app->db_path, app->writer, error)) {
        return false;
    }
    g_autoptr(DirectoryPerson) person = person_choose(app, email, options->key, error);
    g_autoptr(GPtrArray) rows = person != NULL ? rights_copy(app->db, person->id, error) : NULL;
    if (rows == NULL) {
        return false;
    }
    g_autoptr(GString) text = g_string_new(NULL);
    person_print_erasure(person, rows, options->yes, text);
    if (!options->yes) {
        g_print("%s\n%s\n", text->str,
                tr("Ingenting är raderat. Kör samma sak med --yes för att radera.",
                   "Nothing is erased. Run the same with --yes to erase."));
        return true;
    }
    if (person->active && !options->employed) {
        return error_set(error, VK_ERROR_CONFLICT,
                         tr("personen är anställd enligt den senaste personalfilen. Ta bort hen ur "
                            "filen och läs in den, eller lägg till --employed: då räknas personen "
                            "inte längre bland de anställda, och nästa inläsning lägger till hen "
                            "på nytt",
                            "the person is employed, as the last staff file has it. Take them out "
                            "of the file and import it, or add --employed: then they no longer "
                            "count among the employed, and the next import adds them anew"));
    }
    Erasing job = {.person_id = person->id, .now_us = clock_now_us()};
    g_auto(GStrv) traces = rights_traces(person, rows);
    if (!writer_run(app->writer, erase_run, &job, error)) {
        return false;
    }
    g_print("%s\n", text->str);
    if (!options->no_compact && !erase_traces(app, (const char *const *)traces, error)) {
        return false;
    }
    print_outside();
    return true;
}

/* --- retention, compact --------------------------------------------------------------- */

static bool retention(App *app, GError **error) {
    g_autoptr(GPtrArray) lines = retention_log(app->db, LOG_SHOWN, error);
    g_autoptr(GString) text = g_string_new(NULL);
    if (lines == NULL) {
        return false;
    }
    RetentionSettings settings = settings_retention(app);
    person_print_retention(&settings, lines, text);
    g_print("%s", text->str);
    return true;
}

static bool compact(App *app, GError **error) {
    if (!recover_sender(app->db_path, app->writer, error)) {
        return false;
    }
    app_disconnect(app);
    if (!compact_file(app->db_path, error)) {
        return false;
    }
    g_print("%s\n", tr("Databasfilen är omskriven: den har bara det som finns i registren.",
                       "The database file is rewritten: it has only what the tables have."));
    return true;
}

/* --- the command ---------------------------------------------------------------------- */

static GOptionContext *make_context(Options *options) {
    const GOptionEntry entries[] = {
        {"key", 'k', 0, G_OPTION_ARG_STRING, &options->key,
         tr("vilken person, om flera har haft adressen: anställningsnumret",
            "which person, if several have had the address: the employee number"),
         tr("NYCKEL", "KEY")},
        {"format", 'f', 0, G_OPTION_ARG_STRING, &options->format, "text | json", "FORMAT"},
        {"output", 'o', 0, G_OPTION_ARG_FILENAME, &options->output,
         tr("export: skriv till fil, läsbar bara för ägaren",
            "export: write to a file that only its owner can read"),
         tr("FIL", "FILE")},
        {"yes", 'y', 0, G_OPTION_ARG_NONE, &options->yes,
         tr("erase: radera; annars visas bara vad som skulle raderas",
            "erase: do it; otherwise it only shows what would be erased"),
         NULL},
        {"employed", 0, 0, G_OPTION_ARG_NONE, &options->employed,
         tr("erase: även den som är anställd", "erase: even somebody who is employed"), NULL},
        {"no-compact", 0, 0, G_OPTION_ARG_NONE, &options->no_compact,
         tr("erase: skriv inte om databasfilen nu; kör `vetkoll person compact` när det är lugnt",
            "erase: do not rewrite the database file now; run `vetkoll person compact` when it is "
            "quiet"),
         NULL},
        {0},
    };
    GOptionContext *context =
        g_option_context_new(tr("export ADRESS | erase ADRESS | retention | compact",
                                "export ADDRESS | erase ADDRESS | retention | compact"));
    g_option_context_set_summary(
        context,
        tr("En persons rättigheter: `export` ger en kopia av allt som är lagrat, `erase` raderar "
           "det. Rapporternas siffror ändras inte. Anonyma svar går inte att koppla till en person "
           "och kan därför varken visas eller raderas. `retention` visar hur länge uppgifter "
           "sparas och vad som har gallrats; `compact` skriver om databasfilen, så att inget "
           "raderat ligger kvar i den.",
           "A person's rights: `export` gives a copy of all that is stored, `erase` erases it. The "
           "figures of reports do not change. Anonymous answers cannot be tied to a person and so "
           "can be neither shown nor erased. `retention` shows how long data is kept and what has "
           "been erased; `compact` rewrites the database file, so that nothing erased lingers in "
           "it."));
    g_option_context_add_main_entries(context, entries, NULL);
    return context;
}

static bool run_verb(App *app, const Options *options, char **argv, GError **error) {
    if (strcmp(argv[1], "export") == 0) {
        return export(app, options, argv[2], error);
    }
    if (strcmp(argv[1], "erase") == 0) {
        return erase(app, options, argv[2], error);
    }
    return strcmp(argv[1], "retention") == 0 ? retention(app, error) : compact(app, error);
}

int cmd_person(App *app, int argc, char **argv) {
    static const UsageVerb verbs[] = {
        {"export", 1}, {"erase", 1}, {"retention", 0}, {"compact", 0}, {NULL, 0}};
    g_auto(Options) options = {0};
    g_autoptr(GError) error = NULL;
    g_autoptr(GOptionContext) context = make_context(&options);
    if (!usage_parse(context, &argc, &argv, &error) || !usage_check(verbs, argc, argv, &error) ||
        !run_verb(app, &options, argv, &error)) {
        return app_fail(g_steal_pointer(&error));
    }
    return EX_OK;
}
