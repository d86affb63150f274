/* Addresses, codes and SMTP commands in a line of text. */
#include "mailer/bounce_private.h"

#include <string.h>

static bool is_local_char(guchar c) {
    return c >= 0x80 || g_ascii_isalnum((char)c) ||
           (c != '\0' && strchr("!#$%&'*+-/=?^_`{|}~.", c));
}

static bool is_domain_char(guchar c) {
    return c >= 0x80 || g_ascii_isalnum((char)c) || c == '-' || c == '.' || c == '_';
}

/* The local part's start, given the '@': back over a quoted string or atoms. */
static const char *local_start(const char *text, const char *at) {
    const char *p = at;
    if (p > text && p[-1] == '"') {
        p--;
        while (p > text && at - p < 66 && p[-1] != '"' && p[-1] != '\n') {
            p--;
        }
        return p > text && p[-1] == '"' ? p - 1 : at;
    }
    while (p > text && is_local_char((guchar)p[-1])) {
        p--;
    }
    while (p < at && strchr("'`.=", *p)) {
        p++;
    }
    return p;
}

bool bounce_scan_address(const char *text, const char **out_start, const char **out_end) {
    for (const char *at = strchr(text, '@'); at != NULL; at = strchr(at + 1, '@')) {
        const char *start = local_start(text, at);
        const char *end = at + 1;
        if (*end == '[') {
            end += strcspn(end, "]>\n ");
            end += *end == ']';
        } else {
            while (is_domain_char((guchar)*end)) {
                end++;
            }
            while (end > at + 1 && strchr(".-_", end[-1])) {
                end--;
            }
        }
        if (start < at && end > at + 1 && end - start <= BOUNCE_ADDRESS_MAX) {
            *out_start = start;
            *out_end = end;
            return true;
        }
    }
    return false;
}

char *bounce_scan_address_dup(const char *text) {
    const char *start;
    const char *end;
    if (!bounce_scan_address(text, &start, &end)) {
        return NULL;
    }
    g_autofree char *raw = g_strndup(start, (gsize)(end - start));
    return g_utf8_make_valid(raw, -1);
}

/* d.d{1,3}.d{1,3} at `p`; its length, 0 if it is none. */
static size_t status_length(const char *p) {
    const char *start = p;
    if (*p != '2' && *p != '4' && *p != '5') {
        return 0;
    }
    p++;
    for (int i = 0; i < 2; i++) {
        if (*p != '.' || !g_ascii_isdigit(p[1])) {
            return 0;
        }
        p++;
        size_t digits = strspn(p, "0123456789");
        if (digits > 3) {
            return 0;
        }
        p += digits;
    }
    if ((*p == '.' && g_ascii_isalnum(p[1])) || g_ascii_isalnum(*p) || *p == '/') {
        return 0;
    }
    return (size_t)(p - start);
}

char *bounce_scan_status(const char *text) {
    for (const char *p = text; *p != '\0'; p++) {
        if (p > text && (g_ascii_isalnum(p[-1]) || (p[-1] != '\0' && strchr(".[:/@v", p[-1])))) {
            if (!(p[-1] == ':' || p[-1] == '[')) {
                continue;
            }
        }
        size_t length = *p == '4' || *p == '5' ? status_length(p) : 0;
        if (length > 0) {
            return g_strndup(p, length);
        }
    }
    return NULL;
}

/* Whether an SMTP reply code stands at `p`: 400 to 459 or 500 to 559, on its own. */
static bool is_code(const char *text, const char *p) {
    return (*p == '4' || *p == '5') && p[1] >= '0' && p[1] <= '5' && g_ascii_isdigit(p[2]) &&
           !g_ascii_isalnum(p[3]) && !(p[3] == '.' && g_ascii_isalnum(p[4])) && p[3] != '/' &&
           (p == text || (!g_ascii_isalnum(p[-1]) && !strchr(".-/@=+$", p[-1])));
}

static int code_value(const char *p) {
    return (p[0] - '0') * 100 + (p[1] - '0') * 10 + (p[2] - '0');
}

/* "550 5.1.1" and "550-5.1.1" before anything else; then what a server is quoted to say; then the
 * first number that looks like one. */
int bounce_scan_code(const char *text) {
    static const char *const quotes[] = {"said: ",  "returned '", "reason: ", "<<< ", "response: ",
                                         "error: ", "smtp; ",     "smtp;",    NULL};
    int quoted = 0;
    int first = 0;
    for (const char *p = text; *p != '\0'; p++) {
        if (!is_code(text, p)) {
            continue;
        }
        if ((p[3] == ' ' || p[3] == '-') && status_length(p + 4) > 0 && p[4] == p[0]) {
            return code_value(p);
        }
        for (const char *const *quote = quotes; quoted == 0 && *quote != NULL; quote++) {
            size_t length = strlen(*quote);
            if ((size_t)(p - text) >= length &&
                g_ascii_strncasecmp(p - length, *quote, length) == 0) {
                quoted = code_value(p);
            }
        }
        bool line_start = p == text || p[-1] == '\n';
        if (quoted == 0 && line_start && (p[3] == ' ' || p[3] == '-' || p[3] == ':')) {
            quoted = code_value(p);
        }
        first = first ? first : code_value(p);
    }
    return quoted ? quoted : first;
}

static const struct {
    const char *command;
    BouncePhase phase;
} commands[] = {
    {"RCPT", PHASE_RCPT},        {"MAIL FROM", PHASE_MAIL},  {"MAIL", PHASE_MAIL},
    {"DATA", PHASE_DATA},        {"BDAT", PHASE_DATA},       {"TEXT", PHASE_DATA},
    {"end of data", PHASE_DATA}, {"final DATA", PHASE_DATA}, {".", PHASE_DATA},
    {"end-of-data", PHASE_DATA}, {"EHLO", PHASE_CONNECT},    {"HELO", PHASE_CONNECT},
    {"STARTTLS", PHASE_CONNECT}, {"AUTH", PHASE_CONNECT},    {"initial connection", PHASE_CONNECT},
    {"connect", PHASE_CONNECT},
};

BouncePhase bounce_scan_command(const char *text) {
    for (size_t i = 0; i < G_N_ELEMENTS(commands); i++) {
        size_t length = strlen(commands[i].command);
        if (g_ascii_strncasecmp(text, commands[i].command, length) == 0 &&
            !g_ascii_isalnum(text[length]) && text[length] != '.') {
            return commands[i].phase;
        }
    }
    return PHASE_UNKNOWN;
}

/* How servers name the command that was answered; what follows is the command. */
static const char *const leads[] = {
    "in reply to ",
    "in response to ",
    "response to ",
    "after sending ",
    "after pipelined ",
    "following ",
    "after ",
    "did not like our ",
    "SMTP:",
    "SMTP command ",
    "for ",
    NULL,
};

/* Whole sentences that name it in other words. */
static const struct {
    const char *words;
    BouncePhase phase;
} sentences[] = {
    {"does not like recipient", PHASE_RCPT},
    {"[RCPT_TO]", PHASE_RCPT},
    {"RCPT TO not accepted", PHASE_RCPT},
    {"error from RCPT", PHASE_RCPT},
    {"(state 13)", PHASE_RCPT},
    {"(state 14)", PHASE_RCPT},
    {"does not like sender", PHASE_MAIL},
    {"but sender was rejected", PHASE_MAIL},
    {"rejected MAIL FROM address", PHASE_MAIL},
    {"[MAIL_FROM]", PHASE_MAIL},
    {"failed after I sent the message", PHASE_DATA},
    {"failed on DATA command", PHASE_DATA},
    {"[DATA]", PHASE_DATA},
    {"[END_OF_MESSAGE]", PHASE_DATA},
    {"refused to talk to me", PHASE_CONNECT},
    {"but greeting failed", PHASE_CONNECT},
    {"(state 17)", PHASE_DATA},
    {"(state 18)", PHASE_DATA},
};

/* "TEXT command", not "text messages". */
static bool names_command(const char *text) {
    g_autofree char *start = g_strndup(text, 24);
    return strcasestr(start, "command") != NULL;
}

BouncePhase bounce_scan_phase(const char *text) {
    for (const char *const *lead = leads; *lead != NULL; lead++) {
        const char *p = text;
        while ((p = strcasestr(p, *lead)) != NULL) {
            p += strlen(*lead);
            BouncePhase phase = bounce_scan_command(p);
            bool is_command = !g_str_equal(*lead, "for ") || names_command(p);
            if (phase != PHASE_UNKNOWN && is_command) {
                return phase;
            }
        }
    }
    for (size_t i = 0; i < G_N_ELEMENTS(sentences); i++) {
        if (strcasestr(text, sentences[i].words) != NULL) {
            return sentences[i].phase;
        }
    }
    return PHASE_UNKNOWN;
}

char *bounce_scan_line(const char *text, size_t size_max) {
    g_autofree char *valid = g_utf8_make_valid(text, (gssize)strnlen(text, size_max));
    GString *line = g_string_new(NULL);
    for (const char *p = valid; *p != '\0'; p = g_utf8_next_char(p)) {
        gunichar c = g_utf8_get_char(p);
        if (c != 0xfffd && !g_unichar_isspace(c) && !g_unichar_iscntrl(c) && c != 0x2028 &&
            c != 0x2029) {
            g_string_append_unichar(line, c);
        } else if (line->len > 0 && line->str[line->len - 1] != ' ') {
            g_string_append_c(line, ' ');
        }
    }
    while (line->len > 0 && line->str[line->len - 1] == ' ') {
        g_string_truncate(line, line->len - 1);
    }
    return g_string_free(g_steal_pointer(&line), FALSE);
}

bool bounce_text_has(const char *text, const char *const *parts) {
    for (; *parts != NULL; parts++) {
        if (strcasestr(text, *parts) != NULL) {
            return true;
        }
    }
    return false;
}
