#include "cli/person_print.h"

#include "base/clock.h"
#include "base/lang.h"
#include "campaigns/retention_log.h"
#include "cli/print.h"
#include "reports/personal.h"
#include "reports/personal_words.h"

#include <string.h>

static char *person_title(const DirectoryPerson *person) {
    g_autofree char *name = g_strdup_printf("%s %s", person->given_name, person->family_name);
    g_strstrip(name);
    return *name != '\0' ? g_strdup_printf("%s <%s>", name, person->email)
                         : g_strdup(person->email);
}

/* Calls `each` with every table of every list, in order. */
typedef void (*TableFn)(const PersonalTable *table, gpointer data);

static void tables_each(TableFn each, gpointer data) {
    const PersonalTable *const *lists = rights_tables();
    for (guint i = 0; lists[i] != NULL; i++) {
        for (const PersonalTable *table = lists[i]; table->table != NULL; table++) {
            each(table, data);
        }
    }
    for (const PersonalTable *table = reports_personal; table->table != NULL; table++) {
        each(table, data);
    }
}

typedef struct {
    const GPtrArray *rows;
    GString *out;
    cJSON *data;
    cJSON *absent;
} Printing;

static guint rows_of(const GPtrArray *rows, const PersonalTable *table) {
    guint count = 0;
    for (guint i = 0; i < rows->len; i++) {
        const PersonalRow *row = g_ptr_array_index(rows, i);
        count += row->table == table;
    }
    return count;
}

/* --- the copy as text ----------------------------------------------------------------- */

static void print_row(const PersonalRow *row, GString *out) {
    for (guint i = 0; i < row->fields->len; i++) {
        const PersonalField *field = &g_array_index(row->fields, PersonalField, i);
        const char *label = personal_label(field->column);
        if (personal_is_silent(field)) {
            continue;
        }
        g_autofree char *words = personal_value(field);
        g_string_append_printf(out, "  %s: %s\n", label != NULL ? label : field->column, words);
    }
    g_string_append_c(out, '\n');
}

static void print_table(const PersonalTable *table, gpointer data) {
    const Printing *printing = data;
    guint count = rows_of(printing->rows, table);
    if (count == 0) {
        return;
    }
    g_string_append_printf(printing->out, "%s (%u)\n\n", tr(table->title_sv, table->title_en),
                           count);
    for (guint i = 0; i < printing->rows->len; i++) {
        const PersonalRow *row = g_ptr_array_index(printing->rows, i);
        if (row->table == table) {
            print_row(row, printing->out);
        }
    }
}

/* Those that have the same to say stand on one line. */
typedef struct {
    const char *why;
    GString *titles;
} Absent;

static void absent_clear(gpointer data) {
    Absent *absent = data;
    g_string_free(absent->titles, TRUE);
}

static void absent_add(const PersonalTable *table, gpointer data) {
    GArray *all = data;
    if (table->find != NULL) {
        return;
    }
    const char *why = tr(table->after_sv, table->after_en);
    const char *title = tr(table->title_sv, table->title_en);
    for (guint i = 0; i < all->len; i++) {
        const Absent *absent = &g_array_index(all, Absent, i);
        if (strcmp(absent->why, why) == 0) {
            g_string_append_printf(absent->titles, ", %s", title);
            return;
        }
    }
    Absent absent = {why, g_string_new(title)};
    g_array_append_val(all, absent);
}

static void print_absent(GString *out) {
    g_autoptr(GArray) all = g_array_new(FALSE, FALSE, sizeof(Absent));
    g_array_set_clear_func(all, absent_clear);
    tables_each(absent_add, all);
    for (guint i = 0; i < all->len; i++) {
        const Absent *absent = &g_array_index(all, Absent, i);
        g_string_append_printf(out, "- %s: %s\n", absent->titles->str, absent->why);
    }
}

void person_print_copy(const DirectoryPerson *person, const GPtrArray *rows, int64_t now_us,
                       GString *out) {
    Printing printing = {.rows = rows, .out = out};
    g_autofree char *title = person_title(person);
    g_autofree char *now = clock_format(now_us);
    g_string_append_printf(
        out,
        tr("Allt som Vetkoll har lagrat om %s, %s\n\n", "All that Vetkoll stores of %s, %s\n\n"),
        title, now);
    tables_each(print_table, &printing);
    g_string_append(out, tr("Det här finns också, men går inte att söka fram för en person:\n\n",
                            "This is there too, but cannot be looked up for a person:\n\n"));
    print_absent(out);
}

/* --- the copy as JSON ----------------------------------------------------------------- */

static void json_field(cJSON *object, const PersonalField *field) {
    gint64 number = 0;
    if (field->value == NULL) {
        cJSON_AddNullToObject(object, field->column);
    } else if (personal_is_instant(field)) {
        g_autofree char *name = g_strndup(field->column, strlen(field->column) - strlen("_us"));
        print_json_time(object, name, g_ascii_strtoll(field->value, NULL, 10));
    } else if (field->number &&
               g_ascii_string_to_signed(field->value, 10, INT64_MIN, INT64_MAX, &number, NULL)) {
        cJSON_AddRawToObject(object, field->column, field->value);
    } else {
        cJSON_AddStringToObject(object, field->column, field->value);
    }
}

static void json_table(const PersonalTable *table, gpointer data) {
    const Printing *printing = data;
    if (table->find == NULL) {
        cJSON *entry = cJSON_CreateObject();
        cJSON_AddItemToArray(printing->absent, entry);
        cJSON_AddStringToObject(entry, "table", table->table);
        cJSON_AddStringToObject(entry, "why", tr(table->after_sv, table->after_en));
        return;
    }
    cJSON *entry = cJSON_CreateObject();
    cJSON_AddItemToArray(printing->data, entry);
    cJSON_AddStringToObject(entry, "table", table->table);
    cJSON_AddStringToObject(entry, "title", tr(table->title_sv, table->title_en));
    cJSON *rows = cJSON_AddArrayToObject(entry, "rows");
    for (guint i = 0; i < printing->rows->len; i++) {
        const PersonalRow *row = g_ptr_array_index(printing->rows, i);
        if (row->table != table) {
            continue;
        }
        cJSON *object = cJSON_CreateObject();
        cJSON_AddItemToArray(rows, object);
        for (guint j = 0; j < row->fields->len; j++) {
            json_field(object, &g_array_index(row->fields, PersonalField, j));
        }
    }
}

void person_print_copy_json(const DirectoryPerson *person, const GPtrArray *rows, int64_t now_us,
                            GString *out) {
    cJSON *json = cJSON_CreateObject();
    cJSON_AddStringToObject(json, "format", "vetkoll-person-1");
    print_json_time(json, "made_at", now_us);
    cJSON_AddStringToObject(json, "email", person->email);
    Printing printing = {.rows = rows,
                         .data = cJSON_AddArrayToObject(json, "data"),
                         .absent = cJSON_AddArrayToObject(json, "not_about_a_person")};
    tables_each(json_table, &printing);
    print_json(out, json);
}

/* --- erasure -------------------------------------------------------------------------- */

static void print_gone(const PersonalTable *table, gpointer data) {
    const Printing *printing = data;
    guint count = rows_of(printing->rows, table);
    if (count == 0) {
        return;
    }
    g_string_append_printf(printing->out, "  %6u  %s", count, tr(table->title_sv, table->title_en));
    if (table->after_sv != NULL) {
        g_string_append_printf(printing->out, ". %s", tr(table->after_sv, table->after_en));
    }
    g_string_append_c(printing->out, '\n');
}

void person_print_erasure(const DirectoryPerson *person, const GPtrArray *rows, bool done,
                          GString *out) {
    Printing printing = {.rows = rows, .out = out};
    g_autofree char *title = person_title(person);
    g_string_append_printf(out,
                           done ? tr("%s är raderad ur databasen. Det gällde:\n\n",
                                     "%s is erased from the database. It was about:\n\n")
                                : tr("Det här finns om %s och skulle raderas:\n\n",
                                     "This is stored of %s and would be erased:\n\n"),
                           title);
    tables_each(print_gone, &printing);
    g_string_append(out, tr("\nDet här rörs inte:\n\n", "\nThis is not touched:\n\n"));
    print_absent(out);
}

/* --- retention ------------------------------------------------------------------------ */

static const char *kind_words(const char *kind) {
    static const struct {
        const char *kind;
        const char *sv;
        const char *en;
    } kinds[] = {
        {"answers", "svar", "answers"},
        {"scores", "resultat och deltagande per person", "results and participation by person"},
        {"anonymous", "deltagande i anonyma enkäter", "participation in anonymous surveys"},
        {"training", "genomförda utbildningar", "trainings completed"},
        {"mail", "adresser i brev", "addresses of mail"},
        {"bounces", "studsar och frånvarosvar", "bounces and absence replies"},
        {"practice", "övningar", "practices"},
        {"left", "personer som slutat", "people who left"},
        {"request", "personer på begäran", "people on request"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(kinds); i++) {
        if (strcmp(kinds[i].kind, kind) == 0) {
            return tr(kinds[i].sv, kinds[i].en);
        }
    }
    return kind;
}

static void print_periods(const RetentionSettings *settings, GString *out) {
    const struct {
        const char *key;
        guint value;
        const char *unit;
    } periods[] = {
        {"keep_answers", settings->answers_months, tr("månader", "months")},
        {"keep_scores", settings->scores_months, tr("månader", "months")},
        {"keep_anonymous", settings->anonymous_months, tr("månader", "months")},
        {"keep_mail", settings->mail_months, tr("månader", "months")},
        {"keep_bounces", settings->bounces_months, tr("månader", "months")},
        {"keep_left", settings->left_months, tr("månader", "months")},
        {"result_days", settings->result_days, tr("dagar", "days")},
    };
    g_string_append(out, tr("Så länge sparas uppgifter om personer, räknat från att kampanjen "
                            "stängt (keep_left: från att personen lämnat personalfilen). "
                            "Avsnittet [privacy] i vetkoll.ini ändrar det.\n\n",
                            "How long data about people is kept, from the closing of the campaign "
                            "(keep_left: from the person's leaving the staff file). The section "
                            "[privacy] of vetkoll.ini changes it.\n\n"));
    for (gsize i = 0; i < G_N_ELEMENTS(periods); i++) {
        g_string_append_printf(out, "  %-16s %4u %s\n", periods[i].key, periods[i].value,
                               periods[i].unit);
    }
}

void person_print_retention(const RetentionSettings *settings, const GPtrArray *lines,
                            GString *out) {
    print_periods(settings, out);
    g_string_append(out,
                    lines->len > 0
                        ? tr("\nDet här har raderats:\n\n", "\nThis has been erased:\n\n")
                        : tr("\nIngenting har raderats än.\n", "\nNothing has been erased yet.\n"));
    for (guint i = 0; i < lines->len; i++) {
        const RetentionLine *line = g_ptr_array_index(lines, i);
        g_autofree char *day = clock_format_date(line->started_at_us);
        g_string_append_printf(out, "  %s  %8" G_GINT64_FORMAT "  %s%s%s%s\n", day, line->rows,
                               kind_words(line->kind), *line->campaign != '\0' ? ", " : "",
                               line->campaign,
                               line->done_at_us == 0 ? tr(" (pågår)", " (under way)") : "");
    }
}
