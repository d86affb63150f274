/* The form on an HTML page, as a browser without scripts sees it. Made for our own pages. */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef struct {
    char *type; /* "radio", "checkbox", "hidden", "textarea", "submit"... */
    char *name;
    char *value;
} DemoControl;

typedef struct {
    char *action;        /* NULL: the page has no POST form */
    GPtrArray *controls; /* DemoControl, in the page's order */
} DemoForm;

/* The first POST form of the page. */
DemoForm *demo_form_parse(const char *html);
void demo_form_free(DemoForm *form);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(DemoForm, demo_form_free)
