#include "mailer/delivery.h"

#include <string.h>

const char *delivery_class_name(DeliveryClass outcome) {
    switch (outcome) {
    case DELIVERY_SENT:
        return "sent";
    case DELIVERY_TRANSIENT:
        return "transient";
    case DELIVERY_PERMANENT:
        return "permanent";
    case DELIVERY_IN_DOUBT:
        return "in_doubt";
    }
    g_assert_not_reached();
}

DeliveryClass delivery_class_read(const char *name) {
    static const DeliveryClass classes[] = {DELIVERY_SENT, DELIVERY_TRANSIENT, DELIVERY_PERMANENT,
                                            DELIVERY_IN_DOUBT};
    for (size_t i = 0; i < G_N_ELEMENTS(classes); i++) {
        if (strcmp(name, delivery_class_name(classes[i])) == 0) {
            return classes[i];
        }
    }
    g_assert_not_reached();
}

/* Nearly every reply is plain ASCII that needs no care: copied as it stands. */
static bool copy_plain(const char *text, char out[DELIVERY_TEXT_MAX]) {
    size_t used = 0;
    char last = ' ';
    for (; text[used] != '\0'; last = text[used++]) {
        char c = text[used];
        if (c < ' ' || c > '~' || (c == ' ' && last == ' ') || used + 1 >= DELIVERY_TEXT_MAX) {
            return false;
        }
        out[used] = c;
    }
    out[used] = '\0';
    return used == 0 || last != ' ';
}

/* Copies what of `text` is printable and fits, runs of anything else as one space. */
static void copy_line(const char *text, char out[DELIVERY_TEXT_MAX]) {
    if (text == NULL || copy_plain(text, out)) {
        out[0] = text != NULL ? out[0] : '\0';
        return;
    }
    g_autofree char *valid = g_utf8_make_valid(text, -1);
    size_t used = 0;
    for (const char *p = valid; *p != '\0'; p = g_utf8_next_char(p)) {
        gunichar c = g_utf8_get_char(p);
        bool blank = !g_unichar_isprint(c) || g_unichar_isspace(c);
        size_t size = blank ? 1 : (size_t)(g_utf8_next_char(p) - p);
        if (blank && (used == 0 || out[used - 1] == ' ')) {
            continue;
        }
        if (used + size >= DELIVERY_TEXT_MAX) {
            break;
        }
        memcpy(out + used, blank ? " " : p, size);
        used += size;
    }
    while (used > 0 && out[used - 1] == ' ') {
        used--;
    }
    out[used] = '\0';
}

Delivery delivery_from_reply(int smtp_code, int enhanced_class, int enhanced_subject,
                             int enhanced_detail, const char *text) {
    Delivery delivery = {.smtp_code = smtp_code};
    if (smtp_code >= 200 && smtp_code <= 299) {
        delivery.outcome = DELIVERY_SENT;
    } else if (smtp_code >= 500 && smtp_code <= 599) {
        delivery.outcome = DELIVERY_PERMANENT;
    } else {
        delivery.outcome = DELIVERY_TRANSIENT;
    }
    if (enhanced_class == 2 || enhanced_class == 4 || enhanced_class == 5) {
        g_snprintf(delivery.enhanced, sizeof delivery.enhanced, "%d.%d.%d", enhanced_class,
                   CLAMP(enhanced_subject, 0, 999), CLAMP(enhanced_detail, 0, 999));
    }
    copy_line(text, delivery.text);
    return delivery;
}

Delivery delivery_make(DeliveryClass outcome, const char *text) {
    Delivery delivery = {.outcome = outcome};
    copy_line(text, delivery.text);
    return delivery;
}
