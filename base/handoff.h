/* A bounded queue that hands pointers from threads to threads, with pthread locks (which
 * ThreadSanitizer understands). Values are owned by whoever holds them; the queue never frees one.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef struct Handoff Handoff;

Handoff *handoff_new(guint capacity);
void handoff_free(Handoff *handoff);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Handoff, handoff_free)

/* Waits while it is full. False once closed: the value is still the caller's. */
bool handoff_push(Handoff *handoff, gpointer value);

/* False at once if it is full or closed. */
bool handoff_try_push(Handoff *handoff, gpointer value);

/* The oldest value; waits up to `timeout_ms` (-1: for ever). NULL on timeout, or when closed and
 * empty. */
gpointer handoff_pop(Handoff *handoff, int timeout_ms);

/* How many values wait. */
guint handoff_length(Handoff *handoff);

/* No more pushes; what is queued can still be popped. */
void handoff_close(Handoff *handoff);
bool handoff_is_closed(Handoff *handoff);
