#include "mailer/reply_watch.h"

#include <string.h>

void reply_watch_written(ReplyWatch *watch) {
    watch->finished = 0;
    watch->bytes = 0;
}

static bool end_line(ReplyWatch *watch) {
    bool sound = watch->line_bytes > 3 && watch->code >= 200 && watch->code <= 599 &&
                 (watch->first_code == 0 || watch->first_code == watch->code);
    watch->first_code = watch->more ? watch->code : 0;
    watch->finished += !watch->more;
    watch->line_bytes = 0;
    return sound;
}

/* A byte of the line in progress. */
static bool add_byte(ReplyWatch *watch, char byte) {
    size_t at = watch->line_bytes++;
    if (byte == '\n') {
        return end_line(watch);
    }
    if (at == 0) {
        watch->code = 0;
        watch->more = false;
    }
    if (at < 3) {
        watch->code = watch->code * 10 + (byte - '0');
        return g_ascii_isdigit(byte);
    }
    watch->more = watch->more || (at == 3 && byte == '-');
    return at > 3 || strchr(" -\r", byte) != NULL;
}

const char *reply_watch_add(ReplyWatch *watch, const char *bytes, size_t size) {
    watch->bytes += size;
    for (size_t i = 0; i < size && !watch->broken; i++) {
        watch->broken = !add_byte(watch, bytes[i]);
        if (watch->line_bytes > REPLY_WATCH_LINE_MAX) {
            watch->broken = true;
            return "a line of the relay's reply is too long";
        }
    }
    if (watch->broken) {
        return "the relay's reply is not SMTP";
    }
    return watch->bytes > REPLY_WATCH_BYTES_MAX ? "the relay's reply has no end" : NULL;
}

bool reply_watch_is_whole(const ReplyWatch *watch) {
    return !watch->broken && watch->line_bytes == 0 && watch->first_code == 0;
}

bool reply_watch_has_more(const ReplyWatch *watch) {
    return watch->finished > 1 || (watch->finished == 1 && !reply_watch_is_whole(watch));
}

void reply_hide_words(char *bytes, size_t size, const char *const hidden[REPLY_HIDDEN_MAX],
                      guint matched[REPLY_HIDDEN_MAX]) {
    for (size_t i = 0; i < size; i++) {
        char c = g_ascii_toupper(bytes[i]);
        for (guint j = 0; j < REPLY_HIDDEN_MAX && hidden[j] != NULL; j++) {
            const char *word = hidden[j];
            matched[j] = c == word[matched[j]] ? matched[j] + 1 : c == word[0];
            if (word[matched[j]] == '\0') {
                bytes[i] = 'X';
                matched[j] = 0;
            }
        }
    }
}

void reply_last_line(const char *bytes, size_t size, char out[DELIVERY_TEXT_MAX]) {
    char line[DELIVERY_TEXT_MAX];
    const char *end = bytes + size;
    while (end > bytes && g_ascii_isspace(end[-1])) {
        end--;
    }
    const char *feed = memrchr(bytes, '\n', (size_t)(end - bytes));
    const char *start = feed != NULL ? feed + 1 : bytes;
    size_t length = MIN((size_t)(end - start), sizeof line - 1);
    memcpy(line, start, length);
    line[length] = '\0';
    Delivery shown = delivery_make(DELIVERY_TRANSIENT, line);
    memcpy(out, shown.text, DELIVERY_TEXT_MAX);
}
