#include "base/log.h"

#include <stdbool.h>

static GLogLevelFlags log_flags(LogLevel level) {
    switch (level) {
    case LOG_ERROR: /* G_LOG_LEVEL_ERROR aborts; an error of ours does not */
        return G_LOG_LEVEL_CRITICAL;
    case LOG_WARNING:
        return G_LOG_LEVEL_WARNING;
    case LOG_INFO:
        return G_LOG_LEVEL_MESSAGE;
    case LOG_DEBUG:
        return G_LOG_LEVEL_DEBUG;
    }
    g_assert_not_reached();
}

static const char *log_priority(LogLevel level) {
    static const char *const priorities[] = {"3", "4", "6", "7"};
    return priorities[level];
}

void log_event(LogLevel level, const char *event, const char *format, ...) {
    if (g_log_writer_default_would_drop(log_flags(level), G_LOG_DOMAIN)) {
        return;
    }
    va_list args;
    va_start(args, format);
    g_autofree char *pairs = g_strdup_vprintf(format, args);
    va_end(args);
    g_autofree char *message = g_strdup_printf("event=%s %s", event, pairs);
    const GLogField fields[] = {
        {"MESSAGE", message, -1},
        {"PRIORITY", log_priority(level), -1},
        {"GLIB_DOMAIN", G_LOG_DOMAIN, -1},
        {"VETKOLL_EVENT", event, -1},
    };
    g_log_structured_array(log_flags(level), fields, G_N_ELEMENTS(fields));
}
