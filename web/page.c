#include "web/page.h"

#include <string.h>

#include "base/error.h"
#include "base/log.h"

enum { RETRY_PAUSED_S = 3600, RETRY_BUSY_S = 5, RETRY_GUESS_S = 60 };

static const struct {
    Message message;
    const char *code; /* the section of page/message.html */
    unsigned status;
    guint retry_after_s;
} messages[] = {
    {MESSAGE_NOT_FOUND, "not_found", 404, 0},   {MESSAGE_BAD_LINK, "bad_link", 404, 0},
    {MESSAGE_NOT_YET, "not_yet", 403, 0},       {MESSAGE_PAUSED, "paused", 503, RETRY_PAUSED_S},
    {MESSAGE_CLOSED, "closed", 410, 0},         {MESSAGE_REVOKED, "revoked", 410, 0},
    {MESSAGE_BAD_FORM, "bad_form", 400, 0},     {MESSAGE_TOO_LARGE, "too_large", 413, 0},
    {MESSAGE_BAD_METHOD, "bad_method", 405, 0}, {MESSAGE_BUSY, "busy", 503, RETRY_BUSY_S},
    {MESSAGE_FAULT, "fault", 500, 0},           {MESSAGE_SAMPLE, "sample", 200, 0},
};

Lang page_lang(const Request *request, Lang otherwise) {
    Lang lang = otherwise;
    if (request) {
        request_lang(request, &lang);
    }
    return lang;
}

char *page_contact_href(const char *contact) {
    if (strchr(contact, '@') && !strpbrk(contact, " ,;<>\"")) {
        return g_strconcat("mailto:", contact, NULL);
    }
    gsize digits = strspn(contact, "+0123456789 -");
    if (digits >= 5 && contact[digits] == '\0') {
        g_autofree char *number = g_strdup(contact);
        g_autofree char **parts = g_strsplit_set(number, " -", -1);
        g_autofree char *joined = g_strjoinv("", parts);
        for (char **part = parts; *part; part++) {
            g_free(*part);
        }
        return g_strconcat("tel:", joined, NULL);
    }
    return g_strdup("");
}

/* The other languages, for the menu; `address` NULL: no links but buttons of the page's form. */
static cJSON *languages_value(Lang lang, const char *address) {
    cJSON *languages = cJSON_CreateArray();
    for (guint i = 0; i < lang_count(); i++) {
        const LangSpec *spec = lang_spec((Lang)i);
        if ((Lang)i == lang) {
            continue;
        }
        g_autofree char *href = address
                                    ? g_strdup_printf("%s%clang=%s", address,
                                                      strchr(address, '?') ? '&' : '?', spec->code)
                                    : g_strdup("");
        cJSON *value = cJSON_CreateObject();
        cJSON_AddStringToObject(value, "code", spec->code);
        cJSON_AddStringToObject(value, "name", spec->name);
        cJSON_AddStringToObject(value, "code_direction", spec->right_to_left ? "rtl" : "ltr");
        cJSON_AddStringToObject(value, "href", href);
        cJSON_AddItemToArray(languages, value);
    }
    return languages;
}

/* What <html> says of the language that the page is in. */
static void set_told(cJSON *values, Lang told) {
    const LangSpec *spec = lang_spec(told);
    cJSON_DeleteItemFromObject(values, "lang");
    cJSON_DeleteItemFromObject(values, "direction");
    cJSON_AddStringToObject(values, "lang", spec->code);
    cJSON_AddStringToObject(values, "direction", spec->right_to_left ? "rtl" : "ltr");
}

cJSON *page_frame(const Site *site, Lang lang, const char *address) {
    const ServerSettings *settings = &site->settings;
    g_autofree char *href = page_contact_href(settings->contact);
    cJSON *values = cJSON_CreateObject();
    cJSON_AddStringToObject(values, "asked_lang", lang_code(lang));
    cJSON_AddStringToObject(values, "organisation",
                            settings->organisation[lang_spec(lang)->fallback]);
    cJSON_AddStringToObject(values, "root", site->root);
    cJSON_AddStringToObject(values, "style_href", site->style_href);
    cJSON_AddStringToObject(values, "script_href", site->script_href);
    cJSON_AddStringToObject(values, "contact", settings->contact);
    cJSON_AddStringToObject(values, "contact_href", href);
    cJSON_AddItemToObject(values, "languages", languages_value(lang, address));
    cJSON_AddBoolToObject(values, "switch_links", address != NULL);
    cJSON_AddFalseToObject(values, "switch_form");
    return values;
}

Reply *page_reply(const Site *site, Lang lang, unsigned status, const char *name,
                  cJSON *take_values, cJSON *take_own) {
    g_autoptr(GError) error = NULL;
    g_autoptr(GString) html = g_string_sized_new(8192);
    set_told(take_values, catalog_told(site->catalog, lang, name));
    bool rendered =
        catalog_render_over(site->catalog, lang, name, take_values, take_own, html, &error);
    cJSON_Delete(take_values);
    cJSON_Delete(take_own);
    if (!rendered) {
        log_event(LOG_ERROR, "web.render_failed", "template=%s error=\"%s\"", name, error->message);
        return reply_text(500, "Något gick fel hos oss. Something went wrong on our side.\n");
    }
    return reply_new(status, REPLY_PAGE, "text/html; charset=utf-8",
                     g_string_free_to_bytes(g_steal_pointer(&html)));
}

void page_add_told(const Site *site, cJSON *value, Lang lang, const char *name, Lang told) {
    bool other = told != catalog_told(site->catalog, lang, name);
    cJSON_AddStringToObject(value, "other_lang", other ? lang_code(told) : "");
    if (other) {
        cJSON_AddStringToObject(value, "other_direction",
                                lang_spec(told)->right_to_left ? "rtl" : "ltr");
    }
}

/* True if what was sent is worth sending once more, as it is. */
static bool message_resends(const Request *request, Message message) {
    return request && request->method == METHOD_POST && fields_count(request->form) > 0 &&
           g_str_has_prefix(request->path, "/k/") &&
           (message == MESSAGE_BUSY || message == MESSAGE_FAULT || message == MESSAGE_PAUSED);
}

/* Everything that was sent, as hidden fields: nothing typed is lost while it cannot be saved. */
static void add_resend(cJSON *own, const Site *site, const Request *request) {
    g_autofree char *action = g_strconcat(site->root, request->path, NULL);
    cJSON *fields = cJSON_AddArrayToObject(own, "carried");
    cJSON_AddStringToObject(own, "action", action);
    for (guint i = 0; i < fields_count(request->form); i++) {
        cJSON *field = cJSON_CreateObject();
        cJSON_AddStringToObject(field, "name", fields_name(request->form, i));
        cJSON_AddStringToObject(field, "value", fields_value(request->form, i));
        cJSON_AddItemToArray(fields, field);
    }
}

static cJSON *message_frame(const Site *site, const Request *request, Lang lang, bool resends) {
    const char *path = request ? request->path : "/verify";
    g_autofree char *address = g_strconcat(site->root, path, NULL);
    cJSON *values = page_frame(site, lang, resends ? NULL : address);
    if (resends) {
        cJSON_ReplaceItemInObject(values, "switch_form", cJSON_CreateTrue());
    }
    return values;
}

Reply *page_message(const Site *site, const Request *request, Lang lang, Message message,
                    cJSON *take_own) {
    cJSON *own = take_own ? take_own : cJSON_CreateObject();
    bool resends = message_resends(request, message);
    for (guint i = 0; i < G_N_ELEMENTS(messages); i++) {
        if (messages[i].message == message) {
            cJSON_AddTrueToObject(own, messages[i].code);
            cJSON_AddBoolToObject(own, "resends", resends);
            if (resends) {
                add_resend(own, site, request);
            }
            Reply *reply = page_reply(site, lang, messages[i].status, "page/message.html",
                                      message_frame(site, request, lang, resends), own);
            reply->retry_after_s = messages[i].retry_after_s;
            return reply;
        }
    }
    g_assert_not_reached();
}

Reply *page_too_many(void) {
    /* Nothing is rendered for whoever makes up links. */
    Reply *reply = reply_text(429, "För många felaktiga länkar härifrån. Vänta en minut och öppna "
                                   "sedan länken i mejlet igen.\n"
                                   "Too many wrong links from here. Wait a minute, then open the "
                                   "link in the mail again.\n");
    reply->retry_after_s = RETRY_GUESS_S;
    return reply;
}

Reply *page_fault(const Site *site, const Request *request, const GError *error) {
    unsigned status = error_http_status(error);
    Message message = MESSAGE_FAULT;
    if (status == 400) {
        message = MESSAGE_BAD_FORM;
    } else if (status == 413) {
        message = MESSAGE_TOO_LARGE;
    } else if (status == 404) {
        message = MESSAGE_NOT_FOUND;
    } else if (status == 503) {
        message = MESSAGE_BUSY;
    }
    if (message == MESSAGE_FAULT || message == MESSAGE_BUSY) {
        log_event(message == MESSAGE_BUSY ? LOG_WARNING : LOG_ERROR, "web.failed", "error=\"%s\"",
                  error->message);
    }
    return page_message(site, request, page_lang(request, LANG_SV), message, NULL);
}
