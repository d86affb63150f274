/* What the hostile server does, and what must come of it. */
#pragma once

#include "tests/hostile/server.h"

#include <glib.h>
#include <stdbool.h>

enum { PEOPLE = 8, VICTIM = 1 };

/* The ways to a relay: which library, and how it comes to TLS. */
enum {
    BY_ESMTP = 1 << 0,         /* smtp:// without TLS, by libesmtp */
    BY_STARTTLS = 1 << 1,      /* smtp:// with TLS_REQUIRED, by libesmtp */
    BY_SMTPS = 1 << 2,         /* smtps://, by libcurl */
    BY_WIDE = 1 << 3,          /* smtp:// to addresses outside ASCII, by libcurl */
    BY_WIDE_TLS = 1 << 4,      /* the same with TLS_REQUIRED */
    BY_OPPORTUNISTIC = 1 << 5, /* smtp:// with TLS_OPPORTUNISTIC, by libesmtp */
    BY_CURL = BY_SMTPS | BY_WIDE | BY_WIDE_TLS,
    BY_LIBESMTP = BY_ESMTP | BY_STARTTLS,
    BY_STARTTLS_EACH = BY_STARTTLS | BY_WIDE_TLS,
    BY_ALL = BY_LIBESMTP | BY_CURL,
};

enum { NO_ERROR = -1 };

typedef struct {
    const char *name;
    guint by;
    Fault faults[FAULTS_MAX];
    Offer offer;
    bool login; /* we have a name and a password */
    /* What each person's row has come to, in sending order: s sent, t put off, d in doubt, p failed
     * for good, r ready as before, with no attempt, e either t or d. */
    const char *rows;
    int error;     /* of sender_drain */
    int smtp_code; /* of the first row's attempt that is t or p */
    const char *enhanced;
    int asked_s; /* the relay asked for so long a pause; 0: our own five minutes */
} HostileCase;

extern const HostileCase hostile_cases[];
extern const guint hostile_case_count;
