/* Failed recipients and what is said of them, from a notice for people. Addresses count by where
 * they stand: in X-Failed-Recipients; at the start of a line; after words like "deliver to" and in
 * the quoted SMTP session; in the original's To; in the subject. Each sort is used only if those
 * before it give nothing. */
#include "mailer/bounce_private.h"

#include <string.h>

enum { LINES_MAX = 4000, MORE_MAX = 16 * 1024 };

typedef struct {
    GPtrArray *lines; /* char *: without quote marks and blanks around */
    GPtrArray *found; /* char *: addresses */
    GArray *starts;   /* guint: the line of each */
} Notice;

static bool list_has(const GPtrArray *list, const char *address) {
    for (guint i = 0; i < list->len; i++) {
        if (g_ascii_strcasecmp(g_ptr_array_index(list, i), address) == 0) {
            return true;
        }
    }
    return false;
}

static void found_add(Notice *notice, char *take_address, guint line) {
    g_autofree char *address = take_address;
    if (address != NULL && notice->found->len < BOUNCE_FINDING_MAX &&
        !list_has(notice->found, address)) {
        g_ptr_array_add(notice->found, g_steal_pointer(&address));
        g_array_append_val(notice->starts, line);
    }
}

/* A forwarded notice has "> " before each line; ">>>" is sendmail's own. */
static char *line_clean(const char *start, size_t size) {
    g_autofree char *raw = g_strndup(start, MIN(size, 2 * BOUNCE_FIELD_MAX));
    const char *p = raw;
    while (p[0] == '>' &&
           (p[1] == ' ' || p[1] == '\0' || (p[1] == '>' && p[2] == '>' && p[3] == '>'))) {
        p += 1 + (p[1] == ' ');
    }
    return bounce_scan_line(p, 2 * BOUNCE_FIELD_MAX);
}

static GPtrArray *lines_of(const char *text) {
    GPtrArray *lines = g_ptr_array_new_with_free_func(g_free);
    while (*text != '\0' && lines->len < LINES_MAX) {
        size_t size = strcspn(text, "\n");
        char *line = line_clean(text, size);
        g_ptr_array_add(lines, g_strstrip(line));
        text += size + (text[size] == '\n');
    }
    return lines;
}

static const char *line_of(const Notice *notice, guint i) {
    return g_ptr_array_index(notice->lines, i);
}

/* An address at the start of the line, alone or with something about it behind. */
static char *leading_address(const char *line) {
    const char *p = line;
    while (g_str_has_prefix(p, "->") || (*p != '\0' && strchr("*- \t\"'<>", *p) != NULL)) {
        p += g_str_has_prefix(p, "->") ? 2 : 1;
    }
    const char *start;
    const char *end;
    if (!bounce_scan_address(p, &start, &end) ||
        (start != p && !(start == p - 1 && *start == '"'))) {
        return NULL;
    }
    static const char *const tails[] = {
        ":",  ",",  ";",   " (",        " [",      "(",      "...",  " :",  " on ",  "<mailto",
        " <", "\t", " - ", " delivery", " failed", " could", " was", " is", " does", NULL};
    bool is_bracketed = start > line && start[-1] == '<';
    const char *tail = end + strspn(end, ">\"'");
    bool is_taken = *tail == '\0' || is_bracketed;
    for (const char *const *t = tails; !is_taken && *t != NULL; t++) {
        is_taken = g_str_has_prefix(tail, *t);
    }
    return is_taken ? g_strndup(start, (gsize)(end - start)) : NULL;
}

/* The word before an address, lower case, without what stands between. */
static char *word_before(const char *line, const char *start) {
    const char *end = start;
    while (end > line && strchr(" <\"':([", end[-1]) != NULL) {
        end--;
    }
    const char *p = end;
    while (p > line && (g_ascii_isalnum(p[-1]) || p[-1] == '-' || (guchar)p[-1] >= 0x80)) {
        p--;
    }
    return g_ascii_strdown(p, end - p);
}

static bool is_recipient_word(const char *word) {
    static const char *const words[] = {
        "to",        "for",       "recipient", "recipients",   "user",         "userid",
        "address",   "addresses", "mailbox",   "rcpt",         "account",      "receiver",
        "addressee", "size",      "attempts",  "full",         "unknown",      "email",
        "till",      "mottagare", "an",        "destinatario", "destinataire", NULL};
    return g_strv_contains(words, word);
}

/* "RCPT TO:<a>", "deliver your message to a", "Unknown user: a", "550 5.1.1 <a>... User unknown".
 */
static char *named_address(const char *line) {
    const char *start;
    const char *end;
    for (const char *p = line; bounce_scan_address(p, &start, &end); p = end) {
        g_autofree char *word = word_before(line, start);
        bool is_reply = strspn(line, "0123456789. -<") >= (size_t)(start - line) &&
                        start - line > 3 && strstr(end, "...") == end + (*end == '>');
        if (is_recipient_word(word) || is_reply) {
            return g_strndup(start, (gsize)(end - start));
        }
    }
    return NULL;
}

static char *any_address(const char *line) {
    return bounce_scan_address_dup(line);
}

static bool is_staff(const char *address) {
    static const char *const names[] = {"postmaster@", "mailer-daemon@", "abuse@",    "support@",
                                        "helpdesk@",   "noreply@",       "no-reply@", NULL};
    for (const char *const *name = names; *name != NULL; name++) {
        if (g_ascii_strncasecmp(address, *name, strlen(*name)) == 0) {
            return true;
        }
    }
    return false;
}

static void addresses_read(const char *text, GPtrArray *out) {
    const char *start = NULL;
    const char *end = NULL;
    const char *p = text ? text : "";
    for (; out->len < BOUNCE_FINDING_MAX && bounce_scan_address(p, &start, &end); p = end) {
        g_autofree char *address = g_strndup(start, (gsize)(end - start));
        if (!list_has(out, address)) {
            g_ptr_array_add(out, g_steal_pointer(&address));
        }
    }
}

/* Where the notice itself went, and the original came from: never the failed one. */
static GPtrArray *senders_of(const BounceMail *mail) {
    static const char *const own[] = {"to", "delivered-to", "envelope-to", "x-original-to", NULL};
    static const char *const originals[] = {"return-path", "from", "sender", NULL};
    GPtrArray *senders = g_ptr_array_new_with_free_func(g_free);
    for (const char *const *name = own; *name != NULL; name++) {
        addresses_read(bounce_mail_header(mail, *name, 0), senders);
    }
    for (const char *const *name = originals; mail->original != NULL && *name != NULL; name++) {
        addresses_read(bounce_mail_header(mail->original, *name, 0), senders);
    }
    return senders;
}

static void lines_search(Notice *notice, const GPtrArray *senders,
                         char *(*read)(const char *line)) {
    for (guint i = 0; i < notice->lines->len; i++) {
        char *address = read(line_of(notice, i));
        if (address == NULL || is_staff(address) || list_has(senders, address)) {
            g_free(address);
        } else {
            found_add(notice, address, i);
        }
    }
}

/* The line of an address, after the last if none has it. */
static guint line_with(const Notice *notice, const char *address) {
    const char *const parts[] = {address, NULL};
    for (guint i = 0; i < notice->lines->len; i++) {
        if (bounce_text_has(line_of(notice, i), parts)) {
            return i;
        }
    }
    return notice->lines->len;
}

static void header_search(Notice *notice, const BounceMail *mail, const char *name) {
    g_autoptr(GPtrArray) addresses = g_ptr_array_new_with_free_func(g_free);
    const char *value;
    for (guint n = 0; mail != NULL && n < 50 && (value = bounce_mail_header(mail, name, n)) != NULL;
         n++) {
        addresses_read(value, addresses);
    }
    for (guint i = 0; i < addresses->len; i++) {
        const char *address = g_ptr_array_index(addresses, i);
        found_add(notice, g_strdup(address), line_with(notice, address));
    }
}

static bool any_is_named(const Notice *notice) {
    for (guint i = 0; i < notice->starts->len; i++) {
        if (g_array_index(notice->starts, guint, i) < notice->lines->len) {
            return true;
        }
    }
    return false;
}

static void recipients_find(Notice *notice, const BounceMail *mail) {
    g_autoptr(GPtrArray) senders = senders_of(mail);
    g_autoptr(GPtrArray) nobody = g_ptr_array_new();
    header_search(notice, mail, "x-failed-recipients");
    guint unnamed = any_is_named(notice) ? 0 : notice->found->len;
    if (notice->found->len == unnamed) {
        lines_search(notice, senders, leading_address);
    }
    if (notice->found->len > unnamed && unnamed > 0) { /* the text knows better than the header */
        g_ptr_array_remove_range(notice->found, 0, unnamed);
        g_array_remove_range(notice->starts, 0, unnamed);
    }
    if (notice->found->len == 0) {
        lines_search(notice, senders, named_address);
    }
    if (notice->found->len == 0) {
        lines_search(notice, nobody, leading_address); /* somebody writes to himself */
    }
    if (notice->found->len == 0) {
        header_search(notice, mail->original, "to");
    }
    if (notice->found->len == 0) {
        lines_search(notice, senders, any_address);
    }
    if (notice->found->len == 0) {
        lines_search(notice, nobody, named_address);
    }
    if (notice->found->len == 0) {
        header_search(notice, mail, "subject");
    }
}

static bool has_code(const char *text) {
    g_autofree char *status = bounce_scan_status(text);
    return status != NULL || bounce_scan_code(text) != 0;
}

/* The lines from the address to the next recipient's, and any later one that names it. */
static void block_read(const Notice *notice, guint n, GString *out) {
    guint first = g_array_index(notice->starts, guint, n);
    guint last = notice->lines->len;
    const char *address = g_ptr_array_index(notice->found, n);
    for (guint i = 0; i < notice->found->len; i++) {
        guint start = g_array_index(notice->starts, guint, i);
        last = start > first ? MIN(last, start) : last;
    }
    first = notice->found->len == 1 ? 0 : first;
    for (guint i = first; i < notice->lines->len && out->len < MORE_MAX; i++) {
        const char *const parts[] = {address, NULL};
        if (i < last || bounce_text_has(line_of(notice, i), parts)) {
            g_string_append_printf(out, "%s\n", line_of(notice, i));
        }
    }
}

/* The paragraph of `line`, from it on. */
static char *paragraph_at(const Notice *notice, guint line) {
    GString *out = g_string_new(NULL);
    for (guint i = line; i < notice->lines->len && *line_of(notice, i) != '\0'; i++) {
        if (i > line && notice->found->len > 1) {
            for (guint n = 0; n < notice->starts->len; n++) {
                if (g_array_index(notice->starts, guint, n) == i) {
                    return g_string_free(g_steal_pointer(&out), FALSE);
                }
            }
        }
        g_string_append_printf(out, "%s\n", line_of(notice, i));
    }
    return g_string_free(g_steal_pointer(&out), FALSE);
}

/* What is quoted of the remote: the address's own paragraph, or the first that has a code. */
static void diagnostic_read(const Notice *notice, guint n, BounceEvidence *evidence) {
    guint line = g_array_index(notice->starts, guint, n);
    g_autofree char *own = paragraph_at(notice, line);
    g_autofree char *leading = leading_address(own);
    const char *after = leading ? strstr(own, leading) + strlen(leading) : own;
    const char *text = after + strspn(after, ">\"' :,;\n");
    if (!has_code(text) && notice->found->len == 1) {
        const char *const lines = evidence->more->str;
        g_auto(GStrv) each = g_strsplit(lines, "\n", LINES_MAX);
        for (guint i = 0; each[i] != NULL; i++) {
            if (has_code(each[i])) {
                g_string_append(evidence->diagnostic, each[i]);
                for (guint k = i + 1; each[k] != NULL && *each[k] != '\0'; k++) {
                    g_string_append_printf(evidence->diagnostic, "\n%s", each[k]);
                }
                return;
            }
        }
    }
    g_string_append(evidence->diagnostic, text);
}

/* sendmail's session: ">>> " what it sent, "<<< " the answer. */
static BouncePhase session_phase(const char *text, int code) {
    g_auto(GStrv) lines = g_strsplit(text, "\n", LINES_MAX);
    BouncePhase sent = PHASE_UNKNOWN;
    for (guint i = 0; lines[i] != NULL; i++) {
        const char *p = lines[i] + strspn(lines[i], ">");
        if (p - lines[i] >= 3) {
            sent = bounce_scan_command(p + strspn(p, " "));
        } else if (g_str_has_prefix(lines[i], "<<< ") && sent != PHASE_UNKNOWN) {
            int answer = bounce_scan_code(lines[i] + 4);
            if (answer >= 400 && (code == 0 || answer == code)) {
                return sent;
            }
        }
    }
    return PHASE_UNKNOWN;
}

void bounce_phase_find(BounceEvidence *evidence) {
    if (evidence->phase == PHASE_UNKNOWN) {
        evidence->phase = bounce_scan_phase(evidence->diagnostic->str);
    }
    if (evidence->phase == PHASE_UNKNOWN) {
        g_autofree char *line =
            bounce_scan_line(evidence->more->str, MORE_MAX); /* it may be wrapped */
        evidence->phase = bounce_scan_phase(line);
    }
    if (evidence->phase == PHASE_UNKNOWN) {
        evidence->phase =
            session_phase(evidence->more->str, bounce_scan_code(evidence->diagnostic->str));
    }
    static const char *const checks[] = {"recipient address rejected", NULL};
    if (evidence->phase == PHASE_UNKNOWN && bounce_text_has(evidence->diagnostic->str, checks)) {
        evidence->phase = PHASE_RCPT; /* the words of Postfix's check of that command */
    }
}

void bounce_text_read(const BounceMail *mail, const char *text, GPtrArray *evidence) {
    Notice notice = {lines_of(text), g_ptr_array_new_with_free_func(g_free),
                     g_array_new(FALSE, FALSE, sizeof(guint))};
    if (evidence->len == 0) {
        recipients_find(&notice, mail);
    } else {
        for (guint i = 0; i < evidence->len; i++) {
            const BounceEvidence *known = g_ptr_array_index(evidence, i);
            const char *address = known->recipient ? known->recipient : known->original;
            found_add(&notice, g_strdup(address), address ? line_with(&notice, address) : 0);
        }
    }
    for (guint n = 0; n < notice.found->len; n++) {
        const char *address = g_ptr_array_index(notice.found, n);
        BounceEvidence *known = bounce_evidence_find(evidence, address);
        if (known == NULL) {
            known = bounce_evidence_new();
            known->recipient = g_strdup(address);
            g_ptr_array_add(evidence, known);
        }
        block_read(&notice, n, known->more);
        if (known->diagnostic->len == 0) {
            diagnostic_read(&notice, n, known);
        }
    }
    g_ptr_array_unref(notice.lines);
    g_ptr_array_unref(notice.found);
    g_array_unref(notice.starts);
}
