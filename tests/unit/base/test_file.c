/* A file that cannot be read or written: which, why and what to do, with the code that follows from
 * it, and nothing left behind. */
#include "base/error.h"
#include "base/file.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>

static char *folder_new(void) {
    char *folder = g_dir_make_tmp("vetkoll-file-XXXXXX", NULL);
    g_assert_nonnull(folder);
    return folder;
}

static void test_round_trip(void) {
    g_autofree char *folder = folder_new();
    g_autofree char *path = g_build_filename(folder, "åäö", NULL);
    g_autoptr(GError) error = NULL;
    gsize length = 0;
    g_assert_true(file_write(path, "a\0b", 3, 0600, &error));
    g_assert_true(file_write(path, "c\0d\n", 4, 0600, &error));
    g_assert_no_error(error);
    g_autofree char *text = file_read(path, 4, &length, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(length, ==, 4);
    g_assert_true(memcmp(text, "c\0d\n", 5) == 0);
    g_assert_null(file_read(path, 3, NULL, &error));
    g_assert_error(error, VK_ERROR, VK_ERROR_LIMIT);
    g_clear_error(&error);
    g_assert_null(file_read("/dev/zero", 100000, NULL, &error)); /* does not go on for ever */
    g_assert_error(error, VK_ERROR, VK_ERROR_LIMIT);
    GStatBuf status;
    g_assert_cmpint(g_stat(path, &status), ==, 0);
    g_assert_cmpuint(status.st_mode & 0777, ==, 0600);
    g_assert_cmpint(g_remove(path), ==, 0);
    g_assert_cmpint(g_rmdir(folder), ==, 0);
}

static void test_refused(void) {
    g_autofree char *folder = folder_new();
    g_autofree char *missing = g_build_filename(folder, "finns", "inte", NULL);
    static const struct {
        bool write;
        bool folder;
        VkErrorCode code;
        const char *says;
    } cases[] = {
        {false, false, VK_ERROR_NOT_FOUND, "finns inte"},
        {false, true, VK_ERROR_INPUT, "det är en mapp"},
        {true, false, VK_ERROR_NOT_FOUND, "finns inte"},
        {true, true, VK_ERROR_INPUT, "Välj en annan plats"},
    };
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        const char *path = cases[i].folder ? folder : missing;
        g_autoptr(GError) error = NULL;
        g_autofree char *text = cases[i].write ? NULL : file_read(path, FILE_SMALL, NULL, &error);
        g_assert_false(cases[i].write && file_write(path, "x", 1, 0600, &error));
        g_assert_null(text);
        g_assert_error(error, VK_ERROR, (int)cases[i].code);
        g_test_message("%s", error->message);
        g_assert_nonnull(strstr(error->message, cases[i].says));
        g_assert_nonnull(strstr(error->message, path));
    }
    g_assert_cmpint(g_rmdir(folder), ==, 0); /* nothing was left in it */
}

static void test_reasons(void) {
    static const struct {
        int number;
        VkErrorCode code;
        const char *says;
    } cases[] = {
        {EACCES, VK_ERROR_DENIED, "åtkomst nekad. Välj en annan plats eller ändra rättigheterna."},
        {EROFS, VK_ERROR_DENIED, "skrivskyddat"},
        {ENOSPC, VK_ERROR_BUSY, "disken är full. Frigör utrymme"},
        {ENOTDIR, VK_ERROR_INPUT, "ingen mapp"},
    };
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;
        g_assert_false(file_write_failed("/x/y", cases[i].number, &error));
        g_assert_error(error, VK_ERROR, (int)cases[i].code);
        g_assert_nonnull(strstr(error->message, cases[i].says));
    }
    g_assert_cmpstr(error_reason(ENOMEM), ==, g_strerror(ENOMEM)); /* one that has no words */
}

int main(int argc, char **argv) {
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/file/round-trip", test_round_trip);
    g_test_add_func("/file/refused", test_refused);
    g_test_add_func("/file/reasons", test_reasons);
    return g_test_run();
}
