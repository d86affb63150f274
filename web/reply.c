#include "web/reply.h"

#include <string.h>

static const char policy_page[] =
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
/* Reports and mails as files carry their own style sheet inside; scripts stay out there too. */
static const char policy_folder[] =
    "default-src 'none'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

Reply *reply_new(unsigned status, ReplyKind kind, const char *content_type, GBytes *take_body) {
    Reply *reply = g_new0(Reply, 1);
    reply->status = status;
    reply->kind = kind;
    reply->content_type = content_type;
    reply->body = take_body ? take_body : g_bytes_new_static("", 0);
    return reply;
}

Reply *reply_text(unsigned status, const char *text) {
    return reply_new(status, REPLY_PAGE, "text/plain; charset=utf-8",
                     g_bytes_new(text, strlen(text)));
}

Reply *reply_see_other(const char *location) {
    Reply *reply = reply_new(303, REPLY_PAGE, NULL, NULL);
    reply->location = g_strdup(location);
    return reply;
}

void reply_free(Reply *reply) {
    if (!reply) {
        return;
    }
    g_bytes_unref(reply->body);
    g_free(reply->location);
    g_free(reply);
}

void reply_headers(const Reply *reply, bool https, ReplyHeaderFn each, gpointer data) {
    static const char *const always[][2] = {
        {"X-Content-Type-Options", "nosniff"},
        {"Referrer-Policy", "no-referrer"},
        {"Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()"},
        {"Cross-Origin-Opener-Policy", "same-origin"},
        {"Cross-Origin-Resource-Policy", "same-origin"},
        {"Cross-Origin-Embedder-Policy", "require-corp"},
        {"X-Frame-Options", "DENY"},
        {"X-Robots-Tag", "noindex, nofollow"},
    };
    for (guint i = 0; i < G_N_ELEMENTS(always); i++) {
        each(always[i][0], always[i][1], data);
    }
    each("Content-Security-Policy", reply->kind == REPLY_FOLDER ? policy_folder : policy_page,
         data);
    each("Cache-Control",
         reply->kind == REPLY_STATIC ? "public, max-age=31536000, immutable" : "no-store", data);
    if (https) {
        each("Strict-Transport-Security", "max-age=31536000", data);
    }
    if (reply->content_type) {
        each("Content-Type", reply->content_type, data);
    }
    if (reply->location) {
        each("Location", reply->location, data);
    }
    if (reply->allow) {
        each("Allow", reply->allow, data);
    }
    if (reply->retry_after_s > 0) {
        g_autofree char *seconds = g_strdup_printf("%u", reply->retry_after_s);
        each("Retry-After", seconds, data);
    }
}
