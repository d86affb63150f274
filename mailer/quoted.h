/* Quoted-printable (RFC 2045 section 6.7) of text, fast: a message's body is most of the work of
 * making it. */
#pragma once

#include <glib.h>
#include <stddef.h>

/* Appends `size` bytes of text with its line breaks (LF or CRLF) as CRLF, lines of at most 76
 * characters, and one CRLF at the end if it had none. A lone CR, a blank before a line's end, a
 * full stop that begins one and the F of a "From " that does are encoded, so that no mail system on
 * the way mends them. */
void quoted_printable_append(GString *out, const char *text, size_t size);
