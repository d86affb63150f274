/* One address of the configuration's line that says where mail goes. */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef enum { RELAY_SMTP, RELAY_SMTPS, RELAY_MAILDIR } RelayKind;

typedef struct {
    RelayKind kind;
    char *host;   /* RELAY_SMTP, RELAY_SMTPS: a name or an IPv4 address */
    guint16 port; /* the same */
    char *folder; /* RELAY_MAILDIR */
} RelayUrl;

/* "smtp://host", "smtps://host:465", "maildir:folder". INPUT says what is wrong. */
bool relay_url_parse(const char *text, RelayUrl *out, GError **error);
void relay_url_clear(RelayUrl *url);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(RelayUrl, relay_url_clear)
