/* The JSON that Amazon SES sends: by itself, or as the "Message" of an SNS notification, with SNS's
 * own text behind. */
#include "mailer/bounce_private.h"

#include <cjson/cJSON.h>
#include <string.h>

static const char *string_of(const cJSON *object, const char *name) {
    const char *value = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, name));
    return value && g_utf8_validate(value, -1, NULL) ? value : NULL;
}

/* Lines that a mail server broke at its limit ("!\n ") are joined again. */
static cJSON *json_parse(const char *text) {
    const char *open = strchr(text, '{');
    if (open == NULL || text + strspn(text, " \t\n") != open) {
        return NULL;
    }
    g_autoptr(GString) joined = g_string_new(open);
    g_string_replace(joined, "!\n ", "", 0);
    g_string_replace(joined, "\n", "", 0);
    return cJSON_ParseWithOpts(joined->str, NULL, false);
}

static void bounced_read(const cJSON *bounce, GPtrArray *findings) {
    const cJSON *item = NULL;
    const char *type = string_of(bounce, "bounceType");
    const char *subtype = string_of(bounce, "bounceSubType");
    cJSON_ArrayForEach(item, cJSON_GetObjectItemCaseSensitive(bounce, "bouncedRecipients")) {
        const char *address = string_of(item, "emailAddress");
        const char *diagnostic = string_of(item, "diagnosticCode");
        g_autofree char *recipient = address ? bounce_recipient_dup(address) : NULL;
        BounceFinding *finding =
            bounce_finding_add(findings, BOUNCE_SOFT, BOUNCE_UNDEFINED, recipient);
        if (finding == NULL) {
            return;
        }
        g_autoptr(BounceEvidence) evidence = bounce_evidence_new();
        const char *status = string_of(item, "status");
        const char *action = string_of(item, "action");
        evidence->status = g_strdup(status);
        evidence->action = action ? g_ascii_strdown(action, -1) : NULL;
        g_string_append(evidence->diagnostic, diagnostic ? diagnostic : "");
        if (subtype != NULL && g_str_equal(subtype, "MailboxFull")) {
            g_string_append(evidence->more, "mailbox full");
        } else if (type != NULL && g_str_equal(type, "Permanent") && subtype != NULL &&
                   (g_str_equal(subtype, "NoEmail") ||
                    (diagnostic == NULL && g_str_equal(subtype, "General")))) {
            g_string_append(evidence->more, "recipient address does not exist");
        }
        finding->diagnostic = bounce_scan_line(evidence->diagnostic->str, BOUNCE_DIAGNOSTIC_MAX);
        bounce_phase_find(evidence);
        bounce_judge(finding, evidence, "");
    }
}

static void complained_read(const cJSON *complaint, GPtrArray *findings) {
    const cJSON *item = NULL;
    cJSON_ArrayForEach(item, cJSON_GetObjectItemCaseSensitive(complaint, "complainedRecipients")) {
        const char *address = string_of(item, "emailAddress");
        g_autofree char *recipient = address ? bounce_recipient_dup(address) : NULL;
        bounce_finding_add(findings, BOUNCE_COMPLAINT, BOUNCE_FEEDBACK, recipient);
    }
}

static void delivered_read(const cJSON *delivery, GPtrArray *findings) {
    const cJSON *item = NULL;
    const char *response = string_of(delivery, "smtpResponse");
    cJSON_ArrayForEach(item, cJSON_GetObjectItemCaseSensitive(delivery, "recipients")) {
        const char *address = cJSON_GetStringValue(item);
        g_autofree char *recipient = address ? bounce_recipient_dup(address) : NULL;
        BounceFinding *finding =
            bounce_finding_add(findings, BOUNCE_DELIVERED, BOUNCE_SUCCESS, recipient);
        if (finding != NULL && response != NULL) {
            finding->diagnostic = bounce_scan_line(response, BOUNCE_DIAGNOSTIC_MAX);
        }
    }
}

static void event_read(const cJSON *event, GPtrArray *findings, char **message_id) {
    bounced_read(cJSON_GetObjectItemCaseSensitive(event, "bounce"), findings);
    complained_read(cJSON_GetObjectItemCaseSensitive(event, "complaint"), findings);
    delivered_read(cJSON_GetObjectItemCaseSensitive(event, "delivery"), findings);
    const cJSON *mail = cJSON_GetObjectItemCaseSensitive(event, "mail");
    const char *id =
        string_of(cJSON_GetObjectItemCaseSensitive(mail, "commonHeaders"), "messageId");
    id = id ? id : string_of(mail, "messageId");
    if (findings->len > 0 && id != NULL && *message_id == NULL) {
        *message_id = g_strdup(id);
    }
}

bool bounce_event_read(const BounceMail *mail, GPtrArray *findings, char **message_id) {
    cJSON *event = json_parse(mail->text->str);
    const char *inner = string_of(event, "Message");
    if (inner != NULL) {
        cJSON *message = json_parse(inner);
        cJSON_Delete(event);
        event = message;
    }
    event_read(event, findings, message_id);
    cJSON_Delete(event);
    return findings->len > 0;
}
