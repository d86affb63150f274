/* Whatever a relay says: it is a reply with a code and one printable line, or it is none; and the
 * next one begins where it ended. The first byte says in pieces of which size it comes. */
#include "mailer/dialogue.h"

#include <string.h>

typedef struct {
    const char *bytes;
    size_t left;
    size_t piece;
} Source;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static gssize source_read(gpointer data, char *bytes, size_t size, int64_t deadline_us) {
    Source *source = data;
    size_t count = MIN(MIN(source->piece, size), source->left);
    (void)deadline_us;
    memcpy(bytes, source->bytes, count);
    source->bytes += count;
    source->left -= count;
    return (gssize)count;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size == 0) {
        return 0;
    }
    Source source = {(const char *)data + 1, size - 1, (size_t)data[0] + 1};
    const DialogueStream stream = {&source, source_read, NULL};
    g_auto(Dialogue) dialogue = {0};
    dialogue_init(&dialogue, &stream);
    RelayOffer offer = {0};
    Reply reply;
    const char *why = NULL;
    while (dialogue_hear(&dialogue, 1000, &reply, &why)) {
        Delivery delivery = reply_delivery(&reply);
        g_assert_cmpint(delivery.smtp_code, >=, 200);
        g_assert_cmpint(delivery.smtp_code, <=, 599);
        g_assert_true(g_utf8_validate(delivery.text, -1, NULL));
        g_assert_null(strpbrk(delivery.text, "\r\n"));
        g_auto(GStrv) lines = g_strsplit(dialogue.lines->str, "\n", -1);
        for (guint i = 0; lines[i] != NULL; i++) {
            relay_offer_add(&offer, lines[i]);
        }
    }
    g_assert_nonnull(why);
    return 0;
}
