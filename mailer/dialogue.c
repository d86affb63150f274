#include "mailer/dialogue.h"

#include <string.h>

enum { REPLY_MAX_BYTES = 64 * 1024, READ_BYTES = 4096, CLOCK_GRAIN_US = 2000 };

void dialogue_init(Dialogue *dialogue, const DialogueStream *stream) {
    *dialogue =
        (Dialogue){.stream = *stream, .pending = g_string_new(NULL), .lines = g_string_new(NULL)};
}

void dialogue_clear(Dialogue *dialogue) {
    if (dialogue->pending != NULL) {
        g_string_free(g_steal_pointer(&dialogue->pending), TRUE);
        g_string_free(g_steal_pointer(&dialogue->lines), TRUE);
    }
}

bool dialogue_say(Dialogue *dialogue, const char *bytes, size_t size, guint timeout_ms,
                  size_t *out_written) {
    const DialogueStream *stream = &dialogue->stream;
    size_t written = 0;
    gssize taken = 0;
    int64_t deadline_us = g_get_monotonic_time() + (int64_t)timeout_ms * 1000;
    while (written < size && taken >= 0) {
        taken = stream->write(stream->data, bytes + written, size - written, deadline_us);
        written += taken > 0 ? (size_t)taken : 0;
    }
    if (out_written != NULL) {
        *out_written = written;
    }
    return written == size;
}

/* Moves the next line out of what is pending. */
static bool take_line(Dialogue *dialogue, GString *out) {
    const char *end = memchr(dialogue->pending->str, '\n', dialogue->pending->len);
    if (end == NULL) {
        return false;
    }
    gssize size = end + 1 - dialogue->pending->str;
    g_string_append_len(dialogue->lines, dialogue->pending->str, size);
    g_string_truncate(out, 0);
    g_string_append_len(out, dialogue->pending->str, size);
    g_string_erase(dialogue->pending, 0, size);
    return true;
}

/* NULL, or why there is no more to read. */
static const char *read_more(Dialogue *dialogue, int64_t deadline_us) {
    char bytes[READ_BYTES];
    const DialogueStream *stream = &dialogue->stream;
    gssize size = stream->read(stream->data, bytes, sizeof bytes, deadline_us);
    if (size == 0) {
        return "the relay closed the connection";
    }
    if (size < 0) {
        return g_get_monotonic_time() + CLOCK_GRAIN_US >= deadline_us
                   ? "the relay's reply took too long"
                   : "the connection was lost";
    }
    g_string_append_len(dialogue->pending, bytes, size);
    return NULL;
}

bool dialogue_hear(Dialogue *dialogue, guint timeout_ms, Reply *out, const char **out_why) {
    int64_t deadline_us = g_get_monotonic_time() + (int64_t)timeout_ms * 1000;
    g_autoptr(GString) line = g_string_new(NULL);
    bool last = false;
    *out = (Reply){0};
    g_string_truncate(dialogue->lines, 0);
    while (!last) {
        if (take_line(dialogue, line)) {
            if (!reply_add_line(out, line->str, &last)) {
                *out_why = "the relay's reply is not SMTP";
                return false;
            }
        } else if (dialogue->lines->len + dialogue->pending->len > REPLY_MAX_BYTES) {
            *out_why = "the relay's reply has no end";
            return false;
        } else {
            const char *why = g_get_monotonic_time() < deadline_us
                                  ? read_more(dialogue, deadline_us)
                                  : "the relay's reply took too long";
            if (why != NULL) {
                *out_why = why;
                return false;
            }
        }
        if (dialogue->lines->len > REPLY_MAX_BYTES) {
            *out_why = "the relay's reply has no end";
            return false;
        }
    }
    return true;
}

bool dialogue_has_more(const Dialogue *dialogue) {
    return dialogue->pending->len > 0;
}

Delivery reply_delivery(const Reply *reply) {
    return delivery_from_reply(reply->code, reply->enhanced[0], reply->enhanced[1],
                               reply->enhanced[2], reply->text);
}

/* "5.1.1 " at the start of `text`: its length, or 0. */
static size_t read_enhanced(const char *text, int out[3]) {
    const char *p = text;
    int number[3] = {0};
    for (int i = 0; i < 3; i++) {
        const char *begun = p;
        for (; g_ascii_isdigit(*p) && p - begun < 3; p++) {
            number[i] = number[i] * 10 + (*p - '0');
        }
        if (p == begun || (i < 2 && *p++ != '.')) {
            return 0;
        }
    }
    if ((*p != ' ' && *p != '\0' && *p != '\r' && *p != '\n') ||
        (number[0] != 2 && number[0] != 4 && number[0] != 5)) {
        return 0;
    }
    memcpy(out, number, sizeof number);
    return (size_t)(p - text);
}

bool reply_add_line(Reply *reply, const char *line, bool *out_last) {
    for (int i = 0; i < 3; i++) {
        if (!g_ascii_isdigit(line[i])) {
            return false;
        }
    }
    int code = (line[0] - '0') * 100 + (line[1] - '0') * 10 + (line[2] - '0');
    if (strchr(" -\r\n", line[3]) == NULL || code < 200 || code > 599 ||
        (reply->code != 0 && reply->code != code)) {
        return false;
    }
    reply->code = code;
    *out_last = line[3] != '-';
    const char *text = line + 3 + (line[3] == '-' || line[3] == ' ');
    text += read_enhanced(text, reply->enhanced);
    g_autofree char *joined = g_strconcat(reply->text, " ", text, NULL);
    Delivery shown = delivery_make(DELIVERY_TRANSIENT, joined);
    memcpy(reply->text, shown.text, sizeof reply->text);
    return true;
}

static const char *after_word(const char *text, const char *word) {
    size_t size = strlen(word);
    bool is = g_ascii_strncasecmp(text, word, size) == 0 && strchr(" =\r\n", text[size]) != NULL;
    return is ? text + size : NULL;
}

void relay_offer_add(RelayOffer *offer, const char *line) {
    if (strlen(line) < 5 || !g_str_has_prefix(line, "250")) {
        return;
    }
    const char *text = line + 4;
    const char *rest;
    offer->starttls = offer->starttls || after_word(text, "STARTTLS") != NULL;
    offer->pipelining = offer->pipelining || after_word(text, "PIPELINING") != NULL;
    offer->eightbitmime = offer->eightbitmime || after_word(text, "8BITMIME") != NULL;
    offer->smtputf8 = offer->smtputf8 || after_word(text, "SMTPUTF8") != NULL;
    offer->dsn = offer->dsn || after_word(text, "DSN") != NULL;
    if ((rest = after_word(text, "SIZE")) != NULL) {
        offer->size = true;
        offer->size_max = g_ascii_strtoull(rest, NULL, 10);
    }
    if ((rest = after_word(text, "AUTH")) != NULL) {
        g_autofree char *known =
            g_strconcat(offer->login, " ", rest[0] != '\0' ? rest + 1 : "", NULL);
        g_strstrip(g_strdelimit(known, "\r\n\t", ' '));
        g_strlcpy(offer->login, known, sizeof offer->login);
    }
}
