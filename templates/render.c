/* The renderer: one walk over the tree, appending straight to the output.
 *
 * Indentation costs nothing until a line has to be moved: `prefix` (from `prefix_from` on) is what
 * each line of the template that is being rendered gets in front, `strip` how many of its own
 * leading spaces are taken away first. */
#include "templates/render.h"

#include <string.h>

#include "base/lang.h"
#include "templates/escape.h"
#include "templates/tree.h"

typedef struct {
    Escape escape;
    TemplatePartial partial;
    gpointer data;
    GString *out;
    gsize out_from;
    guint depth;
    guint steps;
    GString *prefix; /* NULL until needed */
    gsize prefix_from;
    guint strip;
    GError **error;
} Render;

/* Where a template is rendered from. */
typedef struct {
    const Template *t;
    const Scope *scope;
    const Frame *frames;
} Place;

typedef struct {
    gsize prefix_from, prefix_length;
    guint strip;
} Margin;

static bool nodes_render(Render *r, Place place, guint32 from, guint32 to);

static gsize prefix_length(const Render *r) {
    return r->prefix == NULL ? 0 : r->prefix->len;
}

static void prefix_write(Render *r) {
    if (prefix_length(r) > r->prefix_from) {
        g_string_append_len(r->out, r->prefix->str + r->prefix_from,
                            (gssize)(r->prefix->len - r->prefix_from));
    }
}

/* Gives what is rendered next its own margin; a tag inside a line indents nothing. */
static Margin margin_push(Render *r, const Template *t, const Node *node, guint strip) {
    Margin before = {r->prefix_from, prefix_length(r), r->strip};
    if (!node->standalone) {
        r->prefix_from = before.prefix_length;
    } else if (node->indent.length > r->strip) {
        if (r->prefix == NULL) {
            r->prefix = g_string_new(NULL);
        }
        g_string_append_len(r->prefix, t->text + node->indent.begin + r->strip,
                            (gssize)(node->indent.length - r->strip));
    }
    r->strip = strip;
    return before;
}

static void margin_pop(Render *r, Margin before) {
    r->prefix_from = before.prefix_from;
    r->strip = before.strip;
    if (r->prefix != NULL) {
        g_string_truncate(r->prefix, before.prefix_length);
    }
}

static void lines_write(Render *r, const char *at, gsize length, bool line_start) {
    const char *end = at + length;
    do {
        if (line_start) {
            for (guint i = 0; i < r->strip && at < end && (*at == ' ' || *at == '\t'); i++) {
                at++;
            }
            bool blank = at < end && (*at == '\n' || (*at == '\r' && at[1] == '\n'));
            if (!blank) {
                prefix_write(r);
            }
        }
        const char *newline = memchr(at, '\n', (gsize)(end - at));
        const char *line_end = newline == NULL ? end : newline + 1;
        g_string_append_len(r->out, at, (gssize)(line_end - at));
        at = line_end;
        line_start = true;
    } while (at < end);
}

static void text_write(Render *r, const Template *t, const Node *node) {
    const char *text = t->text + node->text.begin;
    if (r->strip > 0 || prefix_length(r) > r->prefix_from) {
        lines_write(r, text, node->text.length, node->line_start);
    } else {
        g_string_append_len(r->out, text, node->text.length);
    }
}

static void value_write(Render *r, const cJSON *value, Escape escape) {
    if (value == NULL) {
        return;
    }
    switch (value->type & 0xFF) {
    case cJSON_String:
        if (value->valuestring != NULL) {
            escape_append(r->out, value->valuestring, escape);
        }
        break;
    case cJSON_Number:
        number_append(r->out, value->valuedouble);
        break;
    case cJSON_True:
        g_string_append(r->out, "true");
        break;
    case cJSON_False:
        g_string_append(r->out, "false");
        break;
    default: /* null is nothing; a list or an object has no text and is refused by the check */
        break;
    }
}

static bool is_true(const cJSON *value) {
    if (value == NULL) {
        return false;
    }
    switch (value->type & 0xFF) {
    case cJSON_String:
        return value->valuestring != NULL && value->valuestring[0] != '\0';
    case cJSON_Number:
        return value->valuedouble < 0 || value->valuedouble > 0;
    case cJSON_Array:
        return value->child != NULL;
    case cJSON_True:
    case cJSON_Object:
        return true;
    default:
        return false;
    }
}

static bool section_render(Render *r, Place place, guint32 index) {
    const Node *node = &place.t->nodes[index];
    const cJSON *value = scope_find(place.t, node, place.scope);
    if (node->kind == NODE_INVERTED) {
        return is_true(value) || nodes_render(r, place, index + 1, node->end);
    }
    if (!is_true(value)) {
        return true;
    }
    if ((value->type & 0xFF) != cJSON_Array) {
        Scope scope = {place.scope, value};
        return nodes_render(r, (Place){place.t, &scope, place.frames}, index + 1, node->end);
    }
    for (const cJSON *element = value->child; element != NULL; element = element->next) {
        Scope scope = {place.scope, element};
        if (!nodes_render(r, (Place){place.t, &scope, place.frames}, index + 1, node->end)) {
            return false;
        }
    }
    return true;
}

/* The template that a partial or parent tag names, or NULL. */
static const Template *include_find(const Render *r, Place place, const Node *node) {
    const char *name = node->dynamic ? NULL : node_name(place.t, node);
    if (node->dynamic) {
        const cJSON *value = scope_find(place.t, node, place.scope);
        name = value != NULL && (value->type & 0xFF) == cJSON_String ? value->valuestring : NULL;
    }
    return name == NULL || r->partial == NULL ? NULL : r->partial(name, r->data);
}

static bool include_render(Render *r, Place place, const Node *node) {
    const Template *t = include_find(r, place, node);
    if (t == NULL) {
        return true;
    }
    Frame frame = {place.frames, place.t, node};
    const Frame *frames = node->kind == NODE_PARENT ? &frame : place.frames;
    Margin before = margin_push(r, place.t, node, 0);
    bool ok = nodes_render(r, (Place){t, place.scope, frames}, 0, t->node_count);
    margin_pop(r, before);
    return ok;
}

/* An argument is text of the template that passed it: of the arguments, it sees only those that
 * this template itself was given. */
static bool block_render(Render *r, Place place, guint32 index) {
    const Node *node = &place.t->nodes[index];
    const Frame *frame = NULL;
    const Node *argument = argument_find(place.frames, node_name(place.t, node), &frame);
    if (argument == NULL) {
        return nodes_render(r, place, index + 1, node->end);
    }
    guint32 first = (guint32)(argument - frame->t->nodes) + 1;
    Margin before = margin_push(r, place.t, node, argument->strip);
    if (node->standalone && !argument->fresh && first < argument->end) {
        prefix_write(r);
    }
    bool ok = nodes_render(r, (Place){frame->t, place.scope, frame->outer}, first, argument->end);
    margin_pop(r, before);
    return ok;
}

static bool node_render(Render *r, Place place, guint32 index) {
    const Node *node = &place.t->nodes[index];
    if (node->line_start && node->kind != NODE_TEXT) {
        prefix_write(r);
    }
    switch (node->kind) {
    case NODE_TEXT:
        text_write(r, place.t, node);
        return true;
    case NODE_VALUE:
        value_write(r, scope_find(place.t, node, place.scope), r->escape);
        return true;
    case NODE_RAW:
        value_write(r, scope_find(place.t, node, place.scope), ESCAPE_TEXT);
        return true;
    case NODE_SECTION:
    case NODE_INVERTED:
        return section_render(r, place, index);
    case NODE_PARTIAL:
    case NODE_PARENT:
        return include_render(r, place, node);
    case NODE_BLOCK:
        return block_render(r, place, index);
    }
    return true;
}

static bool limits_keep(const Render *r, const Template *t, const Node *node) {
    if (r->depth > TEMPLATE_DEPTH_MAX) {
        return fault_set(r->error, VK_ERROR_LIMIT, t->name, node->line,
                         tr("mallar och sektioner ligger mer än %d djupt i varandra; tar mallen in "
                            "sig själv?",
                            "templates and sections lie more than %d deep in each other; does the "
                            "template include itself?"),
                         TEMPLATE_DEPTH_MAX);
    }
    if (r->out->len - r->out_from > TEMPLATE_OUTPUT_MAX) {
        return fault_set(r->error, VK_ERROR_LIMIT, t->name, node->line,
                         tr("texten blir större än %d byte", "the text grows above %d bytes"),
                         TEMPLATE_OUTPUT_MAX);
    }
    if (r->steps > TEMPLATE_STEP_MAX) {
        return fault_set(r->error, VK_ERROR_LIMIT, t->name, node->line,
                         tr("mallen blir för lång: mer än %d steg",
                            "the template grows too long: more than %d steps"),
                         TEMPLATE_STEP_MAX);
    }
    return true;
}

static bool nodes_render(Render *r, Place place, guint32 from, guint32 to) {
    bool ok = true;
    r->depth++;
    r->steps++;
    for (guint32 i = from; ok && i < to; i = place.t->nodes[i].end) {
        const Node *node = &place.t->nodes[i];
        r->steps++;
        ok = (node->kind == NODE_TEXT || limits_keep(r, place.t, node)) && node_render(r, place, i);
    }
    r->depth--;
    return ok;
}

bool template_render_over(const Template *t, const cJSON *shared, const cJSON *own,
                          TemplatePartial partial, gpointer data, GString *out, GError **error) {
    Scope outer = {NULL, shared}, inner = {&outer, own};
    Render r = {.escape = t->escape,
                .partial = partial,
                .data = data,
                .out = out,
                .out_from = out->len,
                .error = error};
    bool ok = nodes_render(&r, (Place){t, own == NULL ? &outer : &inner, NULL}, 0, t->node_count);
    if (!ok) {
        g_string_truncate(out, r.out_from);
    } else if (t->escape == ESCAPE_HEADER) {
        line_make(out, r.out_from);
    }
    if (r.prefix != NULL) {
        g_string_free(r.prefix, TRUE);
    }
    return ok;
}

bool template_render(const Template *t, const cJSON *context, TemplatePartial partial,
                     gpointer data, GString *out, GError **error) {
    return template_render_over(t, context, NULL, partial, data, out, error);
}
