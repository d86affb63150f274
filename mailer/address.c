#include "mailer/address.h"

#include "base/error.h"
#include "base/lang.h"

#include <string.h>

/* RFC 5321 sections 4.5.3.1.1, 4.5.3.1.2 and 4.5.3.1.3 (a path is 256 with its brackets). */
enum { LOCAL_MAX = 64, DOMAIN_MAX = 255, ADDRESS_MAX = 254, LABEL_MAX = 63 };

static bool address_wrong(const char *address, GError **error) {
    g_autofree char *shown = g_utf8_make_valid(address, -1);
    return error_set(error, VK_ERROR_INPUT,
                     tr("”%.100s” är ingen e-postadress. Skriv den som namn@organisation.se.",
                        "“%.100s” is not an e-mail address. Write it as name@organisation.se."),
                     shown);
}

/* Whether all of the local part may stand unquoted: RFC 5322 atext, dots, and what is not ASCII. */
static bool local_is_atom(const char *local, size_t size, bool *out_ascii) {
    *out_ascii = true;
    for (size_t i = 0; i < size; i++) {
        guchar c = (guchar)local[i];
        *out_ascii = *out_ascii && c < 0x80;
        if (c < 0x80 && !g_ascii_isalnum(c) && strchr("!#$%&'*+-/=?^_`{|}~.", c) == NULL) {
            return false;
        }
    }
    return size >= 1 && size <= LOCAL_MAX && local[0] != '.' && local[size - 1] != '.';
}

static bool domain_is_host(const char *domain) {
    size_t label = 0;
    for (const char *p = domain; *p != '\0'; p++) {
        if (*p == '.') {
            if (label == 0 || p[-1] == '-') {
                return false;
            }
            label = 0;
        } else if (!g_ascii_isalnum(*p) && (*p != '-' || label == 0)) {
            return false;
        } else if (++label > LABEL_MAX) {
            return false;
        }
    }
    return label > 0 && domain[strlen(domain) - 1] != '-' && strlen(domain) <= DOMAIN_MAX;
}

static bool has_control(const char *text) {
    for (const char *p = text; *p != '\0'; p = g_utf8_next_char(p)) {
        gunichar c = g_utf8_get_char(p);
        if (g_unichar_iscntrl(c) || g_unichar_isspace(c) || !g_unichar_isdefined(c)) {
            return true;
        }
    }
    return false;
}

char *address_for_smtp(const char *address, bool *out_needs_utf8, GError **error) {
    const char *at = address != NULL ? strrchr(address, '@') : NULL;
    bool ascii = true;
    if (at == NULL || !g_utf8_validate(address, -1, NULL) || has_control(address) ||
        !local_is_atom(address, (size_t)(at - address), &ascii)) {
        address_wrong(address != NULL ? address : "", error);
        return NULL;
    }
    g_autofree char *domain = g_hostname_to_ascii(at + 1);
    if (domain == NULL || !domain_is_host(domain)) {
        address_wrong(address, error);
        return NULL;
    }
    g_autofree char *made = g_strdup_printf("%.*s@%s", (int)(at - address), address, domain);
    if (strlen(made) > ADDRESS_MAX) {
        address_wrong(address, error);
        return NULL;
    }
    if (out_needs_utf8 != NULL) {
        *out_needs_utf8 = !ascii;
    }
    return g_steal_pointer(&made);
}

const char *address_domain(const char *address) {
    const char *at = strrchr(address, '@');
    g_assert(at != NULL);
    return at + 1;
}
