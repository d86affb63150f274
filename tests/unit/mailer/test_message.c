/* A message is read back by GMime's parser as it was meant, whatever the names, subjects and
 * addresses are; no value can begin a header of its own; no line is longer than 78 characters
 * unless one word is, and none than 998; the logo travels inside; the Message-ID is the row's own.
 */
#include "mailer/message.h"

#include "base/clock.h"

#include <gmime/gmime.h>
#include <string.h>

static const MessageSender sender = {.from_address = "info@ekbacka.example",
                                     .from_name = "Ekbacka kommun, informationssäkerhet",
                                     .reply_to = "fragor@ekbacka.example",
                                     .list_id = "Mejl som lurar 2026!",
                                     .language = LANG_SV};
static const MessageParts plain = {
    .to_address = "asa@xn--exmple-cua.example",
    .to_name = "Åsa \"Ossie\" Öberg-李",
    .message_id = "0123456789abcdef@ekbacka.example",
    .date_us = INT64_C(1795500000) * CLOCK_SECOND_US,
    .subject = "Påminnelse: Mejl som lurar – svara senast fredag 27 november så att vi hinner med",
    .text = "Hej Åsa!\n.\n.punkt först\nFrom rad ett \nslut = så här\t\n\n\r ensam\n",
    .html = "<p>Hej Åsa! <a href=\"https://vetkoll.example/k/x\">länk</a></p>\n"};

static GString *build(const MessageSender *from, const MessageParts *parts) {
    g_autoptr(MessageFrame) frame = message_frame_new(from);
    GString *bytes = g_string_new(NULL);
    g_autoptr(GError) error = NULL;
    message_build(frame, parts, bytes, &error);
    g_assert_no_error(error);
    return bytes;
}

static GMimeMessage *parse(const GString *bytes) {
    GMimeStream *stream = g_mime_stream_mem_new_with_buffer(bytes->str, bytes->len);
    GMimeParser *parser = g_mime_parser_new_with_stream(stream);
    GMimeMessage *message = g_mime_parser_construct_message(parser, NULL);
    g_object_unref(parser);
    g_object_unref(stream);
    g_assert_nonnull(message);
    return message;
}

static const char *header(GMimeMessage *message, const char *name) {
    return g_mime_object_get_header(GMIME_OBJECT(message), name);
}

static void assert_text(GMimeMessage *message, int index, const char *type, const char *expected) {
    GMimeObject *body = g_mime_message_get_mime_part(message);
    g_assert_true(GMIME_IS_MULTIPART(body));
    GMimeObject *part = g_mime_multipart_get_part(GMIME_MULTIPART(body), index);
    g_assert_true(GMIME_IS_TEXT_PART(part));
    GMimeContentType *content = g_mime_object_get_content_type(part);
    g_assert_cmpstr(g_mime_content_type_get_media_subtype(content), ==, type);
    g_autofree char *text = g_mime_text_part_get_text(GMIME_TEXT_PART(part));
    g_autoptr(GString) unix_text = g_string_new(text);
    g_string_replace(unix_text, "\r\n", "\n", 0);
    g_assert_cmpstr(unix_text->str, ==, expected);
}

static void assert_lines(const GString *bytes) {
    g_assert_true(g_str_has_suffix(bytes->str, "\r\n"));
    size_t start = 0;
    for (size_t i = 0; i < bytes->len; i++) {
        guchar c = (guchar)bytes->str[i];
        g_assert_cmpuint(c, <, 0x80);
        g_assert_cmpuint(c, !=, 0);
        if (c == '\n') {
            g_assert_true(i > 0 && bytes->str[i - 1] == '\r');
            g_assert_cmpuint(i - 1 - start, <=, 78);
            start = i + 1;
        } else if (c == '\r') {
            g_assert_true(bytes->str[i + 1] == '\n');
        }
    }
}

static void test_parse_back(void) {
    g_autoptr(GString) bytes = build(&sender, &plain);
    assert_lines(bytes);
    GMimeMessage *message = parse(bytes);
    g_assert_cmpstr(g_mime_message_get_subject(message), ==, plain.subject);
    g_assert_cmpstr(g_mime_message_get_message_id(message), ==, plain.message_id);
    InternetAddressList *to = g_mime_message_get_to(message);
    g_assert_cmpint(internet_address_list_length(to), ==, 1);
    InternetAddress *mailbox = internet_address_list_get_address(to, 0);
    g_assert_cmpstr(internet_address_get_name(mailbox), ==, plain.to_name);
    g_assert_cmpstr(internet_address_mailbox_get_idn_addr(INTERNET_ADDRESS_MAILBOX(mailbox)), ==,
                    plain.to_address);
    mailbox = internet_address_list_get_address(g_mime_message_get_from(message), 0);
    g_assert_cmpstr(internet_address_get_name(mailbox), ==, sender.from_name);
    g_assert_cmpstr(header(message, "Reply-To"), ==, "fragor@ekbacka.example");
    g_assert_cmpstr(header(message, "Auto-Submitted"), ==, "auto-generated");
    g_assert_cmpstr(header(message, "X-Auto-Response-Suppress"), ==, "All");
    g_assert_cmpstr(header(message, "List-Id"), ==,
                    "<mejl-som-lurar-2026.vetkoll.ekbacka.example>");
    /* The parser keeps Content- headers with the part. */
    g_assert_cmpstr(
        g_mime_object_get_header(g_mime_message_get_mime_part(message), "Content-Language"), ==,
        "sv");
    g_assert_cmpstr(header(message, "MIME-Version"), ==, "1.0");
    g_assert_cmpstr(header(message, "Date"), ==, "Tue, 24 Nov 2026 07:00:00 +0100");
    assert_text(message, 0, "plain", plain.text);
    assert_text(message, 1, "html", plain.html);
    g_object_unref(message);
}

static guint count_headers(GMimeMessage *message) {
    return (guint)g_mime_header_list_get_count(
        g_mime_object_get_header_list(GMIME_OBJECT(message)));
}

/* Every value in turn carries a line break and a header; the message has no header more than
 * without. */
static void test_injection(void) {
    static const char *const attacks[] = {"x\r\nBcc: victim@x.example\r\n\r\nbody",
                                          "x\nBcc: victim@x.example",
                                          "x\rBcc: victim@x.example",
                                          "x\xc2\x85"
                                          "Bcc: victim@x.example",
                                          "x\xe2\x80\xa8"
                                          "Bcc: victim@x.example",
                                          "x\x0b\x0c"
                                          "Bcc: victim@x.example",
                                          "x\r\n Bcc: victim@x.example",
                                          "=?utf-8?Q?x=0D=0ABcc:_victim@x.example?=",
                                          "x\xff\r\nBcc: victim@x.example"};
    g_autoptr(GString) bytes = build(&sender, &plain);
    GMimeMessage *message = parse(bytes);
    guint headers = count_headers(message);
    g_object_unref(message);
    for (size_t i = 0; i < G_N_ELEMENTS(attacks); i++) {
        for (int field = 0; field < 4; field++) {
            MessageParts parts = plain;
            MessageSender from = sender;
            const char **fields[] = {&from.from_name, &parts.to_name, &parts.subject,
                                     &from.list_id};
            *fields[field] = attacks[i];
            g_autoptr(GString) attacked = build(&from, &parts);
            assert_lines(attacked);
            message = parse(attacked);
            g_assert_cmpuint(count_headers(message), ==, headers);
            g_assert_null(header(message, "Bcc"));
            assert_text(message, 0, "plain", plain.text);
            g_object_unref(message);
        }
    }
}

/* --- odd values ------------------------------------------------------------------ */

/* What names and subjects are put together from: all that means something in a header. */
static const char *const scraps[] = {"a",
                                     "Z",
                                     "é",
                                     "å",
                                     "Ö",
                                     "李",
                                     "ß",
                                     "\"",
                                     "\\",
                                     "(",
                                     ")",
                                     "<",
                                     ">",
                                     "@",
                                     ",",
                                     ";",
                                     ":",
                                     ".",
                                     "=",
                                     "?",
                                     "_",
                                     "=?",
                                     "?=",
                                     "=?utf-8?Q?x?=",
                                     "=20",
                                     "'",
                                     "[",
                                     "]",
                                     "&",
                                     "%s",
                                     "\u0301",
                                     "🙂",
                                     "\u200f",
                                     "\u00a0",
                                     "undantagslöshetens",
                                     "Björk-Åkesson",
                                     "x0123456789x0123456789x0123456789",
                                     "-",
                                     "/"};

static char *odd_text(guint words) {
    GString *text = g_string_new(NULL);
    for (guint i = 0; i < words; i++) {
        g_string_append(text, i > 0 ? " " : "");
        for (int n = g_test_rand_int_range(1, 6); n > 0; n--) {
            g_string_append(text, scraps[g_test_rand_int_range(0, (gint32)G_N_ELEMENTS(scraps))]);
        }
    }
    return g_string_free(text, FALSE);
}

/* An address as address_for_smtp lets it through; `utf8`: one that needs SMTPUTF8. */
static char *odd_address(bool utf8) {
    static const char atoms[] = "abcXYZ019!#$%&'*+-/=?^_`{|}~";
    GString *address = g_string_new(utf8 ? "åäö李" : "a");
    int size = g_test_rand_int_range(1, utf8 ? 40 : 63);
    for (int i = 0; i < size; i++) {
        g_string_append_c(address, atoms[g_test_rand_int_range(0, (gint32)strlen(atoms))]);
    }
    g_string_append_c(address, '@');
    for (int labels = g_test_rand_int_range(0, 3); labels > 0; labels--) {
        g_string_append_printf(address, "%0*d.", g_test_rand_int_range(1, 50), labels);
    }
    g_string_append(address, "xn--exmple-cua.example");
    return g_string_free(address, FALSE);
}

/* At most 78 characters a line, more only where there is nowhere to break; never more than 998. */
static void assert_breakable_lines(const GString *bytes, bool utf8) {
    g_auto(GStrv) lines = g_strsplit(bytes->str, "\r\n", -1);
    for (guint i = 0; lines[i] != NULL; i++) {
        size_t length = strlen(lines[i]);
        g_assert_null(strpbrk(lines[i], "\r\n"));
        g_assert_cmpuint(length, <=, 998);
        g_assert_true(utf8 || g_str_is_ascii(lines[i]));
        const char *blank = length > 1 ? strchr(lines[i] + 1, ' ') : NULL;
        if (length > 78 && blank != NULL && !g_str_has_prefix(lines[i], "To: ")) {
            g_test_message("%s", lines[i]);
            g_assert_not_reached();
        }
    }
}

static void test_odd_values(void) {
    for (int round = 0; round < 3000; round++) {
        bool utf8 = round % 4 == 0;
        g_autofree char *name = odd_text((guint)g_test_rand_int_range(0, 7));
        g_autofree char *subject = odd_text((guint)g_test_rand_int_range(1, 16));
        g_autofree char *from_name = odd_text((guint)g_test_rand_int_range(1, 5));
        g_autofree char *text = odd_text((guint)g_test_rand_int_range(1, 60));
        g_autofree char *line = g_strconcat(text, "\n", NULL);
        g_autofree char *address = odd_address(utf8);
        MessageParts parts = plain;
        MessageSender from = sender;
        from.from_name = from_name;
        parts.to_name = name;
        parts.to_address = address;
        parts.subject = subject;
        parts.text = line;
        g_autoptr(GString) bytes = build(&from, &parts);
        assert_breakable_lines(bytes, utf8);
        GMimeMessage *message = parse(bytes);
        g_test_message("%s | %s | %s", name, address, subject);
        g_assert_cmpstr(g_mime_message_get_subject(message), ==, subject);
        InternetAddressList *to = g_mime_message_get_to(message);
        g_assert_cmpint(internet_address_list_length(to), ==, 1);
        InternetAddress *mailbox = internet_address_list_get_address(to, 0);
        const char *read = internet_address_get_name(mailbox);
        g_assert_cmpstr(read != NULL ? read : "", ==, name);
        g_assert_cmpstr(internet_address_mailbox_get_idn_addr(INTERNET_ADDRESS_MAILBOX(mailbox)),
                        ==, address);
        mailbox = internet_address_list_get_address(g_mime_message_get_from(message), 0);
        g_assert_cmpstr(internet_address_get_name(mailbox), ==, from_name);
        assert_text(message, 0, "plain", line);
        g_object_unref(message);
    }
}

/* --- the logo -------------------------------------------------------------------- */

static void test_logo(void) {
    static const guchar gif[] =
        "GIF89a\x28\x00\x14\x00\x00\x00\x00 and more, so that it takes more "
        "than one line of base64 to carry all of it";
    g_autoptr(GError) error = NULL;
    g_autoptr(Logo) logo = logo_parse("x.gif", gif, sizeof gif, &error);
    g_assert_no_error(error);
    MessageSender from = sender;
    from.logo = logo;
    g_autoptr(GString) bytes = build(&from, &plain);
    assert_lines(bytes);
    GMimeMessage *message = parse(bytes);
    assert_text(message, 0, "plain", plain.text);
    GMimeMultipart *body = GMIME_MULTIPART(g_mime_message_get_mime_part(message));
    g_assert_cmpint(g_mime_multipart_get_count(body), ==, 2);
    GMimeObject *related = g_mime_multipart_get_part(body, 1);
    GMimeContentType *type = g_mime_object_get_content_type(related);
    g_assert_true(g_mime_content_type_is_type(type, "multipart", "related"));
    g_assert_cmpint(g_mime_multipart_get_count(GMIME_MULTIPART(related)), ==, 2);
    GMimeObject *html = g_mime_multipart_get_part(GMIME_MULTIPART(related), 0);
    g_autofree char *text = g_mime_text_part_get_text(GMIME_TEXT_PART(html));
    g_assert_true(g_str_has_prefix(text, "<p>Hej"));
    GMimeObject *image = g_mime_multipart_get_part(GMIME_MULTIPART(related), 1);
    g_assert_true(
        g_mime_content_type_is_type(g_mime_object_get_content_type(image), "image", "gif"));
    g_assert_cmpstr(g_mime_object_get_content_id(image), ==, logo->content_id);
    g_assert_cmpstr(g_mime_object_get_disposition(image), ==, "inline");
    GMimeStream *stream = g_mime_stream_mem_new();
    g_mime_data_wrapper_write_to_stream(g_mime_part_get_content(GMIME_PART(image)), stream);
    GByteArray *carried = g_mime_stream_mem_get_byte_array(GMIME_STREAM_MEM(stream));
    g_assert_cmpuint(carried->len, ==, sizeof gif);
    g_assert_true(memcmp(carried->data, gif, sizeof gif) == 0);
    g_object_unref(stream);
    g_object_unref(message);
}

static void test_boundary_in_text(void) {
    MessageParts parts = plain;
    parts.text = "--=_vetkoll\r\nContent-Type: text/html\r\n\r\nfalsk\r\n--=_vetkoll--\r\n";
    g_autoptr(GString) bytes = build(&sender, &parts);
    GMimeMessage *message = parse(bytes);
    g_assert_cmpint(
        g_mime_multipart_get_count(GMIME_MULTIPART(g_mime_message_get_mime_part(message))), ==, 2);
    assert_text(message, 0, "plain",
                "--=_vetkoll\nContent-Type: text/html\n\nfalsk\n--=_vetkoll--\n");
    assert_text(message, 1, "html", plain.html);
    g_object_unref(message);
}

static void test_message_id(void) {
    const uint8_t one[KEYRING_KEY_BYTES] = {1};
    const uint8_t two[KEYRING_KEY_BYTES] = {2};
    g_autoptr(Keyring) keyring = keyring_new(one);
    g_autoptr(Keyring) other = keyring_new(two);
    g_autofree char *id = message_id_make(keyring, 7, 9, "info@ekbacka.example");
    g_autofree char *again = message_id_make(keyring, 7, 9, "info@ekbacka.example");
    g_autofree char *row = message_id_make(keyring, 8, 9, "info@ekbacka.example");
    g_autofree char *link = message_id_make(keyring, 7, 10, "info@ekbacka.example");
    g_autofree char *key = message_id_make(other, 7, 9, "info@ekbacka.example");
    g_assert_cmpstr(id, ==, again);
    g_assert_cmpstr(id, !=, row);
    g_assert_cmpstr(id, !=, link);
    g_assert_cmpstr(id, !=, key);
    g_assert_true(g_str_has_suffix(id, "@ekbacka.example"));
}

/* Printed, not judged: `test_message -m perf` measures how fast messages are made. */
static void test_rate(void) {
    if (!g_test_perf()) {
        g_test_skip("only with -m perf");
        return;
    }
    g_autoptr(GString) text = g_string_new(NULL);
    g_autoptr(GString) html = g_string_new(NULL);
    while (text->len < 1200) {
        g_string_append(text, "Hej! Här kommer en kort utbildning i informationssäkerhet.\n");
    }
    while (html->len < 3600) {
        g_string_append(html,
                        "<td style=\"padding:8px 28px;\">Det tar ungefär åtta minuter.</td>\n");
    }
    MessageParts parts = plain;
    parts.text = text->str;
    parts.html = html->str;
    g_autoptr(GString) bytes = g_string_new(NULL);
    g_autoptr(MessageFrame) frame = message_frame_new(&sender);
    enum { MESSAGES = 20000 };
    gint64 begun_us = g_get_monotonic_time();
    for (int i = 0; i < MESSAGES; i++) {
        g_string_truncate(bytes, 0);
        message_build(frame, &parts, bytes, NULL);
    }
    double us = (double)(g_get_monotonic_time() - begun_us) / MESSAGES;
    g_test_message("%.1f us a message of %zu bytes", us, bytes->len);
    g_test_minimized_result(us, "message_build: %.1f us a message of %zu bytes", us, bytes->len);
}

int main(int argc, char **argv) {
    g_test_init(&argc, &argv, NULL);
    g_mime_init();
    g_test_add_func("/message/parse-back", test_parse_back);
    g_test_add_func("/message/injection", test_injection);
    g_test_add_func("/message/odd-values", test_odd_values);
    g_test_add_func("/message/logo", test_logo);
    g_test_add_func("/message/boundary-in-text", test_boundary_in_text);
    g_test_add_func("/message/message-id", test_message_id);
    g_test_add_func("/message/rate", test_rate);
    return g_test_run();
}
