/* Proves that automatic replies and challenges are told from people's, and that the day of return
 * is read in Swedish and English and what lies near, and not where a date is about something else.
 */
#include "mailer/bounce.h"

#include "base/clock.h"

#include <string.h>

static const int64_t now_us = INT64_C(1768201200000000); /* Monday 2026-01-12 08:00 in Stockholm */

typedef struct {
    const char *text;
    const char *date; /* NULL: none */
} Return;

static const Return returns[] = {
    {"Jag är åter på kontoret den 26 januari.", "2026-01-26"},
    {"Jag är tillbaka måndagen den 26 januari 2026.", "2026-01-26"},
    {"Tillbaka 26/1.", "2026-01-26"},
    {"Åter 26/1-26", "2026-01-26"},
    {"Jag är åter 2026-01-26.", "2026-01-26"},
    {"Jag är ledig till och med 25 januari.", "2026-01-26"},
    {"Ledig t.o.m. 25/1. Vid brådskande ärenden ring 08-123 45 67.", "2026-01-26"},
    {"Jag är på semester 12 januari till och med den 23 januari och åter den 26 januari.",
     "2026-01-26"},
    {"Åter på måndag.", "2026-01-19"},
    {"Åter torsdag.", "2026-01-15"},
    {"Jag är tillbaka vecka 6.", "2026-02-02"},
    {"Föräldraledig t.o.m. v. 7", "2026-02-16"},
    {"Jag återkommer den 1:a mars.", "2026-03-01"},
    {"I am out of the office and will return on 2 February 2026.", "2026-02-02"},
    {"I will be back on Monday, February 2nd.", "2026-02-02"},
    {"I'm away until Feb 2", "2026-02-02"},
    {"Out of office through January 25, 2026.", "2026-01-26"},
    {"Returning 02/20/2026", "2026-02-20"},
    {"I'm back in the office on Thursday.", "2026-01-15"},
    {"I will be out of the office starting 12 January and will not return until 26 January.",
     "2026-01-26"},
    {"Back on the 3rd of August", "2026-08-03"},
    {"Ich bin ab dem 26. Januar wieder im Büro. Zurück am 26.01.2026.", "2026-01-26"},
    {"Ich bin bis einschließlich 25. Januar nicht im Büro.", "2026-01-26"},
    {"Jeg er tilbake 26. januar.", "2026-01-26"},
    {"Jeg er tilbage mandag den 26. januar", "2026-01-26"},
    {"Palaan töihin 26.1.2026.", "2026-01-26"},
    {"Jag är borta. Mötet den 26 januari är flyttat.", NULL},
    {"I'm out of the office Friday.", NULL},
    {"Skickat den 9 januari 2026", NULL},
    {"Jag är åter den 5 januari.", NULL},
    {"I will be back on 12 January.", NULL},
    {"Back on 31 February.", NULL},
    {"Tillbaka 2031-01-01", NULL},
    {"Jag är inte på kontoret.", NULL},
    {"Ring 010-26 01 26 eller tillbaka 99/99.", NULL},
    {"back 26/", NULL},
    {"till", NULL},
    {"", NULL},
};

static void test_return(void) {
    for (size_t i = 0; i < G_N_ELEMENTS(returns); i++) {
        int64_t at_us = -1;
        bool found = bounce_read_return(returns[i].text, now_us, &at_us);
        g_autofree char *date = found ? clock_format_date(at_us) : NULL;
        g_test_message("%s", returns[i].text);
        g_assert_cmpstr(date, ==, returns[i].date);
        g_assert_true(found || at_us == -1);
    }
}

/* Without a year the next one is meant, over the turn of the year too. */
static void test_return_in_december(void) {
    int64_t december_us = INT64_C(1766127600000000); /* 2025-12-19 */
    int64_t at_us = 0;
    g_assert_true(bounce_read_return("Jag är åter den 7 januari.", december_us, &at_us));
    g_autofree char *date = clock_format_date(at_us);
    g_assert_cmpstr(date, ==, "2026-01-07");
    g_assert_true(bounce_read_return("Åter vecka 2", december_us, &at_us));
    g_autofree char *week = clock_format_date(at_us);
    g_assert_cmpstr(week, ==, "2026-01-05");
}

typedef struct {
    const char *headers;
    const char *text;
    BounceKind kind;
} Reply;

static const Reply replies[] = {
    {"Subject: Automatic reply: Hej\n", "Away.", BOUNCE_AUTO_REPLY},
    {"Subject: Automatiskt svar: Hej\n", "Borta.", BOUNCE_AUTO_REPLY},
    {"Subject: Autosvar\n", "Borta.", BOUNCE_AUTO_REPLY},
    {"Subject: =?utf-8?Q?Fr=C3=A5nvaro?=\n", "Borta.", BOUNCE_AUTO_REPLY},
    {"Subject: Out of Office: Hej\n", "Away.", BOUNCE_AUTO_REPLY},
    {"Subject: SV: Autosvar: Hej\n", "Borta.", BOUNCE_AUTO_REPLY},
    {"Subject: Hej\nAuto-Submitted: auto-replied\n", "Away.", BOUNCE_AUTO_REPLY},
    {"Subject: Hej\nAuto-Submitted: auto-replied (vacation)\nReturn-Path: <>\n", "Away.",
     BOUNCE_AUTO_REPLY},
    {"Subject: Hej\nAuto-Submitted: auto-generated\n", "Ticket 4.", BOUNCE_AUTO_REPLY},
    {"Subject: Hej\nPrecedence: auto_reply\n", "Away.", BOUNCE_AUTO_REPLY},
    {"Subject: Hej\nX-Autoreply: yes\n", "Away.", BOUNCE_AUTO_REPLY},
    {"Subject: Hej\nX-Autorespond: Hej\n", "Away.", BOUNCE_AUTO_REPLY},
    {"Subject: Hej\nAuto-Submitted: no\n", "Hej!", BOUNCE_OTHER},
    {"Subject: Re: Hej\n", "Min semester blir i juli.", BOUNCE_OTHER},
    {"Subject: Hej\n", "Jag har redan svarat.", BOUNCE_OTHER},
    {"Subject: Please confirm your message\n", "x", BOUNCE_CHALLENGE},
    {"Subject: Hej\nReply-To: anna-confirm+17.ab@skola.example\n",
     "Reply to this message to confirm.", BOUNCE_CHALLENGE},
    {"Subject: Hej\n", "To stop spam I ask you to verify that you are a human.", BOUNCE_CHALLENGE},
    {"Subject: unsubscribe\n", "", BOUNCE_COMPLAINT},
    {"Subject: Report\n", "Spam!\n\nFeedback-Type: abuse\nOriginal-Rcpt-To: anna@skola.example\n",
     BOUNCE_COMPLAINT},
};

static void test_replies(void) {
    for (size_t i = 0; i < G_N_ELEMENTS(replies); i++) {
        g_autofree char *message = g_strdup_printf("From: Anna <anna@skola.example>\n%s\n%s\n",
                                                   replies[i].headers, replies[i].text);
        g_autoptr(BounceReport) report = bounce_parse(message, strlen(message), now_us);
        g_test_message("%s", replies[i].headers);
        g_assert_cmpuint(report->findings->len, ==, 1);
        const BounceFinding *finding = bounce_finding(report, 0);
        g_assert_cmpstr(bounce_kind_name(finding->kind), ==, bounce_kind_name(replies[i].kind));
        g_assert_cmpstr(finding->recipient, ==, "anna@skola.example");
    }
}

int main(int argc, char **argv) {
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/bounce/return", test_return);
    g_test_add_func("/bounce/return-in-december", test_return_in_december);
    g_test_add_func("/bounce/replies", test_replies);
    return g_test_run();
}
