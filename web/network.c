#include "web/network.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#include "base/error.h"
#include "base/lang.h"

enum { PROXIES_MAX = 64, MAPPED_BITS = 96, SITE_BYTES = 8 };

static const guint8 mapped[12] = {[10] = 0xff, [11] = 0xff};

struct Proxies {
    guint count;
    struct {
        Network network;
        guint bits;
    } each[PROXIES_MAX];
};

static bool is_four(const Network *network) {
    return memcmp(network->bytes, mapped, sizeof mapped) == 0;
}

static void set_four(Network *out, const void *address) {
    memcpy(out->bytes, mapped, sizeof mapped);
    memcpy(out->bytes + sizeof mapped, address, 4);
}

bool network_from_socket(const struct sockaddr *address, Network *out) {
    *out = (Network){{0}};
    if (address && address->sa_family == AF_INET) {
        struct sockaddr_in four;
        memcpy(&four, address, sizeof four);
        set_four(out, &four.sin_addr);
        return true;
    }
    if (address && address->sa_family == AF_INET6) {
        struct sockaddr_in6 six;
        memcpy(&six, address, sizeof six);
        memcpy(out->bytes, &six.sin6_addr, sizeof out->bytes);
        return true;
    }
    return false;
}

/* Without a port and brackets. */
static bool parse_bare(const char *text, Network *out) {
    struct in_addr four;
    if (inet_pton(AF_INET, text, &four) == 1) {
        set_four(out, &four);
        return true;
    }
    return inet_pton(AF_INET6, text, out->bytes) == 1;
}

bool network_parse(const char *text, Network *out) {
    char bare[INET6_ADDRSTRLEN + 1];
    bool bracket = text[0] == '[';
    const char *from = bracket ? text + 1 : text;
    const char *colon = strchr(from, ':');
    gsize length = strlen(from);
    if (bracket) {
        length = strcspn(from, "]");
    } else if (colon && !strchr(colon + 1, ':')) {
        length = (gsize)(colon - from);
    }
    Network read = {{0}};
    if (length >= sizeof bare) {
        return false;
    }
    memcpy(bare, from, length);
    bare[length] = '\0';
    if (!parse_bare(bare, &read)) {
        return false;
    }
    *out = read;
    return true;
}

bool network_is_loopback(const Network *network) {
    static const Network six = {{[15] = 1}};
    return is_four(network) ? network->bytes[12] == IN_LOOPBACKNET
                            : memcmp(network, &six, sizeof six) == 0;
}

Network network_site(const Network *network) {
    Network site = *network;
    if (!is_four(network)) {
        memset(site.bytes + SITE_BYTES, 0, sizeof site.bytes - SITE_BYTES);
    }
    return site;
}

/* --- proxies --------------------------------------------------------------------------------- */

static bool proxy_parse(const char *text, Network *out, guint *out_bits) {
    g_auto(GStrv) parts = g_strsplit(text, "/", 2);
    guint64 bits;
    if (!parse_bare(parts[0], out)) {
        return false;
    }
    guint top = is_four(out) ? 32 : 128;
    *out_bits = 128;
    if (!parts[1]) {
        return true;
    }
    if (!g_ascii_string_to_unsigned(parts[1], 10, 0, top, &bits, NULL)) {
        return false;
    }
    *out_bits = (guint)bits + (top == 32 ? MAPPED_BITS : 0);
    return true;
}

Proxies *proxies_parse(const char *list, GError **error) {
    g_autoptr(Proxies) proxies = g_new0(Proxies, 1);
    g_auto(GStrv) parts = g_strsplit_set(list, ", ", -1);
    for (char **part = parts; *part; part++) {
        if (**part == '\0') {
            continue;
        }
        if (proxies->count == PROXIES_MAX ||
            !proxy_parse(*part, &proxies->each[proxies->count].network,
                         &proxies->each[proxies->count].bits)) {
            error_set(error, VK_ERROR_INPUT,
                      tr("web.proxies: ”%s” ska vara en adress eller ett nät, till exempel "
                         "127.0.0.1 eller 10.0.0.0/8; högst %d, med komma emellan",
                         "web.proxies: “%s” should be an address or a network, for example "
                         "127.0.0.1 or 10.0.0.0/8; at most %d, with commas between"),
                      *part, PROXIES_MAX);
            return NULL;
        }
        proxies->count++;
    }
    return g_steal_pointer(&proxies);
}

void proxies_free(Proxies *proxies) {
    g_free(proxies);
}

static bool begins_alike(const Network *a, const Network *b, guint bits) {
    guint bytes = bits / 8;
    guint8 mask = (guint8)(0xff00 >> bits % 8);
    return memcmp(a->bytes, b->bytes, bytes) == 0 &&
           (bits % 8 == 0 || ((a->bytes[bytes] ^ b->bytes[bytes]) & mask) == 0);
}

bool proxies_hold(const Proxies *proxies, const Network *network) {
    for (guint i = 0; i < proxies->count; i++) {
        if (begins_alike(&proxies->each[i].network, network, proxies->each[i].bits)) {
            return true;
        }
    }
    return false;
}

Network proxies_client(const Proxies *proxies, const Network *peer, const char *forwarded) {
    Network client = *peer;
    if (!forwarded || !proxies_hold(proxies, peer)) {
        return client;
    }
    g_auto(GStrv) hops = g_strsplit(forwarded, ",", -1);
    for (guint i = g_strv_length(hops); i > 0; i--) {
        Network hop;
        if (!network_parse(g_strstrip(hops[i - 1]), &hop)) {
            break;
        }
        client = hop;
        if (!proxies_hold(proxies, &hop)) {
            break;
        }
    }
    return client;
}
