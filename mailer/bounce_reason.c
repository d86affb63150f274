/* From evidence to a verdict. In turn: what qualifies an "unknown", the plain "unknown" if it
 * answered the recipient, the server's own word for it, an enhanced status code on the address, any
 * other sentence, any other status code.
 *
 * An "unknown user" said after the message was taken (DATA), or without saying when and with
 * no 5.1.x beside it, is often a filter's or a forwarder's: soft. So is what was said to MAIL FROM
 * or the connection, for it is about us. */
#include "mailer/bounce_private.h"

#include <string.h>

/* RFC 3463, RFC 7372, RFC 7505, RFC 7293, and Exchange's own details of three digits. A detail of 0
 * in the table is for every detail that has no row of its own. */
static const struct {
    int subject, detail;
    BounceReason reason;
} statuses[] = {
    {1, 0, BOUNCE_UNDEFINED},      {1, 1, BOUNCE_USER_UNKNOWN},  {1, 2, BOUNCE_HOST_UNKNOWN},
    {1, 3, BOUNCE_USER_UNKNOWN},   {1, 4, BOUNCE_USER_UNKNOWN},  {1, 5, BOUNCE_SUCCESS},
    {1, 6, BOUNCE_HAS_MOVED},      {1, 7, BOUNCE_REJECTED},      {1, 8, BOUNCE_REJECTED},
    {1, 9, BOUNCE_REJECTED},       {1, 10, BOUNCE_NOT_ACCEPT},   {1, 20, BOUNCE_USER_UNKNOWN},
    {1, 351, BOUNCE_USER_UNKNOWN}, {2, 0, BOUNCE_FILTERED},      {2, 1, BOUNCE_SUSPENDED},
    {2, 2, BOUNCE_MAILBOX_FULL},   {2, 3, BOUNCE_TOO_BIG},       {2, 4, BOUNCE_MAILER_ERROR},
    {3, 0, BOUNCE_SYSTEM_ERROR},   {3, 1, BOUNCE_SYSTEM_FULL},   {3, 2, BOUNCE_NOT_ACCEPT},
    {3, 4, BOUNCE_TOO_BIG},        {4, 0, BOUNCE_NETWORK_ERROR}, {4, 4, BOUNCE_HOST_UNKNOWN},
    {4, 7, BOUNCE_EXPIRED},        {4, 300, BOUNCE_EXPIRED},     {4, 310, BOUNCE_HOST_UNKNOWN},
    {4, 316, BOUNCE_EXPIRED},      {5, 0, BOUNCE_SYNTAX_ERROR},  {5, 3, BOUNCE_TOO_FAST},
    {6, 0, BOUNCE_CONTENT_ERROR},  {7, 0, BOUNCE_SECURITY},      {7, 1, BOUNCE_POLICY},
    {7, 13, BOUNCE_SUSPENDED},     {7, 17, BOUNCE_HAS_MOVED},    {7, 18, BOUNCE_HAS_MOVED},
    {7, 20, BOUNCE_AUTH_FAILURE},  {7, 21, BOUNCE_AUTH_FAILURE}, {7, 22, BOUNCE_AUTH_FAILURE},
    {7, 23, BOUNCE_AUTH_FAILURE},  {7, 24, BOUNCE_AUTH_FAILURE}, {7, 25, BOUNCE_REQUIRE_PTR},
    {7, 26, BOUNCE_AUTH_FAILURE},  {7, 27, BOUNCE_REJECTED},
};

static BounceReason status_reason(const char *status) {
    if (status == NULL || (status[0] != '4' && status[0] != '5') || status[1] != '.') {
        return BOUNCE_UNDEFINED;
    }
    char *end = NULL;
    guint64 subject = g_ascii_strtoull(status + 2, &end, 10);
    guint64 detail = *end == '.' ? g_ascii_strtoull(end + 1, NULL, 10) : 0;
    BounceReason reason = BOUNCE_UNDEFINED;
    for (size_t i = 0; i < G_N_ELEMENTS(statuses); i++) {
        if ((guint64)statuses[i].subject == subject &&
            (statuses[i].detail == 0 || (guint64)statuses[i].detail == detail)) {
            reason = statuses[i].reason; /* a row of its own comes later than the 0 */
        }
    }
    return reason;
}

/* PowerMTA sorts bounces itself, by the remote's reply at the command it came after. */
static BounceReason category_reason(const char *category) {
    static const struct {
        const char *category;
        BounceReason reason;
    } table[] = {
        {"bad-mailbox", BOUNCE_USER_UNKNOWN},
        {"bad-domain", BOUNCE_HOST_UNKNOWN},
        {"inactive-mailbox", BOUNCE_SUSPENDED},
        {"quota-issues", BOUNCE_MAILBOX_FULL},
        {"spam-related", BOUNCE_SPAM},
        {"spam-block", BOUNCE_BLOCKED},
        {"policy-related", BOUNCE_POLICY},
        {"virus-related", BOUNCE_VIRUS},
        {"content-related", BOUNCE_CONTENT_ERROR},
        {"relaying-issues", BOUNCE_NO_RELAYING},
        {"message-expired", BOUNCE_EXPIRED},
        {"no-answer-from-host", BOUNCE_EXPIRED},
        {"bad-connection", BOUNCE_NETWORK_ERROR},
        {"routing-errors", BOUNCE_NETWORK_ERROR},
        {"invalid-sender", BOUNCE_REJECTED},
        {"protocol-errors", BOUNCE_SYNTAX_ERROR},
        {"bad-configuration", BOUNCE_SYSTEM_ERROR},
    };
    for (size_t i = 0; category != NULL && i < G_N_ELEMENTS(table); i++) {
        if (g_str_equal(table[i].category, category)) {
            return table[i].reason;
        }
    }
    return BOUNCE_UNDEFINED;
}

/* What is judged, in the order of trust. */
typedef struct {
    const char *status; /* the remote's own before the reporter's */
    int code;
    bool is_temporary;
    BouncePhase phase;
    BounceWords *texts[3]; /* what the remote said; what the reporter adds; the notice */
} Case;

static bool is_on_address(const Case *c) {
    return c->status != NULL &&
           (g_str_has_prefix(c->status, "5.1.") || g_str_has_prefix(c->status, "4.1."));
}

/* A sentence that means "hard" is taken so if it answers the recipient. */
static BounceReason hard_weigh(const Case *c, BounceReason reason) {
    if (c->phase == PHASE_MAIL) {
        return BOUNCE_REJECTED;
    }
    if (c->phase == PHASE_CONNECT) {
        return BOUNCE_BLOCKED;
    }
    if (reason != BOUNCE_USER_UNKNOWN || is_on_address(c)) {
        return reason;
    }
    return c->phase == PHASE_RCPT && !c->is_temporary ? reason : BOUNCE_FILTERED;
}

static bool is_certain(const Case *c, const BounceWords *words) {
    return bounce_phrase_is_certain(words, c->code == 0);
}

static BounceReason text_reason(const Case *c, const BounceWords *words) {
    BounceReason reason = bounce_phrase_first(words);
    if (reason != BOUNCE_UNDEFINED) {
        return reason;
    }
    if (!c->is_temporary && c->phase != PHASE_MAIL && is_certain(c, words)) {
        return BOUNCE_USER_UNKNOWN;
    }
    reason = bounce_phrase_hard(words);
    return reason != BOUNCE_UNDEFINED ? hard_weigh(c, reason) : BOUNCE_UNDEFINED;
}

static BounceReason case_reason(const Case *c) {
    BounceReason reason = BOUNCE_UNDEFINED;
    for (size_t i = 0; i < 2 && reason == BOUNCE_UNDEFINED; i++) {
        reason = text_reason(c, c->texts[i]);
    }
    if (reason == BOUNCE_USER_UNKNOWN && bounce_words_match(c->texts[1], "user s account is")) {
        return BOUNCE_SUSPENDED; /* KDDI's "The user(s) account is disabled" qualifies the reply */
    }
    if (reason == BOUNCE_FILTERED && !c->is_temporary && c->phase != PHASE_DATA &&
        (is_certain(c, c->texts[1]) || is_certain(c, c->texts[2]))) {
        return BOUNCE_USER_UNKNOWN;
    }
    BounceReason by_status = status_reason(c->status);
    bool is_about_us = c->phase == PHASE_MAIL || c->phase == PHASE_CONNECT;
    if (reason == BOUNCE_UNDEFINED && is_on_address(c) && !is_about_us) {
        reason = by_status;
    }
    for (size_t i = 0; i < 3 && reason == BOUNCE_UNDEFINED; i++) {
        if (i == 2) {
            reason = by_status != BOUNCE_UNDEFINED ? by_status : text_reason(c, c->texts[2]);
        }
        if (reason == BOUNCE_UNDEFINED) {
            reason = bounce_phrase_rest(c->texts[i]);
        }
        if (reason == BOUNCE_USER_UNKNOWN && i < 2) {
            reason = hard_weigh(c, reason);
        }
    }
    if (reason == BOUNCE_UNDEFINED) {
        reason = c->phase == PHASE_CONNECT ? BOUNCE_BLOCKED
                 : c->phase == PHASE_MAIL  ? BOUNCE_REJECTED
                                           : reason;
    }
    return reason;
}

static bool reason_is_hard(BounceReason reason, const Case *c) {
    switch (reason) {
    case BOUNCE_USER_UNKNOWN:
        return !c->is_temporary || is_on_address(c);
    case BOUNCE_HAS_MOVED:
        return true;
    case BOUNCE_HOST_UNKNOWN:
    case BOUNCE_NOT_ACCEPT:
        return !c->is_temporary && c->phase != PHASE_MAIL && c->phase != PHASE_CONNECT;
    case BOUNCE_UNDEFINED:
    case BOUNCE_FILTERED:
    case BOUNCE_REJECTED:
    case BOUNCE_SUSPENDED:
    case BOUNCE_MAILBOX_FULL:
    case BOUNCE_SYSTEM_FULL:
    case BOUNCE_TOO_BIG:
    case BOUNCE_EXPIRED:
    case BOUNCE_NETWORK_ERROR:
    case BOUNCE_SYSTEM_ERROR:
    case BOUNCE_MAILER_ERROR:
    case BOUNCE_BLOCKED:
    case BOUNCE_BAD_REPUTATION:
    case BOUNCE_SPAM:
    case BOUNCE_VIRUS:
    case BOUNCE_POLICY:
    case BOUNCE_SECURITY:
    case BOUNCE_AUTH_FAILURE:
    case BOUNCE_NO_RELAYING:
    case BOUNCE_REQUIRE_PTR:
    case BOUNCE_TOO_FAST:
    case BOUNCE_CONTENT_ERROR:
    case BOUNCE_SYNTAX_ERROR:
    case BOUNCE_ON_HOLD:
    case BOUNCE_FEEDBACK:
    case BOUNCE_VACATION:
    case BOUNCE_CONFIRMATION:
    case BOUNCE_READ_NOTICE:
    case BOUNCE_SUCCESS:
        return false;
    }
    return false;
}

static BounceKind action_kind(const char *action, bool is_hard) {
    if (action != NULL && g_str_equal(action, "delayed")) {
        return BOUNCE_DELAYED;
    }
    if (action != NULL && (g_str_has_prefix(action, "deliver") || g_str_equal(action, "relayed") ||
                           g_str_equal(action, "expanded"))) {
        return BOUNCE_DELIVERED;
    }
    return is_hard ? BOUNCE_HARD : BOUNCE_SOFT;
}

static bool status_says_little(const char *status) {
    return status == NULL || strlen(status) < 5 || g_str_has_suffix(status, ".0.0") ||
           g_str_equal(status, "4.4.7");
}

/* What the remote said, without the reporter's words before it ("host mx.example[192.0.2.1] said:
 * "). */
static const char *after_said(const char *text) {
    static const char *const leads[] = {
        " said: ",           " said:\n",      "server returned was: ", "server returned was:\n",
        "Remote host said:", "response was:", "Error message below:",  NULL};
    for (const char *const *lead = leads; *lead != NULL; lead++) {
        const char *said = strstr(text, *lead);
        if (said != NULL && said[strlen(*lead)] != '\0') {
            return said + strlen(*lead);
        }
    }
    return text;
}

/* The remote's own enhanced code, quoted, tells more than the reporter's: that is often a stand-in.
 */
static char *status_choose(const BounceEvidence *evidence, int code) {
    g_autofree char *quoted = bounce_scan_status(evidence->diagnostic->str);
    if (quoted == NULL && status_says_little(evidence->status)) {
        quoted = bounce_scan_status(evidence->more->str);
    }
    if (quoted != NULL && !(status_says_little(quoted) && !status_says_little(evidence->status))) {
        return g_steal_pointer(&quoted);
    }
    if (evidence->status != NULL && *evidence->status != '\0') {
        return g_strdup(evidence->status);
    }
    return quoted        ? g_steal_pointer(&quoted)
           : code >= 500 ? g_strdup("5.0.0")
           : code >= 400 ? g_strdup("4.0.0")
                         : NULL;
}

void bounce_judge(BounceFinding *finding, const BounceEvidence *evidence, const char *notice) {
    const char *said = after_said(evidence->diagnostic->str);
    int code = bounce_scan_code(said);
    code = code ? code : bounce_scan_code(evidence->more->str);
    finding->reply_code = code;
    finding->status = status_choose(evidence, code);
    g_autofree char *added = g_strdup_printf("%s\n%s", evidence->comment ? evidence->comment : "",
                                             after_said(evidence->more->str));
    g_autoptr(BounceWords) first = bounce_words_new(said);
    g_autoptr(BounceWords) second = bounce_words_new(added);
    g_autoptr(BounceWords) third = bounce_words_new(notice);
    Case c = {.status = finding->status,
              .code = code,
              .phase = evidence->phase,
              .texts = {first, second, third}};
    c.is_temporary = code != 0 ? code < 500 : c.status != NULL && c.status[0] == '4';
    finding->reason = category_reason(evidence->category);
    if (finding->reason == BOUNCE_UNDEFINED) {
        finding->reason = case_reason(&c);
    }
    finding->kind = action_kind(evidence->action, reason_is_hard(finding->reason, &c));
    if (finding->kind == BOUNCE_DELIVERED) {
        finding->reason = BOUNCE_SUCCESS;
    }
}
