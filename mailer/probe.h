/* Looks at a relay as a postmaster would, step by step, and says in words what to mend. Nothing is
 * sent but an envelope, which is taken back. */
#pragma once

#include "mailer/relay_list.h"

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

typedef enum {
    PROBE_OK,
    PROBE_NOTE,  /* works, and somebody may want to know */
    PROBE_FAULT, /* mail does not go through, or not safely */
} ProbeVerdict;

typedef struct {
    ProbeVerdict verdict;
    char *what;  /* "certificate" */
    char *found; /* one line */
    char *mend;  /* what to do about it; NULL for nothing */
} ProbeLine;

/* An empty list for probe_relay and probe_add; frees its lines. */
GPtrArray *probe_new(void);
/* Texts are copied; `mend` may be NULL. */
void probe_add(GPtrArray *lines, ProbeVerdict verdict, const char *what, const char *found,
               const char *mend);
bool probe_is_sound(const GPtrArray *lines); /* no fault among them */

/* Adds a line for each step: connection, greeting, TLS, certificate, login, what the relay offers,
 * and whether it takes mail from and to `return_path`; or whether a maildir can be written. Ends at
 * the first step that makes the next impossible. `now_s` is Unix time. Blocks for some minutes at
 * most. */
void probe_relay(const Relay *relay, const char *return_path, int64_t now_s, GPtrArray *lines);
