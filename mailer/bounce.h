/* What one message to the bounce mailbox says, recipient by recipient. Pure: bytes and an instant
 * in, a value out. Nothing that a message can hold makes it fail, block or grow: bounce_parse()
 * always returns a report, cut at the limits below.
 *
 * Read are RFC 3464 and RFC 6533 delivery reports, RFC 5965 feedback reports, RFC 8098 notices, RFC
 * 3834 automatic replies, and the free-form notices of servers that write none of these.
 *
 * Hard means that the address will not work again without somebody changing it: no such user, no
 * such domain, moved, or a host that never takes mail. Everything else is soft: a rule is only as
 * sure as the sentence it reads, and a wrong "hard" costs a person the mail. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

enum {
    BOUNCE_INPUT_MAX = 2 * 1024 * 1024, /* bytes read; the rest is an original sent back */
    BOUNCE_ENTITY_MAX = 200,            /* MIME entities; what follows is not read */
    BOUNCE_NESTING_MAX = 4,             /* messages within messages */
    BOUNCE_TEXT_MAX = 256 * 1024,       /* bytes of decoded text, of each sort */
    BOUNCE_FINDING_MAX = 100,           /* findings in one report */
    BOUNCE_DIAGNOSTIC_MAX = 1000,       /* bytes of one diagnostic */
    BOUNCE_FIELD_MAX = 998,             /* bytes of one header or report field */
    BOUNCE_ADDRESS_MAX = 320,           /* RFC 5321 section 4.5.3.1: 64 + 1 + 255 */
};

typedef enum {
    BOUNCE_HARD,       /* failed; see above */
    BOUNCE_SOFT,       /* failed, but the address may be right */
    BOUNCE_DELAYED,    /* not failed yet: the reporting server goes on trying */
    BOUNCE_DELIVERED,  /* delivered, relayed or expanded */
    BOUNCE_AUTO_REPLY, /* out of office and the like */
    BOUNCE_CHALLENGE,  /* wants the sender to prove something before it delivers */
    BOUNCE_COMPLAINT,  /* the recipient reports the message as unwanted */
    BOUNCE_OTHER,      /* a read receipt, or something for a person to look at */
} BounceKind;

typedef enum {
    BOUNCE_UNDEFINED,
    BOUNCE_USER_UNKNOWN,
    BOUNCE_HOST_UNKNOWN,
    BOUNCE_HAS_MOVED,
    BOUNCE_NOT_ACCEPT, /* the domain takes no mail at all */
    BOUNCE_FILTERED,   /* refused after it was taken, or by the recipient's own settings */
    BOUNCE_REJECTED,   /* the sender's address or the message was refused */
    BOUNCE_SUSPENDED,
    BOUNCE_MAILBOX_FULL,
    BOUNCE_SYSTEM_FULL,
    BOUNCE_TOO_BIG,
    BOUNCE_EXPIRED,
    BOUNCE_NETWORK_ERROR,
    BOUNCE_SYSTEM_ERROR,
    BOUNCE_MAILER_ERROR, /* a program or list that the mail was piped into */
    BOUNCE_BLOCKED,
    BOUNCE_BAD_REPUTATION,
    BOUNCE_SPAM,
    BOUNCE_VIRUS,
    BOUNCE_POLICY,
    BOUNCE_SECURITY,
    BOUNCE_AUTH_FAILURE, /* SPF, DKIM, DMARC */
    BOUNCE_NO_RELAYING,
    BOUNCE_REQUIRE_PTR,
    BOUNCE_TOO_FAST, /* too many connections, messages or recipients */
    BOUNCE_CONTENT_ERROR,
    BOUNCE_SYNTAX_ERROR,
    BOUNCE_ON_HOLD, /* a failure that says no more than "later" */
    BOUNCE_FEEDBACK,
    BOUNCE_VACATION,
    BOUNCE_CONFIRMATION,
    BOUNCE_READ_NOTICE,
    BOUNCE_SUCCESS,
} BounceReason;

/* Texts are valid UTF-8 on one line, NULL where the message does not say. */
typedef struct {
    BounceKind kind;
    BounceReason reason;
    char *recipient; /* that failed, as the reporter names it: an address, or for a local one a name
                      */
    char *original_recipient; /* that we wrote to, if the reporter says so */
    char *status;             /* RFC 3463: "5.1.1" */
    int reply_code;           /* SMTP: 550; 0 = none */
    char *diagnostic;
    char *remote_mta;      /* that refused */
    int64_t returns_at_us; /* BOUNCE_AUTO_REPLY: the start (Stockholm) of the day of return; 0 = not
                              read */
} BounceFinding;

typedef struct {
    GPtrArray *findings; /* BounceFinding, at least one */
    char *message_id;    /* of the message it is about, without < >; from the original sent back,
                            In-Reply-To or References */
    char *envelope_id;   /* RFC 3461 ENVID */
    char *reporting_mta;
    char *original_sender;    /* the original's Return-Path or From: an address */
    char *original_recipient; /* the original's To: an address */
    GPtrArray
        *addressed_to; /* char *: where this message was sent, envelope first: VERP lies here */
    GPtrArray *original_headers; /* char *: name (lower case) and value in turn, as far as they came
                                    back */
} BounceReport;

BounceReport *bounce_parse(const char *bytes, size_t size,
                           int64_t now_us) G_GNUC_WARN_UNUSED_RESULT;
void bounce_report_free(BounceReport *report);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(BounceReport, bounce_report_free)

static inline const BounceFinding *bounce_finding(const BounceReport *report, guint i) {
    return g_ptr_array_index(report->findings, i);
}

/* The first value of a header of the original, by its lower-case name; NULL if it did not come
 * back. */
const char *bounce_original_header(const BounceReport *report, const char *name);

/* "hard", "auto-reply"; "userunknown", "mailboxfull": for the database, logs and metrics. */
const char *bounce_kind_name(BounceKind kind);
const char *bounce_reason_name(BounceReason reason);

/* The day on which an automatic reply says that its writer is back, as the start of that day in
 * Stockholm; Swedish and English, a little German, Norwegian and Danish. False if it says none, or
 * one that is past or more than a year away. `text` is valid UTF-8. */
bool bounce_read_return(const char *text, int64_t now_us, int64_t *out_returns_at_us);
