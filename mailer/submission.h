/* A batch of messages given to a relay, by a dialogue that is past EHLO, STARTTLS and AUTH.
 *
 * What a lost connection means for the message in progress follows from how far it came:
 *
 *   before MAIL is answered: no outcome      before the final dot is written: transient
 *   after that: in doubt                     MAIL refused: the relay refuses us, no outcome */
#pragma once

#include "mailer/dialogue.h"
#include "mailer/transport.h"

#include <glib.h>
#include <stdbool.h>

typedef struct {
    const char *name;        /* for messages: host:port */
    const RelayOffer *offer; /* of the latest EHLO */
    bool dsn;                /* ask for notices of failure where offered */
    guint timeout_ms;        /* for one reply; 0 for those of RFC 5321 */
} SubmissionRelay;

/* As transport_send; says QUIT at the end where it can still be said. */
bool submission_run(Dialogue *dialogue, const SubmissionRelay *relay, const TransportBatch *batch,
                    GError **error);
