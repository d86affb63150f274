#include "mailer/beginning.h"

#include <string.h>

static char *mail_command(const Beginning *beginning, const Envelope *envelope) {
    bool named = beginning->dsn && envelope->envid != NULL && envelope->envid[0] != '\0';
    return g_strconcat("MAIL FROM:<", envelope->return_path, ">", beginning->dsn ? " RET=HDRS" : "",
                       named ? " ENVID=" : "", named ? envelope->envid : "", "\r\n", NULL);
}

static char *rcpt_command(const Beginning *beginning, const Envelope *envelope) {
    return g_strconcat("RCPT TO:<", envelope->to, ">", beginning->dsn ? " NOTIFY=FAILURE" : "",
                       "\r\nDATA\r\n", NULL);
}

static bool begins_with(const char *bytes, size_t size, const char *word) {
    return size >= strlen(word) && memcmp(bytes, word, strlen(word)) == 0;
}

static bool is_all(const char *bytes, size_t size, const char *text) {
    return strlen(text) == size && memcmp(bytes, text, size) == 0;
}

void beginning_learn(Beginning *beginning, const Envelope *envelope, const char *bytes,
                     size_t size) {
    if (begins_with(bytes, size, "MAIL ")) {
        beginning->dsn = memmem(bytes, size, "> RET=", strlen("> RET=")) != NULL;
        g_autofree char *foretold = mail_command(beginning, envelope);
        beginning->known = is_all(bytes, size, foretold);
    } else if (begins_with(bytes, size, "RCPT ")) {
        g_autofree char *foretold = rcpt_command(beginning, envelope);
        beginning->known = beginning->known && is_all(bytes, size, foretold);
    }
}

/* The library writes an identifier as xtext (RFC 3461 section 4), which leaves these as they are.
 */
static bool needs_xtext(const char *text) {
    return text != NULL && text[strspn(text, "0123456789abcdef")] != '\0';
}

char *beginning_foretell(const Beginning *beginning, const Envelope *envelope) {
    if (!beginning->known || (beginning->dsn && needs_xtext(envelope->envid))) {
        return NULL;
    }
    g_autofree char *mail = mail_command(beginning, envelope);
    g_autofree char *rcpt = rcpt_command(beginning, envelope);
    return g_strconcat(mail, rcpt, NULL);
}
