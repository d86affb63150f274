/* AUTH by our own hand, for looking at a relay (probe.h); the transports leave it to their
 * libraries. */
#pragma once

#include "mailer/dialogue.h"
#include "mailer/transport.h"

#include <glib.h>
#include <stdbool.h>

/* The way to log in among those `offered`, by blanks: "PLAIN". NULL if there is none. */
const char *relay_login_choose(LoginMethod method, const char *offered);

/* DENIED with the relay's words, or with the token server's. */
bool relay_login(Dialogue *dialogue, const TransportSettings *settings, const char *method,
                 guint timeout_ms, GError **error);

/* What there is to do about a refusal in these words. */
const char *relay_login_words(const char *refusal);
