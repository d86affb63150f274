/* The line of the configuration that says where mail goes. */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef enum { RELAY_SMTP, RELAY_MAILDIR } RelayKind;

typedef struct {
    RelayKind kind;
    char *host;   /* RELAY_SMTP: a name or an IPv4 address */
    guint16 port; /* RELAY_SMTP */
    char *folder; /* RELAY_MAILDIR */
} RelayUrl;

/* "smtp://host", "smtp://host:25", "maildir:folder". INPUT says what is wrong. */
bool relay_url_parse(const char *text, RelayUrl *out, GError **error);
void relay_url_clear(RelayUrl *url);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(RelayUrl, relay_url_clear)
