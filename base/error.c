#include "base/error.h"

#include "base/lang.h"

#include <errno.h>
#include <sysexits.h>

GQuark vk_error_quark(void) {
    return g_quark_from_static_string("vetkoll-error");
}

bool error_set(GError **error, VkErrorCode code, const char *format, ...) {
    va_list args;
    va_start(args, format);
    g_autofree char *message = g_strdup_vprintf(format, args);
    va_end(args);
    g_set_error_literal(error, VK_ERROR, (int)code, message);
    return false;
}

const char *error_reason(int number) {
    static const struct {
        int number;
        const char *text[LANG_OWN_COUNT];
    } reasons[] = {
        {ENOENT, {"finns inte", "there is no such file or folder"}},
        {EACCES, {"åtkomst nekad", "access denied"}},
        {EPERM, {"inte tillåtet", "not permitted"}},
        {EROFS, {"filsystemet är skrivskyddat", "the file system is read-only"}},
        {ENOSPC, {"disken är full", "the disk is full"}},
        {EISDIR, {"det är en mapp", "it is a folder"}},
        {ENOTDIR, {"en del av sökvägen är ingen mapp", "a part of the path is not a folder"}},
        {EEXIST, {"finns redan", "it exists"}},
        {ENAMETOOLONG, {"namnet är för långt", "the name is too long"}},
        {EMFILE, {"för många öppna filer", "too many open files"}},
        {EIO, {"fel vid läsning eller skrivning", "an error in reading or writing"}},
        {EADDRINUSE, {"adressen används redan", "the address is in use"}},
        {EADDRNOTAVAIL, {"maskinen har ingen sådan adress", "the machine has no such address"}},
    };
    for (guint i = 0; i < G_N_ELEMENTS(reasons); i++) {
        if (reasons[i].number == number) {
            return reasons[i].text[lang_current()];
        }
    }
    return g_strerror(number);
}

static const struct {
    VkErrorCode code;
    int exit_code;
    unsigned http_status;
} outcomes[] = {
    {VK_ERROR_INPUT, EX_DATAERR, 400},      {VK_ERROR_NOT_FOUND, EX_NOINPUT, 404},
    {VK_ERROR_DENIED, EX_NOPERM, 403},      {VK_ERROR_CONFLICT, EX_CANTCREAT, 409},
    {VK_ERROR_LIMIT, EX_DATAERR, 413},      {VK_ERROR_BUSY, EX_TEMPFAIL, 503},
    {VK_ERROR_UNCERTAIN, EX_TEMPFAIL, 500}, {VK_ERROR_INTERNAL, EX_SOFTWARE, 500},
};

int error_exit_code(const GError *error) {
    if (error == NULL) {
        return EX_OK;
    }
    if (error->domain == G_OPTION_ERROR) {
        return EX_USAGE;
    }
    for (guint i = 0; i < G_N_ELEMENTS(outcomes); i++) {
        if (g_error_matches(error, VK_ERROR, (int)outcomes[i].code)) {
            return outcomes[i].exit_code;
        }
    }
    return EX_SOFTWARE;
}

unsigned error_http_status(const GError *error) {
    if (error == NULL) {
        return 200;
    }
    for (guint i = 0; i < G_N_ELEMENTS(outcomes); i++) {
        if (g_error_matches(error, VK_ERROR, (int)outcomes[i].code)) {
            return outcomes[i].http_status;
        }
    }
    return 500;
}
