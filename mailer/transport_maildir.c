/* Mail as files in a maildir (cr.yp.to/proto/maildir.html): written in tmp/, synced, then renamed
 * into new/ and the folder synced, so that a file in new/ is whole and stays. Lines end in LF
 * there, and Return-Path and Delivered-To stand on top, as a delivering mail system writes them. */
#include "mailer/transport_private.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/file.h"
#include "base/id.h"
#include "base/lang.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct {
    Transport base;
    char *folder;
} MaildirTransport;

static bool fail_file(const char *path, GError **error) {
    int fault = errno;
    return error_set(error, VK_ERROR_BUSY, tr("maildir: %s: %s", "maildir: %s: %s"), path,
                     g_strerror(fault));
}

static bool write_file(const char *path, const GString *bytes, GError **error) {
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0) {
        return fail_file(path, error);
    }
    bool written =
        (file_write_at(fd, 0, bytes->str, bytes->len) && fsync(fd) == 0) || fail_file(path, error);
    close(fd);
    return written;
}

static void to_unix_lines(GString *text) {
    size_t to = 0;
    for (size_t from = 0; from < text->len; from++) {
        if (text->str[from] != '\r' || text->str[from + 1] != '\n') {
            text->str[to++] = text->str[from];
        }
    }
    g_string_truncate(text, to);
}

static char *unique_name(void) {
    int64_t now_us = clock_now_us();
    return g_strdup_printf("%" PRId64 ".M%06" PRId64 "P%ldR%016" PRIx64 ".%s",
                           now_us / CLOCK_SECOND_US, now_us % CLOCK_SECOND_US, (long)getpid(),
                           (uint64_t)id_new(), "vetkoll");
}

static bool deliver(const MaildirTransport *maildir, const GString *bytes, GError **error) {
    g_autofree char *name = unique_name();
    g_autofree char *tmp = g_build_filename(maildir->folder, "tmp", name, NULL);
    g_autofree char *new = g_build_filename(maildir->folder, "new", name, NULL);
    g_autofree char *folder = g_build_filename(maildir->folder, "new", NULL);
    if (!write_file(tmp, bytes, error)) {
        unlink(tmp);
        return false;
    }
    if (rename(tmp, new) != 0) {
        fail_file(new, error);
        unlink(tmp);
        return false;
    }
    return file_sync_folder(folder) || fail_file(folder, error);
}

static bool maildir_send(Transport *transport, const TransportBatch *batch, GError **error) {
    const MaildirTransport *maildir = (const MaildirTransport *)transport;
    g_autoptr(GString) bytes = g_string_sized_new(16 * 1024);
    for (guint i = 0; i < batch->count; i++) {
        Envelope envelope = batch->envelope(batch->data, i);
        g_string_printf(bytes, "Return-Path: <%s>\nDelivered-To: %s\n", envelope.return_path,
                        envelope.to);
        Delivery delivery = delivery_make(DELIVERY_SENT, "");
        if (!batch->body(batch->data, i, bytes)) {
            delivery = delivery_make(DELIVERY_TRANSIENT, "the message could not be made");
        } else {
            to_unix_lines(bytes);
            if (!batch->commit(batch->data, i)) {
                return error_set(error, VK_ERROR_BUSY, tr("maildir: avbrutet", "maildir: stopped"));
            }
            if (!deliver(maildir, bytes, error)) {
                return false;
            }
        }
        batch->outcome(batch->data, i, &delivery);
    }
    return true;
}

static void maildir_close(Transport *transport) {
    MaildirTransport *maildir = (MaildirTransport *)transport;
    g_free(maildir->folder);
    g_free(maildir);
}

static const TransportKind maildir_kind = {.send = maildir_send, .close = maildir_close};

Transport *maildir_transport_open(const RelayUrl *url, GError **error) {
    static const char *const folders[] = {"tmp", "new", "cur"};
    for (size_t i = 0; i < G_N_ELEMENTS(folders); i++) {
        g_autofree char *path = g_build_filename(url->folder, folders[i], NULL);
        if (g_mkdir_with_parents(path, 0700) != 0) {
            fail_file(path, error);
            return NULL;
        }
    }
    MaildirTransport *maildir = g_new0(MaildirTransport, 1);
    maildir->base = (Transport){.kind = &maildir_kind, .name = g_strdup("maildir")};
    maildir->folder = g_strdup(url->folder);
    return &maildir->base;
}
