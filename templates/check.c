/* The checker: the renderer's walk over a sample instead of values, both ways at every condition.
 */
#include "templates/render.h"

#include <string.h>

#include "base/lang.h"
#include "templates/tree.h"

/* A template that is being checked; one that comes again in the same place has no end. */
typedef struct Active {
    const struct Active *up;
    const Template *t;
    const cJSON *value;
    const Frame *frames;
} Active;

typedef struct {
    TemplatePartial partial;
    gpointer data;
    guint depth;
    guint steps;
    GError **error;
} Check;

typedef struct {
    const Template *t;
    const Scope *scope;
    const Frame *frames;
    const Active *active;
} Place;

enum { KNOWN_FIELDS_MAX = 60, BLOCK_SEARCH_DEPTH = 20 };

static bool nodes_check(Check *c, Place place, guint32 from, guint32 to);

static void known_add(GPtrArray *known, const cJSON *object) {
    if (object == NULL || (object->type & 0xFF) != cJSON_Object) {
        return;
    }
    for (const cJSON *member = object->child; member != NULL; member = member->next) {
        if (known->len < KNOWN_FIELDS_MAX && member->string != NULL &&
            !g_ptr_array_find_with_equal_func(known, member->string, g_str_equal, NULL)) {
            g_ptr_array_add(known, member->string);
        }
    }
}

/* The names that could stand where the node's field fails to be found. */
static char *known_fields(const Template *t, const Node *node, const Scope *scope) {
    g_autoptr(GPtrArray) known = g_ptr_array_new();
    const cJSON *found = NULL;
    for (const Scope *s = scope; s != NULL && found == NULL && node->path_count > 1; s = s->up) {
        found = member_find(s->value, part_name(t, node, 0));
    }
    if (found != NULL) {
        for (guint i = 1; i < node->path_count; i++) {
            const cJSON *next = member_find(found, part_name(t, node, i));
            if (next == NULL) {
                break;
            }
            found = next;
        }
        known_add(known, found);
    } else {
        for (; scope != NULL; scope = scope->up) {
            known_add(known, scope->value);
        }
    }
    if (known->len == 0) {
        return g_strdup("-");
    }
    g_ptr_array_add(known, NULL);
    return g_strjoinv(", ", (char **)known->pdata);
}

static char *field_name(const Template *t, const Node *node) {
    GString *name = g_string_new(node->path_count == 0 ? "." : NULL);
    for (guint i = 0; i < node->path_count; i++) {
        g_string_append_printf(name, "%s%s", i == 0 ? "" : ".", part_name(t, node, i));
    }
    return g_string_free(name, FALSE);
}

static bool field_refuse(const Check *c, Place place, const Node *node) {
    g_autofree char *field = field_name(place.t, node);
    g_autofree char *known = known_fields(place.t, node, place.scope);
    return fault_set(c->error, VK_ERROR_INPUT, place.t->name, node->line,
                     tr("fältet ”%s” finns inte; de fält som finns här är: %s",
                        "there is no field “%s”; the fields known here are: %s"),
                     field, known);
}

static bool value_check(const Check *c, Place place, const Node *node) {
    const cJSON *value = scope_find(place.t, node, place.scope);
    if (value == NULL) {
        return field_refuse(c, place, node);
    }
    int type = value->type & 0xFF;
    if (type == cJSON_Array || type == cJSON_Object) {
        g_autofree char *field = field_name(place.t, node);
        return fault_set(c->error, VK_ERROR_INPUT, place.t->name, node->line,
                         tr("fältet ”%s” är en lista eller ett objekt och kan inte skrivas ut; "
                            "använd en sektion: {{#%s}}…{{/%s}}",
                            "the field “%s” is a list or an object and cannot be written out; use "
                            "a section: {{#%s}}…{{/%s}}"),
                         field, field, field);
    }
    return true;
}

/* Whether the template is here because it includes itself. */
static bool is_recursive(const Active *active) {
    const Template *t = active->t;
    for (active = active->up; active != NULL; active = active->up) {
        if (active->t == t) {
            return true;
        }
    }
    return false;
}

static bool section_check(Check *c, Place place, guint32 index) {
    const Node *node = &place.t->nodes[index];
    const cJSON *value = scope_find(place.t, node, place.scope);
    if (value == NULL) {
        return field_refuse(c, place, node);
    }
    if (node->kind == NODE_INVERTED) {
        return nodes_check(c, place, index + 1, node->end);
    }
    if ((value->type & 0xFF) == cJSON_Array) {
        value = value->child;
        if (value == NULL && is_recursive(place.active)) {
            return true;
        }
        if (value == NULL) {
            g_autofree char *field = field_name(place.t, node);
            return fault_set(c->error, VK_ERROR_INPUT, place.t->name, node->line,
                             tr("listan ”%s” är tom i de deklarerade fälten; ge den ett element",
                                "the list “%s” is empty in the declared fields; give it an "
                                "element"),
                             field);
        }
    }
    Scope scope = {place.scope, value};
    place.scope = &scope;
    return nodes_check(c, place, index + 1, node->end);
}

/* The template that the tag names, or NULL with an error. */
static const Template *include_find(const Check *c, Place place, const Node *node) {
    const char *name = node->dynamic ? NULL : node_name(place.t, node);
    if (node->dynamic) {
        const cJSON *value = scope_find(place.t, node, place.scope);
        if (value == NULL) {
            field_refuse(c, place, node);
            return NULL;
        }
        name = cJSON_GetStringValue(value);
    }
    const Template *t = name == NULL || c->partial == NULL ? NULL : c->partial(name, c->data);
    if (t == NULL) {
        fault_set(c->error, VK_ERROR_INPUT, place.t->name, node->line,
                  tr("mallen ”%s” finns inte", "there is no template “%s”"),
                  name == NULL ? "*" : name);
    }
    return t;
}

/* Whether a block called `name` stands in the template or in what it includes. */
static bool block_exists(Check *c, const Template *t, const char *name, guint depth) {
    for (guint32 i = 0; i < t->node_count; i++) {
        const Node *node = &t->nodes[i];
        if (++c->steps > TEMPLATE_STEP_MAX) {
            return true;
        }
        if (node->kind == NODE_BLOCK && strcmp(node_name(t, node), name) == 0) {
            return true;
        }
        if (node->kind != NODE_PARTIAL && node->kind != NODE_PARENT) {
            continue;
        }
        if (node->dynamic || depth >= BLOCK_SEARCH_DEPTH) {
            return true;
        }
        const Template *included = c->partial(node_name(t, node), c->data);
        if (included != NULL && included != t && block_exists(c, included, name, depth + 1)) {
            return true;
        }
    }
    return false;
}

static bool arguments_check(Check *c, Place place, const Node *parent, const Template *t) {
    const Node *nodes = place.t->nodes, *end = nodes + parent->end;
    for (const Node *block = parent + 1; block < end; block = nodes + block->end) {
        const char *name = node_name(place.t, block);
        if (!block_exists(c, t, name, 0)) {
            return fault_set(c->error, VK_ERROR_INPUT, place.t->name, block->line,
                             tr("blocket ”%s” finns inte i ”%s”, så det som står här syns aldrig",
                                "there is no block “%s” in “%s”, so what stands here is never "
                                "shown"),
                             name, t->name);
        }
    }
    return true;
}

static bool include_check(Check *c, Place place, const Node *node) {
    const Template *t = include_find(c, place, node);
    if (t == NULL || (node->kind == NODE_PARENT && !arguments_check(c, place, node, t))) {
        return false;
    }
    Frame frame = {place.frames, place.t, node};
    const Frame *frames = node->kind == NODE_PARENT ? &frame : place.frames;
    for (const Active *a = place.active; a != NULL; a = a->up) {
        if (a->t == t && a->value == place.scope->value && a->frames == frames) {
            return fault_set(
                c->error, VK_ERROR_INPUT, place.t->name, node->line,
                tr("”%s” tar in sig själv utan slut", "“%s” includes itself endlessly"), t->name);
        }
    }
    Active active = {place.active, t, place.scope->value, frames};
    return nodes_check(c, (Place){t, place.scope, frames, &active}, 0, t->node_count);
}

static bool block_check(Check *c, Place place, guint32 index) {
    const Node *node = &place.t->nodes[index];
    const Frame *frame = NULL;
    const Node *argument = argument_find(place.frames, node_name(place.t, node), &frame);
    if (argument == NULL) {
        return nodes_check(c, place, index + 1, node->end);
    }
    guint32 first = (guint32)(argument - frame->t->nodes) + 1;
    place.t = frame->t;
    place.frames = frame->outer;
    return nodes_check(c, place, first, argument->end);
}

static bool node_check(Check *c, Place place, guint32 index) {
    const Node *node = &place.t->nodes[index];
    switch (node->kind) {
    case NODE_TEXT:
        return true;
    case NODE_VALUE:
    case NODE_RAW:
        return value_check(c, place, node);
    case NODE_SECTION:
    case NODE_INVERTED:
        return section_check(c, place, index);
    case NODE_PARTIAL:
    case NODE_PARENT:
        return include_check(c, place, node);
    case NODE_BLOCK:
        return block_check(c, place, index);
    }
    return true;
}

static bool nodes_check(Check *c, Place place, guint32 from, guint32 to) {
    bool ok = true;
    c->depth++;
    for (guint32 i = from; ok && i < to; i = place.t->nodes[i].end) {
        const Node *node = &place.t->nodes[i];
        bool is_over = c->depth > TEMPLATE_DEPTH_MAX || ++c->steps > TEMPLATE_STEP_MAX;
        if (is_over && node->kind != NODE_TEXT) {
            return fault_set(c->error, VK_ERROR_LIMIT, place.t->name, node->line,
                             tr("mallen är för djup eller för stor; tar den in sig själv?",
                                "the template is too deep or too large; does it include itself?"));
        }
        ok = node_check(c, place, i);
    }
    c->depth--;
    return ok;
}

bool template_check(const Template *t, const cJSON *schema_sample, TemplatePartial partial,
                    gpointer data, GError **error) {
    Check c = {.partial = partial, .data = data, .error = error};
    Scope scope = {NULL, schema_sample};
    Active active = {NULL, t, schema_sample, NULL};
    return nodes_check(&c, (Place){t, &scope, NULL, &active}, 0, t->node_count);
}
