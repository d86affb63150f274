/* How the library begins a message, so that the next beginning can be written for it (RFC 2920
 * section 3.1 lets it go out with the end of the message before).
 *
 * Nothing is taken for granted: it is watched as it begins the first message of a connection, and
 * only if that is word for word as here are the others foretold. A relay without PIPELINING, to
 * which RCPT and DATA go one by one, is found out in the same way. */
#pragma once

#include "mailer/transport.h"

/* Zero before the first message. */
typedef struct {
    bool known; /* it begins as is foretold */
    bool dsn;   /* with the parameters of RFC 3461 */
} Beginning;

/* The library has written this to begin a message to `envelope`: MAIL, then RCPT. Other commands
 * are passed over. */
void beginning_learn(Beginning *beginning, const Envelope *envelope, const char *bytes,
                     size_t size);

/* What it will write for that envelope; NULL if that is not known. */
char *beginning_foretell(const Beginning *beginning, const Envelope *envelope);
