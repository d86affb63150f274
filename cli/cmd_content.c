/* vetkoll content check|import|list: the questions and lessons that campaigns can use. */
#include "base/clock.h"
#include "base/error.h"
#include "base/lang.h"
#include "cli/app.h"
#include "cli/usage.h"
#include "survey/pack.h"
#include "survey/reading.h"

#include <string.h>
#include <sysexits.h>

typedef struct {
    const Pack *pack;
    const char *name;
    PackStored stored;
} Import;

static int check_failed(const GPtrArray *faults, GError *take_error) {
    if (faults->len == 0) {
        return app_fail(take_error);
    }
    g_autoptr(GError) error = take_error;
    for (guint i = 0; i < faults->len; i++) {
        g_printerr("%s\n", (const char *)faults->pdata[i]);
    }
    g_printerr(faults->len == 1 ? tr("%u fel. Rätta det och kontrollera igen.\n",
                                     "%u fault. Mend it and check again.\n")
                                : tr("%u fel. Rätta dem och kontrollera igen.\n",
                                     "%u faults. Mend them and check again.\n"),
               faults->len);
    return error_exit_code(error);
}

static bool has_training_item(const Pack *pack, const Lesson *lesson) {
    for (guint i = 0; i < pack_item_count(pack); i++) {
        const Item *item = pack_item(pack, i);
        if (item_is_scored(item) && strcmp(item->topic, lesson->topic) == 0) {
            return true;
        }
    }
    return false;
}

/* What is no fault, but should be looked at before the pack is used. */
static void print_notes(const Pack *pack) {
    for (guint i = 0; i < pack_lesson_count(pack); i++) {
        const Lesson *lesson = pack_lesson(pack, i);
        if (!has_training_item(pack, lesson)) {
            g_print(tr("Obs: lektionen %s har ämnet %s, som ingen kunskapsfråga har.\n",
                       "Note: the lesson %s has the topic %s, which no scored item has.\n"),
                    lesson->key, lesson->topic);
        }
    }
    for (guint i = 0; i < pack_item_count(pack); i++) {
        const Item *item = pack_item(pack, i);
        const char *note = item->localisation[lang_current()];
        if (note[0] != '\0') {
            g_print(tr("Anpassa %s: %s\n", "Adapt %s: %s\n"), item->key, note);
        }
    }
}

static void print_foreign(const char *dir) {
    g_autoptr(GPtrArray) names = pack_foreign_files(dir);
    for (guint i = 0; i < names->len; i++) {
        g_print(
            tr("Obs: %s läses inte: språket finns inte här. En mapp för det bland mallarna, med "
               "filen language.json, lägger till det.\n",
               "Note: %s is not read: there is no such language here. A folder for it among the "
               "templates, with the file language.json, adds it.\n"),
            (const char *)names->pdata[i]);
    }
}

/* Texts that are hard to read: notes against the rule, faults against a limit that was asked for.
 */
static guint print_reading(const Pack *pack, double limit) {
    g_autoptr(GPtrArray) lines = g_ptr_array_new_with_free_func(g_free);
    pack_reading(pack, limit > 0 ? limit : READING_LIX_MAX, lines);
    for (guint i = 0; i < lines->len; i++) {
        if (limit > 0) {
            g_printerr("%s\n", (const char *)lines->pdata[i]);
        } else {
            g_print(tr("Obs: %s\n", "Note: %s\n"), (const char *)lines->pdata[i]);
        }
    }
    return limit > 0 ? lines->len : 0;
}

static int content_check(const char *dir, double lix) {
    g_autoptr(GPtrArray) faults = NULL;
    g_autoptr(GError) error = NULL;
    g_autoptr(Pack) pack = pack_load(dir, &faults, &error);
    if (pack == NULL) {
        return check_failed(faults, g_steal_pointer(&error));
    }
    print_notes(pack);
    print_foreign(dir);
    guint hard = print_reading(pack, lix);
    if (hard > 0) {
        g_printerr(tr("%u texter är svårare att läsa än LIX %g.\n",
                      "%u texts are harder to read than LIX %g.\n"),
                   hard, lix);
        return EX_DATAERR;
    }
    g_print(tr("%s (%s): %u frågor, %u lektioner och %u frågeformulär, inga fel.\n",
               "%s (%s): %u items, %u lessons and %u questionnaires, no faults.\n"),
            pack_title(pack, lang_current()), pack_name(pack), pack_item_count(pack),
            pack_lesson_count(pack), pack_questionnaire_count(pack));
    return EX_OK;
}

static bool import_run(DbTx *tx, gpointer data, GError **error) {
    Import *import = data;
    return pack_store(tx, import->pack, import->name, clock_now_us(), &import->stored, error);
}

static void print_stored(const char *name, const PackStored *stored) {
    g_print(tr("%s: frågor: %u nya, %u ändrade, %u i ny version, %u oförändrade, %u utgångna\n",
               "%s: items: %u new, %u changed, %u in a new version, %u unchanged, %u retired\n"),
            name, stored->items_added, stored->items_replaced, stored->items_versioned,
            stored->items_unchanged, stored->items_retired);
    g_print(tr("%s: lektioner: %u nya, %u ändrade, %u i ny version, %u oförändrade\n",
               "%s: lessons: %u new, %u changed, %u in a new version, %u unchanged\n"),
            name, stored->lessons_added, stored->lessons_replaced, stored->lessons_versioned,
            stored->lessons_unchanged);
    g_print(tr("%s: frågeformulär: %u\n", "%s: questionnaires: %u\n"), name,
            stored->questionnaires);
}

static int content_import(App *app, const char *dir, const char *name) {
    g_autoptr(GPtrArray) faults = NULL;
    g_autoptr(GError) error = NULL;
    g_autoptr(Pack) pack = pack_load(dir, &faults, &error);
    if (pack == NULL) {
        return check_failed(faults, g_steal_pointer(&error));
    }
    Import import = {.pack = pack, .name = name};
    app->writer = writer_open(app->db_path, &error);
    if (app->writer == NULL || !writer_run(app->writer, import_run, &import, &error)) {
        return app_fail(g_steal_pointer(&error));
    }
    print_stored(name != NULL ? name : pack_name(pack), &import.stored);
    return EX_OK;
}

static int content_list(App *app) {
    g_autoptr(GError) error = NULL;
    app->db = db_open(app->db_path, &error);
    g_autoptr(GPtrArray) packs = app->db != NULL && db_check(app->db, app->db_path, &error)
                                     ? pack_list(app->db, &error)
                                     : NULL;
    if (packs == NULL) {
        return app_fail(g_steal_pointer(&error));
    }
    if (packs->len == 0) {
        g_print(tr("Inget innehåll är inläst. Läs in ett paket: vetkoll content import MAPP\n",
                   "No content is imported. Import a pack: vetkoll content import FOLDER\n"));
    }
    for (guint i = 0; i < packs->len; i++) {
        const PackSummary *pack = packs->pdata[i];
        g_print(tr("%s: %" G_GINT64_FORMAT " frågor, varav %" G_GINT64_FORMAT
                   " med rätt svar; %" G_GINT64_FORMAT " lektioner\n",
                   "%s: %" G_GINT64_FORMAT " items, of them %" G_GINT64_FORMAT
                   " with a right answer; %" G_GINT64_FORMAT " lessons\n"),
                pack->name, pack->items, pack->scored, pack->lessons);
        if (pack->questionnaires[0] != '\0') {
            g_print(tr("  frågeformulär: %s\n", "  questionnaires: %s\n"), pack->questionnaires);
        }
    }
    return EX_OK;
}

int cmd_content(App *app, int argc, char **argv) {
    static const UsageVerb verbs[] = {{"check", 1}, {"import", 1}, {"list", 0}, {NULL, 0}};
    g_autofree char *name = NULL;
    double lix = 0;
    const GOptionEntry entries[] = {
        {"name", 'n', 0, G_OPTION_ARG_STRING, &name,
         tr("läs in under ett annat namn än paketets eget",
            "import under a name other than its own"),
         tr("NAMN", "NAME")},
        {"lix", 'l', 0, G_OPTION_ARG_DOUBLE, &lix,
         tr("check: texter svårare än så är fel", "check: texts harder than this are faults"),
         tr("TAL", "NUMBER")},
        {0},
    };
    g_autoptr(GOptionContext) context = g_option_context_new(
        tr("check PAKET | import PAKET | list", "check PACK | import PACK | list"));
    g_option_context_set_summary(
        context, tr("Kontrollerar och läser in innehållspaket: mappar med frågor och lektioner.",
                    "Checks and imports content packs: folders of items and lessons."));
    g_option_context_add_main_entries(context, entries, NULL);
    g_autoptr(GError) error = NULL;
    if (!usage_parse(context, &argc, &argv, &error) || !usage_check(verbs, argc, argv, &error)) {
        return app_fail(g_steal_pointer(&error));
    }
    if (strcmp(argv[1], "check") == 0) {
        return content_check(argv[2], lix);
    }
    return strcmp(argv[1], "import") == 0 ? content_import(app, argv[2], name) : content_list(app);
}
