/* Encodings: what Swedish offices produce is told apart and becomes UTF-8; what is not text, or
 * would become wrong letters if guessed at, is refused with the line and a remedy. */
#include "people/decode.h"

#include "base/error.h"

#include <string.h>

#define BYTES(text) text, sizeof(text) - 1

static const struct {
    const char *name;
    const char *data;
    size_t size;
    Encoding encoding;
    const char *text;
} readable[] = {
    {"empty", BYTES(""), ENCODING_UTF8, ""},
    {"ascii", BYTES("E-post\r\n"), ENCODING_UTF8, "E-post\r\n"},
    {"utf-8", BYTES("Åsa 李\n"), ENCODING_UTF8, "Åsa 李\n"},
    {"utf-8-bom",
     BYTES("\xef\xbb\xbf"
           "Åsa\n"),
     ENCODING_UTF8, "Åsa\n"},
    {"only-bom", BYTES("\xef\xbb\xbf"), ENCODING_UTF8, ""},
    {"windows-1252", BYTES("\xc5sa \xd6rn;\xe4\n"), ENCODING_WINDOWS_1252, "Åsa Örn;ä\n"},
    {"windows-1252-high", BYTES("\x80 \x96 \x92\x85\n"), ENCODING_WINDOWS_1252, "€ – ’…\n"},
    {"windows-1252-looks-like-one-pair", BYTES("\xc3\x85\xe5\xe4\xf6\n"), ENCODING_WINDOWS_1252,
     "Ã…åäö\n"},
    {"utf-16-le", BYTES("\xff\xfe\xc5\0s\0\x61\0\n\0"), ENCODING_UTF16, "Åsa\n"},
    {"utf-16-be", BYTES("\xfe\xff\0\xc5\0s\0\x61\0\n"), ENCODING_UTF16, "Åsa\n"},
    {"utf-16-beyond-16-bits", BYTES("\xff\xfe\x42\xd8\xb7\xdf"), ENCODING_UTF16, "𠮷"},
};

static const struct {
    const char *name;
    const char *data;
    size_t size;
    const char *says;
} refused[] = {
    {"xlsx", BYTES("PK\x03\x04rest"), "Excel"},
    {"xls", BYTES("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1rest"), "Excel"},
    {"nul", BYTES("a\nb\0c"), "rad 2"},
    {"utf-16-without-bom", BYTES("E\0-\0p\0"), "0x00"},
    {"control", BYTES("a\nb\nc\x01"), "rad 3"},
    {"delete", BYTES("\x7f"), "0x7F"},
    {"bom-then-not-utf-8",
     BYTES("\xef\xbb\xbf"
           "a\n\xc5sa"),
     "rad 2"},
    {"mostly-utf-8", BYTES("Åsa\nÖrjan\nB\xf6rje\n"), "rad 3"},
    {"windows-1252-hole", BYTES("\xe5\n\x81"), "rad 2"},
    {"utf-16-odd", BYTES("\xff\xfe\x41\0\x42"), "UTF-16"},
    {"utf-16-half-pair", BYTES("\xff\xfe\x42\xd8"), "UTF-16"},
    {"utf-16-nul", BYTES("\xff\xfe\0\0"), "UTF-16"},
};

static void test_readable(void) {
    for (guint i = 0; i < G_N_ELEMENTS(readable); i++) {
        g_autoptr(GError) error = NULL;
        g_autofree char *owned = NULL;
        const char *text;
        size_t length;
        Encoding encoding;
        g_test_message("%s", readable[i].name);
        text_decode(readable[i].data, readable[i].size, &encoding, &text, &length, &owned, &error);
        g_assert_no_error(error);
        g_assert_cmpint(encoding, ==, readable[i].encoding);
        g_assert_cmpuint(length, ==, strlen(readable[i].text));
        g_assert_true(memcmp(text, readable[i].text, length) == 0);
    }
}

static void test_refused(void) {
    for (guint i = 0; i < G_N_ELEMENTS(refused); i++) {
        g_autoptr(GError) error = NULL;
        char *owned = NULL;
        const char *text;
        size_t length;
        Encoding encoding;
        g_test_message("%s", refused[i].name);
        g_assert_false(text_decode(refused[i].data, refused[i].size, &encoding, &text, &length,
                                   &owned, &error));
        g_assert_error(error, VK_ERROR, VK_ERROR_INPUT);
        g_assert_nonnull(strstr(error->message, refused[i].says));
    }
}

int main(int argc, char **argv) {
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/decode/readable", test_readable);
    g_test_add_func("/decode/refused", test_refused);
    return g_test_run();
}
