/* Headers of a message (RFC 5322), in lines of at most 78 characters unless one word is longer.
 *
 * Text may hold anything: control characters and line separators become one space, so that no value
 * can begin a header of its own, and what is not plain ASCII words becomes encoded words (RFC 2047)
 * as a whole. So it is read back exactly, whatever signs it holds. */
#pragma once

#include <glib.h>
#include <stdint.h>

/* "Subject: text" */
void header_append_text(GString *out, const char *name, const char *text);

/* "To: phrase <address>"; `phrase` may be "". The address is as address_for_smtp makes it; what it
 * has outside ASCII stands as it is (RFC 6532). */
void header_append_mailbox(GString *out, const char *name, const char *phrase, const char *address);

/* "Date: Tue, 24 Nov 2026 07:00:00 +0100", Stockholm time. */
void header_append_date(GString *out, int64_t at_us);
