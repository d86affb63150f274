/* Errors, named by what the caller does about them, in one GError domain.
 *
 * A function that can fail takes `GError **error` last, returns false (or NULL) with `error` set
 * and leaves its out-parameters untouched. Messages are for people: they say what, where and how to
 * mend it, in the process's language (lang.h). */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef enum {
    VK_ERROR_INPUT,     /* what came in is wrong; the message says where and how to mend it */
    VK_ERROR_NOT_FOUND, /* what was named does not exist */
    VK_ERROR_DENIED,    /* not allowed: permissions, a forged or revoked token */
    VK_ERROR_CONFLICT,  /* the state does not allow it now: already closed, already answered */
    VK_ERROR_LIMIT,     /* larger or more than a stated limit */
    VK_ERROR_BUSY,      /* try again later: a locked database, a relay that throttles */
    VK_ERROR_UNCERTAIN, /* it may or may not have happened */
    VK_ERROR_INTERNAL,  /* our own fault or the machine's */
} VkErrorCode;

#define VK_ERROR (vk_error_quark())
GQuark vk_error_quark(void);

/* Sets `error` and returns false, so that a caller can write `return error_set(...)`. */
bool error_set(GError **error, VkErrorCode code, const char *format, ...) G_GNUC_PRINTF(3, 4);

/* What errno `number` means, in the process's language: "disken är full". */
const char *error_reason(int number);

/* sysexits.h code for a command that ends with `error`; EX_OK for NULL. */
int error_exit_code(const GError *error);

/* HTTP status for a request that ends with `error`; 200 for NULL. */
unsigned error_http_status(const GError *error);
