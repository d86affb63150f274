#include "mailer/bounce_private.h"

#include <gmime/gmime.h>
#include <string.h>

enum {
    ADDRESS_FIELD_MAX = 4096, /* bytes; GMime goes one call deeper for each group within a group */
    ADDRESS_FIELD_COUNT_MAX = 200,
    DASHED_LINE_MAX = 1000, /* lines that may part entities */
};

/* A header field whose value GMime reads as addresses. */
static bool begins_address_field(const char *line, size_t size) {
    static const char *const names[] = {"from", "to", "cc", "bcc", "sender", "reply-to", NULL};
    size_t length = 0;
    while (length < size && (g_ascii_isalpha(line[length]) || line[length] == '-')) {
        length++;
    }
    size_t colon = length;
    while (colon < size && (line[colon] == ' ' || line[colon] == '\t')) {
        colon++;
    }
    for (const char *const *name = names; colon < size && line[colon] == ':' && *name; name++) {
        if (strlen(*name) == length && g_ascii_strncasecmp(line, *name, length) == 0) {
            return true;
        }
    }
    return false;
}

static guint content_types_in(const char *line, size_t size) {
    static const char name[] = "content-type";
    guint count = 0;
    for (size_t i = 0; i + sizeof name - 1 <= size; i++) {
        if (g_ascii_tolower(line[i]) == 'c' &&
            g_ascii_strncasecmp(line + i, name, sizeof name - 1) == 0) {
            count++;
        }
    }
    return count;
}

/* The message as far as GMime's parser is safe with it. It goes one call deeper for each entity
 * within an entity, and each needs a Content-Type (in a digest, every second one); its lists are
 * slow when there are very many; and address fields are cut, see above. */
static GString *bytes_guard(const char *bytes, size_t size) {
    GString *out = g_string_sized_new(size);
    guint entities = 0;
    guint dashed = 0;
    guint address_fields = 0;
    size_t field_left = 0; /* of an address field that goes on */
    bool in_field = false;
    while (size > 0) {
        const char *newline = memchr(bytes, '\n', size);
        size_t length = newline ? (size_t)(newline - bytes) + 1 : size;
        bool is_folded = *bytes == ' ' || *bytes == '\t';
        dashed += length > 2 && bytes[0] == '-' && bytes[1] == '-';
        entities += content_types_in(bytes, length);
        if (entities > BOUNCE_ENTITY_MAX || dashed > DASHED_LINE_MAX) {
            break;
        }
        if (!is_folded) {
            in_field = begins_address_field(bytes, length);
            address_fields += in_field;
            field_left = address_fields > ADDRESS_FIELD_COUNT_MAX ? 0 : ADDRESS_FIELD_MAX;
        }
        size_t kept = in_field ? MIN(length, field_left) : length;
        g_string_append_len(out, bytes, (gssize)kept);
        if (in_field && kept > 0 && kept < length) {
            g_string_append_c(out, '\n');
        }
        field_left -= in_field ? kept : 0;
        bytes += length;
        size -= length;
    }
    return out;
}

static void start_gmime(void) {
    static gsize started = 0;
    if (g_once_init_enter(&started)) {
        g_mime_init();
        g_once_init_leave(&started, 1);
    }
}

static BounceMail *mail_new(void) {
    BounceMail *mail = g_new0(BounceMail, 1);
    mail->headers = g_ptr_array_new_with_free_func(g_free);
    mail->text = g_string_new(NULL);
    mail->html = g_string_new(NULL);
    mail->body = g_string_new(NULL);
    mail->reports = g_ptr_array_new_with_free_func(g_free);
    mail->feedbacks = g_ptr_array_new_with_free_func(g_free);
    mail->notices = g_ptr_array_new_with_free_func(g_free);
    return mail;
}

void bounce_mail_free(BounceMail *mail) {
    if (mail == NULL) {
        return;
    }
    g_ptr_array_unref(mail->headers);
    g_string_free(mail->text, TRUE);
    g_string_free(mail->html, TRUE);
    g_string_free(mail->body, TRUE);
    g_ptr_array_unref(mail->reports);
    g_ptr_array_unref(mail->feedbacks);
    g_ptr_array_unref(mail->notices);
    bounce_mail_free(mail->original);
    g_free(mail);
}

const char *bounce_mail_header(const BounceMail *mail, const char *name, guint n) {
    for (guint i = 0; i + 1 < mail->headers->len; i += 2) {
        if (g_str_equal(g_ptr_array_index(mail->headers, i), name) && n-- == 0) {
            return g_ptr_array_index(mail->headers, i + 1);
        }
    }
    return NULL;
}

bool bounce_mail_says(const BounceMail *mail, const char *name, const char *part) {
    const char *value = bounce_mail_header(mail, name, 0);
    const char *const parts[] = {part, NULL};
    return value != NULL && bounce_text_has(value, parts);
}

/* In the charset it claims, else in UTF-8, else in Windows-1252, which knows nearly every byte. */
static char *text_convert(const char *bytes, gsize size, const char *charset) {
    if (size == 0) {
        return g_strdup("");
    }
    if (charset != NULL && g_ascii_strcasecmp(charset, "unicode-1-1-utf-7") == 0) {
        charset = "UTF-7";
    }
    if (charset == NULL && g_strstr_len(bytes, (gssize)size, "\x1b$B") != NULL) {
        charset = "ISO-2022-JP"; /* says so itself */
    }
    const char *known = charset ? g_mime_charset_iconv_name(charset) : NULL;
    if (known != NULL && g_ascii_strcasecmp(known, "utf-8") != 0 &&
        g_ascii_strcasecmp(known, "us-ascii") != 0 && g_ascii_strcasecmp(known, "ascii") != 0) {
        gsize written = 0;
        char *converted =
            g_convert_with_fallback(bytes, (gssize)size, "UTF-8", known, "?", NULL, &written, NULL);
        if (converted != NULL && g_utf8_validate(converted, (gssize)written, NULL)) {
            return converted;
        }
        g_free(converted);
    }
    if (!g_utf8_validate(bytes, (gssize)size, NULL)) {
        char *converted = g_convert_with_fallback(bytes, (gssize)size, "UTF-8", "WINDOWS-1252", "?",
                                                  NULL, NULL, NULL);
        if (converted != NULL) {
            return converted;
        }
    }
    return g_utf8_make_valid(bytes, (gssize)size);
}

/* A part's content, decoded, without NUL and CR. */
static char *part_text(GMimePart *part, const char *charset) {
    GMimeDataWrapper *content = g_mime_part_get_content(part);
    if (content == NULL) {
        return g_strdup("");
    }
    GMimeStream *memory = g_mime_stream_mem_new();
    g_mime_data_wrapper_write_to_stream(content, memory);
    GByteArray *bytes = g_mime_stream_mem_get_byte_array(GMIME_STREAM_MEM(memory));
    gsize size = 0;
    gsize kept_max = MIN(bytes->len, BOUNCE_TEXT_MAX);
    for (gsize i = 0; i < kept_max; i++) {
        guint8 byte = bytes->data[i];
        if (byte != '\0' && byte != '\r') {
            bytes->data[size++] = byte;
        }
    }
    char *text = text_convert((const char *)bytes->data, size, charset);
    g_object_unref(memory);
    return text;
}

static void text_append(GString *out, const char *text) {
    if (out->len + strlen(text) + 2 < BOUNCE_TEXT_MAX) {
        g_string_append(out, text);
        g_string_append(out, "\n\n");
    }
}

static const char *entity_name_end(const char *html) {
    const char *p = html;
    while (g_ascii_isalnum(*p)) {
        p++;
    }
    return p;
}

/* Appends what a character reference at `*html` (an '&') stands for, and steps over it. */
static void entity_append(const char **html, GString *out) {
    static const struct {
        const char *name;
        const char *text;
    } entities[] = {
        {"lt", "<"},     {"gt", ">"},     {"amp", "&"},    {"quot", "\""}, {"nbsp", " "},
        {"apos", "'"},   {"auml", "ä"},   {"ouml", "ö"},   {"aring", "å"}, {"Auml", "Ä"},
        {"Ouml", "Ö"},   {"Aring", "Å"},  {"eacute", "é"}, {"uuml", "ü"},  {"szlig", "ß"},
        {"egrave", "è"}, {"agrave", "à"}, {"rsquo", "'"},  {"ndash", "-"}, {"mdash", "-"},
    };
    const char *name = *html + 1;
    if (*name == '#') {
        bool hex = name[1] == 'x' || name[1] == 'X';
        char *end = NULL;
        guint64 value = g_ascii_strtoull(name + (hex ? 2 : 1), &end, hex ? 16 : 10);
        if (end != NULL && *end == ';' && value >= 32 && value < 0x110000 &&
            g_unichar_validate((gunichar)value)) {
            g_string_append_unichar(out, (gunichar)value);
            *html = end + 1;
            return;
        }
    }
    const char *end = entity_name_end(name);
    for (size_t i = 0; *end == ';' && i < G_N_ELEMENTS(entities); i++) {
        if (strlen(entities[i].name) == (size_t)(end - name) &&
            strncmp(entities[i].name, name, (size_t)(end - name)) == 0) {
            g_string_append(out, entities[i].text);
            *html = end + 1;
            return;
        }
    }
    g_string_append_c(out, '&');
    *html += 1;
}

static bool tag_is(const char *tag, const char *end, const char *const *names) {
    tag += *tag == '/';
    for (; *names != NULL; names++) {
        size_t length = strlen(*names);
        if ((size_t)(end - tag) >= length && g_ascii_strncasecmp(tag, *names, length) == 0 &&
            !g_ascii_isalnum(tag[length])) {
            return true;
        }
    }
    return false;
}

/* The end of an element whose content is not text (style, script), or of the tag itself. */
static const char *tag_skip(const char *tag, const char *end, GString *out) {
    static const char *const silent[] = {"style", "script", "head", "title", NULL};
    static const char *const blocks[] = {"p",  "div", "br", "tr", "table", "h1",  "h2", "h3",
                                         "li", "ul",  "td", "hr", "th",    "pre", NULL};
    if (tag_is(tag, end, blocks) && out->len > 0 && out->str[out->len - 1] != '\n') {
        g_string_append_c(out, '\n');
    }
    static const char *const styles[] = {"style", NULL};
    static const char *const scripts[] = {"script", NULL};
    if (*tag == '/' || !tag_is(tag, end, silent)) {
        return end + 1;
    }
    const char *closing = tag_is(tag, end, styles)    ? "</style"
                          : tag_is(tag, end, scripts) ? "</script"
                                                      : NULL;
    if (closing == NULL) {
        return end + 1;
    }
    const char *found = strstr(end, closing);
    return found ? found : end + strlen(end); /* then the rest is not text either */
}

static char *html_text(const char *html) {
    GString *out = g_string_new(NULL);
    while (*html != '\0') {
        if (*html == '<') {
            const char *end = strchr(html, '>');
            if (end == NULL) {
                break;
            }
            html = tag_skip(html + 1, end, out);
        } else if (*html == '&') {
            entity_append(&html, out);
        } else {
            g_string_append_c(out, *html == '\n' ? ' ' : *html);
            html++;
        }
    }
    return g_string_free(g_steal_pointer(&out), FALSE);
}

static void headers_read(BounceMail *mail, GMimeObject *object) {
    GMimeHeaderList *list = g_mime_object_get_header_list(object);
    int count = MIN(g_mime_header_list_get_count(list), 2000);
    for (int i = 0; i < count; i++) {
        GMimeHeader *header = g_mime_header_list_get_header_at(list, i);
        const char *value = g_mime_header_get_raw_value(header);
        g_autofree char *joined = bounce_scan_line(value ? value : "", 8 * BOUNCE_FIELD_MAX);
        g_autofree char *decoded = g_mime_utils_header_decode_text(NULL, joined);
        g_ptr_array_add(mail->headers, g_ascii_strdown(g_mime_header_get_name(header), -1));
        g_ptr_array_add(mail->headers, bounce_scan_line(decoded ? decoded : "", BOUNCE_FIELD_MAX));
    }
}

static void object_read(BounceMail *mail, GMimeObject *object, guint depth, guint nesting);
static BounceMail *message_read(GMimeMessage *message, guint nesting);
static BounceMail *bytes_read(const char *bytes, size_t size, guint nesting);

static void part_read(BounceMail *mail, GMimePart *part, guint nesting) {
    GMimeContentType *type = g_mime_object_get_content_type(GMIME_OBJECT(part));
    const char *charset = g_mime_content_type_get_parameter(type, "charset");
    bool is_message = g_mime_content_type_is_type(type, "message", "*");
    if (!is_message && !g_mime_content_type_is_type(type, "text", "*")) {
        return;
    }
    g_autofree char *text = part_text(part, charset);
    if (g_mime_content_type_is_type(type, "message", "delivery-status") ||
        g_mime_content_type_is_type(type, "message", "global-delivery-status")) {
        g_ptr_array_add(mail->reports, g_steal_pointer(&text));
    } else if (g_mime_content_type_is_type(type, "message", "feedback-report")) {
        g_ptr_array_add(mail->feedbacks, g_steal_pointer(&text));
    } else if (g_mime_content_type_is_type(type, "message", "disposition-notification") ||
               g_mime_content_type_is_type(type, "message", "global-disposition-notification")) {
        g_ptr_array_add(mail->notices, g_steal_pointer(&text));
    } else if (is_message || g_mime_content_type_is_type(type, "text", "rfc822-headers")) {
        if (mail->original == NULL && nesting < BOUNCE_NESTING_MAX) {
            const char *start = text + strspn(text, " \t\n");
            mail->original = bytes_read(start, strlen(start), nesting + 1);
        }
    } else if (g_mime_content_type_is_type(type, "text", "html")) {
        g_autofree char *plain = html_text(text);
        text_append(mail->html, plain);
    } else if (mail->original == NULL && mail->reports->len == 0) {
        text_append(mail->text, text);
    }
}

static void object_read(BounceMail *mail, GMimeObject *object, guint depth, guint nesting) {
    if (object == NULL || depth > BOUNCE_ENTITY_MAX) {
        return;
    }
    if (GMIME_IS_MULTIPART(object)) {
        GMimeMultipart *multipart = GMIME_MULTIPART(object);
        int count = g_mime_multipart_get_count(multipart);
        for (int i = 0; i < count; i++) {
            object_read(mail, g_mime_multipart_get_part(multipart, i), depth + 1, nesting);
        }
    } else if (GMIME_IS_MESSAGE_PART(object)) {
        GMimeMessage *message = g_mime_message_part_get_message(GMIME_MESSAGE_PART(object));
        if (message != NULL && mail->original == NULL && nesting < BOUNCE_NESTING_MAX) {
            mail->original = message_read(message, nesting + 1);
        }
    } else if (GMIME_IS_PART(object)) {
        part_read(mail, GMIME_PART(object), nesting);
    }
}

static BounceMail *message_read(GMimeMessage *message, guint nesting) {
    BounceMail *mail = mail_new();
    headers_read(mail, GMIME_OBJECT(message));
    GMimeObject *content = g_mime_message_get_mime_part(message);
    if (content != NULL) {
        headers_read(mail, content);
    }
    object_read(mail, content, 0, nesting);
    return mail;
}

static void body_read(BounceMail *mail, const char *bytes, size_t size) {
    g_autoptr(GString) plain = g_string_new(NULL);
    for (size_t i = 0; i < size && plain->len < BOUNCE_TEXT_MAX; i++) {
        if (bytes[i] != '\0' && bytes[i] != '\r') {
            g_string_append_c(plain, bytes[i]);
        }
    }
    const char *body = strstr(plain->str, "\n\n");
    if (body != NULL) {
        g_autofree char *text = text_convert(body, strlen(body), NULL);
        g_string_append(mail->body, text);
    }
}

static BounceMail *bytes_read(const char *bytes, size_t size, guint nesting) {
    g_autoptr(GString) guarded = bytes_guard(bytes, size);
    GMimeStream *stream = g_mime_stream_mem_new_with_buffer(guarded->str, guarded->len);
    GMimeParser *parser = g_mime_parser_new_with_stream(stream);
    GMimeMessage *message = g_mime_parser_construct_message(parser, NULL);
    BounceMail *mail = message ? message_read(message, nesting) : mail_new();
    body_read(mail, guarded->str, guarded->len);
    if (message != NULL) {
        g_object_unref(message);
    }
    g_object_unref(parser);
    g_object_unref(stream);
    return mail;
}

BounceMail *bounce_mail_parse(const char *bytes, size_t size) {
    start_gmime();
    size = MIN(size, (size_t)BOUNCE_INPUT_MAX);
    if (size > 5 && strncmp(bytes, "From ", 5) == 0) { /* a mailbox file's own line */
        const char *end = memchr(bytes, '\n', size);
        size -= end ? (size_t)(end + 1 - bytes) : 0;
        bytes = end ? end + 1 : bytes;
    }
    return bytes_read(bytes, size, 0);
}
