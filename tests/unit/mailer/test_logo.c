/* A logo is one of three kinds of picture, within its limits, by tables of bytes and of files; what
 * is wrong is said so that it can be mended. */
#include "mailer/logo.h"

#include "base/error.h"

#include <glib/gstdio.h>
#include <string.h>

#define PNG       "\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR"
#define JPEG_HEAD "\xff\xd8\xff\xe0\0\x10JFIF\0\1\1\0\0\1\0\1\0\0"

typedef struct {
    const char *data;
    size_t size;
    const char *type; /* NULL: refused */
    guint width;
    guint height;
} PictureCase;

#define BYTES(text) .data = (text), .size = sizeof(text) - 1

static void test_pictures(void) {
    static const PictureCase cases[] = {
        {BYTES(PNG "\0\0\0\x64\0\0\0\x32"), "image/png", 100, 50},
        {BYTES(PNG "\0\0\1\xb8\0\0\0\x60"), "image/png", 220, 48}, /* 440 x 96: too wide */
        {BYTES(PNG "\0\0\0\x64\0\0\0\x70"), "image/png", 50, 56},  /* 100 x 112: too high */
        {BYTES(PNG "\0\0\x0f\xa0\0\0\0\1"), "image/png", 220, 1},  /* 4000 x 1 */
        {BYTES("GIF89a\x28\0\x14\0"), "image/gif", 40, 20},
        {BYTES("GIF87a\x28\0\x14\0"), "image/gif", 40, 20},
        {BYTES(JPEG_HEAD "\xff\xc0\0\x11\x08\0\x14\0\x28\3"), "image/jpeg", 40, 20},
        {BYTES(JPEG_HEAD "\xff\xff\xff\xc2\0\x11\x08\0\x14\0\x28\3"), "image/jpeg", 40, 20},
        {.data = "", .size = 0},
        {BYTES(PNG "\0\0\0\x64")},                       /* cut */
        {BYTES(PNG "\0\0\0\0\0\0\0\x32")},               /* no width */
        {BYTES(PNG "\xff\xff\xff\xff\xff\xff\xff\xff")}, /* too many pixels */
        {BYTES("GIF89a\0\0\0\0")},
        {BYTES("GIF88a\x28\0\x14\0")},
        {BYTES(JPEG_HEAD)}, /* no frame */
        {BYTES(JPEG_HEAD "\xff\xc4\0\0\xff\xc4\0\0")},
        {BYTES("\xff\xd8\xff\xe0\xff\xff")},
        {BYTES("<svg xmlns=\"http://www.w3.org/2000/svg\"/>")},
        {BYTES("RIFF\0\0\0\0WEBPVP8 ")},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;
        g_test_message("case %zu", i);
        /* A copy of that very size, so that a reader past the end is seen. */
        g_autofree char *data = g_memdup2(cases[i].data, MAX(cases[i].size, 1));
        g_autoptr(Logo) logo = logo_parse("bild", data, cases[i].size, &error);
        if (cases[i].type == NULL) {
            g_assert_null(logo);
            g_assert_error(error, VK_ERROR, VK_ERROR_INPUT);
            g_assert_nonnull(strstr(error->message, "organisation.logo: bild"));
            continue;
        }
        g_assert_no_error(error);
        g_assert_cmpstr(logo->media_type, ==, cases[i].type);
        g_assert_cmpuint(logo->width, ==, cases[i].width);
        g_assert_cmpuint(logo->height, ==, cases[i].height);
        g_assert_true(g_str_has_suffix(logo->base64, "\r\n"));
        gsize size = 0;
        g_autofree guchar *carried = g_base64_decode(logo->base64, &size);
        g_assert_cmpuint(size, ==, cases[i].size);
        g_assert_true(memcmp(carried, cases[i].data, size) == 0);
    }
}

static void test_files(void) {
    g_autoptr(GError) error = NULL;
    g_autofree char *folder = g_dir_make_tmp("vetkoll-logo-XXXXXX", &error);
    g_assert_no_error(error);
    g_autofree char *path = g_build_filename(folder, "logo.gif", NULL);
    g_autoptr(GString) picture = g_string_new_len("GIF89a\x28\0\x14\0", 10);
    g_string_set_size(picture, LOGO_BYTES_MAX);
    g_file_set_contents(path, picture->str, (gssize)picture->len, &error);
    g_assert_no_error(error);
    g_autoptr(Logo) largest = logo_load(path, &error);
    g_assert_no_error(error);
    g_assert_cmpstr(largest->file_name, ==, "logo.gif");

    g_string_append_c(picture, 'x');
    g_file_set_contents(path, picture->str, (gssize)picture->len, &error);
    g_assert_no_error(error);
    g_assert_null(logo_load(path, &error));
    g_assert_error(error, VK_ERROR, VK_ERROR_LIMIT);
    g_clear_error(&error);
    g_remove(path);
    g_assert_null(logo_load(path, &error));
    g_assert_error(error, VK_ERROR, VK_ERROR_NOT_FOUND);
    g_clear_error(&error);
    g_assert_null(logo_load(folder, &error));
    g_assert_error(error, VK_ERROR, VK_ERROR_INPUT);
    g_clear_error(&error);
    g_assert_null(logo_load("/dev/zero", &error));
    g_assert_error(error, VK_ERROR, VK_ERROR_INPUT);
    g_rmdir(folder);
}

int main(int argc, char **argv) {
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/logo/pictures", test_pictures);
    g_test_add_func("/logo/files", test_files);
    return g_test_run();
}
