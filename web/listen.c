#include "web/listen.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/error.h"
#include "base/lang.h"

enum { LISTEN_BACKLOG = 511 };

static VkErrorCode bind_code(int fault) {
    if (fault == EADDRINUSE) {
        return VK_ERROR_CONFLICT;
    }
    if (fault == EACCES || fault == EPERM) {
        return VK_ERROR_DENIED;
    }
    return VK_ERROR_INPUT;
}

static uint16_t socket_port(int fd) {
    struct sockaddr_storage address = {0};
    socklen_t length = sizeof address;
    if (getsockname(fd, (struct sockaddr *)&address, &length) != 0) {
        return 0;
    }
    if (address.ss_family == AF_INET6) {
        struct sockaddr_in6 in6;
        memcpy(&in6, &address, sizeof in6);
        return ntohs(in6.sin6_port);
    }
    struct sockaddr_in in4;
    memcpy(&in4, &address, sizeof in4);
    return ntohs(in4.sin_port);
}

/* -1 with errno set. */
static int address_listen(const struct addrinfo *address) {
    static const int on = 1, off = 0;
    int fd = socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) {
        return -1;
    }
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (address->ai_family == AF_INET6) {
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
    }
    if (bind(fd, address->ai_addr, address->ai_addrlen) == 0 && listen(fd, LISTEN_BACKLOG) == 0) {
        return fd;
    }
    int fault = errno;
    close(fd);
    errno = fault;
    return -1;
}

bool listen_open(const char *host, uint16_t port, int *out_socket, uint16_t *out_port,
                 GError **error) {
    struct addrinfo hints = {.ai_flags = AI_PASSIVE | AI_NUMERICSERV, .ai_socktype = SOCK_STREAM};
    struct addrinfo *found = NULL;
    g_autofree char *service = g_strdup_printf("%u", port);
    int status = getaddrinfo(host, service, &hints, &found);
    if (status != 0) {
        return error_set(
            error, VK_ERROR_INPUT,
            tr("Adressen ”%s” går inte att lyssna på: %s. Ange en av datorns egna adresser, "
               "till exempel 127.0.0.1.",
               "Cannot listen on the address “%s”: %s. Give one of this machine's own addresses, "
               "for example 127.0.0.1."),
            host, gai_strerror(status));
    }
    int fd = -1;
    for (const struct addrinfo *at = found; at && fd < 0; at = at->ai_next) {
        fd = address_listen(at);
    }
    int fault = errno;
    freeaddrinfo(found);
    if (fd < 0) {
        return error_set(
            error, bind_code(fault),
            tr("Det går inte att lyssna på %s port %u: %s. Välj en annan port i [web] listen, "
               "eller stoppa det program som använder den.",
               "Cannot listen on %s port %u: %s. Choose another port in [web] listen, or stop the "
               "program that uses it."),
            host, port, error_reason(fault));
    }
    *out_socket = fd;
    *out_port = socket_port(fd);
    return true;
}
