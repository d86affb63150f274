/* Complaints (RFC 5965, and the forms of those who write none) and read receipts (RFC 8098). */
#include "mailer/bounce_private.h"

#include <string.h>

/* The next "Name: value" of a report, unfolded; NULL at its end. Name in lower case. */
static char *field_next(const char **text, char **out_value) {
    while (**text != '\0') {
        size_t size = strcspn(*text, "\n");
        g_autoptr(GString) line = g_string_new_len(*text, (gssize)size);
        *text += size + ((*text)[size] == '\n');
        while (**text == ' ' || **text == '\t') {
            size = strcspn(*text, "\n");
            g_string_append_len(line, *text, (gssize)size);
            *text += size + ((*text)[size] == '\n');
        }
        const char *colon = strchr(line->str, ':');
        if (colon != NULL && colon > line->str) {
            *out_value = bounce_scan_line(colon + 1, BOUNCE_FIELD_MAX);
            return g_ascii_strdown(line->str, colon - line->str);
        }
    }
    return NULL;
}

static void report_read(const char *text, GPtrArray *findings) {
    guint before = findings->len;
    g_autofree char *type = NULL;
    g_autofree char *removal = NULL;
    for (;;) {
        g_autofree char *value = NULL;
        g_autofree char *name = field_next(&text, &value);
        if (name == NULL) {
            break;
        }
        if (g_str_equal(name, "original-rcpt-to")) {
            g_autofree char *address = bounce_recipient_dup(value);
            bounce_finding_add(findings, BOUNCE_COMPLAINT, BOUNCE_FEEDBACK, address);
        } else if (g_str_equal(name, "removal-recipient") && removal == NULL) {
            removal = bounce_recipient_dup(value);
        } else if (g_str_equal(name, "feedback-type") && type == NULL) {
            type = g_steal_pointer(&value);
        }
    }
    if (findings->len == before) {
        bounce_finding_add(findings, BOUNCE_COMPLAINT, BOUNCE_FEEDBACK, removal);
    }
    for (guint i = before; type != NULL && i < findings->len; i++) {
        BounceFinding *finding = g_ptr_array_index(findings, i);
        finding->diagnostic = g_strdup(type);
    }
}

/* Whom the original was sent to, where the report does not say: Hotmail's own field, or its To. */
static char *original_recipient(const BounceMail *mail) {
    static const char *const names[] = {"x-hmxmroriginalrecipient", "x-original-to", "delivered-to",
                                        "to", NULL};
    for (const char *const *name = names; mail->original != NULL && *name != NULL; name++) {
        const char *value = bounce_mail_header(mail->original, *name, 0);
        char *address = value ? bounce_scan_address_dup(value) : NULL;
        if (address != NULL) {
            return address;
        }
    }
    return NULL;
}

/* Hotmail sends the message itself under this subject; a mail programme's "unsubscribe" button (RFC
 * 2369) says no more than that. */
static bool is_plain_complaint(const BounceMail *mail) {
    const char *subject = bounce_mail_header(mail, "subject", 0);
    return (mail->original != NULL &&
            bounce_mail_says(mail, "subject", "complaint about message from")) ||
           bounce_mail_header(mail, "x-apple-unsubscribe", 0) != NULL ||
           (subject != NULL && g_ascii_strcasecmp(subject, "unsubscribe") == 0);
}

static void receipt_read(const char *text, GPtrArray *findings, char **message_id) {
    g_autofree char *recipient = NULL;
    for (;;) {
        g_autofree char *value = NULL;
        g_autofree char *name = field_next(&text, &value);
        if (name == NULL) {
            break;
        }
        if (g_str_equal(name, "final-recipient") && recipient == NULL) {
            recipient = bounce_recipient_dup(value);
        } else if (g_str_equal(name, "original-message-id") && *message_id == NULL) {
            *message_id = g_steal_pointer(&value);
        }
    }
    bounce_finding_add(findings, BOUNCE_OTHER, BOUNCE_READ_NOTICE, recipient);
}

bool bounce_feedback_read(const BounceMail *mail, GPtrArray *findings, char **message_id) {
    for (guint i = 0; i < mail->feedbacks->len; i++) {
        report_read(g_ptr_array_index(mail->feedbacks, i), findings);
    }
    static const char *const pasted[] = {"\nFeedback-Type: ", NULL};
    if (findings->len == 0 && bounce_text_has(mail->text->str, pasted)) {
        report_read(mail->text->str, findings);
    }
    if (findings->len == 0 && is_plain_complaint(mail)) {
        const char *from = bounce_mail_header(mail, "from", 0);
        g_autofree char *recipient = original_recipient(mail);
        if (recipient == NULL && mail->original == NULL && from != NULL) {
            recipient = bounce_scan_address_dup(from);
        }
        bounce_finding_add(findings, BOUNCE_COMPLAINT, BOUNCE_FEEDBACK, recipient);
    }
    if (findings->len == 0 && mail->notices->len > 0) {
        receipt_read(g_ptr_array_index(mail->notices, 0), findings, message_id);
    }
    if (findings->len == 1) {
        BounceFinding *only = g_ptr_array_index(findings, 0);
        only->recipient = only->recipient ? only->recipient : original_recipient(mail);
    }
    return findings->len > 0;
}
