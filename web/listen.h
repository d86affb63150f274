/* Opens the socket that the server listens on. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

/* `host` is an IPv4 or IPv6 address or a local name; "::" takes IPv4 too. `port` 0 takes any free
 * one; `out_port` says which. INPUT for an address that is not one of this machine, CONFLICT for a
 * port in use, DENIED for one that needs privileges. */
bool listen_open(const char *host, uint16_t port, int *out_socket, uint16_t *out_port,
                 GError **error);
