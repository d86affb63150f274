#include "people/fault.h"

#include <stdarg.h>

#include "people/limits.h"

static void fault_free(gpointer data) {
    Fault *fault = data;
    g_free(fault->column);
    g_free(fault->value);
    g_free(fault->what);
    g_free(fault->remedy);
    g_free(fault);
}

FaultList *fault_list_new(void) {
    FaultList *faults = g_new0(FaultList, 1);
    faults->list = g_ptr_array_new_with_free_func(fault_free);
    return faults;
}

void fault_list_free(FaultList *faults) {
    if (faults == NULL) {
        return;
    }
    g_ptr_array_unref(faults->list);
    g_free(faults);
}

/* The value as one line of bounded length without characters that would disturb a terminal. */
static char *printable(const char *value) {
    g_autoptr(GString) out = g_string_new(NULL);
    guint count = 0;
    for (const char *p = value; *p != '\0'; p = g_utf8_next_char(p)) {
        if (count++ == LIMIT_FAULT_VALUE) {
            g_string_append(out, "…");
            break;
        }
        gunichar c = g_utf8_get_char(p);
        if (c == '\n' || c == '\r') {
            g_string_append(out, "⏎");
        } else if (!g_unichar_isprint(c) && !g_unichar_isspace(c)) {
            g_string_append_printf(out, "<U+%04X>", c);
        } else {
            g_string_append_unichar(out, g_unichar_isspace(c) ? ' ' : c);
        }
    }
    return g_string_free(g_steal_pointer(&out), FALSE);
}

void fault_add(FaultList *faults, guint line, const char *column, const char *value,
               const char *remedy, const char *format, ...) {
    faults->count++;
    if (faults->list->len == LIMIT_FAULTS) {
        return;
    }
    Fault *fault = g_new0(Fault, 1);
    va_list arguments;
    va_start(arguments, format);
    fault->what = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    fault->line = line;
    fault->column = g_strdup(column);
    fault->value = printable(value);
    fault->remedy = g_strdup(remedy);
    g_ptr_array_add(faults->list, fault);
}

static gint compare_lines(gconstpointer a, gconstpointer b) {
    const Fault *first = *(const Fault *const *)a;
    const Fault *second = *(const Fault *const *)b;
    return (first->line > second->line) - (first->line < second->line);
}

void fault_list_append(FaultList *to, const FaultList *from) {
    for (guint i = 0; i < from->list->len; i++) {
        const Fault *fault = g_ptr_array_index(from->list, i);
        fault_add(to, fault->line, fault->column, fault->value, fault->remedy, "%s", fault->what);
    }
    to->count += from->count - from->list->len;
}

void fault_list_sort(FaultList *faults) {
    g_ptr_array_sort(faults->list, compare_lines); /* stable */
}
