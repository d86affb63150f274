/* Where a request comes from: the address of the connection or, where a proxy that the operator
 * named hands it on, the address that the proxy saw. What a client says of itself counts for
 * nothing. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <sys/socket.h>

/* An address, IPv4 as IPv6 has it (::ffff:192.0.2.1). All zero: unknown. */
typedef struct {
    guint8 bytes[16];
} Network;

/* False for anything but an IPv4 or IPv6 address; `out` is then all zero. */
bool network_from_socket(const struct sockaddr *address, Network *out);

/* "192.0.2.1", "2001:db8::1", also with a port: "192.0.2.1:443", "[2001:db8::1]:443". */
bool network_parse(const char *text, Network *out);

bool network_is_loopback(const Network *network);

/* What one household or office holds: the IPv4 address itself, the first 64 bits of an IPv6 one. */
Network network_site(const Network *network);

/* The proxies that are believed, with the networks they are in. */
typedef struct Proxies Proxies;

/* "127.0.0.1, 10.0.0.0/8, 2001:db8::/32"; "" is none. INPUT with the part that is wrong. */
Proxies *proxies_parse(const char *list, GError **error);

void proxies_free(Proxies *proxies);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Proxies, proxies_free)

bool proxies_hold(const Proxies *proxies, const Network *network);

/* Whom a request is from: `peer`, unless that is one of the proxies; then the last address in
 * `forwarded` (X-Forwarded-For; NULL: none) that is not. What cannot be read ends the search. */
Network proxies_client(const Proxies *proxies, const Network *peer, const char *forwarded);
