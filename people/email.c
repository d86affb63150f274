#include "people/email.h"

#include <gio/gio.h>
#include <string.h>

#include "base/lang.h"
#include "people/limits.h"

/* RFC 5321 section 4.5.3.1.2 and RFC 1035 section 2.3.4. */
enum { DOMAIN_MAX_BYTES = 253 };

static bool is_atext(guchar c) {
    return c >= 0x80 || g_ascii_isalnum(c) || strchr("!#$%&'*+-/=?^_`{|}~", c) != NULL;
}

/* Dot-string = Atom *("." Atom) */
static bool is_dot_string(const char *local, size_t length) {
    for (size_t i = 0; i < length; i++) {
        bool dot = local[i] == '.';
        if (dot && (i == 0 || i + 1 == length || local[i + 1] == '.')) {
            return false;
        }
        if (!dot && !is_atext((guchar)local[i])) {
            return false;
        }
    }
    return length > 0;
}

/* Quoted-string = DQUOTE *QcontentSMTP DQUOTE */
static bool is_quoted_string(const char *local, size_t length) {
    if (length < 3 || local[0] != '"' || local[length - 1] != '"') {
        return false;
    }
    for (size_t i = 1; i + 1 < length; i++) {
        guchar c = (guchar)local[i];
        if (c == '\\') {
            i++;
            if (i + 1 == length || local[i] < 0x20) {
                return false;
            }
        } else if (c < 0x20 || c == 0x7f || c == '"') {
            return false;
        }
    }
    return true;
}

static bool is_literal(const char *domain, size_t length) {
    if (length < 3 || domain[length - 1] != ']') {
        return false;
    }
    bool v6 = g_ascii_strncasecmp(domain, "[IPv6:", 6) == 0;
    size_t skip = v6 ? 6 : 1;
    g_autofree char *host = g_strndup(domain + skip, length - skip - 1);
    g_autoptr(GInetAddress) address = g_inet_address_new_from_string(host);
    return address != NULL &&
           g_inet_address_get_family(address) == (v6 ? G_SOCKET_FAMILY_IPV6 : G_SOCKET_FAMILY_IPV4);
}

/* sub-domain = Let-dig [Ldh-str]; a top level is never all digits (RFC 3696 section 2). */
static bool is_ascii_domain(const char *domain) {
    g_auto(GStrv) labels = g_strsplit(domain, ".", -1);
    guint count = g_strv_length(labels);
    if (count == 0) { /* of "" */
        return false;
    }
    for (guint i = 0; i < count; i++) {
        size_t length = strlen(labels[i]);
        if (length == 0 || length > 63 || labels[i][0] == '-' || labels[i][length - 1] == '-') {
            return false;
        }
        for (const char *p = labels[i]; *p != '\0'; p++) {
            if (!g_ascii_isalnum(*p) && *p != '-') {
                return false;
            }
        }
    }
    const char *top = labels[count - 1];
    return strspn(top, "0123456789") != strlen(top);
}

static const char *domain_fault(const char *domain) {
    if (domain[0] == '[') {
        return is_literal(domain, strlen(domain))
                   ? NULL
                   : tr("det som står inom hakparentes är ingen IP-adress",
                        "what stands in square brackets is not an IP address");
    }
    g_autofree char *ascii = g_hostname_to_ascii(domain);
    if (ascii == NULL || strlen(ascii) > DOMAIN_MAX_BYTES || !is_ascii_domain(ascii)) {
        return tr("delen efter @ är inget giltigt domännamn",
                  "the part after @ is not a valid domain name");
    }
    if (strchr(ascii, '.') == NULL) {
        return tr("domännamnet saknar punkt", "the domain name has no dot");
    }
    return NULL;
}

const char *email_fault(const char *address) {
    const char *at = strrchr(address, '@');
    if (!g_utf8_validate(address, -1, NULL)) {
        return tr("adressen är inte giltig text", "the address is not valid text");
    }
    if (at == NULL) {
        return tr("adressen saknar @", "the address has no @");
    }
    if (strlen(address) > LIMIT_EMAIL_BYTES) {
        return tr("adressen är längre än 254 tecken", "the address is longer than 254 characters");
    }
    size_t local_length = (size_t)(at - address);
    if (local_length == 0) {
        return tr("det står inget före @", "nothing stands before the @");
    }
    if (local_length > LIMIT_LOCAL_PART_BYTES) {
        return tr("delen före @ är längre än 64 tecken",
                  "the part before the @ is longer than 64 characters");
    }
    for (const char *p = address; *p != '\0'; p = g_utf8_next_char(p)) {
        gunichar c = g_utf8_get_char(p);
        bool quoted_blank = c == ' ' && address[0] == '"' && p < at;
        if (!quoted_blank && (g_unichar_isspace(c) || !g_unichar_isprint(c) || c == 0xfffd)) {
            return tr("adressen innehåller blanksteg eller osynliga tecken",
                      "the address contains blanks or invisible characters");
        }
    }
    if (!is_dot_string(address, local_length) && !is_quoted_string(address, local_length)) {
        return tr("delen före @ har tecken som inte får stå där",
                  "the part before the @ has characters that may not stand there");
    }
    return domain_fault(at + 1);
}

char *email_fold(const char *address) {
    const char *at = strrchr(address, '@');
    g_assert(at != NULL);
    g_autoptr(GString) folded = g_string_sized_new(strlen(address) + 16);
    for (const char *p = address; p < at; p = g_utf8_next_char(p)) {
        g_string_append_unichar(folded, g_unichar_tolower(g_utf8_get_char(p)));
    }
    g_autofree char *ascii = at[1] == '[' ? NULL : g_hostname_to_ascii(at + 1);
    g_autofree char *domain = g_ascii_strdown(ascii != NULL ? ascii : at + 1, -1);
    g_string_append_c(folded, '@');
    g_string_append(folded, domain);
    return g_string_free(g_steal_pointer(&folded), FALSE);
}
