#include "mailer/message.h"

#include "base/clock.h"
#include "mailer/address.h"
#include "mailer/quoted.h"

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

struct MessageFrame {
    char *head;    /* headers that never change, without Date, To, Subject and Message-ID */
    char *subject; /* the latest one, as given */
    char *encoded; /* and as a whole header: most messages of a mailing have the same */
    int64_t date_s;
    char *date; /* of that second */
};

/* Appends "name: value", folded; `value` is what a GMime function has encoded. */
static void append_folded(GString *out, const char *name, const char *value) {
    g_autofree char *header = g_strconcat(name, ": ", value, NULL);
    g_autofree char *folded = g_mime_utils_structured_header_fold(NULL, NULL, header);
    for (const char *p = folded; *p != '\0'; p++) {
        if (*p == '\n') {
            g_string_append_c(out, '\r');
        }
        g_string_append_c(out, *p);
    }
    if (!g_str_has_suffix(out->str, "\n")) {
        g_string_append(out, "\r\n");
    }
}

/* A display name (may be "") and an address. */
static void append_mailbox(GString *out, const char *header, const char *name,
                           const char *address) {
    g_autofree char *clean = one_line(name);
    g_autofree char *phrase =
        clean[0] != '\0' ? g_mime_utils_header_encode_phrase(NULL, clean, "utf-8") : NULL;
    g_autofree char *mailbox =
        phrase != NULL ? g_strdup_printf("%s <%s>", phrase, address) : g_strdup(address);
    append_folded(out, header, mailbox);
}

/* Without Precedence: it is no standard, and List-Id and Auto-Submitted already tell vacation
 * programs (RFC 3834, RFC 5230) and X-Auto-Response-Suppress tells Exchange not to reply. */
MessageFrame *message_frame_new(const MessageSender *sender) {
    start_gmime();
    g_autoptr(GString) head = g_string_new(NULL);
    g_autofree char *list_id = list_id_make(sender->list_id, sender->from_address);
    append_mailbox(head, "From", sender->from_name, sender->from_address);
    if (sender->reply_to[0] != '\0') {
        append_mailbox(head, "Reply-To", "", sender->reply_to);
    }
    append_folded(head, "List-Id", list_id);
    g_string_append_printf(head,
                           "Auto-Submitted: auto-generated\r\n"
                           "X-Auto-Response-Suppress: All\r\n"
                           "MIME-Version: 1.0\r\n"
                           "Content-Language: %s\r\n"
                           "Content-Type: multipart/alternative; boundary=\"%s\"\r\n",
                           lang_code(sender->language), boundary);
    MessageFrame *frame = g_new0(MessageFrame, 1);
    frame->head = g_string_free(g_steal_pointer(&head), FALSE);
    return frame;
}

void message_frame_free(MessageFrame *frame) {
    if (frame != NULL) {
        g_free(frame->head);
        g_free(frame->subject);
        g_free(frame->encoded);
        g_free(frame->date);
        g_free(frame);
    }
}

static void append_date(GString *out, MessageFrame *frame, int64_t date_us) {
    int64_t date_s = date_us / CLOCK_SECOND_US;
    if (frame->date == NULL || frame->date_s != date_s) {
        g_autoptr(GDateTime) date = clock_local(date_us);
        g_free(frame->date);
        frame->date = g_mime_utils_header_format_date(date);
        frame->date_s = date_s;
    }
    g_string_append_printf(out, "Date: %s\r\n", frame->date);
}

static void append_subject(GString *out, MessageFrame *frame, const char *subject) {
    if (g_strcmp0(frame->subject, subject) != 0) {
        g_autofree char *clean = one_line(subject);
        g_autofree char *encoded = g_mime_utils_header_encode_text(NULL, clean, "utf-8");
        g_autoptr(GString) header = g_string_new(NULL);
        append_folded(header, "Subject", encoded);
        g_free(frame->subject);
        g_free(frame->encoded);
        frame->subject = g_strdup(subject);
        frame->encoded = g_string_free(g_steal_pointer(&header), FALSE);
    }
    g_string_append(out, frame->encoded);
}

static void append_part(GString *out, const char *subtype, const char *text) {
    g_autofree char *valid = g_utf8_make_valid(text, -1);
    g_string_append_printf(out,
                           "\r\n--%s\r\nContent-Type: text/%s; charset=utf-8\r\n"
                           "Content-Transfer-Encoding: quoted-printable\r\n\r\n",
                           boundary, subtype);
    quoted_printable_append(out, valid);
}

void message_build(MessageFrame *frame, const MessageParts *parts, GString *out) {
    append_date(out, frame, parts->date_us);
    g_string_append(out, frame->head);
    append_mailbox(out, "To", parts->to_name, parts->to_address);
    append_subject(out, frame, parts->subject);
    g_string_append_printf(out, "Message-ID: <%s>\r\n", parts->message_id);
    append_part(out, "plain", parts->text);
    append_part(out, "html", parts->html);
    g_string_append_printf(out, "\r\n--%s--\r\n", boundary);
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
