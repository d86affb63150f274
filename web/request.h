/* A request as the pages see it: method, path, query and form, each within its limit. */
#pragma once

#include "base/lang.h"
#include "web/fields.h"
#include "web/network.h"

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

/* What a client may send. Names and values have their own limits in fields.h. */
enum {
    REQUEST_TARGET_MAX = 2048, /* bytes of path and query */
    /* Bytes of request line and headers (and of the reply's): what an open connection holds. */
    REQUEST_HEADERS_MAX = 10 * 1024,
    REQUEST_BODY_MAX = 64 * 1024,    /* bytes of a form */
    REQUEST_TIMEOUT_S = 20,          /* without a byte from the client */
    REQUEST_HEAD_S = 40,             /* from the last reply to the end of the headers */
    REQUEST_BODY_S = 60,             /* from there to the end of the form */
    REQUEST_REPLY_S = 60,            /* to take the reply */
    REQUEST_CONNECTIONS_MAX = 12000, /* open at once */
    REQUEST_NETWORK_MAX = 4000,      /* of them from one network */
    REQUEST_GUESSES = 60,            /* wrong links from one network at once, and then a minute */
};

typedef enum { METHOD_GET = 1, METHOD_HEAD = 2, METHOD_POST = 4, METHOD_OTHER = 8 } Method;

typedef struct {
    Method method;
    char *path;     /* as sent, before any '?'; begins with '/' */
    Fields *query;  /* never NULL */
    Fields *form;   /* never NULL; empty until request_read_form */
    int64_t now_us; /* when it was taken up */
    Network client; /* whom it is from; all zero until set */
    bool local;     /* from this machine itself, not by way of a proxy on it; false until set */
} Request;

/* INPUT for a target that does not begin with '/' or a malformed query, LIMIT for too long a one.
 */
Request *request_new(const char *method, const char *target, int64_t now_us, GError **error);

void request_free(Request *request);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Request, request_free)

/* True if a form of that Content-Type can be read: application/x-www-form-urlencoded. */
bool request_type_is_form(const char *content_type);

/* Reads the body; INPUT or LIMIT as fields_parse. */
bool request_read_form(Request *request, const char *body, gsize length, GError **error);

/* The language the person asked for: `switch` or `lang` in the form, else `lang` in the query.
 * False if none was named, so that the caller's own default holds. */
bool request_lang(const Request *request, Lang *out_lang);
