/* Bytes of a text file as UTF-8, in the encodings that Swedish offices produce: UTF-8 with or
 * without byte order mark, UTF-16 with one (Excel's "Unicode text"), and Windows-1252. Pure. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>

typedef enum { ENCODING_UTF8, ENCODING_UTF16, ENCODING_WINDOWS_1252 } Encoding;

const char *encoding_name(Encoding encoding);

/* The text without byte order mark. `*out_text` either points into `data` or into `*out_owned`,
 * which the caller frees. INPUT when it is not text: a workbook, a ZIP, control bytes, or UTF-8
 * that is broken in places (said with the line), which must not be taken for Windows-1252. */
bool text_decode(const char *data, size_t size, Encoding *out_encoding, const char **out_text,
                 size_t *out_length, char **out_owned, GError **error);
