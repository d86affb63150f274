/* What a proxy's header and the operator's setting may say of addresses: no crash, and the client
 * is the peer, or an address that stands in the header of a peer that is believed. First line: the
 * setting; second: the header. */
#include "web/network.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool names(const char *header, const Network *network) {
    g_auto(GStrv) hops = g_strsplit(header, ",", -1);
    for (char **hop = hops; *hop != NULL; hop++) {
        Network each;
        if (network_parse(g_strstrip(*hop), &each) && memcmp(&each, network, sizeof each) == 0) {
            return true;
        }
    }
    return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    g_autoptr(GError) error = NULL;
    g_autofree char *text = g_strndup((const char *)data, size);
    char *header = strchr(text, '\n');
    if (header == NULL) {
        return 0;
    }
    *header++ = '\0';
    g_autoptr(Proxies) proxies = proxies_parse(text, &error);
    if (proxies == NULL) {
        g_assert(error != NULL);
        return 0;
    }
    static const char *const peers[] = {"127.0.0.1", "192.0.2.7", "2001:db8::1"};
    for (guint i = 0; i < G_N_ELEMENTS(peers); i++) {
        Network peer;
        g_assert(network_parse(peers[i], &peer));
        Network client = proxies_client(proxies, &peer, header);
        bool same = memcmp(&client, &peer, sizeof peer) == 0;
        g_assert(same || (proxies_hold(proxies, &peer) && names(header, &client)));
    }
    return 0;
}
