#include "mailer/message.h"

#include "base/clock.h"
#include "mailer/address.h"

#include <gmime/gmime.h>
#include <string.h>

enum { ID_KEY_BYTES = KEYRING_KEY_BYTES, ID_HEX_CHARS = 32, LIST_LABEL_MAX = 60 };

/* No quoted-printable text can hold "=_": RFC 2045 section 6.7 wants two hex digits or a line end.
 */
static const char boundary[] = "=_vetkoll";

static void start_gmime(void) {
    static gsize started = 0;
    if (g_once_init_enter(&started)) {
        g_mime_init();
        g_once_init_leave(&started, 1);
    }
}

/* `text` with every run of control characters and line separators as one space. */
static char *one_line(const char *text) {
    GString *line = g_string_new(NULL);
    g_autofree char *valid = g_utf8_make_valid(text, -1);
    for (const char *p = valid; *p != '\0'; p = g_utf8_next_char(p)) {
        gunichar c = g_utf8_get_char(p);
        if (!g_unichar_iscntrl(c) && c != 0x2028 && c != 0x2029) {
            g_string_append_unichar(line, c);
        } else if (line->len > 0 && line->str[line->len - 1] != ' ') {
            g_string_append_c(line, ' ');
        }
    }
    return g_string_free(g_steal_pointer(&line), FALSE);
}

/* RFC 2919 wants a dot-atom: the label's ASCII letters and digits, the rest as hyphens. */
static char *list_id_make(const char *label, const char *from_address) {
    GString *id = g_string_new("<");
    for (const char *p = label; *p != '\0' && id->len <= LIST_LABEL_MAX; p++) {
        if (g_ascii_isalnum(*p)) {
            g_string_append_c(id, g_ascii_tolower(*p));
        } else if (id->len > 1 && id->str[id->len - 1] != '-') {
            g_string_append_c(id, '-');
        }
    }
    if (id->len == 1) {
        g_string_append(id, "vetkoll");
    }
    if (id->str[id->len - 1] == '-') {
        g_string_truncate(id, id->len - 1);
    }
    g_string_append_printf(id, ".vetkoll.%s>", address_domain(from_address));
    return g_string_free(g_steal_pointer(&id), FALSE);
}

static void set_header(GMimeMessage *message, const char *name, const char *value) {
    g_mime_object_set_header(GMIME_OBJECT(message), name, value, "utf-8");
}

static void set_mailbox(GMimeMessage *message, GMimeAddressType type, const char *name,
                        const char *address) {
    g_autofree char *clean = one_line(name);
    g_autofree char *mailbox = one_line(address);
    g_mime_message_add_mailbox(message, type, clean[0] != '\0' ? clean : NULL, mailbox);
}

/* Without Precedence: it is no standard, and List-Id and Auto-Submitted already tell vacation
 * programs (RFC 3834, RFC 5230) and X-Auto-Response-Suppress tells Exchange not to reply. */
static void set_headers(GMimeMessage *message, const MessageParts *parts) {
    g_autoptr(GDateTime) date = clock_local(parts->date_us);
    g_autofree char *subject = one_line(parts->subject);
    g_autofree char *list_id = list_id_make(parts->list_id, parts->from_address);
    g_mime_message_set_date(message, date);
    set_mailbox(message, GMIME_ADDRESS_TYPE_FROM, parts->from_name, parts->from_address);
    set_mailbox(message, GMIME_ADDRESS_TYPE_TO, parts->to_name, parts->to_address);
    if (parts->reply_to[0] != '\0') {
        set_mailbox(message, GMIME_ADDRESS_TYPE_REPLY_TO, "", parts->reply_to);
    }
    g_mime_message_set_subject(message, subject, "utf-8");
    g_mime_message_set_message_id(message, parts->message_id);
    set_header(message, "List-Id", list_id);
    set_header(message, "Auto-Submitted", "auto-generated");
    set_header(message, "X-Auto-Response-Suppress", "All");
    set_header(message, "Content-Language", lang_code(parts->language));
}

static void add_text(GMimeMultipart *multipart, const char *subtype, const char *text) {
    g_autofree char *valid = g_utf8_make_valid(text, -1);
    GMimeTextPart *part = g_mime_text_part_new_with_subtype(subtype);
    g_mime_text_part_set_charset(part, "utf-8");
    g_mime_text_part_set_text(part, valid);
    g_mime_part_set_content_encoding(GMIME_PART(part), GMIME_CONTENT_ENCODING_QUOTEDPRINTABLE);
    g_mime_multipart_add(multipart, GMIME_OBJECT(part));
    g_object_unref(part);
}

static void write_message(GMimeMessage *message, GString *out) {
    GMimeFormatOptions *options = g_mime_format_options_new();
    g_mime_format_options_set_newline_format(options, GMIME_NEWLINE_FORMAT_DOS);
    g_autoptr(GByteArray) bytes = g_byte_array_sized_new(16 * 1024);
    GMimeStream *stream = g_mime_stream_mem_new_with_byte_array(bytes);
    g_mime_stream_mem_set_owner(GMIME_STREAM_MEM(stream), FALSE);
    gssize written = g_mime_object_write_to_stream(GMIME_OBJECT(message), options, stream);
    g_assert(written > 0);
    g_object_unref(stream);
    g_mime_format_options_free(options);
    g_string_append_len(out, (const char *)bytes->data, bytes->len);
}

void message_build(const MessageParts *parts, GString *out) {
    start_gmime();
    GMimeMessage *message = g_mime_message_new(FALSE);
    GMimeMultipart *multipart = g_mime_multipart_new_with_subtype("alternative");
    g_mime_multipart_set_boundary(multipart, boundary);
    set_headers(message, parts);
    set_header(message, "MIME-Version", "1.0");
    add_text(multipart, "plain", parts->text);
    add_text(multipart, "html", parts->html);
    g_mime_message_set_mime_part(message, GMIME_OBJECT(multipart));
    g_object_unref(multipart);
    write_message(message, out);
    g_object_unref(message);
}

char *message_id_make(const Keyring *keyring, int64_t outbox_id, int64_t link_id,
                      const char *from_address) {
    uint8_t key[ID_KEY_BYTES];
    bool derived = keyring_derive(keyring, keyring_current(keyring), "message-id", key);
    g_assert(derived);
    const int64_t row[] = {GINT64_TO_BE(outbox_id), GINT64_TO_BE(link_id)};
    g_autofree char *mac = g_compute_hmac_for_data(G_CHECKSUM_SHA256, key, sizeof key,
                                                   (const guchar *)row, sizeof row);
    return g_strdup_printf("%.*s@%s", ID_HEX_CHARS, mac, address_domain(from_address));
}
