/* Proves that each sort of message is told from the others and read: reports in all their shapes,
 * notices for people, complaints, receipts, events, replies; and real servers' own bounces. The
 * messages are the fuzz target's seeds (tests/fuzz/corpus/bounce) and tests/unit/mailer/data. */
#include "mailer/bounce.h"

#include "tests/unit/mailer/bounce_files.h"

#include <string.h>

static const int64_t now_us = INT64_C(1768201200000000); /* 2026-01-12 08:00 in Stockholm */

#define SEED "fuzz/corpus/bounce/"
#define REAL "unit/mailer/data/bounce-"
#define ANNA "anna.ek@skola.example"

typedef struct {
    const char *file;
    guint findings;
    guint i; /* the finding that is compared */
    BounceKind kind;
    BounceReason reason;
    const char *recipient;
    const char *status;
    int reply_code;
} Case;

static const Case cases[] = {
    {SEED "report.eml", 1, 0, BOUNCE_HARD, BOUNCE_USER_UNKNOWN, "anna@internt.skola.example",
     "5.1.1", 550},
    {SEED "report-crlf.eml", 1, 0, BOUNCE_SOFT, BOUNCE_MAILBOX_FULL, ANNA, "5.2.2", 0},
    {SEED "report-many.eml", 3, 0, BOUNCE_HARD, BOUNCE_USER_UNKNOWN, "a@skola.example", "5.1.1",
     550},
    {SEED "report-many.eml", 3, 1, BOUNCE_DELAYED, BOUNCE_NETWORK_ERROR, "b@skola.example", "4.4.1",
     0},
    {SEED "report-many.eml", 3, 2, BOUNCE_DELIVERED, BOUNCE_SUCCESS, "c@skola.example", "2.1.9", 0},
    {SEED "report-order.eml", 1, 0, BOUNCE_HARD, BOUNCE_USER_UNKNOWN, ANNA, "5.1.1", 550},
    {SEED "report-joined.eml", 2, 0, BOUNCE_HARD, BOUNCE_USER_UNKNOWN, "a@skola.example", "5.1.1",
     0},
    {SEED "report-joined.eml", 2, 1, BOUNCE_SOFT, BOUNCE_MAILBOX_FULL, "b@skola.example", "5.2.2",
     0},
    {SEED "report-utf8.eml", 1, 0, BOUNCE_HARD, BOUNCE_USER_UNKNOWN, "åsa@skola.example", "5.1.1",
     550},
    {SEED "report-xtext.eml", 1, 0, BOUNCE_SOFT, BOUNCE_NO_RELAYING, "anna@skola.example", "5.7.1",
     554},
    {SEED "report-delivered.eml", 1, 0, BOUNCE_DELIVERED, BOUNCE_SUCCESS, ANNA, "2.0.0", 0},
    {SEED "report-category.eml", 1, 0, BOUNCE_HARD, BOUNCE_USER_UNKNOWN, ANNA, "5.0.0", 554},
    {SEED "exchange-imcea.eml", 1, 0, BOUNCE_HARD, BOUNCE_USER_UNKNOWN, ANNA, "5.1.1", 550},
    {SEED "exchange-imceaex.eml", 1, 0, BOUNCE_SOFT, BOUNCE_MAILBOX_FULL, ANNA, "5.2.2", 554},
    {SEED "exchange-old.eml", 1, 0, BOUNCE_HARD, BOUNCE_USER_UNKNOWN, ANNA, "5.1.1", 0},
    {SEED "exim.eml", 1, 0, BOUNCE_HARD, BOUNCE_USER_UNKNOWN, ANNA, "5.0.0", 550},
    {SEED "exim-delay.eml", 1, 0, BOUNCE_DELAYED, BOUNCE_TOO_FAST, ANNA, "4.7.1", 451},
    {SEED "qmail.eml", 2, 0, BOUNCE_HARD, BOUNCE_USER_UNKNOWN, ANNA, "5.0.0", 550},
    {SEED "qmail.eml", 2, 1, BOUNCE_SOFT, BOUNCE_MAILBOX_FULL, "bo@skola.example", NULL, 0},
    {SEED "sendmail-old.eml", 1, 0, BOUNCE_HARD, BOUNCE_USER_UNKNOWN, ANNA, "5.0.0", 550},
    {SEED "courier.eml", 1, 0, BOUNCE_HARD, BOUNCE_USER_UNKNOWN, ANNA, "5.0.0", 550},
    {SEED "notes.eml", 1, 0, BOUNCE_HARD, BOUNCE_USER_UNKNOWN, ANNA, NULL, 0},
    {SEED "marshal.eml", 1, 0, BOUNCE_HARD, BOUNCE_USER_UNKNOWN, ANNA, "5.1.1", 550},
    {SEED "kddi.eml", 1, 0, BOUNCE_SOFT, BOUNCE_MAILBOX_FULL, ANNA, NULL, 0},
    {SEED "google.eml", 1, 0, BOUNCE_HARD, BOUNCE_USER_UNKNOWN, ANNA, "5.1.1", 550},
    {SEED "swedish.eml", 1, 0, BOUNCE_HARD, BOUNCE_USER_UNKNOWN, ANNA, NULL, 0},
    {SEED "web.eml", 1, 0, BOUNCE_HARD, BOUNCE_USER_UNKNOWN, ANNA, NULL, 0},
    {SEED "pasted.eml", 1, 0, BOUNCE_SOFT, BOUNCE_MAILBOX_FULL, ANNA, "5.2.2", 550},
    {SEED "nameless.eml", 1, 0, BOUNCE_SOFT, BOUNCE_UNDEFINED, NULL, NULL, 0},
    {SEED "complaint.eml", 2, 0, BOUNCE_COMPLAINT, BOUNCE_FEEDBACK, ANNA, NULL, 0},
    {SEED "complaint.eml", 2, 1, BOUNCE_COMPLAINT, BOUNCE_FEEDBACK, "bo@skola.example", NULL, 0},
    {SEED "complaint-bare.eml", 1, 0, BOUNCE_COMPLAINT, BOUNCE_FEEDBACK, ANNA, NULL, 0},
    {SEED "receipt.eml", 1, 0, BOUNCE_OTHER, BOUNCE_READ_NOTICE, ANNA, NULL, 0},
    {SEED "event.eml", 1, 0, BOUNCE_HARD, BOUNCE_USER_UNKNOWN, ANNA, "5.1.1", 550},
    {SEED "reply-svenska.eml", 1, 0, BOUNCE_AUTO_REPLY, BOUNCE_VACATION, ANNA, NULL, 0},
    {SEED "reply-english.eml", 1, 0, BOUNCE_AUTO_REPLY, BOUNCE_VACATION, ANNA, NULL, 0},
    {SEED "challenge.eml", 1, 0, BOUNCE_CHALLENGE, BOUNCE_CONFIRMATION, ANNA, NULL, 0},
    {SEED "person.eml", 1, 0, BOUNCE_OTHER, BOUNCE_UNDEFINED, ANNA, NULL, 0},
    {SEED "hostile-bytes.eml", 1, 0, BOUNCE_HARD, BOUNCE_USER_UNKNOWN, ANNA, "5.1.1", 550},
    {REAL "postfix-unknown.eml", 1, 0, BOUNCE_HARD, BOUNCE_USER_UNKNOWN, "unknown@far.example",
     "5.1.1", 550},
    {REAL "postfix-full.eml", 1, 0, BOUNCE_SOFT, BOUNCE_MAILBOX_FULL, "full@far.example", "5.2.2",
     552},
    {REAL "postfix-policy.eml", 1, 0, BOUNCE_SOFT, BOUNCE_POLICY, "policy@far.example", "5.7.1",
     554},
    {REAL "postfix-two.eml", 2, 0, BOUNCE_SOFT, BOUNCE_MAILBOX_FULL, "full@far.example", "5.2.2",
     552},
    {REAL "postfix-two.eml", 2, 1, BOUNCE_HARD, BOUNCE_USER_UNKNOWN, "unknown@far.example", "5.1.1",
     550},
    {REAL "exim-unknown.eml", 1, 0, BOUNCE_HARD, BOUNCE_USER_UNKNOWN, "unknown@far.example",
     "5.1.1", 550},
    {REAL "exim-full.eml", 1, 0, BOUNCE_SOFT, BOUNCE_MAILBOX_FULL, "full@far.example", "5.2.2",
     552},
    {REAL "exim-policy.eml", 1, 0, BOUNCE_SOFT, BOUNCE_POLICY, "policy@far.example", "5.7.1", 554},
    {REAL "exim-two.eml", 2, 0, BOUNCE_HARD, BOUNCE_USER_UNKNOWN, "unknown@far.example", "5.1.1",
     550},
    {REAL "exim-two.eml", 2, 1, BOUNCE_SOFT, BOUNCE_MAILBOX_FULL, "full@far.example", "5.2.2", 552},
    {REAL "opensmtpd-unknown.eml", 1, 0, BOUNCE_HARD, BOUNCE_USER_UNKNOWN, "unknown@far.example",
     "5.1.1", 550},
    {REAL "opensmtpd-full.eml", 1, 0, BOUNCE_SOFT, BOUNCE_MAILBOX_FULL, "full@far.example", "5.2.2",
     552},
    {REAL "opensmtpd-policy.eml", 1, 0, BOUNCE_SOFT, BOUNCE_POLICY, "policy@far.example", "5.7.1",
     554},
    {REAL "opensmtpd-two.eml", 2, 0, BOUNCE_SOFT, BOUNCE_MAILBOX_FULL, "full@far.example", "5.2.2",
     552},
    {REAL "opensmtpd-two.eml", 2, 1, BOUNCE_HARD, BOUNCE_USER_UNKNOWN, "unknown@far.example",
     "5.1.1", 550},
};

static BounceReport *file_parse(const char *name) {
    gsize size;
    g_autofree char *bytes = bounce_file_read(name, &size);
    return bounce_parse(bytes, size, now_us);
}

static void test_messages(void) {
    for (size_t n = 0; n < G_N_ELEMENTS(cases); n++) {
        const Case *want = &cases[n];
        g_autoptr(BounceReport) report = file_parse(want->file);
        g_test_message("%s, finding %u", want->file, want->i);
        g_assert_cmpuint(report->findings->len, ==, want->findings);
        const BounceFinding *finding = bounce_finding(report, want->i);
        g_assert_cmpstr(bounce_kind_name(finding->kind), ==, bounce_kind_name(want->kind));
        g_assert_cmpstr(bounce_reason_name(finding->reason), ==, bounce_reason_name(want->reason));
        g_assert_cmpstr(finding->recipient, ==, want->recipient);
        g_assert_cmpstr(finding->status, ==, want->status);
        g_assert_cmpint(finding->reply_code, ==, want->reply_code);
    }
}

/* What ties a bounce to what was sent: VERP, Message-ID, ENVID, the original's header. */
static void test_ties(void) {
    g_autoptr(BounceReport) report = file_parse(SEED "report.eml");
    g_assert_cmpstr(report->message_id, ==, "7.aa@kommun.example");
    g_assert_cmpstr(report->envelope_id, ==, "env-7");
    g_assert_cmpstr(report->reporting_mta, ==, "mx.skola.example");
    g_assert_cmpstr(report->original_sender, ==, "enkat+k7=anna.ek@kommun.example");
    g_assert_cmpstr(report->original_recipient, ==, ANNA);
    g_assert_cmpstr(bounce_original_header(report, "x-vetkoll"), ==, "7");
    g_assert_cmpstr(bounce_original_header(report, "subject"), ==, "Tre frågor");
    g_assert_null(bounce_original_header(report, "x-none"));
    g_assert_cmpuint(report->addressed_to->len, ==, 2);
    g_assert_cmpstr(g_ptr_array_index(report->addressed_to, 0), ==,
                    "enkat+k7=anna.ek@kommun.example");
    const BounceFinding *finding = bounce_finding(report, 0);
    g_assert_cmpstr(finding->original_recipient, ==, ANNA);
    g_assert_cmpstr(finding->remote_mta, ==, "inner.skola.example");
    g_assert_cmpstr(
        finding->diagnostic, ==,
        "550 5.1.1 <anna@internt.skola.example>: Recipient address rejected: User unknown");

    g_autoptr(BounceReport) text = file_parse(SEED "exim.eml");
    g_assert_cmpstr(text->message_id, ==, "7.aa@kommun.example");
    g_assert_cmpstr(bounce_original_header(text, "x-vetkoll"), ==, "7");

    g_autoptr(BounceReport) reply = file_parse(SEED "reply-svenska.eml");
    g_assert_cmpstr(reply->message_id, ==, "7.aa@kommun.example");
    g_autoptr(BounceReport) receipt = file_parse(SEED "receipt.eml");
    g_assert_cmpstr(receipt->message_id, ==, "7.aa@kommun.example");
    g_autoptr(BounceReport) event = file_parse(SEED "event.eml");
    g_assert_cmpstr(event->message_id, ==, "7.aa@kommun.example");
    g_autoptr(BounceReport) plus = file_parse(SEED "report-xtext.eml");
    g_assert_cmpstr(bounce_finding(plus, 0)->original_recipient, ==, "anna+test@skola.example");
    g_autoptr(BounceReport) real = file_parse(REAL "postfix-unknown.eml");
    g_assert_cmpstr(g_ptr_array_index(real->addressed_to, 0), ==, "enkat+b42=unknown@near.example");
}

/* Nothing, or nothing but a fragment, is for a person to look at. */
static void test_nothing(void) {
    static const char *const texts[] = {
        "",         "\n",     "From ",    "From x\n",
        "Subject:", "\n\n\n", "--\n--\n", "Content-Type: multipart/report\n\n"};
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
        g_autoptr(BounceReport) report = bounce_parse(texts[i], strlen(texts[i]), now_us);
        g_assert_cmpuint(report->findings->len, ==, 1);
        g_assert_cmpint(bounce_finding(report, 0)->kind, ==, BOUNCE_OTHER);
    }
}

static char *repeated(const char *head, const char *unit, guint times) {
    GString *out = g_string_new(head);
    for (guint i = 0; i < times; i++) {
        g_string_append(out, unit);
    }
    return g_string_free(g_steal_pointer(&out), FALSE);
}

/* What takes GMime's parser too deep or too long: groups of addresses within groups, entities
 * within entities, very many of either. */
static void test_abuse(void) {
    static const struct {
        const char *head, *unit;
        guint times;
    } abuses[] = {
        {"To: ", "a:", 500000},
        {"To:", "\n a:", 100000},
        {"From: ", "<", 500000},
        {"Reply-To: ", "a:(", 300000},
        {"Content-Type: message/rfc822\n\nCc : ", "a:", 500000},
        {"Subject: x\n", "To: a\n", 200000},
        {"Content-Type: multipart/digest; boundary=x\n\n", "--x\n\n\n", 200000},
        {"Content-Type: multipart/digest; boundary=x\n\n", "--x\n\nA: b\n\n", 200000},
        {"", "Content-Type: message/rfc822\n\n", 50000},
        {"", "Content-Type: multipart/mixed; boundary=x\n\n--x\n", 20000},
        {"Content-Type: text/html\n\n", "<style>", 200000},
        {"Subject: Undelivered\n\n", "a@b ", 400000},
        {"Subject: Undelivered\n\n", "\"@", 400000},
        {"Subject: Undelivered\n\n", "{\"Message\":", 150000},
        {"Subject: Autosvar\n\n", "åter 1/", 200000},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(abuses); i++) {
        g_autofree char *text = repeated(abuses[i].head, abuses[i].unit, abuses[i].times);
        g_autoptr(BounceReport) report = bounce_parse(text, strlen(text), now_us);
        g_assert_cmpuint(report->findings->len, >=, 1);
    }
}

/* A message far beyond the limits takes no longer than one at them. */
static void test_limits(void) {
    g_autoptr(GString) many =
        g_string_new("From: MAILER-DAEMON@a.example\nSubject: Undelivered\nContent-Type: "
                     "message/delivery-status\n\n");
    for (int i = 0; i < 40000; i++) {
        g_string_append_printf(
            many, "Final-Recipient: rfc822; u%d@b.example\nAction: failed\nStatus: 5.1.1\n\n", i);
    }
    g_autoptr(BounceReport) report = bounce_parse(many->str, many->len, now_us);
    g_assert_cmpuint(report->findings->len, ==, BOUNCE_FINDING_MAX);

    g_autoptr(GString) lines =
        g_string_new("From: MAILER-DAEMON@a.example\nSubject: Undelivered\n\n");
    for (int i = 0; i < 100000; i++) {
        g_string_append_printf(lines, "<u%d@b.example>: 550 5.1.1 unknown\n", i);
    }
    g_autoptr(BounceReport) listed = bounce_parse(lines->str, lines->len, now_us);
    g_assert_cmpuint(listed->findings->len, ==, BOUNCE_FINDING_MAX);

    g_autofree char *zeros = g_malloc0(4 * BOUNCE_INPUT_MAX);
    g_autoptr(BounceReport) nothing = bounce_parse(zeros, 4 * BOUNCE_INPUT_MAX, now_us);
    g_assert_cmpuint(nothing->findings->len, ==, 1);
}

int main(int argc, char **argv) {
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/bounce/messages", test_messages);
    g_test_add_func("/bounce/ties", test_ties);
    g_test_add_func("/bounce/nothing", test_nothing);
    g_test_add_func("/bounce/abuse", test_abuse);
    g_test_add_func("/bounce/limits", test_limits);
    return g_test_run();
}
