/* Where a notice for people ends and the original begins, and what sort of notice it is. */
#include "mailer/bounce_private.h"

#include <string.h>

/* What stands on a line above the original, in the words of the servers that are common. */
static const char *const leads[] = {
    "a copy of the message",
    "copy of the original message",
    "copy of your message",
    "original message follows",
    "original message -",
    "-original message",
    "-original mail",
    "original mail as follows",
    "header of the original message",
    "headers of the original message",
    "message headers follow",
    "unsent message follows",
    "copy of the message header",
    "original message headers",
    "original message header",
    "returned message follows",
    "text of original message",
    "text of your message",
    "original headers",
    "start of returned message",
    "- returned message",
    "returned message below",
    "message header follow",
    "original message below",
    "your message follows",
    "en-têtes de message d'origine",
    "ursprungliga meddelande",
    "ursprüngliche kopfzeilen",
    "intestazioni originali",
    "message text follows",
    "first 100 lines",
    "beginning of the original message",
    "message returned below",
    NULL,
};

/* Fields that begin a header sent back without a word. */
static const char *const fields[] = {
    "Received: ",       "Received:\t",     "Return-Path: ", "Return-path: ",  "X-Received: ",
    "DKIM-Signature: ", "X-Original-To: ", "ARC-Seal: ",    "Delivered-To: ", NULL,
};

static bool is_lead(const char *line) {
    if (!bounce_text_has(line, leads)) {
        return false;
    }
    /* a heading, not a sentence that speaks of it */
    size_t length = strlen(line);
    char end = length > 0 ? line[length - 1] : '\0';
    return strchr("-=*#<+", line[0]) != NULL || strchr(":-=*#>", end) != NULL || length < 50;
}

static bool is_field(const char *line) {
    for (const char *const *field = fields; *field != NULL; field++) {
        if (g_str_has_prefix(line, *field)) {
            return true;
        }
    }
    return false;
}

char *bounce_notice_cut(const char *text, char **out_original) {
    bool has_text = false;
    for (const char *line = text; *line != '\0';) {
        size_t size = strcspn(line, "\n");
        g_autofree char *raw = g_strndup(line, MIN(size, 200));
        g_autofree char *clean = bounce_scan_line(raw, 200);
        const char *next = line + size + (line[size] == '\n');
        const char *start = clean + strspn(clean, " ");
        bool is_header = has_text && is_field(raw);
        if (is_header || (*start != '\0' && is_lead(start))) {
            const char *original = is_header ? line : next;
            original += strspn(original, " \t\n-=");
            *out_original = g_strdup(original);
            return g_strndup(text, (gsize)(line - text));
        }
        has_text = has_text || *start != '\0';
        line = next;
    }
    *out_original = g_strdup("");
    return g_strdup(text);
}

static bool header_has(const BounceMail *mail, const char *name, const char *const *parts) {
    const char *value = bounce_mail_header(mail, name, 0);
    return value != NULL && bounce_text_has(value, parts);
}

bool bounce_notice_is_bounce(const BounceMail *mail, const char *notice) {
    static const char *const daemons[] = {
        "mailer-daemon",      "mailer_daemon",        "mail delivery",       "postmaster@",
        "post_master@",       "mail.delivery.system", "mail-daemon",         "mailerdaemon",
        "mail administrator", "maildaemon",           "mail deliver system", NULL};
    static const char *const subjects[] = {"undeliver",
                                           "delivery status",
                                           "delivery fail",
                                           "failure notice",
                                           "returned mail",
                                           "mail delivery",
                                           "delivery notification",
                                           "not delivered",
                                           "delivery report",
                                           "could not be delivered",
                                           "couldn't be delivered",
                                           "non remis",
                                           "unzustellbar",
                                           "kunde inte levereras",
                                           "ej levererat",
                                           "delivery problem",
                                           "mail system error",
                                           "delayed mail",
                                           "non recapitabile",
                                           "no se puede entregar",
                                           "kan inte levereras",
                                           "bounced mail",
                                           "delivery error",
                                           "loop alert",
                                           "message rejected",
                                           "error sending your mail",
                                           "message not delivered",
                                           "kunde inte skickas",
                                           NULL};
    static const char *const sentences[] = {"could not be delivered",
                                            "couldn't be delivered",
                                            "wasn't delivered",
                                            "was not delivered",
                                            "unable to deliver",
                                            "did not reach the following",
                                            "delivery to the following",
                                            "has been delayed",
                                            "following address(es) failed",
                                            "had delivery problems",
                                            "had permanent fatal errors",
                                            "had delivery errors",
                                            "not able to be delivered",
                                            "undeliverable to",
                                            "mailbox is full",
                                            "could not deliver",
                                            "delivery has failed",
                                            "delivery failed",
                                            "message returned to sender",
                                            "trouble delivering",
                                            "could not be sent",
                                            "kunde inte levereras",
                                            "non-deliverable",
                                            NULL};
    if (bounce_mail_header(mail, "x-failed-recipients", 0) != NULL ||
        header_has(mail, "from", daemons) || header_has(mail, "subject", subjects)) {
        return true;
    }
    return bounce_text_has(notice, sentences);
}

bool bounce_notice_is_delay(const BounceMail *mail, const char *notice) {
    static const char *const subjects[] = {"delay", "warning:", "still being retried", "försenad",
                                           NULL};
    static const char *const sentences[] = {"warning message only",
                                            "a warning only",
                                            "has not yet been delivered",
                                            "no action is required on your part",
                                            "only a temporary failure report",
                                            "will be retried for",
                                            "has been delayed",
                                            "message is delayed",
                                            "do not need to resend",
                                            "no need to resend",
                                            NULL};
    return bounce_text_has(notice, sentences) || header_has(mail, "subject", subjects);
}
