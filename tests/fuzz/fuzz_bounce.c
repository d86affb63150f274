/* The reader of bounces: whatever comes, no crash; a report within the limits, in clean UTF-8. */
#include "mailer/bounce.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void text_check(const char *text, size_t limit) {
    g_assert(text == NULL || (g_utf8_validate(text, -1, NULL) && strlen(text) <= limit));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    int64_t now_us = INT64_C(1768201200000000);
    g_autoptr(BounceReport) report = bounce_parse((const char *)data, size, now_us);
    g_assert(report->findings->len >= 1 && report->findings->len <= BOUNCE_FINDING_MAX);
    for (guint i = 0; i < report->findings->len; i++) {
        const BounceFinding *finding = bounce_finding(report, i);
        text_check(finding->recipient, BOUNCE_ADDRESS_MAX);
        text_check(finding->original_recipient, BOUNCE_ADDRESS_MAX);
        text_check(finding->diagnostic, BOUNCE_DIAGNOSTIC_MAX);
        g_assert(finding->returns_at_us == 0 || finding->returns_at_us > now_us);
    }
    return 0;
}
