#include "cli/demo_form.h"

#include <string.h>

static void control_free(gpointer data) {
    DemoControl *control = data;
    g_free(control->type);
    g_free(control->name);
    g_free(control->value);
    g_free(control);
}

void demo_form_free(DemoForm *form) {
    if (form != NULL) {
        g_free(form->action);
        g_ptr_array_unref(form->controls);
        g_free(form);
    }
}

static char *unescape(const char *text) {
    static const char *const entities[][2] = {
        {"&quot;", "\""}, {"&#39;", "'"}, {"&#x27;", "'"},
        {"&lt;", "<"},    {"&gt;", ">"},  {"&amp;", "&"},
    };
    GString *plain = g_string_new(text);
    for (guint i = 0; i < G_N_ELEMENTS(entities); i++) {
        g_string_replace(plain, entities[i][0], entities[i][1], 0);
    }
    return g_string_free(plain, FALSE);
}

/* An attribute of a tag: its value, "" for one without, NULL if it is not there. */
static char *attribute(const char *tag, const char *name) {
    g_autofree char *pattern = g_strdup_printf("\\s%s(?:=\"([^\"]*)\"|(?=[\\s/>]))", name);
    g_autoptr(GRegex) regex = g_regex_new(pattern, G_REGEX_OPTIMIZE, 0, NULL);
    g_autoptr(GMatchInfo) match = NULL;
    if (!g_regex_match(regex, tag, 0, &match)) {
        return NULL;
    }
    g_autofree char *raw = g_match_info_fetch(match, 1);
    return unescape(raw != NULL ? raw : "");
}

static void add_control(DemoForm *form, const char *element, const char *tag) {
    g_autofree char *name = attribute(tag, "name");
    if (name == NULL) {
        return;
    }
    DemoControl *control = g_new0(DemoControl, 1);
    control->name = g_steal_pointer(&name);
    control->value = attribute(tag, "value");
    control->type =
        strcmp(element, "textarea") == 0 ? g_strdup("textarea") : attribute(tag, "type");
    if (control->type == NULL) {
        control->type = g_strdup(strcmp(element, "button") == 0 ? "submit" : "text");
    }
    if (control->value == NULL) {
        control->value = g_strdup("");
    }
    g_ptr_array_add(form->controls, control);
}

DemoForm *demo_form_parse(const char *html) {
    DemoForm *form = g_new0(DemoForm, 1);
    form->controls = g_ptr_array_new_with_free_func(control_free);
    g_autoptr(GRegex) tags =
        g_regex_new("<(/?form|input|textarea|button)\\b[^>]*>", G_REGEX_OPTIMIZE, 0, NULL);
    g_autoptr(GMatchInfo) match = NULL;
    bool inside = false;
    for (g_regex_match(tags, html, 0, &match); g_match_info_matches(match);
         g_match_info_next(match, NULL)) {
        g_autofree char *tag = g_match_info_fetch(match, 0);
        g_autofree char *element = g_match_info_fetch(match, 1);
        if (strcmp(element, "form") == 0) {
            g_autofree char *method = attribute(tag, "method");
            inside =
                method != NULL && g_ascii_strcasecmp(method, "post") == 0 && form->action == NULL;
            if (inside) {
                form->action = attribute(tag, "action");
            }
        } else if (strcmp(element, "/form") == 0) {
            inside = false;
        } else if (inside) {
            add_control(form, element, tag);
        }
    }
    return form;
}
