/* compare STAFF.csv ANSWERS.log PARTICIPATION.json KNOWLEDGE.json: do the reports say what was
 * answered?
 *
 * Everything is counted anew from the staff file and the log of acknowledged answers (respond.c):
 * by department with children rolled up, by item, by area, by department and area. Every number
 * that a report shows must be equal; a department with fewer than k invited must not be shown at
 * all, and the whole organisation and enough departments must be. */
#include <cjson/cJSON.h>
#include <glib.h>
#include <locale.h>
#include <stdbool.h>
#include <string.h>

typedef struct {
    gint64 x;
    gint64 n;
} Count;

typedef struct {
    char *department;
    bool started, answered, complete;
} Employee;

typedef struct {
    GHashTable *employees;     /* address -> Employee */
    GHashTable *participation; /* "PATH\tKIND" -> Count, n only */
    GHashTable *answers;       /* "item KEY", "area AREA" or "PATH\tAREA" -> Count */
    guint compared;
    guint faults;
} Comparison;

static void employee_free(gpointer data) {
    Employee *employee = data;
    g_free(employee->department);
    g_free(employee);
}

static char **file_lines(const char *path) {
    g_autofree char *text = NULL;
    g_autoptr(GError) error = NULL;
    if (!g_file_get_contents(path, &text, NULL, &error)) {
        g_error("%s", error->message);
    }
    return g_strsplit(g_strchomp(text), "\n", -1);
}

static void count_add(GHashTable *counts, bool right, const char *format, ...) G_GNUC_PRINTF(3, 4);

static void count_add(GHashTable *counts, bool right, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    g_autofree char *key = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    Count *count = g_hash_table_lookup(counts, key);
    if (count == NULL) {
        count = g_new0(Count, 1);
        g_hash_table_insert(counts, g_steal_pointer(&key), count);
    }
    count->x += right;
    count->n++;
}

/* The department and all above it: "A/B", "A", "". */
static GPtrArray *department_and_above(const char *path) {
    GPtrArray *paths = g_ptr_array_new_with_free_func(g_free);
    g_ptr_array_add(paths, g_strdup(""));
    for (const char *slash = path; (slash = strchr(slash, '/')) != NULL; slash++) {
        g_ptr_array_add(paths, g_strndup(path, (gsize)(slash - path)));
    }
    g_ptr_array_add(paths, g_strdup(path));
    return paths;
}

static void staff_read(Comparison *comparison, const char *path) {
    g_auto(GStrv) lines = file_lines(path);
    for (guint i = 1; lines[i] != NULL; i++) {
        g_auto(GStrv) fields = g_strsplit(lines[i], ";", -1);
        Employee *employee = g_new0(Employee, 1);
        employee->department = g_strdup(fields[3]);
        g_hash_table_insert(comparison->employees, g_strdup(fields[2]), employee);
    }
}

static void answer_count(Comparison *comparison, const Employee *employee, char **fields) {
    bool right = g_str_equal(fields[5], "1");
    count_add(comparison->answers, right, "item %s", fields[2]);
    count_add(comparison->answers, right, "area %s", fields[6]);
    g_autoptr(GPtrArray) paths = department_and_above(employee->department);
    for (guint i = 0; i < paths->len; i++) {
        count_add(comparison->answers, right, "%s\t%s", (char *)g_ptr_array_index(paths, i),
                  fields[6]);
    }
}

static void log_read(Comparison *comparison, const char *path) {
    g_auto(GStrv) lines = file_lines(path);
    for (guint i = 0; lines[i] != NULL; i++) {
        g_auto(GStrv) fields = g_strsplit(lines[i], "\t", -1);
        Employee *employee = g_hash_table_lookup(comparison->employees, fields[1]);
        g_assert_nonnull(employee);
        if (g_str_equal(fields[0], "start")) {
            employee->started = true;
        } else if (g_str_equal(fields[0], "complete")) {
            employee->complete = true;
        } else {
            g_assert_cmpuint(g_strv_length(fields), ==, 7);
            employee->answered = true;
            answer_count(comparison, employee, fields);
        }
    }
}

static void participation_count(Comparison *comparison) {
    GHashTableIter iter;
    gpointer value;
    g_hash_table_iter_init(&iter, comparison->employees);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        const Employee *employee = value;
        const char *kind = employee->complete   ? "complete"
                           : employee->answered ? "partial"
                           : employee->started  ? "started"
                                                : "none";
        g_autoptr(GPtrArray) paths = department_and_above(employee->department);
        for (guint i = 0; i < paths->len; i++) {
            const char *path = g_ptr_array_index(paths, i);
            count_add(comparison->participation, false, "%s\t%s", path, kind);
            count_add(comparison->participation, false, "%s\tinvited", path);
        }
    }
}

static Count expected(GHashTable *counts, const char *key) {
    const Count *count = g_hash_table_lookup(counts, key);
    return count != NULL ? *count : (Count){0};
}

static gint64 number_at(const cJSON *object, const char *name) {
    const cJSON *number = cJSON_GetObjectItemCaseSensitive(object, name);
    g_assert_true(cJSON_IsNumber(number));
    return (gint64)number->valuedouble;
}

static const char *text_at(const cJSON *object, const char *name) {
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, name));
    g_assert_nonnull(text);
    return text;
}

static void equal(Comparison *comparison, const char *what, const char *which, gint64 got,
                  gint64 want) {
    comparison->compared++;
    if (got != want) {
        g_print("compare: %s %s: the report says %" G_GINT64_FORMAT
                ", answered were %" G_GINT64_FORMAT "\n",
                what, which, got, want);
        comparison->faults++;
    }
}

static void require(Comparison *comparison, bool holds, const char *what, const char *which) {
    if (!holds) {
        g_print("compare: %s: %s\n", what, which);
        comparison->faults++;
    }
}

static cJSON *json_read(const char *path) {
    g_autofree char *text = NULL;
    g_autoptr(GError) error = NULL;
    if (!g_file_get_contents(path, &text, NULL, &error)) {
        g_error("%s", error->message);
    }
    cJSON *json = cJSON_Parse(text);
    g_assert_nonnull(json);
    return json;
}

static void participation_compare(Comparison *comparison, const char *path) {
    static const char *const kinds[] = {"invited", "none", "started", "partial", "complete"};
    cJSON *json = json_read(path);
    gint64 k = number_at(json, "k");
    guint shown = 0;
    const cJSON *row;
    cJSON_ArrayForEach(row, cJSON_GetObjectItemCaseSensitive(json, "rows")) {
        const char *unit = text_at(row, "path");
        bool suppressed = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(row, "suppressed"));
        if (!g_str_equal(text_at(row, "row"), "unit") || suppressed) {
            continue;
        }
        shown++;
        for (guint i = 0; i < G_N_ELEMENTS(kinds); i++) {
            g_autofree char *key = g_strdup_printf("%s\t%s", unit, kinds[i]);
            equal(comparison, "participation of", key, number_at(row, kinds[i]),
                  expected(comparison->participation, key).n);
        }
        require(comparison, number_at(row, "invited") >= k, "a unit smaller than k is shown", unit);
    }
    require(comparison, shown >= 10, "too few departments are shown", path);
    cJSON_Delete(json);
}

static bool share_compare(Comparison *comparison, const cJSON *cell, const char *key) {
    if (!g_str_equal(text_at(cell, "state"), "shown")) {
        return false;
    }
    const cJSON *share = cJSON_GetObjectItemCaseSensitive(cell, "of_answers");
    Count want = expected(comparison->answers, key);
    equal(comparison, "answers to", key, number_at(share, "n"), want.n);
    equal(comparison, "right answers to", key, number_at(share, "x"), want.x);
    return true;
}

static void knowledge_compare(Comparison *comparison, const char *path) {
    cJSON *json = json_read(path);
    guint items = 0;
    guint cells = 0;
    const cJSON *row;
    cJSON_ArrayForEach(row, cJSON_GetObjectItemCaseSensitive(json, "items")) {
        g_autofree char *key = g_strdup_printf("item %s", text_at(row, "item"));
        items += share_compare(comparison, row, key) ? 1 : 0;
    }
    cJSON_ArrayForEach(row, cJSON_GetObjectItemCaseSensitive(json, "areas")) {
        g_autofree char *key = g_strdup_printf("area %s", text_at(row, "area"));
        require(comparison, share_compare(comparison, row, key), "an area is not shown", key);
    }
    cJSON_ArrayForEach(row, cJSON_GetObjectItemCaseSensitive(json, "units")) {
        const cJSON *area;
        cJSON_ArrayForEach(area, cJSON_GetObjectItemCaseSensitive(row, "areas")) {
            g_autofree char *key =
                g_strdup_printf("%s\t%s", text_at(row, "path"), text_at(area, "area"));
            cells +=
                g_str_equal(text_at(row, "row"), "unit") && share_compare(comparison, area, key);
        }
    }
    require(comparison, items >= 10, "too few items are shown", path);
    require(comparison, cells >= 10, "too few departments are shown", path);
    cJSON_Delete(json);
}

int main(int argc, char **argv) {
    g_assert_cmpint(argc, ==, 5);
    setlocale(LC_ALL, "");
    Comparison comparison = {
        .employees = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, employee_free),
        .participation = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free),
        .answers = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free),
    };
    staff_read(&comparison, argv[1]);
    log_read(&comparison, argv[2]);
    participation_count(&comparison);
    participation_compare(&comparison, argv[3]);
    knowledge_compare(&comparison, argv[4]);
    g_print("compare: %u numbers compared, %u faults\n", comparison.compared, comparison.faults);
    g_hash_table_unref(comparison.employees);
    g_hash_table_unref(comparison.participation);
    g_hash_table_unref(comparison.answers);
    return comparison.faults == 0 ? 0 : 1;
}
