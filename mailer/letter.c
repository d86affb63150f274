#include "mailer/letter.h"

#include "base/error.h"
#include "base/token.h"
#include "mailer/message.h"

#include <cjson/cJSON.h>

struct Letter {
    const SenderSettings *settings;
    const Catalog *catalog;
    const Keyring *keyring;
    char *subject_name; /* template names */
    char *text_name;
    char *html_name;
    cJSON *values[LANG_MAX];
    MessageFrame *frame[LANG_MAX];
    GString *subject; /* of the latest recipient */
    GString *text;
    GString *html;
};

/* What the templates show of the logo; a template without one shows nothing. */
static void add_logo(cJSON *values, const Logo *logo) {
    if (logo != NULL) {
        cJSON_AddStringToObject(values, "logo_id", logo->content_id);
        cJSON_AddNumberToObject(values, "logo_width", logo->width);
        cJSON_AddNumberToObject(values, "logo_height", logo->height);
    }
}

Letter *letter_new(const MailingText *text, const SenderSettings *settings, const Catalog *catalog,
                   const Keyring *keyring) {
    Letter *letter = g_new0(Letter, 1);
    letter->settings = settings;
    letter->catalog = catalog;
    letter->keyring = keyring;
    letter->subject_name = g_strconcat(text->template_name, ".subject", NULL);
    letter->text_name = g_strconcat(text->template_name, ".txt", NULL);
    letter->html_name = g_strconcat(text->template_name, ".html", NULL);
    letter->subject = g_string_new(NULL);
    letter->text = g_string_new(NULL);
    letter->html = g_string_new(NULL);
    for (guint lang = 0; lang < lang_count(); lang++) {
        MessageSender sender = {.from_address = settings->from_address,
                                .from_name = settings->from_name,
                                .reply_to = settings->reply_to,
                                .list_id = text->list_id,
                                .language = (Lang)lang,
                                .logo = settings->logo,
                                .dkim = settings->dkim};
        Lang told = text->values[lang] != NULL ? (Lang)lang : lang_spec((Lang)lang)->fallback;
        letter->values[lang] = cJSON_Parse(text->values[told]);
        g_assert(letter->values[lang] != NULL); /* mailing_ensure took no other */
        add_logo(letter->values[lang], settings->logo);
        letter->frame[lang] = message_frame_new(&sender);
    }
    return letter;
}

void letter_free(Letter *letter) {
    if (letter == NULL) {
        return;
    }
    for (guint lang = 0; lang < LANG_MAX; lang++) {
        cJSON_Delete(letter->values[lang]);
        message_frame_free(letter->frame[lang]);
    }
    g_string_free(letter->subject, TRUE);
    g_string_free(letter->text, TRUE);
    g_string_free(letter->html, TRUE);
    g_free(letter->subject_name);
    g_free(letter->text_name);
    g_free(letter->html_name);
    g_free(letter);
}

static cJSON *own_values(const Letter *letter, const LetterTo *to, const LangSpec *told) {
    g_autofree char *token = token_make(letter->keyring, TOKEN_SURVEY, to->link_id);
    g_autofree char *link = g_strconcat(letter->settings->base_url, "/k/", token, NULL);
    cJSON *values = cJSON_CreateObject();
    cJSON_AddStringToObject(values, "greeting_name", to->greeting_name);
    cJSON_AddStringToObject(values, "link", link);
    cJSON_AddStringToObject(values, "message_language", told->code);
    cJSON_AddStringToObject(values, "message_direction", told->right_to_left ? "rtl" : "ltr");
    cJSON_AddStringToObject(values, "message_start", told->right_to_left ? "right" : "left");
    return values;
}

/* A mail is in one language, its values too. */
static Lang letter_told(const Letter *letter, const LetterTo *to) {
    return catalog_told(letter->catalog, to->locale, letter->text_name);
}

bool letter_render(Letter *letter, const LetterTo *to, LetterWords *out, GError **error) {
    const Catalog *catalog = letter->catalog;
    Lang told = letter_told(letter, to);
    const cJSON *shared = letter->values[told];
    cJSON *own = own_values(letter, to, lang_spec(told));
    g_string_assign(letter->subject, to->subject_mark);
    g_string_truncate(letter->text, 0);
    g_string_truncate(letter->html, 0);
    bool rendered =
        catalog_render_over(catalog, told, letter->subject_name, shared, own, letter->subject,
                            error) &&
        catalog_render_over(catalog, told, letter->text_name, shared, own, letter->text, error) &&
        catalog_render_over(catalog, told, letter->html_name, shared, own, letter->html, error);
    cJSON_Delete(own);
    if (rendered) {
        *out = (LetterWords){letter->subject->str, letter->text->str, letter->html->str};
    }
    return rendered;
}

bool letter_write(Letter *letter, const LetterTo *to, GString *out, GError **error) {
    LetterWords words;
    if (!letter_render(letter, to, &words, error)) {
        return false;
    }
    MessageParts parts = {.to_address = to->to_address,
                          .to_name = to->to_name,
                          .message_id = to->message_id,
                          .date_us = to->date_us,
                          .subject = words.subject,
                          .text = words.text,
                          .html = words.html};
    return message_build(letter->frame[letter_told(letter, to)], &parts, out, error);
}
