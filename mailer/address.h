/* E-mail addresses as SMTP can carry them. */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* `address` with a non-ASCII domain as A-labels. INPUT if it is no dot-atom address (RFC 5321
 * section 4.1.2) or longer than section 4.5.3.1 allows. A local part outside ASCII is kept, and
 * `out_needs_utf8` (may be NULL) says that only SMTPUTF8 (RFC 6531) can carry it. */
char *address_for_smtp(const char *address, bool *out_needs_utf8, GError **error);

/* The part after the last '@' of an address that address_for_smtp made. Borrowed. */
const char *address_domain(const char *address);
