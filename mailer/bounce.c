#include "mailer/bounce.h"

#include "mailer/bounce_private.h"

#include <string.h>

static const char *const kind_names[] = {
    [BOUNCE_HARD] = "hard",
    [BOUNCE_SOFT] = "soft",
    [BOUNCE_DELAYED] = "delayed",
    [BOUNCE_DELIVERED] = "delivered",
    [BOUNCE_AUTO_REPLY] = "auto-reply",
    [BOUNCE_CHALLENGE] = "challenge",
    [BOUNCE_COMPLAINT] = "complaint",
    [BOUNCE_OTHER] = "other",
};

static const char *const reason_names[] = {
    [BOUNCE_UNDEFINED] = "undefined",
    [BOUNCE_USER_UNKNOWN] = "userunknown",
    [BOUNCE_HOST_UNKNOWN] = "hostunknown",
    [BOUNCE_HAS_MOVED] = "hasmoved",
    [BOUNCE_NOT_ACCEPT] = "notaccept",
    [BOUNCE_FILTERED] = "filtered",
    [BOUNCE_REJECTED] = "rejected",
    [BOUNCE_SUSPENDED] = "suspend",
    [BOUNCE_MAILBOX_FULL] = "mailboxfull",
    [BOUNCE_SYSTEM_FULL] = "systemfull",
    [BOUNCE_TOO_BIG] = "toobig",
    [BOUNCE_EXPIRED] = "expired",
    [BOUNCE_NETWORK_ERROR] = "networkerror",
    [BOUNCE_SYSTEM_ERROR] = "systemerror",
    [BOUNCE_MAILER_ERROR] = "mailererror",
    [BOUNCE_BLOCKED] = "blocked",
    [BOUNCE_BAD_REPUTATION] = "badreputation",
    [BOUNCE_SPAM] = "spamdetected",
    [BOUNCE_VIRUS] = "virusdetected",
    [BOUNCE_POLICY] = "policyviolation",
    [BOUNCE_SECURITY] = "securityerror",
    [BOUNCE_AUTH_FAILURE] = "authfailure",
    [BOUNCE_NO_RELAYING] = "norelaying",
    [BOUNCE_REQUIRE_PTR] = "requireptr",
    [BOUNCE_TOO_FAST] = "toofast",
    [BOUNCE_CONTENT_ERROR] = "contenterror",
    [BOUNCE_SYNTAX_ERROR] = "syntaxerror",
    [BOUNCE_ON_HOLD] = "onhold",
    [BOUNCE_FEEDBACK] = "feedback",
    [BOUNCE_VACATION] = "vacation",
    [BOUNCE_CONFIRMATION] = "confirmation",
    [BOUNCE_READ_NOTICE] = "readnotice",
    [BOUNCE_SUCCESS] = "delivered",
};

const char *bounce_kind_name(BounceKind kind) {
    return kind_names[kind];
}

const char *bounce_reason_name(BounceReason reason) {
    return reason_names[reason];
}

static void finding_free(void *data) {
    BounceFinding *finding = data;
    g_free(finding->recipient);
    g_free(finding->original_recipient);
    g_free(finding->status);
    g_free(finding->diagnostic);
    g_free(finding->remote_mta);
    g_free(finding);
}

void bounce_report_free(BounceReport *report) {
    if (report == NULL) {
        return;
    }
    g_ptr_array_unref(report->findings);
    g_ptr_array_unref(report->addressed_to);
    g_ptr_array_unref(report->original_headers);
    g_free(report->message_id);
    g_free(report->envelope_id);
    g_free(report->reporting_mta);
    g_free(report->original_sender);
    g_free(report->original_recipient);
    g_free(report);
}

BounceFinding *bounce_finding_add(GPtrArray *findings, BounceKind kind, BounceReason reason,
                                  const char *recipient) {
    if (findings->len >= BOUNCE_FINDING_MAX) {
        return NULL;
    }
    BounceFinding *finding = g_new0(BounceFinding, 1);
    finding->kind = kind;
    finding->reason = reason;
    finding->recipient = g_strdup(recipient);
    g_ptr_array_add(findings, finding);
    return finding;
}

const char *bounce_original_header(const BounceReport *report, const char *name) {
    for (guint i = 0; i + 1 < report->original_headers->len; i += 2) {
        if (g_str_equal(g_ptr_array_index(report->original_headers, i), name)) {
            return g_ptr_array_index(report->original_headers, i + 1);
        }
    }
    return NULL;
}

/* "<a@b> (comment)" as "a@b"; an id of anything without blanks. */
static char *id_of(const char *value) {
    if (value == NULL) {
        return NULL;
    }
    const char *open = strrchr(value, '<'); /* the last of References is the one answered */
    const char *start = open ? open + 1 : value + strspn(value, " ");
    size_t size = strcspn(start, "> ");
    return size > 0 ? g_strndup(start, size) : NULL;
}

static char *address_in(const BounceMail *mail, const char *name) {
    const char *value = mail ? bounce_mail_header(mail, name, 0) : NULL;
    return value ? bounce_scan_address_dup(value) : NULL;
}

static void addressed_read(const BounceMail *mail, GPtrArray *out) {
    static const char *const names[] = {"x-original-to",
                                        "envelope-to",
                                        "x-envelope-to",
                                        "delivered-to",
                                        "x-delivered-to",
                                        "to",
                                        "cc",
                                        NULL};
    for (const char *const *name = names; *name != NULL; name++) {
        const char *value;
        for (guint n = 0; n < 20 && (value = bounce_mail_header(mail, *name, n)) != NULL; n++) {
            const char *start;
            const char *end;
            for (; out->len < BOUNCE_FINDING_MAX && bounce_scan_address(value, &start, &end);
                 value = end) {
                g_autofree char *address = g_strndup(start, (gsize)(end - start));
                if (!g_ptr_array_find_with_equal_func(out, address, g_str_equal, NULL)) {
                    g_ptr_array_add(out, g_steal_pointer(&address));
                }
            }
        }
    }
}

static void original_read(BounceMail *mail, BounceReport *report) {
    const BounceMail *original = mail->original;
    char *id = id_of(original ? bounce_mail_header(original, "message-id", 0) : NULL);
    id = id ? id : id_of(report->message_id);
    id = id ? id : id_of(bounce_mail_header(mail, "in-reply-to", 0));
    id = id ? id : id_of(bounce_mail_header(mail, "references", 0));
    if (id != NULL) {
        g_free(report->message_id);
        report->message_id = id;
    }
    report->original_sender = address_in(original, "return-path");
    if (report->original_sender == NULL) {
        report->original_sender = address_in(original, "from");
    }
    report->original_recipient = address_in(original, "to");
    if (mail->original != NULL) {
        g_ptr_array_unref(report->original_headers);
        report->original_headers = g_ptr_array_ref(mail->original->headers);
    }
}

/* The text for people: plain, else from HTML, else the body as it came. */
static const char *text_of(const BounceMail *mail) {
    const char *texts[] = {mail->text->str, mail->html->str};
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
        if (texts[i][strspn(texts[i], " \t\n")] != '\0') {
            return texts[i];
        }
    }
    return mail->body->str;
}

/* Exchange's name for an entry of its directory, or a server's for a machine of its own, is of no
 * use to us: then the address that we wrote to is. */
static const char *recipient_choose(const BounceEvidence *evidence) {
    const char *final = evidence->recipient;
    if (final == NULL || evidence->original == NULL) {
        return final ? final : evidence->original;
    }
    const char *at = strrchr(final, '@');
    bool is_inner =
        g_ascii_strncasecmp(final, "IMCEA", 5) == 0 || at == NULL || strchr(at, '.') == NULL;
    return is_inner && strchr(evidence->original, '@') != NULL ? evidence->original : final;
}

static void findings_judge(const BounceMail *mail, GPtrArray *evidence, const char *notice,
                           BounceReport *report) {
    bool is_delay = bounce_notice_is_delay(mail, notice);
    for (guint i = 0; i < evidence->len; i++) {
        BounceEvidence *each = g_ptr_array_index(evidence, i);
        BounceFinding *finding = bounce_finding_add(report->findings, BOUNCE_SOFT, BOUNCE_UNDEFINED,
                                                    recipient_choose(each));
        if (finding == NULL) {
            return;
        }
        if (is_delay && each->action == NULL) {
            each->action = g_strdup("delayed");
        }
        bounce_phase_find(each);
        bounce_judge(finding, each, evidence->len == 1 ? notice : "");
        finding->original_recipient = g_strdup(each->original);
        finding->remote_mta = g_strdup(each->remote_mta);
        g_autofree char *line = bounce_scan_line(each->diagnostic->str, BOUNCE_DIAGNOSTIC_MAX);
        finding->diagnostic = *line != '\0' ? g_steal_pointer(&line) : NULL;
    }
}

/* Reports first, in their own parts or pasted into the text; then the text. */
static void bounce_read(BounceMail *mail, BounceReport *report) {
    g_autoptr(GPtrArray) evidence =
        g_ptr_array_new_with_free_func((GDestroyNotify)bounce_evidence_free);
    for (guint i = 0; i < mail->reports->len; i++) {
        bounce_status_read(g_ptr_array_index(mail->reports, i), evidence, &report->envelope_id,
                           &report->reporting_mta);
    }
    g_autofree char *original = NULL;
    g_autofree char *notice = bounce_notice_cut(text_of(mail), &original);
    if (mail->original == NULL && *original != '\0') {
        mail->original = bounce_mail_parse(original, strlen(original));
    }
    bool is_bounce = mail->reports->len > 0 || bounce_notice_is_bounce(mail, notice);
    if (!is_bounce) {
        return;
    }
    if (evidence->len == 0) {
        bounce_status_read(notice, evidence, &report->envelope_id, &report->reporting_mta);
    }
    for (guint i = evidence->len; i-- > 0;) { /* without an address they say nothing */
        BounceEvidence *each = g_ptr_array_index(evidence, i);
        if (each->recipient == NULL && each->original == NULL) {
            g_ptr_array_remove_index(evidence, i);
        }
    }
    bounce_text_read(mail, notice, evidence);
    if (evidence->len == 0) {
        BounceEvidence *unnamed = bounce_evidence_new();
        g_string_append(unnamed->more, notice);
        g_ptr_array_add(evidence, unnamed);
    }
    findings_judge(mail, evidence, notice, report);
}

static void auto_reply_add(const BounceMail *mail, BounceReport *report, int64_t now_us) {
    g_autofree char *from = address_in(mail, "from");
    BounceFinding *finding =
        bounce_finding_add(report->findings, BOUNCE_AUTO_REPLY, BOUNCE_VACATION, from);
    const char *subject = bounce_mail_header(mail, "subject", 0);
    g_autofree char *text = g_strdup_printf("%s\n\n%s", subject ? subject : "", text_of(mail));
    int64_t returns_at_us = 0;
    if (bounce_read_return(text, now_us, &returns_at_us)) {
        finding->returns_at_us = returns_at_us;
    }
}

static bool is_from_daemon(const BounceMail *mail) {
    static const char *const daemons[] = {"mailer-daemon", "mailer_daemon", "postmaster",
                                          "post_master",   "mail delivery", NULL};
    const char *from = bounce_mail_header(mail, "from", 0);
    return from != NULL && bounce_text_has(from, daemons);
}

/* A report is never a reply, whatever its header says. */
static void reply_read(const BounceMail *mail, BounceReport *report, int64_t now_us) {
    bool is_daemon = is_from_daemon(mail);
    if (mail->reports->len > 0 || bounce_mail_header(mail, "x-failed-recipients", 0) != NULL) {
        return;
    }
    if (!is_daemon && bounce_reply_is_challenge(mail)) {
        g_autofree char *from = address_in(mail, "from");
        bounce_finding_add(report->findings, BOUNCE_CHALLENGE, BOUNCE_CONFIRMATION, from);
    } else if (bounce_reply_is_automatic(mail, is_daemon)) {
        auto_reply_add(mail, report, now_us);
    }
}

BounceReport *bounce_parse(const char *bytes, size_t size, int64_t now_us) {
    BounceReport *report = g_new0(BounceReport, 1);
    report->findings = g_ptr_array_new_with_free_func(finding_free);
    report->addressed_to = g_ptr_array_new_with_free_func(g_free);
    report->original_headers = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(BounceMail) mail = bounce_mail_parse(bytes, size);
    addressed_read(mail, report->addressed_to);
    if (!bounce_feedback_read(mail, report->findings, &report->message_id) &&
        !bounce_event_read(mail, report->findings, &report->message_id)) {
        reply_read(mail, report, now_us);
        if (report->findings->len == 0) {
            bounce_read(mail, report);
        }
        if (report->findings->len == 0 && bounce_mail_says(mail, "auto-submitted", "auto-")) {
            auto_reply_add(mail, report, now_us);
        }
    }
    if (report->findings->len == 0) {
        g_autofree char *from = address_in(mail, "from");
        bounce_finding_add(report->findings, BOUNCE_OTHER, BOUNCE_UNDEFINED, from);
    }
    original_read(mail, report);
    return report;
}
