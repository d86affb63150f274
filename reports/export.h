/* Reports as text for a terminal, JSON, CSV and a printable HTML page; free text as the first three
 * only, as it is to be worked on and not handed round.
 *
 * CSV is what a Swedish Excel opens by double click: UTF-8 with a byte order mark, ';' between
 * fields, decimal comma, CRLF; a text that a spreadsheet would take for a formula gets an
 * apostrophe before it. JSON (schema "vetkoll-participation/1", "vetkoll-knowledge/1",
 * "vetkoll-texts/1") has numerator and denominator beside each share, null where suppressed or
 * undefined, and always a decimal point. No clock is read: the same report gives the same bytes. */
#pragma once

#include "reports/knowledge.h"
#include "reports/participation.h"
#include "reports/texts.h"
#include "templates/catalog.h"

typedef enum { EXPORT_TEXT, EXPORT_JSON, EXPORT_CSV, EXPORT_HTML } ExportFormat;

/* "text", "json", "csv", "html". */
bool export_parse_format(const char *text, ExportFormat *out_format);

/* `catalog` is used by EXPORT_HTML only. */
bool export_participation(const Participation *participation, ExportFormat format, Lang lang,
                          const Catalog *catalog, GString *out, GError **error);
bool export_knowledge(const Knowledge *knowledge, ExportFormat format, Lang lang,
                      const Catalog *catalog, GString *out, GError **error);

/* INPUT for EXPORT_HTML. */
bool export_texts(const Texts *texts, ExportFormat format, Lang lang, GString *out, GError **error);
