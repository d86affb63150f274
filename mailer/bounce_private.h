/* What the files of the bounce parser share: the message as read, the evidence drawn from it, and
 * the classification. Not for others. */
#pragma once

#include "mailer/bounce.h"

/* A message as MIME gives it: decoded, UTF-8, lines end with \n. */
typedef struct BounceMail BounceMail;
struct BounceMail {
    GPtrArray *headers; /* char *: name (lower case) and value in turn, decoded, on one line */
    GString *text;      /* the plain parts before any report or original */
    GString *html;      /* the HTML parts as text */
    GString *body; /* everything after the header, undecoded: for messages that MIME cannot read */
    GPtrArray *reports;   /* char *: message/delivery-status */
    GPtrArray *feedbacks; /* char *: message/feedback-report */
    GPtrArray *notices;   /* char *: message/disposition-notification */
    BounceMail *original; /* the first message or header within; NULL if none */
};

BounceMail *bounce_mail_parse(const char *bytes, size_t size);
void bounce_mail_free(BounceMail *mail);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(BounceMail, bounce_mail_free)
/* The n-th value of a header (lower-case name), NULL after the last. Borrowed. */
const char *bounce_mail_header(const BounceMail *mail, const char *name, guint n);
/* Whether a header has `part` (lower case) in its first value, letter case aside. */
bool bounce_mail_says(const BounceMail *mail, const char *name, const char *part);

typedef enum {
    PHASE_UNKNOWN,
    PHASE_CONNECT,
    PHASE_MAIL,
    PHASE_RCPT,
    PHASE_DATA,
} BouncePhase;

/* What is known of one recipient before it is judged. */
typedef struct {
    char *recipient;
    char *original;
    char *action;
    char *status;  /* the report's own */
    char *comment; /* what follows it in parentheses */
    char *remote_mta;
    char *category;      /* PowerMTA's own word */
    GString *diagnostic; /* what the reporter quotes for this recipient */
    GString *more;       /* what else it says near it */
    BouncePhase phase;
} BounceEvidence;

BounceEvidence *bounce_evidence_new(void);
void bounce_evidence_free(BounceEvidence *evidence);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(BounceEvidence, bounce_evidence_free)
/* The evidence on `recipient` in a list, letter case aside; NULL if none. Borrowed. */
BounceEvidence *bounce_evidence_find(const GPtrArray *list, const char *recipient);

/* bounce_scan.c: addresses, codes and SMTP commands in a line of text. */
bool bounce_scan_address(const char *text, const char **out_start, const char **out_end);
char *bounce_scan_address_dup(const char *text);   /* the first one, or NULL */
char *bounce_scan_status(const char *text);        /* "5.1.1", or NULL */
int bounce_scan_code(const char *text);            /* 550, or 0 */
BouncePhase bounce_scan_phase(const char *text);   /* "in reply to RCPT TO", ... */
BouncePhase bounce_scan_command(const char *text); /* "RCPT TO:<...>" at the start */
char *bounce_scan_line(const char *text,
                       size_t size_max); /* without control characters or runs of space */
bool bounce_text_has(const char *text,
                     const char *const *parts); /* any of them, letter case aside */

/* bounce_words.c: a text as lower-case words without addresses and links, and patterns over them:
 * words with one space between, "a|b" either, "a+" anything that begins with a, "*" up to four
 * words. */
typedef struct BounceWords BounceWords;
BounceWords *bounce_words_new(const char *text);
void bounce_words_free(BounceWords *words);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(BounceWords, bounce_words_free)
bool bounce_words_match(const BounceWords *words, const char *pattern);

/* bounce_phrase.c: what a sentence means, BOUNCE_UNDEFINED if nothing in the table: what qualifies
 * an "unknown"; the plain "unknown" of a user or host; anything else. And whether it is the
 * reporter's own verdict on the address; some sentences are so only where nobody else is quoted. */
BounceReason bounce_phrase_first(const BounceWords *words);
BounceReason bounce_phrase_hard(const BounceWords *words);
BounceReason bounce_phrase_rest(const BounceWords *words);
bool bounce_phrase_is_certain(const BounceWords *words, bool quotes_nobody);

/* bounce_reason.c: fills what a verdict consists of. */
void bounce_judge(BounceFinding *finding, const BounceEvidence *evidence, const char *notice);

/* bounce_report.c: fields of delivery reports in `text`, appended to `evidence`; the two last are
 * set if they are NULL. And an address field's value as an address. */
void bounce_status_read(const char *text, GPtrArray *evidence, char **envelope_id,
                        char **reporting_mta);
char *bounce_recipient_dup(const char *field);

/* bounce_notice.c: the part of a text before the original sent back, which goes to `out_original`
 * ("" if there is none); whether it is a bounce's, or a delay's. */
char *bounce_notice_cut(const char *text, char **out_original);
bool bounce_notice_is_bounce(const BounceMail *mail, const char *notice);
bool bounce_notice_is_delay(const BounceMail *mail, const char *notice);

/* bounce_text.c: recipients, if there are none, and what is said of each. */
void bounce_text_read(const BounceMail *mail, const char *notice, GPtrArray *evidence);
void bounce_phase_find(BounceEvidence *evidence);

/* bounce_feedback.c: complaints; read receipts. */
bool bounce_feedback_read(const BounceMail *mail, GPtrArray *findings, char **message_id);

/* bounce_event.c: the JSON that Amazon SES sends by way of SNS. */
bool bounce_event_read(const BounceMail *mail, GPtrArray *findings, char **message_id);

/* bounce_reply.c: a mail server's own message is a reply only if its subject says so. */
bool bounce_reply_is_automatic(const BounceMail *mail, bool is_from_daemon);
bool bounce_reply_is_challenge(const BounceMail *mail);

/* bounce.c */
BounceFinding *bounce_finding_add(GPtrArray *findings, BounceKind kind, BounceReason reason,
                                  const char *recipient);
