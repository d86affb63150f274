/* A request as it comes from the network: METHOD TARGET, a line with its Content-Type, and its
 * body. No crash; only a form as browsers send it by default is read, never multipart/form-data or
 * anything else; what is read lies within its limits. */
#include "web/request.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_fields(const Fields *fields) {
    g_assert(fields_count(fields) <= FIELDS_MAX);
    for (guint i = 0; i < fields_count(fields); i++) {
        g_assert(strlen(fields_name(fields, i)) <= FIELDS_NAME_MAX);
        g_assert(strlen(fields_value(fields, i)) <= FIELDS_VALUE_MAX);
        g_assert(g_utf8_validate(fields_value(fields, i), -1, NULL));
    }
}

/* The text up to the next line break, which is passed; as C has it, up to the first NUL. */
static char *line_take(const char **at, const char *end) {
    const char *line = *at;
    const char *stop = memchr(line, '\n', (gsize)(end - line));
    *at = stop != NULL ? stop + 1 : end;
    return g_strndup(line, (gsize)((stop != NULL ? stop : end) - line));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    g_autoptr(GError) error = NULL;
    const char *at = (const char *)data;
    const char *end = at + size;
    g_autofree char *method = line_take(&at, end);
    g_autofree char *target = line_take(&at, end);
    g_autofree char *type = line_take(&at, end);
    g_autoptr(Request) request = request_new(method, target, 1, &error);
    if (request == NULL) {
        g_assert(error != NULL);
        return 0;
    }
    g_assert(request->path[0] == '/' && strlen(request->path) <= REQUEST_TARGET_MAX);
    check_fields(request->query);
    bool form = request_type_is_form(type);
    if (form) {
        g_assert(g_ascii_strncasecmp(type, "application/x-www-form-urlencoded", 33) == 0);
    }
    if (form && request_read_form(request, at, (gsize)(end - at), &error)) {
        check_fields(request->form);
    }
    Lang lang;
    request_lang(request, &lang);
    return 0;
}
