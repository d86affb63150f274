/* What each kind of transport implements. Only transport*.c include this. */
#pragma once

#include "mailer/relay_url.h"
#include "mailer/transport.h"

typedef struct {
    bool (*send)(Transport *transport, const TransportBatch *batch, GError **error);
    void (*close)(Transport *transport);
} TransportKind;

/* First member of each kind's own struct. */
struct Transport {
    const TransportKind *kind;
    char *name;
};

Transport *relay_transport_open(const TransportSettings *settings, const RelayUrl *url,
                                GError **error);
Transport *maildir_transport_open(const RelayUrl *url, GError **error);
