#include "cli/demo_mail.h"

#include "base/error.h"
#include "base/lang.h"

#include <gmime/gmime.h>
#include <string.h>

void demo_mail_free(DemoMail *mail) {
    if (mail != NULL) {
        g_free(mail->to_address);
        g_free(mail->to_name);
        g_free(mail->subject);
        g_free(mail->list_id);
        g_free(mail->text);
        g_free(mail->html);
        g_free(mail->link);
        g_free(mail);
    }
}

guint demo_mail_count(const char *maildir) {
    g_autofree char *folder = g_build_filename(maildir, "new", NULL);
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    guint count = 0;
    while (dir != NULL && g_dir_read_name(dir) != NULL) {
        count++;
    }
    return count;
}

static void take_part(GMimeObject *parent, GMimeObject *part, gpointer data) {
    (void)parent;
    DemoMail *mail = data;
    if (!GMIME_IS_TEXT_PART(part)) {
        return;
    }
    GMimeContentType *type = g_mime_object_get_content_type(part);
    char **into = g_mime_content_type_is_type(type, "text", "html") ? &mail->html : &mail->text;
    g_free(*into);
    *into = g_mime_text_part_get_text(GMIME_TEXT_PART(part));
}

static char *find_link(const char *text, const char *base_url) {
    g_autofree char *start = g_strconcat(base_url, "/k/", NULL);
    const char *found = text != NULL ? strstr(text, start) : NULL;
    return found != NULL ? g_strndup(found, strcspn(found, " \r\n>")) : NULL;
}

static char *list_label(GMimeMessage *message) {
    const char *header = g_mime_object_get_header(GMIME_OBJECT(message), "List-Id");
    const char *open = header != NULL ? strrchr(header, '<') : NULL;
    return open != NULL ? g_strndup(open + 1, strcspn(open + 1, ".>")) : g_strdup("");
}

static DemoMail *read_message(const char *path, const char *base_url, GError **error) {
    g_autofree char *bytes = NULL;
    gsize size = 0;
    if (!g_file_get_contents(path, &bytes, &size, error)) {
        return NULL;
    }
    g_autoptr(GObject) stream = G_OBJECT(g_mime_stream_mem_new_with_buffer(bytes, size));
    g_autoptr(GObject) parser = G_OBJECT(g_mime_parser_new_with_stream(GMIME_STREAM(stream)));
    GMimeMessage *message = g_mime_parser_construct_message(GMIME_PARSER(parser), NULL);
    g_autoptr(GObject) owned = message != NULL ? G_OBJECT(message) : NULL;
    InternetAddressList *to = message != NULL ? g_mime_message_get_to(message) : NULL;
    g_autoptr(DemoMail) mail = g_new0(DemoMail, 1);
    if (to != NULL && internet_address_list_length(to) == 1) {
        InternetAddress *address = internet_address_list_get_address(to, 0);
        mail->to_name = g_strdup(internet_address_get_name(address));
        mail->to_address =
            g_strdup(internet_address_mailbox_get_addr(INTERNET_ADDRESS_MAILBOX(address)));
        mail->subject = g_strdup(g_mime_message_get_subject(message));
        mail->list_id = list_label(message);
        g_mime_message_foreach(message, take_part, mail);
        mail->link = find_link(mail->text, base_url);
    }
    if (mail->link == NULL || mail->html == NULL) {
        error_set(error, VK_ERROR_INPUT, tr("%s: mejlet saknar länk", "%s: the mail has no link"),
                  path);
        return NULL;
    }
    return g_steal_pointer(&mail);
}

GPtrArray *demo_mail_read(const char *maildir, const char *base_url, GError **error) {
    g_mime_init();
    g_autoptr(GPtrArray) mails = g_ptr_array_new_with_free_func((GDestroyNotify)demo_mail_free);
    g_autofree char *folder = g_build_filename(maildir, "new", NULL);
    g_autoptr(GDir) dir = g_dir_open(folder, 0, error);
    if (dir == NULL) {
        return NULL;
    }
    for (const char *name; (name = g_dir_read_name(dir)) != NULL;) {
        g_autofree char *path = g_build_filename(folder, name, NULL);
        DemoMail *mail = read_message(path, base_url, error);
        if (mail == NULL) {
            return NULL;
        }
        g_ptr_array_add(mails, mail);
    }
    return g_steal_pointer(&mails);
}
