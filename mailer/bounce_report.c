/* RFC 3464 and RFC 6533 delivery reports, as servers write them: with fields in any order, empty
 * lines in the middle of a recipient or none between two, continuations without indent. */
#include "mailer/bounce_private.h"

#include <string.h>

typedef struct {
    GPtrArray *evidence;
    BounceEvidence *current; /* borrowed from evidence; NULL before the first recipient field */
    bool is_closed;          /* an empty line has come since */
    char **envelope_id;
    char **reporting_mta;
} StatusReader;

/* "+40" is '@' in Exchange's IMCEA addresses. */
static char *imcea_decode(const char *text) {
    GString *out = g_string_new(NULL);
    for (; *text != '\0'; text++) {
        if (*text == '+' && g_ascii_isxdigit(text[1]) && g_ascii_isxdigit(text[2])) {
            int byte = g_ascii_xdigit_value(text[1]) * 16 + g_ascii_xdigit_value(text[2]);
            g_string_append_c(out, (char)byte);
            text += 2;
        } else {
            g_string_append_c(out, *text);
        }
    }
    g_autofree char *raw = g_string_free(g_steal_pointer(&out), FALSE);
    return g_utf8_make_valid(raw, -1);
}

/* The two characters that RFC 3461 section 4 makes senders write as xtext, and some servers leave
 * so; any other "+" is the address's own. */
static char *plus_decode(const char *address) {
    GString *out = g_string_new(address);
    g_string_replace(out, "+2B", "+", 0);
    g_string_replace(out, "+3D", "=", 0);
    return g_string_free(g_steal_pointer(&out), FALSE);
}

/* RFC 6533 section 3: \x{E5} in an utf-8 address. */
static char *unicode_decode(const char *text) {
    GString *out = g_string_new(NULL);
    while (*text != '\0') {
        char *end = NULL;
        guint64 value = 0;
        if (text[0] == '\\' && text[1] == 'x' && text[2] == '{') {
            value = g_ascii_strtoull(text + 3, &end, 16);
        }
        if (end != NULL && *end == '}' && value >= 0x20 && value < 0x110000 &&
            g_unichar_validate((gunichar)value)) {
            g_string_append_unichar(out, (gunichar)value);
            text = end + 1;
        } else {
            g_string_append_c(out, *text++);
        }
    }
    return g_string_free(g_steal_pointer(&out), FALSE);
}

/* What an Exchange address for another system holds: IMCEASMTP-anna+40example+2Ecom@gateway. One
 * for its own directory (IMCEAEX) holds no address at all. */
static char *exchange_decode(const char *address) {
    if (g_ascii_strncasecmp(address, "IMCEA", 5) != 0) {
        return NULL;
    }
    const char *dash = strchr(address, '-');
    const char *at = strrchr(address, '@');
    if (dash == NULL || at == NULL || at < dash ||
        g_ascii_strncasecmp(address, "IMCEAEX-", 8) == 0) {
        return NULL;
    }
    g_autofree char *inner = g_strndup(dash + 1, (gsize)(at - dash - 1));
    g_autofree char *decoded = imcea_decode(inner);
    return bounce_scan_address_dup(decoded);
}

char *bounce_recipient_dup(const char *field) {
    const char *semicolon = strchr(field, ';');
    const char *value = semicolon && semicolon - field < 16 ? semicolon + 1 : field;
    g_autofree char *unicode = unicode_decode(value);
    g_autofree char *line = bounce_scan_line(unicode, BOUNCE_FIELD_MAX);
    const char *start = line;
    if (*start == '@' && strchr(start, ':') != NULL) { /* a route: "@relay:address" */
        start = strchr(start, ':') + 1;
    }
    char *address = bounce_scan_address_dup(start);
    if (address != NULL) {
        char *inner = exchange_decode(address);
        if (inner != NULL) {
            g_free(address);
            return inner;
        }
        return address;
    }
    start += strspn(start, "<\" ");
    size_t size = strcspn(start, "<>\" ");
    return size > 0 && size <= BOUNCE_ADDRESS_MAX ? g_strndup(start, size) : NULL;
}

static void text_set(char **text, char *take_value) {
    if (*text == NULL) {
        *text = take_value;
    } else {
        g_free(take_value);
    }
}

static const char *after_type(const char *value) {
    const char *semicolon = strchr(value, ';');
    if (semicolon == NULL || strcspn(value, " ") < (size_t)(semicolon - value)) {
        return value;
    }
    return semicolon + 1 + strspn(semicolon + 1, " ");
}

static BounceEvidence *recipient_of(StatusReader *reader, const char *name, const char *address) {
    BounceEvidence *current = reader->current;
    bool is_full = current != NULL && (current->recipient != NULL || current->original != NULL);
    bool is_final = g_str_equal(name, "final-recipient");
    bool is_other = is_full && is_final && current->recipient != NULL &&
                    (address == NULL || g_ascii_strcasecmp(current->recipient, address) != 0);
    if (current == NULL || (reader->is_closed && is_full) || is_other) {
        if (reader->evidence->len >= BOUNCE_FINDING_MAX) {
            return NULL;
        }
        current = bounce_evidence_new();
        g_ptr_array_add(reader->evidence, current);
        reader->current = current;
    }
    reader->is_closed = false;
    return current;
}

static void status_set(BounceEvidence *evidence, const char *value) {
    if (evidence->status != NULL) {
        return;
    }
    size_t size = strspn(value, "0123456789.");
    evidence->status = g_strndup(value, MIN(size, 12));
    const char *open = strchr(value, '(');
    const char *close = open ? strrchr(open, ')') : NULL;
    if (close != NULL) {
        text_set(&evidence->comment, g_strndup(open + 1, (gsize)(close - open - 1)));
    }
}

static bool is_recipient_field(const char *name) {
    static const char *const names[] = {"final-recipient",
                                        "original-recipient",
                                        "action",
                                        "status",
                                        "diagnostic-code",
                                        "remote-mta",
                                        "x-actual-recipient",
                                        "x-powermta-bouncecategory",
                                        "x-supplementary-info",
                                        NULL};
    return g_strv_contains(names, name);
}

static void recipient_field(StatusReader *reader, const char *name, const char *value) {
    bool is_address = g_str_has_suffix(name, "-recipient");
    g_autofree char *address = is_address ? bounce_recipient_dup(value) : NULL;
    BounceEvidence *evidence = recipient_of(reader, name, address);
    if (evidence == NULL) {
        return;
    }
    if (g_str_equal(name, "final-recipient")) {
        text_set(&evidence->recipient, g_steal_pointer(&address));
    } else if (is_address) {
        text_set(&evidence->original, address ? plus_decode(address) : NULL);
    } else if (g_str_equal(name, "action")) {
        text_set(&evidence->action, g_ascii_strdown(value, (gssize)strcspn(value, " (;,")));
    } else if (g_str_equal(name, "status")) {
        status_set(evidence, value);
    } else if (g_str_equal(name, "remote-mta")) {
        text_set(&evidence->remote_mta, g_strdup(after_type(value)));
    } else if (g_str_equal(name, "x-powermta-bouncecategory")) {
        text_set(&evidence->category, g_ascii_strdown(value, -1));
    } else if (g_str_equal(name, "diagnostic-code") && evidence->diagnostic->len == 0) {
        g_string_append(evidence->diagnostic, after_type(value));
    } else {
        g_string_append_printf(evidence->more, "%s\n", value);
    }
}

static void field_read(StatusReader *reader, const char *name, const char *value) {
    if (is_recipient_field(name)) {
        recipient_field(reader, name, value);
    } else if (g_str_equal(name, "original-envelope-id")) {
        text_set(reader->envelope_id, g_strdup(value));
    } else if (g_str_equal(name, "reporting-mta")) {
        text_set(reader->reporting_mta, g_strdup(after_type(value)));
    }
}

/* The length of the field name that begins `line`, 0 if none does. */
static size_t name_length(const char *line) {
    size_t length = 0;
    while (g_ascii_isalnum(line[length]) || line[length] == '-') {
        length++;
    }
    size_t blank = strspn(line + length, " ");
    return g_ascii_isalpha(line[0]) && line[length + blank] == ':' ? length : 0;
}

static void field_flush(StatusReader *reader, GString *field) {
    size_t length = name_length(field->str);
    if (length > 0) {
        g_autofree char *name = g_ascii_strdown(field->str, (gssize)length);
        const char *colon = strchr(field->str, ':');
        g_autofree char *value = bounce_scan_line(colon + 1, BOUNCE_DIAGNOSTIC_MAX);
        field_read(reader, name, value);
    }
    g_string_truncate(field, 0);
}

void bounce_status_read(const char *text, GPtrArray *evidence, char **envelope_id,
                        char **reporting_mta) {
    StatusReader reader = {evidence, NULL, false, envelope_id, reporting_mta};
    g_autoptr(GString) field = g_string_new(NULL);
    while (*text != '\0') {
        size_t size = strcspn(text, "\n");
        g_autofree char *line = g_strndup(text, MIN(size, 2 * BOUNCE_FIELD_MAX));
        text += size + (text[size] == '\n');
        g_strchomp(line);
        if (*line == '\0') {
            field_flush(&reader, field);
            reader.is_closed = true;
        } else if (*line == ' ' || *line == '\t' || (field->len > 0 && name_length(line) == 0)) {
            if (field->len > 0 && field->len < 4 * BOUNCE_FIELD_MAX) {
                g_string_append_printf(field, " %s", line + strspn(line, " \t"));
            }
        } else {
            field_flush(&reader, field);
            g_string_assign(field, line);
        }
    }
    field_flush(&reader, field);
}

BounceEvidence *bounce_evidence_new(void) {
    BounceEvidence *evidence = g_new0(BounceEvidence, 1);
    evidence->diagnostic = g_string_new(NULL);
    evidence->more = g_string_new(NULL);
    return evidence;
}

void bounce_evidence_free(BounceEvidence *evidence) {
    if (evidence == NULL) {
        return;
    }
    g_free(evidence->recipient);
    g_free(evidence->original);
    g_free(evidence->action);
    g_free(evidence->status);
    g_free(evidence->comment);
    g_free(evidence->remote_mta);
    g_free(evidence->category);
    g_string_free(evidence->diagnostic, TRUE);
    g_string_free(evidence->more, TRUE);
    g_free(evidence);
}

BounceEvidence *bounce_evidence_find(const GPtrArray *list, const char *recipient) {
    for (guint i = 0; recipient != NULL && i < list->len; i++) {
        BounceEvidence *evidence = g_ptr_array_index(list, i);
        if ((evidence->recipient && g_ascii_strcasecmp(evidence->recipient, recipient) == 0) ||
            (evidence->original && g_ascii_strcasecmp(evidence->original, recipient) == 0)) {
            return evidence;
        }
    }
    return NULL;
}
