/* The reader of campaign files: whatever comes, no crash; what a new campaign may say can be read
 * afterwards, and its dates and numbers are within the limits. */
#include "base/clock.h"
#include "campaigns/definition.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void day_check(int64_t at_us) {
    int64_t from_at_us = clock_from_local(2000, 1, 1, 0, 0);
    int64_t to_at_us = clock_from_local(2100, 1, 1, 0, 0);
    g_assert(at_us == 0 || (at_us >= from_at_us && at_us <= to_at_us));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const char *json = (const char *)data;
    g_autoptr(GError) error = NULL;
    g_autoptr(GError) kept_error = NULL;
    g_autoptr(Definition) definition = definition_parse_new(json, size, &error);
    g_autoptr(Definition) kept = definition_parse(json, size, &kept_error);
    g_assert((definition == NULL) == (error != NULL) && (kept == NULL) == (kept_error != NULL));
    g_assert(definition == NULL || kept != NULL);
    if (definition == NULL) {
        g_assert(g_utf8_validate(error->message, -1, NULL));
        return 0;
    }
    g_assert(strlen(definition->name) <= 63 && definition->title[LANG_SV][0] != '\0');
    g_assert(definition->minutes >= 1 && definition->minutes <= 60);
    g_assert(definition->window.from_minute < definition->window.to_minute);
    g_assert(definition->follows == NULL || definition->end_at_us == 0);
    day_check(definition->start_at_us);
    day_check(definition->end_at_us);
    day_check(definition->close_at_us);
    return 0;
}
