/* One structured line per fact, in English: event name, then key=value pairs. Never a token, an
 * address, a name or an answer. Goes to stderr, or to journald's own fields under systemd. */
#pragma once

#include <glib.h>

typedef enum { LOG_ERROR, LOG_WARNING, LOG_INFO, LOG_DEBUG } LogLevel;

/* log_event(LOG_INFO, "mail.settled", "outbox=%" PRId64 " class=%s", id, class) */
void log_event(LogLevel level, const char *event, const char *format, ...) G_GNUC_PRINTF(3, 4);
