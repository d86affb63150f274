#include "mailer/submission.h"

#include "base/error.h"
#include "base/lang.h"
#include "mailer/transport_private.h"

#include <string.h>

enum {
    REPLY_TIMEOUT_MS = 5 * 60 * 1000, /* RFC 5321 section 4.5.3.2 */
    FINAL_TIMEOUT_MS = 10 * 60 * 1000,
    QUIT_TIMEOUT_MS = 2000,
};

typedef struct {
    const SubmissionRelay *relay;
    const TransportBatch *batch;
    Dialogue *dialogue;
    bool reset_due; /* the relay may still have a transaction open */
    bool broken;    /* not even QUIT may be said */
    char latest[DELIVERY_TEXT_MAX];
    GString *body;
    GString *wire; /* as written */
} Submission;

static guint reply_timeout_ms(const Submission *submission) {
    guint timeout_ms = submission->relay->timeout_ms;
    return timeout_ms > 0 ? timeout_ms : REPLY_TIMEOUT_MS;
}

static guint final_timeout_ms(const Submission *submission) {
    guint timeout_ms = submission->relay->timeout_ms;
    return timeout_ms > 0 ? 2 * timeout_ms : FINAL_TIMEOUT_MS;
}

static void tell(const Submission *submission, guint index, const Delivery *delivery) {
    submission->batch->outcome(submission->batch->data, index, delivery);
}

static bool lost(Submission *submission, const char *why, GError **error) {
    submission->broken = true;
    return error_set(error, VK_ERROR_BUSY,
                     tr("%s: förbindelsen bröts: %s (senaste svar: %s)",
                        "%s: the connection was lost: %s (latest reply: %s)"),
                     submission->relay->name, why, submission->latest);
}

/* The connection is lost during a message. */
static bool lost_with(Submission *submission, guint index, DeliveryClass outcome, const char *why,
                      GError **error) {
    Delivery delivery = delivery_make(
        outcome,
        outcome == DELIVERY_IN_DOUBT ? "the connection was lost before the relay answered" : why);
    tell(submission, index, &delivery);
    return lost(submission, why, error);
}

static bool say(Submission *submission, const char *text) {
    return dialogue_say(submission->dialogue, text, strlen(text), reply_timeout_ms(submission),
                        NULL);
}

static bool hear(Submission *submission, guint timeout_ms, Reply *out, const char **out_why) {
    if (!dialogue_hear(submission->dialogue, timeout_ms, out, out_why)) {
        return false;
    }
    g_autofree char *shown = g_strdup_printf("%d %s", out->code, out->text);
    g_strlcpy(submission->latest, shown, sizeof submission->latest);
    return true;
}

/* Says a command, and hears what the relay thinks of it. */
static bool ask(Submission *submission, const char *command, Reply *out, const char **out_why) {
    *out_why = "the connection was lost";
    return say(submission, command) && hear(submission, reply_timeout_ms(submission), out, out_why);
}

static void append_xtext(GString *out, const char *text) {
    for (const char *p = text; *p != '\0'; p++) {
        if (g_ascii_isgraph(*p) && *p != '+' && *p != '=') {
            g_string_append_c(out, *p);
        } else {
            g_string_append_printf(out, "+%02X", (guchar)*p);
        }
    }
}

static bool has_text(const char *text) {
    return text != NULL && text[0] != '\0';
}

static bool has_8bit(const GString *text) {
    for (size_t i = 0; i < text->len; i++) {
        if ((guchar)text->str[i] >= 0x80) {
            return true;
        }
    }
    return false;
}

static bool needs_utf8(const Envelope *envelope) {
    return !g_str_is_ascii(envelope->to) || !g_str_is_ascii(envelope->return_path);
}

static char *mail_command(const Submission *submission, const Envelope *envelope) {
    const RelayOffer *offer = submission->relay->offer;
    GString *text = g_string_new(NULL);
    g_string_append_printf(text, "MAIL FROM:<%s>", envelope->return_path);
    if (offer->eightbitmime && has_8bit(submission->body)) {
        g_string_append(text, " BODY=8BITMIME");
    }
    if (needs_utf8(envelope)) {
        g_string_append(text, " SMTPUTF8");
    }
    if (submission->relay->dsn && offer->dsn) {
        g_string_append(text, " RET=HDRS");
        if (has_text(envelope->envid)) {
            g_string_append(text, " ENVID=");
            append_xtext(text, envelope->envid);
        }
    }
    g_string_append(text, "\r\n");
    return g_string_free(text, FALSE);
}

static char *rcpt_command(const Submission *submission, const Envelope *envelope) {
    bool notify = submission->relay->dsn && submission->relay->offer->dsn;
    return g_strdup_printf("RCPT TO:<%s>%s\r\n", envelope->to, notify ? " NOTIFY=FAILURE" : "");
}

typedef enum { GIVE_ON, GIVE_NEXT, GIVE_END } Give; /* this message; the next; no more */

static bool mail_refused(Submission *submission, const Reply *reply, GError **error) {
    return error_set(error, reply->code / 100 == 5 ? VK_ERROR_DENIED : VK_ERROR_BUSY,
                     "%s: MAIL FROM: %d %s", submission->relay->name, reply->code, reply->text);
}

static bool refuses_us(const Submission *submission, const Reply *reply, GError **error) {
    return error_set(error, VK_ERROR_DENIED, "%s: %d %s", submission->relay->name, reply->code,
                     reply->text);
}

/* RCPT or DATA is refused: the person, or us. */
static Give refused(const Submission *submission, guint index, const Reply *reply, GError **error) {
    if (transport_refuses_us(reply->code)) {
        refuses_us(submission, reply, error);
        return GIVE_END;
    }
    Delivery delivery = reply_delivery(reply);
    tell(submission, index, &delivery);
    return GIVE_NEXT;
}

/* MAIL and RCPT, in one go where the relay can. */
static Give give_envelope(Submission *submission, guint index, const Envelope *envelope,
                          GError **error) {
    g_autofree char *mail = mail_command(submission, envelope);
    g_autofree char *rcpt = rcpt_command(submission, envelope);
    g_autofree char *both = g_strconcat(mail, rcpt, NULL);
    bool together = submission->relay->offer->pipelining;
    const char *why = NULL;
    Reply reply;
    if (!ask(submission, together ? both : mail, &reply, &why)) {
        lost(submission, why, error);
        return GIVE_END;
    }
    if (reply.code / 100 != 2) {
        mail_refused(submission, &reply, error);
        submission->broken = together; /* a reply is still to come */
        return GIVE_END;
    }
    submission->reset_due = true;
    bool heard = together ? hear(submission, reply_timeout_ms(submission), &reply, &why)
                          : ask(submission, rcpt, &reply, &why);
    if (!heard) {
        lost_with(submission, index, DELIVERY_TRANSIENT, why, error);
        return GIVE_END;
    }
    return reply.code / 100 == 2 ? GIVE_ON : refused(submission, index, &reply, error);
}

static Give give_data(Submission *submission, guint index, GError **error) {
    const char *why = NULL;
    Reply reply;
    if (!ask(submission, "DATA\r\n", &reply, &why)) {
        lost_with(submission, index, DELIVERY_TRANSIENT, why, error);
        return GIVE_END;
    }
    bool early = reply.code == 354 && dialogue_has_more(submission->dialogue);
    if (reply.code / 100 == 2 || early) {
        lost_with(submission, index, DELIVERY_TRANSIENT, "DATA was answered out of order", error);
        return GIVE_END;
    }
    return reply.code == 354 ? GIVE_ON : refused(submission, index, &reply, error);
}

/* The body with its dots doubled and the final one (RFC 5321 section 4.5.2). */
static void make_wire(Submission *submission) {
    GString *wire = submission->wire;
    const char *end = submission->body->str + submission->body->len;
    g_string_truncate(wire, 0);
    for (const char *line = submission->body->str; line < end;) {
        const char *next = memchr(line, '\n', (size_t)(end - line));
        next = next != NULL ? next + 1 : end;
        if (*line == '.') {
            g_string_append_c(wire, '.');
        }
        g_string_append_len(wire, line, next - line);
        line = next;
    }
    g_string_append(wire, g_str_has_suffix(wire->str, "\r\n") ? ".\r\n" : "\r\n.\r\n");
}

/* The dot goes with the body, so the yes comes before both. */
static bool give_body(Submission *submission, guint index, GError **error) {
    const TransportBatch *batch = submission->batch;
    size_t written = 0;
    const char *why = "the connection was lost during the message";
    Reply reply;
    make_wire(submission);
    if (!batch->commit(batch->data, index)) {
        submission->broken = true; /* QUIT would be taken for a line of the message */
        return error_set(error, VK_ERROR_BUSY, "%s: stopped", submission->relay->name);
    }
    if (!dialogue_say(submission->dialogue, submission->wire->str, submission->wire->len,
                      reply_timeout_ms(submission), &written)) {
        return lost_with(submission, index, DELIVERY_TRANSIENT, why, error);
    }
    submission->reset_due = false;
    if (!hear(submission, final_timeout_ms(submission), &reply, &why)) {
        return lost_with(submission, index, DELIVERY_IN_DOUBT, why, error);
    }
    Delivery delivery = reply_delivery(&reply);
    bool us = transport_refuses_us(reply.code);
    delivery.outcome = us ? DELIVERY_TRANSIENT : delivery.outcome;
    tell(submission, index, &delivery);
    return !us || refuses_us(submission, &reply, error);
}

static bool is_writable(const char *address) {
    return strpbrk(address, "<>\r\n \t") == NULL;
}

/* What we refuse ourselves. */
static bool refuse_early(Submission *submission, guint index, const Envelope *envelope) {
    const TransportBatch *batch = submission->batch;
    Delivery delivery;
    g_assert(is_writable(envelope->to) && is_writable(envelope->return_path));
    if (needs_utf8(envelope) && !submission->relay->offer->smtputf8) {
        delivery = delivery_from_reply(
            0, 5, 6, 7, "the address needs SMTPUTF8, which the relay does not offer");
        delivery.outcome = DELIVERY_PERMANENT;
        tell(submission, index, &delivery);
        return true;
    }
    g_string_truncate(submission->body, 0);
    if (!batch->body(batch->data, index, submission->body)) {
        delivery = delivery_make(DELIVERY_TRANSIENT, "the message could not be made");
        tell(submission, index, &delivery);
        return true;
    }
    return false;
}

static bool give(Submission *submission, guint index, GError **error) {
    Envelope envelope = submission->batch->envelope(submission->batch->data, index);
    const char *why = NULL;
    Reply reply;
    if (refuse_early(submission, index, &envelope)) {
        return true;
    }
    if (submission->reset_due && !ask(submission, "RSET\r\n", &reply, &why)) {
        return lost(submission, why, error);
    }
    submission->reset_due = false;
    Give next = give_envelope(submission, index, &envelope, error);
    if (next == GIVE_ON) {
        next = give_data(submission, index, error);
    }
    return next == GIVE_NEXT || (next == GIVE_ON && give_body(submission, index, error));
}

static void say_goodbye(Submission *submission) {
    Reply reply;
    const char *why = NULL;
    if (!submission->broken && say(submission, "QUIT\r\n")) {
        hear(submission, QUIT_TIMEOUT_MS, &reply, &why);
    }
}

bool submission_run(Dialogue *dialogue, const SubmissionRelay *relay, const TransportBatch *batch,
                    GError **error) {
    g_autoptr(GString) body = g_string_sized_new(16 * 1024);
    g_autoptr(GString) wire = g_string_sized_new(16 * 1024);
    Submission submission = {
        .relay = relay, .batch = batch, .dialogue = dialogue, .body = body, .wire = wire};
    bool sound = true;
    for (guint i = 0; sound && i < batch->count; i++) {
        sound = give(&submission, i, error);
    }
    say_goodbye(&submission);
    return sound;
}
