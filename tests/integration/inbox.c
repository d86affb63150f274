#include "tests/integration/inbox.h"

#include <gmime/gmime.h>

void letter_free(Letter *letter) {
    if (letter == NULL) {
        return;
    }
    g_free(letter->file);
    g_free(letter->to);
    g_free(letter->to_name);
    g_free(letter->subject);
    g_free(letter->message_id);
    g_free(letter->list_id);
    g_free(letter->auto_submitted);
    g_free(letter->link);
    g_free(letter->html_link);
    g_free(letter->text);
    g_free(letter);
}

static char *find_link(const char *text) {
    g_autoptr(GRegex) regex = g_regex_new("https?://[^\\s\"<>]+/k/[A-Za-z0-9_-]+", 0, 0, NULL);
    g_autoptr(GMatchInfo) match = NULL;
    return g_regex_match(regex, text, 0, &match) ? g_match_info_fetch(match, 0) : NULL;
}

static void read_part(GMimeObject *parent, GMimeObject *part, gpointer data) {
    (void)parent;
    Letter *letter = data;
    if (!GMIME_IS_TEXT_PART(part)) {
        return;
    }
    g_autofree char *text = g_mime_text_part_get_text(GMIME_TEXT_PART(part));
    GMimeContentType *type = g_mime_object_get_content_type(part);
    if (g_mime_content_type_is_type(type, "text", "plain") && letter->text == NULL) {
        letter->link = find_link(text);
        letter->text = g_steal_pointer(&text);
    } else if (g_mime_content_type_is_type(type, "text", "html") && letter->html_link == NULL) {
        letter->html_link = find_link(text);
    }
}

static Letter *letter_read(const char *path, const char *name) {
    GMimeStream *stream = g_mime_stream_file_open(path, "r", NULL);
    if (stream == NULL) {
        return NULL;
    }
    GMimeParser *parser = g_mime_parser_new_with_stream(stream);
    GMimeMessage *message = g_mime_parser_construct_message(parser, NULL);
    g_assert_nonnull(message);
    Letter *letter = g_new0(Letter, 1);
    InternetAddressList *list = g_mime_message_get_to(message);
    g_assert_cmpint(internet_address_list_length(list), ==, 1);
    InternetAddress *to = internet_address_list_get_address(list, 0);
    letter->file = g_strdup(name);
    letter->to = g_strdup(internet_address_mailbox_get_addr(INTERNET_ADDRESS_MAILBOX(to)));
    letter->to_name = g_strdup(internet_address_get_name(to));
    letter->subject = g_strdup(g_mime_message_get_subject(message));
    letter->message_id = g_strdup(g_mime_message_get_message_id(message));
    letter->list_id = g_strdup(g_mime_object_get_header(GMIME_OBJECT(message), "List-Id"));
    letter->auto_submitted =
        g_strdup(g_mime_object_get_header(GMIME_OBJECT(message), "Auto-Submitted"));
    g_mime_message_foreach(message, read_part, letter);
    g_object_unref(message);
    g_object_unref(parser);
    g_object_unref(stream);
    return letter;
}

GPtrArray *inbox_read(const char *folder, GHashTable *seen) {
    GPtrArray *letters = g_ptr_array_new_with_free_func((GDestroyNotify)letter_free);
    g_autoptr(GError) error = NULL;
    g_autoptr(GDir) dir = g_dir_open(folder, 0, &error);
    if (dir == NULL) {
        g_error("%s", error->message);
    }
    const char *name;
    while ((name = g_dir_read_name(dir)) != NULL) {
        if (g_hash_table_contains(seen, name)) {
            continue;
        }
        g_autofree char *path = g_build_filename(folder, name, NULL);
        Letter *letter = letter_read(path, name);
        if (letter != NULL) {
            g_hash_table_add(seen, g_strdup(name));
            g_ptr_array_add(letters, letter);
        }
    }
    return letters;
}
