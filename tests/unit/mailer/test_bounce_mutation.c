/* Proves that no message harms the reader: 10,000 damaged ones (bytes changed, parts cut, doubled,
 * moved, exchanged between messages), always the same ones, leave a report within the limits; under
 * the sanitizers without a fault or leak. Damaged are the fuzz target's seeds, and the bounce
 * corpus where it is at hand. */
#include "mailer/bounce.h"

#include "tests/unit/mailer/bounce_files.h"

#include <string.h>

enum { RUNS = 10000, SIZE_MAX_BYTES = 64 * 1024 };

static const int64_t now_us = INT64_C(1768201200000000);

static void folder_read(GPtrArray *messages, const char *path) {
    g_autoptr(GDir) folder = g_dir_open(path, 0, NULL);
    const char *name;
    while (folder != NULL && (name = g_dir_read_name(folder)) != NULL) {
        g_autofree char *file = g_build_filename(path, name, NULL);
        char *bytes;
        gsize size;
        if (g_str_has_suffix(name, ".eml") && g_file_get_contents(file, &bytes, &size, NULL)) {
            g_ptr_array_add(messages, g_bytes_new_take(bytes, size));
        }
    }
}

static gint bytes_compare(gconstpointer a, gconstpointer b) {
    return g_bytes_compare(*(GBytes *const *)a, *(GBytes *const *)b);
}

/* In one order, so that the same seed damages the same bytes. */
static GPtrArray *messages_read(void) {
    GPtrArray *messages = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
    g_autofree char *seeds = bounce_file_path("fuzz/corpus/bounce");
    folder_read(messages, seeds);
    g_assert_cmpuint(messages->len, >, 20);
    const char *data = g_getenv("VETKOLL_SHARED_DATA");
    g_autofree char *corpus = data ? g_build_filename(data, "bounces", NULL)
                                   : bounce_file_path("../../shared/data/bounces");
    folder_read(messages, corpus);
    g_ptr_array_sort(messages, bytes_compare);
    return messages;
}

static gsize below(GRand *random, gsize limit) {
    return limit == 0 ? 0 : (gsize)g_rand_int_range(random, 0, (gint32)limit);
}

static const char *const fragments[] = {
    "\n\n",
    "\r\n",
    "--",
    "\n--=_b1\n",
    "\n--=_b1--\n",
    "Content-Type: message/rfc822\n\n",
    "Content-Type: multipart/mixed; boundary=\"\"\n\n",
    "Content-Transfer-Encoding: base64\n\n",
    "Content-Type: text/plain; charset=utf-7\n",
    "=?iso-2022-jp?b?GyRC",
    "?=",
    "Final-Recipient: rfc822;",
    "\nStatus: 5.1.1\n",
    "Diagnostic-Code: smtp; ",
    "Original-Recipient: ;",
    "\\x{110000}",
    "+4",
    "@",
    "<",
    ">",
    ":",
    ";",
    "\"",
    "(",
    "\\",
    "\x1b$B",
    "\xff",
    "\xc3",
    "\xf4\x90\x80\x80",
    "{\"Message\":\"",
    "[[[[[[[[",
    "&#x",
    "<style>",
    ">>> RCPT",
    "<<< 5",
    "begin 644 x\n",
    "From ",
    "IMCEAEX-",
};

static void damage(GRand *random, GString *text, const GPtrArray *messages) {
    gsize at = below(random, text->len + 1);
    gsize length = below(random, 200);
    length = MIN(length, text->len - at);
    switch (g_rand_int_range(random, 0, 7)) {
    case 0:
        if (at < text->len) {
            text->str[at] = (char)g_rand_int_range(random, 0, 256);
        }
        return;
    case 1:
        g_string_erase(text, (gssize)at, (gssize)length);
        return;
    case 2: {
        g_autofree char *copy = g_strndup(text->str + at, length);
        g_string_insert_len(text, (gssize)below(random, text->len + 1), copy, (gssize)strlen(copy));
        return;
    }
    case 3:
    case 4: {
        const char *fragment = fragments[below(random, G_N_ELEMENTS(fragments))];
        g_string_insert(text, (gssize)at, fragment);
        return;
    }
    case 5:
        g_string_truncate(text, at);
        return;
    default: {
        gsize size;
        const char *other = g_bytes_get_data(messages->pdata[below(random, messages->len)], &size);
        gsize from = below(random, size);
        g_string_insert_len(text, (gssize)at, other + from, (gssize)MIN(size - from, 2000));
        return;
    }
    }
}

static void text_check(const char *text, gsize limit) {
    g_assert_true(text == NULL || (g_utf8_validate(text, -1, NULL) && strlen(text) <= limit &&
                                   !strpbrk(text, "\r\n")));
}

static void report_check(const BounceReport *report) {
    g_assert_cmpuint(report->findings->len, >=, 1);
    g_assert_cmpuint(report->findings->len, <=, BOUNCE_FINDING_MAX);
    for (guint i = 0; i < report->findings->len; i++) {
        const BounceFinding *finding = bounce_finding(report, i);
        g_assert_nonnull(bounce_kind_name(finding->kind));
        g_assert_nonnull(bounce_reason_name(finding->reason));
        text_check(finding->recipient, BOUNCE_ADDRESS_MAX);
        text_check(finding->original_recipient, BOUNCE_ADDRESS_MAX);
        text_check(finding->status, 12);
        text_check(finding->diagnostic, BOUNCE_DIAGNOSTIC_MAX);
        text_check(finding->remote_mta, BOUNCE_DIAGNOSTIC_MAX);
        g_assert_true(finding->returns_at_us == 0 || finding->returns_at_us > now_us);
    }
    text_check(report->message_id, 8 * BOUNCE_FIELD_MAX);
    text_check(report->envelope_id, BOUNCE_DIAGNOSTIC_MAX);
    text_check(report->original_sender, BOUNCE_ADDRESS_MAX);
    text_check(report->original_recipient, BOUNCE_ADDRESS_MAX);
    for (guint i = 0; i < report->addressed_to->len; i++) {
        text_check(report->addressed_to->pdata[i], BOUNCE_ADDRESS_MAX);
    }
}

static void test_mutations(void) {
    g_autoptr(GPtrArray) messages = messages_read();
    GRand *random = g_rand_new_with_seed(20260112);
    for (int run = 0; run < RUNS; run++) {
        gsize size;
        const char *bytes = g_bytes_get_data(messages->pdata[(guint)run % messages->len], &size);
        g_autoptr(GString) text = g_string_new_len(bytes, (gssize)MIN(size, SIZE_MAX_BYTES));
        for (int times = g_rand_int_range(random, 1, 9); times > 0; times--) {
            damage(random, text, messages);
        }
        g_autoptr(BounceReport) report = bounce_parse(text->str, text->len, now_us);
        report_check(report);
    }
    g_rand_free(random);
}

int main(int argc, char **argv) {
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/bounce/mutations", test_mutations);
    return g_test_run();
}
