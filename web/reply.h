/* What is answered to a request, and the headers that every answer carries. */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef enum {
    REPLY_PAGE,   /* ours: nothing may be kept, framed, sent elsewhere, or scripted by others */
    REPLY_STATIC, /* ours, the same for everyone, addressed by its content: may be kept for ever */
    REPLY_FOLDER, /* a file of a folder that the operator chose: own styles in it are let through */
} ReplyKind;

typedef struct {
    unsigned status;
    ReplyKind kind;
    const char *content_type; /* static text */
    const char *allow;        /* static text, with 405 */
    char *location;           /* with 302 and 303 */
    guint retry_after_s;      /* 0: says nothing */
    GBytes *body;             /* never NULL */
} Reply;

/* Takes the body; NULL is an empty one. */
Reply *reply_new(unsigned status, ReplyKind kind, const char *content_type, GBytes *take_body);

/* A short text in the body; for machines and for faults before any page can be made. */
Reply *reply_text(unsigned status, const char *text);

/* 303: the next page is to be fetched with GET. */
Reply *reply_see_other(const char *location);

void reply_free(Reply *reply);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Reply, reply_free)

typedef void (*ReplyHeaderFn)(const char *name, const char *value, gpointer data);

/* Calls `each` for every header of the reply. `https`: the site is reached that way. */
void reply_headers(const Reply *reply, bool https, ReplyHeaderFn each, gpointer data);
