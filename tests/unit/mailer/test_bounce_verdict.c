/* Proves the verdict, sentence by sentence: what the well-known servers answer, and to which
 * command, made into a Postfix report as it would come back. Hard only what says that the address
 * is wrong. */
#include "mailer/bounce.h"

#include <string.h>

static const int64_t now_us = INT64_C(1767225600000000);

#define RCPT "RCPT TO"
#define MAIL "MAIL FROM"
#define DATA "end of DATA"

typedef struct {
    const char *command; /* NULL: the report does not say */
    const char *text;
} Answer;

static const Answer hard[] = {
    {RCPT, "550-5.1.1 The email account that you tried to reach does not exist. Please try "
           "550-5.1.1 double-checking "
           "the recipient's email address for typos or 550 5.1.1 "
           "https://support.google.com/mail/?p=NoSuchUser x - gsmtp"},
    {NULL, "550 5.5.0 Requested action not taken: mailbox unavailable (S2017062302). "
           "[BL2NAM02FT061.example.com]"},
    {RCPT, "550 5.4.1 Recipient address rejected: Access denied. AS(201806281) "
           "[DB5EUR03FT012.example.com]"},
    {RCPT,
     "550 5.4.1 All recipient addresses rejected : Access denied [CY1NAM02FT063.example.com]"},
    {NULL, "550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient anna@example.se not found by SMTP "
           "address lookup"},
    {NULL, "550 5.1.1 RESOLVER.ADR.ExRecipNotFound; not found"},
    {RCPT, "550 5.1.1 <anna@example.se>: Recipient address rejected: User unknown in local "
           "recipient table"},
    {RCPT, "550 5.1.1 <anna@example.se>: Recipient address rejected: undeliverable address: "
           "unknown user: \"anna\""},
    {RCPT, "550 5.1.1 <anna@example.se>: Recipient address rejected: example.se"},
    {RCPT, "550 5.1.2 <anna@example.se>: Recipient address rejected: Domain not found"},
    {RCPT, "556 5.1.10 <anna@example.se>: Recipient address rejected: Domain example.se does not "
           "accept mail (nullMX)"},
    {RCPT, "550 <anna@example.se>: User unknown"},
    {RCPT, "553 5.3.0 <anna@example.se>... No such user"},
    {NULL, "550 5.1.2 <anna@example.se>... Host unknown (Name server: example.se: host not found)"},
    {RCPT, "550 No Such User Here"},
    {RCPT, "550 Unrouteable address"},
    {RCPT, "550 No such person at this address"},
    {RCPT, "550 5.7.1 No such user!"},
    {RCPT, "550 Invalid recipient: <anna@example.se>"},
    {RCPT, "550 Invalid Recipient - https://community.mimecast.com/docs/DOC-1369#550 [x]"},
    {RCPT, "550 #5.1.0 Address rejected."},
    {RCPT, "550 5.1.1 unknown or illegal alias: anna@example.se"},
    {RCPT, "550 5.1.1 Not our Customer"},
    {RCPT, "550 5.1.1 <anna@example.se>: user lookup success but no user record found"},
    {RCPT, "550 5.1.1 <anna@example.se> User doesn't exist: anna@example.se"},
    {RCPT,
     "550 5.1.1 Adresse d au moins un destinataire invalide. Invalid recipient. OFR_416 [416]"},
    {RCPT, "550 5.1.6 recipient no longer on server: anna@example.se"},
    {RCPT, "551 User has moved; please try anna.ek@example.net"},
    {RCPT, "551 5.1.1 Unknown user"},
    {RCPT, "511 sorry, no mailbox here by that name (#5.1.1 - chkuser)"},
    {NULL, "Sorry, no mailbox here by that name. vpopmail (#5.1.1)"},
    {NULL, "Sorry, I couldn't find any host named example.invalid. (#5.1.2)"},
    {RCPT, "550 mailbox not found"},
    {RCPT, "550 Mailbox unavailable or does not exist"},
    {RCPT, "550 Address unknown"},
    {RCPT, "554 5.1.1 <anna@example.se>: Recipient address rejected: User does not exist"},
    {RCPT, "550 User not found"},
    {RCPT, "550 unknown user <anna@example.se>"},
    {RCPT, "550 anna@example.se is not a valid recipient"},
    {RCPT, "554 The recipient does not exist here"},
    {RCPT, "550 There is no one at this address by that name"},
    {RCPT, "550 5.0.0 anna... User not known"},
    {RCPT, "550 That email address is not known here"},
    {RCPT, "553 5.5.4 <anna@example.se>... Unknown mailbox"},
    {RCPT,
     "450 4.1.1 <anna@example.se>: Recipient address rejected: unverified address: User unknown"},
    {RCPT, "501 5.1.3 Bad recipient address syntax"},
    {NULL, "Host or domain name not found. Name service error for name=example.invalid type=A: "
           "Host not found"},
    {NULL, "host example.invalid not found: 3(NXDOMAIN)"},
    {NULL, "Domain does not exist"},
    {NULL, "No MX found for domain"},
    {NULL, "all relevant MX records point to non-existent hosts"},
    {NULL, "unknown local-part \"anna\" in domain \"example.se\""},
    {NULL, "an MX or SRV record indicated no SMTP service"},
    {NULL, "User Anna Ek (anna@example.se) not listed in Domino Directory"},
    {NULL, "User not listed in public Name & Address Book"},
    {RCPT, "550 5.1.1 Användaren finns inte"},
    {RCPT, "550 Empfänger unbekannt"},
    {RCPT, "550 Utilisateur inconnu"},
};

static const Answer soft[] = {
    {RCPT, "552 5.2.2 The email account that you tried to reach is over quota. Please direct the "
           "recipient to "
           "https://support.google.com/mail/?p=OverQuotaPerm x - gsmtp"},
    {RCPT, "550 5.2.1 The email account that you tried to reach is disabled."},
    {DATA, "550-5.7.1 [192.0.2.1 12] Our system has detected that this message is 550-5.7.1 likely "
           "unsolicited mail. - gsmtp"},
    {DATA, "421-4.7.0 [192.0.2.1 15] Our system has detected an unusual rate of unsolicited mail"},
    {DATA, "550 5.7.26 This message does not pass authentication checks (SPF and DKIM both do not "
           "pass)."},
    {DATA, "550 5.4.5 Daily user sending quota exceeded. x - gsmtp"},
    {MAIL, "550 5.7.1 Unfortunately, messages from [192.0.2.1] weren't sent. Please contact your "
           "Internet service provider "
           "since part of their network is on our block list (S3150)."},
    {RCPT, "550 5.7.606 Access denied, banned sending IP [192.0.2.1]"},
    {NULL, "550 5.7.133 RESOLVER.RST.SenderNotAuthenticatedForGroup; authentication required; "
           "Delivery restriction check failed"},
    {NULL, "550 5.1.8 Access denied, bad outbound sender"},
    {NULL,
     "554 5.2.0 "
     "STOREDRV.Deliver.Exception:QuotaExceededException.MapiExceptionShutoffQuotaExceeded; Failed"},
    {NULL, "554 5.2.2 mailbox full; STOREDRV.Deliver.Exception:QuotaExceededException; Failed to "
           "process message"},
    {NULL, "554 5.4.14 Hop count exceeded - possible mail loop ATTR34"},
    {RCPT, "550 5.7.64 TenantAttribution; Relay Access Denied [AM5EUR03FT003.example.com]"},
    {NULL, "550 4.4.7 QUEUE.Expired; message expired"},
    {DATA, "554 delivery error: dd This user doesn't have a yahoo.com account (anna@yahoo.com) [0] "
           "- mta1082.example.com"},
    {RCPT, "554 30 Sorry, your message to anna@yahoo.com cannot be delivered. This mailbox is "
           "disabled (554.30)."},
    {DATA, "554 5.7.9 Message not accepted for policy reasons. See "
           "https://postmaster.yahooinc.com/error-codes"},
    {RCPT, "421 4.7.0 [TSS04] Messages from 192.0.2.1 temporarily deferred due to unexpected "
           "volume or user complaints"},
    {RCPT, "521 5.2.1 : AOL will not accept delivery of this message."},
    {RCPT, "552 5.2.2 <anna@icloud.com>: user is over quota"},
    {DATA, "552-Requested mail action aborted: exceeded storage allocation 552-Quota exceeded"},
    {RCPT,
     "550-Requested action not taken: mailbox unavailable 550-Sender address is not allowed."},
    {DATA,
     "550-Requested action not taken: mailbox unavailable 550 Reject due to policy restrictions."},
    {RCPT, "450 Requested action not taken: mailbox unavailable"},
    {RCPT, "550 4.2.1 mailbox temporarily disabled: anna@example.se"},
    {DATA, "550 Unknown user anna@docomo.ne.jp"},
    {RCPT, "550-Verification failed for <us@example.org> 550-Called: 192.0.2.1 550-Sent: RCPT "
           "TO:<us@example.org> "
           "550-Response: 550 No such user 550 Sender verify failed"},
    {RCPT, "550 relay not permitted"},
    {RCPT, "554 5.7.1 <anna@example.se>: Relay access denied"},
    {RCPT, "550 5.7.54 SMTP; Unable to relay recipient in non-accepted domain"},
    {RCPT, "553 sorry, that domain isn't in my list of allowed rcpthosts (#5.7.1)"},
    {RCPT, "550 Administrative prohibition"},
    {RCPT, "450 4.1.8 <us@example.org>: Sender address rejected: Domain not found"},
    {MAIL, "553 5.1.8 <us@example.org>... Domain of sender address us@example.org does not exist"},
    {MAIL, "517-Domain does not exist: example.org."},
    {RCPT, "504 5.5.2 <x>: Helo command rejected: need fully-qualified hostname"},
    {RCPT, "450 4.7.1 Client host rejected: cannot find your hostname, [192.0.2.1]"},
    {RCPT, "554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using zen.spamhaus.org"},
    {RCPT, "550 5.7.1 Recipient not authorized, your IP has been found on a block list"},
    {MAIL, "552 5.3.4 Message size exceeds fixed limit"},
    {MAIL, "452 4.3.1 Insufficient system storage"},
    {RCPT, "450 4.2.0 <anna@example.se>: Recipient address rejected: Greylisted, see "
           "http://postgrey.schweikert.ch/"},
    {RCPT, "451 4.7.1 Greylisting in action, please come back later"},
    {RCPT, "452 4.5.3 Error: too many recipients"},
    {RCPT, "451 4.3.0 <anna@example.se>: Temporary lookup failure"},
    {RCPT, "450 4.3.2 <anna@example.se>: Recipient address rejected: Service is unavailable"},
    {RCPT, "550 5.2.2 <anna@example.se>: Recipient address rejected: Mailbox is full"},
    {RCPT, "552 5.1.1 boite du destinataire pleine. Recipient overquota. OFR_417 [417]"},
    {RCPT, "552 sorry, mailbox anna@example.se is over quota temporarily (#5.1.1)"},
    {RCPT, "550 5.1.1 <anna@example.se>: Recipient address rejected: User account is suspended"},
    {RCPT, "550 account anna is inactive"},
    {RCPT, "550 5.7.1 <anna@example.se>... Access denied"},
    {RCPT, "553 sorry, your envelope sender is in my badmailfrom list (#5.7.1)"},
    {DATA, "554 5.7.1 Message rejected under suspicion of SPAM"},
    {RCPT, "550 Denied by policy"},
    {RCPT, "550 Blocked"},
    {NULL, "connect to mx.example.se[192.0.2.1]:25: Connection timed out"},
    {NULL, "connect to mx.example.se[192.0.2.1]:25: Connection refused"},
    {NULL, "Host or domain name not found. Name service error for name=example.se type=MX: Host "
           "not found, try again"},
    {NULL, "mail for example.se loops back to myself"},
    {NULL, "Sorry, I wasn't able to establish an SMTP connection. (#4.4.1)"},
    {NULL, "Sorry. Although I'm listed as a best-preference MX or A for that host, it isn't in my "
           "control/locals file, so I "
           "don't treat it as local. (#5.4.6)"},
    {NULL, "CNAME lookup failed temporarily. (#4.4.3)"},
    {NULL, "retry timeout exceeded"},
    {NULL, "mailbox is full (MTA-imposed quota exceeded while writing to file /var/mail/anna)"},
    {NULL,
     "User Anna Ek (anna@example.se) is not unique. Several matches found in Domino Directory."},
    {NULL, "You do not have permission to send to this recipient."},
    {DATA, "550 5.6.0 Lone CR or LF in headers"},
    {RCPT, "550 5.7.0 Something else happened"},
    {RCPT, "550"},
};

static char *message_of(const Answer *answer) {
    g_autofree char *reply =
        answer->command ? g_strdup_printf(" (in reply to %s\n    command)", answer->command)
                        : g_strdup("");
    bool is_remote = g_ascii_isdigit(answer->text[0]);
    return g_strdup_printf(
        "Return-Path: <>\nFrom: MAILER-DAEMON@mx.example.org (Mail Delivery System)\n"
        "To: us@example.org\nSubject: Undelivered Mail Returned to Sender\n"
        "MIME-Version: 1.0\nContent-Type: multipart/report; report-type=delivery-status; "
        "boundary=\"b\"\n\n"
        "--b\n\nThis is the mail system at host mx.example.org.\n\n"
        "I'm sorry to have to inform you that your message could not\nbe delivered to one or more "
        "recipients. "
        "It's attached below.\n\n<anna@example.se>: %s%s%s\n\n"
        "--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example.org\n\n"
        "Final-Recipient: rfc822; anna@example.se\nAction: failed\nStatus: "
        "%c.0.0\nDiagnostic-Code: %s; %s\n\n--b--\n",
        is_remote ? "host mx.example.se[192.0.2.9] said: " : "", answer->text, reply,
        strstr(answer->text, "try again") || strstr(answer->text, "(#4") ||
                strstr(answer->text, "timed out")
            ? '4'
            : '5',
        is_remote ? "smtp" : "X-Postfix", answer->text);
}

static int table_check(const Answer *answers, size_t count, BounceKind want) {
    int wrong = 0;
    for (size_t i = 0; i < count; i++) {
        g_autofree char *message = message_of(&answers[i]);
        g_autoptr(BounceReport) report = bounce_parse(message, strlen(message), now_us);
        g_assert_cmpuint(report->findings->len, ==, 1);
        const BounceFinding *finding = bounce_finding(report, 0);
        g_assert_cmpstr(finding->recipient, ==, "anna@example.se");
        if (finding->kind != want) {
            wrong++;
            g_test_message("%s, want %s: %s: %s", bounce_kind_name(finding->kind),
                           bounce_kind_name(want), bounce_reason_name(finding->reason),
                           answers[i].text);
        }
    }
    return wrong;
}

static void test_hard(void) {
    g_assert_cmpint(table_check(hard, G_N_ELEMENTS(hard), BOUNCE_HARD), ==, 0);
}

static void test_soft(void) {
    g_assert_cmpint(table_check(soft, G_N_ELEMENTS(soft), BOUNCE_SOFT), ==, 0);
}

int main(int argc, char **argv) {
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/bounce/verdict/hard", test_hard);
    g_test_add_func("/bounce/verdict/soft", test_soft);
    return g_test_run();
}
