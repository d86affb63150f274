/* The relays of one installation, in the order in which they are tried.
 *
 * The line of mail.relay holds one or more addresses, separated by blanks or commas:
 *
 *   smtp://HOST[:PORT]    587 and STARTTLS unless it says otherwise
 *   smtps://HOST[:PORT]   465, TLS from the first byte
 *   maildir:FOLDER
 *
 * The first two may be followed by ?KEY=VALUE&KEY=VALUE, percent-encoded, which override for this
 * relay what the common settings say: priority, connections, per_minute, tls, ca_file, username,
 * password_file, auth, client_cert_file, client_key_file, token_url, client_id,
 * client_secret_file, scope, dsn (true or false). The lowest priority is tried first, as with MX;
 * without one the addresses have 10, 20, 30... in the order in which they stand. */
#pragma once

#include "mailer/transport.h"

#include <glib.h>

enum { RELAY_CONNECTIONS_MAX = 64, RELAYS_MAX = 16 };

typedef struct {
    guint priority;
    guint connections;           /* 1..RELAY_CONNECTIONS_MAX */
    guint per_minute;            /* messages; 0: no limit */
    TransportSettings transport; /* its texts belong to the relay */
    GStringChunk *texts;         /* holds them; not for others */
} Relay;

/* The relays of `line`, at least one, sorted by priority. `common` gives what an address does not
 * say; its `transport.relay` and `texts` are not read. Relative paths, a maildir's too, are below
 * `base_dir` (NULL: as they stand). Password and secret files are read here. INPUT says which
 * address and key. */
GPtrArray *relay_list_parse(const char *line, const Relay *common, const char *base_dir,
                            GError **error);

/* The first line of a file that holds a secret, without blanks at its ends. INPUT if it cannot be
 * read or is empty, DENIED if everybody on the machine can read it; `key` is the setting that names
 * it. */
char *relay_secret_read(const char *path, const char *key, GError **error);
