#include "mailer/message.h"

#include "base/clock.h"
#include "mailer/address.h"
#include "mailer/header.h"
#include "mailer/quoted.h"

#include <sodium.h>
#include <string.h>

enum { ID_KEY_BYTES = crypto_auth_hmacsha256_KEYBYTES, ID_HEX_CHARS = 32, LIST_LABEL_MAX = 60 };

/* No quoted-printable text can hold "=_" (RFC 2045 section 6.7 wants two hex digits or a line end),
 * and no base64 an underscore. */
#define BOUNDARY         "=_vetkoll"
#define BOUNDARY_RELATED "=_vetkoll-logo"
#define PART_HEAD(subtype)                                                                         \
    "Content-Type: text/" subtype "; charset=utf-8\r\n"                                            \
    "Content-Transfer-Encoding: quoted-printable\r\n\r\n"

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
    GString *head;       /* headers that never change, without Date, To, Subject and Message-ID */
    GString *after_text; /* all between the text of the plain part and that of the HTML */
    GString *after_html; /* all after it */
    const Signer *dkim;
    char *subject;    /* the latest one, as given */
    GString *encoded; /* and as a whole header: most messages of a mailing have the same */
    int64_t date_s;
    GString *date; /* the header of that second */
};

/* Without Precedence: it is no standard, and List-Id and Auto-Submitted already tell vacation
 * programs (RFC 3834, RFC 5230) and X-Auto-Response-Suppress tells Exchange not to reply. */
static GString *head_make(const MessageSender *sender) {
    GString *head = g_string_new(NULL);
    g_autofree char *list_id = list_id_make(sender->list_id, sender->from_address);
    header_append_mailbox(head, "From", sender->from_name, sender->from_address);
    if (sender->reply_to[0] != '\0') {
        header_append_mailbox(head, "Reply-To", "", sender->reply_to);
    }
    g_string_append_printf(head,
                           "List-Id: %s\r\n"
                           "Auto-Submitted: auto-generated\r\n"
                           "X-Auto-Response-Suppress: All\r\n"
                           "MIME-Version: 1.0\r\n"
                           "Content-Language: %s\r\n"
                           "Content-Type: multipart/alternative; boundary=\"" BOUNDARY "\"\r\n"
                           "\r\n--" BOUNDARY "\r\n" PART_HEAD("plain"),
                           list_id, lang_code(sender->language));
    return head;
}

static void append_logo(GString *out, const Logo *logo) {
    g_string_append_printf(out,
                           "\r\n--" BOUNDARY_RELATED "\r\n"
                           "Content-Type: %s; name=\"%s\"\r\n"
                           "Content-Transfer-Encoding: base64\r\n"
                           "Content-ID: <%s>\r\n"
                           "Content-Disposition: inline; filename=\"%s\"\r\n\r\n"
                           "%s"
                           "\r\n--" BOUNDARY_RELATED "--\r\n",
                           logo->media_type, logo->file_name, logo->content_id, logo->file_name,
                           logo->base64);
}

MessageFrame *message_frame_new(const MessageSender *sender) {
    const Logo *logo = sender->logo;
    MessageFrame *frame = g_new0(MessageFrame, 1);
    frame->dkim = sender->dkim;
    frame->encoded = g_string_new(NULL);
    frame->date = g_string_new(NULL);
    frame->head = head_make(sender);
    frame->after_text = g_string_new("\r\n--" BOUNDARY "\r\n");
    frame->after_html = g_string_new(NULL);
    if (logo != NULL) {
        g_string_append(frame->after_text,
                        "Content-Type: multipart/related; type=\"text/html\";\r\n"
                        " boundary=\"" BOUNDARY_RELATED "\"\r\n"
                        "\r\n--" BOUNDARY_RELATED "\r\n");
        append_logo(frame->after_html, logo);
    }
    g_string_append(frame->after_text, PART_HEAD("html"));
    g_string_append(frame->after_html, "\r\n--" BOUNDARY "--\r\n");
    return frame;
}

void message_frame_free(MessageFrame *frame) {
    if (frame != NULL) {
        g_string_free(frame->head, TRUE);
        g_string_free(frame->after_text, TRUE);
        g_string_free(frame->after_html, TRUE);
        g_free(frame->subject);
        g_string_free(frame->encoded, TRUE);
        g_string_free(frame->date, TRUE);
        g_free(frame);
    }
}

static void append_all(GString *out, const GString *part) {
    g_string_append_len(out, part->str, (gssize)part->len);
}

static void append_date(GString *out, MessageFrame *frame, int64_t date_us) {
    int64_t date_s = date_us / CLOCK_SECOND_US;
    if (frame->date->len == 0 || frame->date_s != date_s) {
        g_string_truncate(frame->date, 0);
        header_append_date(frame->date, date_us);
        frame->date_s = date_s;
    }
    append_all(out, frame->date);
}

static void append_subject(GString *out, MessageFrame *frame, const char *subject) {
    if (g_strcmp0(frame->subject, subject) != 0) {
        g_free(frame->subject);
        frame->subject = g_strdup(subject);
        g_string_truncate(frame->encoded, 0);
        header_append_text(frame->encoded, "Subject", subject);
    }
    append_all(out, frame->encoded);
}

bool message_build(MessageFrame *frame, const MessageParts *parts, GString *out, GError **error) {
    gsize start = out->len;
    append_date(out, frame, parts->date_us);
    header_append_mailbox(out, "To", parts->to_name, parts->to_address);
    append_subject(out, frame, parts->subject);
    g_string_append(out, "Message-ID: <");
    g_string_append(out, parts->message_id);
    g_string_append(out, ">\r\n");
    append_all(out, frame->head);
    quoted_printable_append(out, parts->text, strlen(parts->text));
    append_all(out, frame->after_text);
    quoted_printable_append(out, parts->html, strlen(parts->html));
    append_all(out, frame->after_html);
    if (frame->dkim != NULL && !signer_sign(frame->dkim, out, start, error)) {
        g_string_truncate(out, start);
        return false;
    }
    return true;
}

char *message_id_make(const Keyring *keyring, int64_t outbox_id, int64_t link_id,
                      const char *from_address) {
    uint8_t key[ID_KEY_BYTES];
    uint8_t mac[crypto_auth_hmacsha256_BYTES];
    char hex[2 * sizeof mac + 1];
    bool derived = keyring_derive(keyring, keyring_current(keyring), "message-id", key);
    g_assert(derived);
    const int64_t row[] = {GINT64_TO_BE(outbox_id), GINT64_TO_BE(link_id)};
    crypto_auth_hmacsha256(mac, (const uint8_t *)row, sizeof row, key);
    sodium_bin2hex(hex, sizeof hex, mac, sizeof mac);
    hex[ID_HEX_CHARS] = '\0';
    return g_strconcat(hex, "@", address_domain(from_address), NULL);
}
