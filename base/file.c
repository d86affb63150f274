#include "base/file.h"

#include "base/error.h"
#include "base/lang.h"

#include <errno.h>

static VkErrorCode code_of(int number) {
    switch (number) {
    case ENOENT:
        return VK_ERROR_NOT_FOUND;
    case EACCES:
    case EPERM:
    case EROFS:
        return VK_ERROR_DENIED;
    case ENOSPC:
        return VK_ERROR_BUSY;
    default:
        return VK_ERROR_INPUT;
    }
}

bool file_read_failed(const char *path, int number, GError **error) {
    const char *remedy =
        code_of(number) == VK_ERROR_DENIED ? tr(" Ändra rättigheterna.", " Change its permissions.")
        : code_of(number) == VK_ERROR_NOT_FOUND ? tr(" Kontrollera sökvägen.", " Check the path.")
                                                : "";
    return error_set(error, code_of(number), tr("Kan inte läsa %s: %s.%s", "Cannot read %s: %s.%s"),
                     path, error_reason(number), remedy);
}

bool file_write_failed(const char *path, int number, GError **error) {
    const char *remedy =
        code_of(number) == VK_ERROR_BUSY
            ? tr("Frigör utrymme och försök igen.", "Free some space and try again.")
            : tr("Välj en annan plats eller ändra rättigheterna.",
                 "Choose another place or change the permissions.");
    return error_set(error, code_of(number),
                     tr("Kan inte skriva %s: %s. %s", "Cannot write %s: %s. %s"), path,
                     error_reason(number), remedy);
}

/* GLib keeps no errno, but its codes are made from them. */
static int number_of(const GError *fault) {
    static const int numbers[] = {ENOENT, EACCES,  EPERM,        ENOSPC, EROFS,
                                  EISDIR, ENOTDIR, ENAMETOOLONG, EMFILE, ENOMEM};
    for (guint i = 0; i < G_N_ELEMENTS(numbers); i++) {
        if (g_error_matches(fault, G_FILE_ERROR, (int)g_file_error_from_errno(numbers[i]))) {
            return numbers[i];
        }
    }
    return EIO;
}

char *file_read(const char *path, gsize *out_length, GError **error) {
    char *text = NULL;
    g_autoptr(GError) fault = NULL;
    if (!g_file_get_contents(path, &text, out_length, &fault)) {
        file_read_failed(path, number_of(fault), error);
    }
    return text;
}

bool file_write(const char *path, const char *text, gsize length, int mode, GError **error) {
    g_autoptr(GError) fault = NULL;
    return g_file_set_contents_full(path, text, (gssize)length, G_FILE_SET_CONTENTS_CONSISTENT,
                                    mode, &fault) ||
           file_write_failed(path, number_of(fault), error);
}
