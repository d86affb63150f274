#include "web/request.h"

#include <string.h>

#include "base/error.h"

static Method method_parse(const char *text) {
    static const struct {
        const char *text;
        Method method;
    } methods[] = {{"GET", METHOD_GET}, {"HEAD", METHOD_HEAD}, {"POST", METHOD_POST}};
    for (guint i = 0; i < G_N_ELEMENTS(methods); i++) {
        if (strcmp(text, methods[i].text) == 0) {
            return methods[i].method;
        }
    }
    return METHOD_OTHER;
}

Request *request_new(const char *method, const char *target, int64_t now_us, GError **error) {
    gsize length = strlen(target);
    if (length > REQUEST_TARGET_MAX) {
        error_set(error, VK_ERROR_LIMIT, tr("Adressen är för lång.", "The address is too long."));
        return NULL;
    }
    if (*target != '/') {
        error_set(error, VK_ERROR_INPUT,
                  tr("Adressen börjar inte med ett snedstreck.",
                     "The address does not begin with a slash."));
        return NULL;
    }
    g_autoptr(Request) request = g_new0(Request, 1);
    request->method = method_parse(method);
    request->now_us = now_us;
    const char *question = strchr(target, '?');
    request->path = question ? g_strndup(target, (gsize)(question - target)) : g_strdup(target);
    const char *query = question ? question + 1 : "";
    request->form = fields_parse("", 0, NULL);
    request->query = fields_parse(query, strlen(query), error);
    return request->query ? g_steal_pointer(&request) : NULL;
}

void request_free(Request *request) {
    if (!request) {
        return;
    }
    g_free(request->path);
    fields_free(request->query);
    fields_free(request->form);
    g_free(request);
}

bool request_type_is_form(const char *content_type) {
    static const char form[] = "application/x-www-form-urlencoded";
    if (!content_type || g_ascii_strncasecmp(content_type, form, sizeof form - 1) != 0) {
        return false;
    }
    char after = content_type[sizeof form - 1];
    return after == '\0' || after == ';' || after == ' ';
}

bool request_read_form(Request *request, const char *body, gsize length, GError **error) {
    if (length > REQUEST_BODY_MAX) {
        return error_set(error, VK_ERROR_LIMIT,
                         tr("Formuläret är för stort.", "The form is too large."));
    }
    Fields *form = fields_parse(body, length, error);
    if (!form) {
        return false;
    }
    fields_free(request->form);
    request->form = form;
    return true;
}

bool request_lang(const Request *request, Lang *out_lang) {
    const char *texts[] = {fields_get(request->form, "switch"), fields_get(request->form, "lang"),
                           fields_get(request->query, "lang")};
    for (guint i = 0; i < G_N_ELEMENTS(texts); i++) {
        if (texts[i] && lang_parse(texts[i], out_lang)) {
            return true;
        }
    }
    return false;
}
