/* Proves that real bounces, feedback reports and automatic replies from some sixty kinds of server
 * are read as an independent parser reads them: as many recipients, each of them one the message
 * names, and the same view on hard and soft for at least 97 in 100 failures; every complaint and
 * automatic reply. What differs is printed. The messages lie outside the project
 * ($VETKOLL_SHARED_DATA or ../shared/data, in place); without them the test is skipped. With
 * --verbose every verdict is printed. */
#include "mailer/bounce.h"

#include <cjson/cJSON.h>
#include <string.h>

static const int64_t now_us = INT64_C(1767225600000000); /* 2026-01-01 */

typedef struct {
    int rows, recipients, hardness;   /* failures: counted, agreed, agreed */
    int complaints, complaints_right; /* messages */
    int replies, replies_right;
    int others, others_right; /* deliveries */
} Tally;

static char *corpus_path(const char *name) {
    const char *data = g_getenv("VETKOLL_SHARED_DATA");
    const char *source = g_getenv("VETKOLL_SOURCE_DIR");
    g_autofree char *base =
        data ? g_strdup(data) : g_strdup_printf("%s/../shared/data", source ? source : ".");
    return g_build_filename(base, "bounces", name, NULL);
}

static const char *string_of(const cJSON *row, const char *name) {
    const char *value = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(row, name));
    return value ? value : "";
}

static bool contains_folded(const char *bytes, gsize size, const char *part) {
    gsize length = strlen(part);
    for (gsize i = 0; i + length <= size; i++) {
        if (g_ascii_strncasecmp(bytes + i, part, length) == 0) {
            return true;
        }
    }
    return false;
}

/* Where we have looked and keep to our reading. */
static const struct {
    const char *file, *why;
} known[] = {
    {"lhost-apachejames-01.eml",
     "the server's own heading is \"Invalid user address\"; lhost-verizon-02 says the "
     "same and they call it hard"},
    {"lhost-mcafee-05.eml",
     "\"User not exist\" without a code on the address or the command it answered: not sure"},
    {"lhost-office365-04.eml",
     "5.1.351 says that the recipient is unknown, as in lhost-office365-09 and -10"},
    {"lhost-receivingses-01.eml",
     "550 5.1.1 \"Mailbox does not exist\" by the recipient's own server"},
    {"lhost-receivingses-02.eml",
     "550 5.1.1 \"Mailbox does not exist\" by the recipient's own server"},
};

static const char *why_of(const char *file) {
    for (size_t i = 0; i < G_N_ELEMENTS(known); i++) {
        if (g_str_equal(known[i].file, file)) {
            return known[i].why;
        }
    }
    return "not looked into";
}

static void print_difference(const char *file, const char *what, const cJSON *row,
                             const BounceFinding *finding) {
    g_test_message("%s: %s: theirs %s %s %s %s, ours %s %s %s %d <%s>: %.120s%s%s", file, what,
                   cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(row, "hard")) ? "hard" : "soft",
                   string_of(row, "reason"), string_of(row, "status"), string_of(row, "reply"),
                   finding ? bounce_kind_name(finding->kind) : "nothing",
                   finding ? bounce_reason_name(finding->reason) : "",
                   finding && finding->status ? finding->status : "-",
                   finding ? finding->reply_code : 0,
                   finding && finding->recipient ? finding->recipient : "",
                   finding && finding->diagnostic ? finding->diagnostic : "",
                   g_str_equal(what, "agreed") ? "" : "\n  why: ",
                   g_str_equal(what, "agreed") ? "" : why_of(file));
}

/* One failed recipient of theirs. */
static void failure_compare(const char *file, const char *bytes, gsize size,
                            const BounceReport *report, guint i, guint count, const cJSON *row,
                            Tally *tally) {
    const BounceFinding *finding = i < report->findings->len ? bounce_finding(report, i) : NULL;
    bool is_failure =
        finding != NULL && (finding->kind == BOUNCE_HARD || finding->kind == BOUNCE_SOFT ||
                            finding->kind == BOUNCE_DELAYED);
    bool has_recipient = is_failure && report->findings->len == count &&
                         finding->recipient != NULL &&
                         contains_folded(bytes, size, finding->recipient);
    bool is_hard = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(row, "hard"));
    bool same = is_failure && (finding->kind == BOUNCE_HARD) == is_hard;
    tally->rows++;
    tally->recipients += has_recipient;
    tally->hardness += same;
    if (!same || !has_recipient) {
        print_difference(file, same ? "recipient" : "verdict", row, finding);
    } else if (g_test_verbose()) {
        print_difference(file, "agreed", row, finding);
    }
}

static bool all_are(const BounceReport *report, guint count, BounceKind kind) {
    for (guint i = 0; i < report->findings->len; i++) {
        if (bounce_finding(report, i)->kind != kind) {
            return false;
        }
    }
    return report->findings->len == count;
}

static void file_compare(const cJSON *rows, Tally *tally) {
    const char *file = rows->string;
    g_autofree char *path = corpus_path(file);
    g_autofree char *bytes = NULL;
    gsize size = 0;
    g_assert_true(g_file_get_contents(path, &bytes, &size, NULL));
    g_autoptr(BounceReport) report = bounce_parse(bytes, size, now_us);
    guint count = (guint)cJSON_GetArraySize(rows);
    const char *reason = string_of(cJSON_GetArrayItem(rows, 0), "reason");
    bool right = true;
    if (g_str_equal(reason, "feedback")) {
        right = all_are(report, count, BOUNCE_COMPLAINT);
        tally->complaints++;
        tally->complaints_right += right;
    } else if (g_str_equal(reason, "vacation")) {
        right = all_are(report, count, BOUNCE_AUTO_REPLY);
        tally->replies++;
        tally->replies_right += right;
    } else if (g_str_equal(reason, "delivered")) {
        right = all_are(report, report->findings->len, BOUNCE_DELIVERED);
        tally->others++;
        tally->others_right += right;
    } else {
        for (guint i = 0; i < count; i++) {
            failure_compare(file, bytes, size, report, i, count, cJSON_GetArrayItem(rows, (int)i),
                            tally);
        }
    }
    if (!right) {
        print_difference(file, "sort", cJSON_GetArrayItem(rows, 0), bounce_finding(report, 0));
    }
}

static void test_corpus(void) {
    g_autofree char *path = corpus_path("expected.json");
    g_autofree char *text = NULL;
    if (!g_file_get_contents(path, &text, NULL, NULL)) {
        g_test_skip("no bounce corpus in ../shared/data/bounces");
        return;
    }
    cJSON *files = cJSON_Parse(text);
    g_assert_nonnull(files);
    Tally tally = {0};
    const cJSON *rows = NULL;
    cJSON_ArrayForEach(rows, files) {
        file_compare(rows, &tally);
    }
    cJSON_Delete(files);
    g_test_message(
        "failures %d: recipient %d (%.1f %%), hard or soft %d (%.1f %%); complaints %d of %d; "
        "automatic replies %d of %d; deliveries %d of %d",
        tally.rows, tally.recipients, 100.0 * tally.recipients / tally.rows, tally.hardness,
        100.0 * tally.hardness / tally.rows, tally.complaints_right, tally.complaints,
        tally.replies_right, tally.replies, tally.others_right, tally.others);
    g_assert_cmpint(tally.rows, >, 100);
    g_assert_cmpint(100 * tally.recipients, >=, 97 * tally.rows);
    g_assert_cmpint(100 * tally.hardness, >=, 97 * tally.rows);
    g_assert_cmpint(tally.complaints_right, ==, tally.complaints);
    g_assert_cmpint(tally.replies_right, ==, tally.replies);
    g_assert_cmpint(tally.others_right, ==, tally.others);
}

int main(int argc, char **argv) {
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/bounce/corpus", test_corpus);
    return g_test_run();
}
