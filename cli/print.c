#include "cli/print.h"

#include "base/clock.h"

void print_cell(GString *out, const char *text, glong width) {
    g_string_append(out, text);
    for (glong i = g_utf8_strlen(text, -1); i < width; i++) {
        g_string_append_c(out, ' ');
    }
    g_string_append(out, "  ");
}

void print_json_time(cJSON *object, const char *name, int64_t at_us) {
    if (at_us != 0) {
        g_autofree char *text = clock_format_utc(at_us);
        cJSON_AddStringToObject(object, name, text);
    }
}

void print_json(GString *out, cJSON *take_tree) {
    char *text = cJSON_Print(take_tree);
    g_string_append_printf(out, "%s\n", text);
    cJSON_free(text);
    cJSON_Delete(take_tree);
}
