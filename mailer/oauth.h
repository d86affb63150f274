/* Access tokens of the client-credentials grant (RFC 6749 section 4.4), as Microsoft 365 asks of a
 * program that sends mail: fetched over HTTPS, kept until shortly before they run out.
 *
 * One object may be used by any number of threads; while one of them fetches, the others wait. */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef struct {
    const char *token_url; /* https://; http:// only to this machine */
    const char *client_id;
    const char *client_secret;
    const char *scope;   /* "" for none */
    const char *ca_file; /* "" for the system's certificates */
    guint timeout_ms;    /* for the whole request; 0: 30 s */
} OauthSettings;

typedef struct Oauth Oauth;

/* INPUT if a setting is missing or wrong; nothing is fetched yet. */
Oauth *oauth_open(const OauthSettings *settings, GError **error);
void oauth_close(Oauth *oauth);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Oauth, oauth_close)

/* A token that is good for at least another minute. `out_fresh` (may be NULL) says whether it was
 * fetched for this call. DENIED: the token server refuses us; BUSY: it cannot be reached, or says
 * that it cannot answer now. */
char *oauth_token(Oauth *oauth, bool *out_fresh, GError **error);

/* `token` was refused where it was shown: the next call fetches another. */
void oauth_forget(Oauth *oauth, const char *token);
