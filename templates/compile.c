/* The parser: tags become nodes as they come, an open section waits on a stack for its end.
 *
 * Whether a tag stands alone on its line is seen by looking both ways from it in the text. A parent
 * tag stands alone when only spaces come before its beginning and after its end, whatever lines and
 * arguments lie between; that is known at its end, so the spaces before it are a node of their own
 * until then. The same holds for a block that is opened and closed at once. */
#include "templates/render.h"

#include <string.h>

#include "base/lang.h"
#include "templates/scan.h"
#include "templates/tree.h"

typedef struct {
    guint32 node;
    Tag tag;
    bool lead; /* only spaces stand before the tag on its line; those are a node of their own */
} Open;

typedef struct {
    const char *name;
    const char *text;
    const char *from; /* text from here on is in no node yet */
    Scanner scanner;
    GArray *nodes; /* Node */
    GArray *parts; /* guint32 */
    GString *pool;
    GArray *stack; /* Open */
} Parser;

static Node *node_at(const Parser *p, guint32 index) {
    return &g_array_index(p->nodes, Node, index);
}

static Open *innermost(const Parser *p) {
    return p->stack->len == 0 ? NULL : &g_array_index(p->stack, Open, p->stack->len - 1);
}

static bool is_in_parent(const Parser *p) {
    const Open *open = innermost(p);
    return open != NULL && open->tag.kind == TAG_PARENT;
}

static bool is_line_start(const Parser *p, const char *at) {
    return at == p->text || at[-1] == '\n';
}

/* The first character of the line when only spaces stand between it and `at`, else NULL. */
static const char *lead_find(const Parser *p, const char *at) {
    while (at > p->text && (at[-1] == ' ' || at[-1] == '\t')) {
        at--;
    }
    return is_line_start(p, at) ? at : NULL;
}

/* The beginning of the next line when only spaces stand between `at` and it, else NULL. */
static const char *trail_find(const char *at) {
    at += strspn(at, " \t");
    if (at[0] == '\r' && at[1] == '\n') {
        return at + 2;
    }
    return at[0] == '\n' ? at + 1 : at[0] == '\0' ? at : NULL;
}

static Slice slice_make(const Parser *p, const char *from, const char *to) {
    return (Slice){(guint32)(from - p->text), (guint32)(to - from)};
}

static Node *node_add(Parser *p, NodeKind kind, const Tag *tag) {
    guint32 index = p->nodes->len;
    Node node = {.kind = kind, .line = tag == NULL ? 0 : tag->line, .end = index + 1};
    g_array_append_val(p->nodes, node);
    return node_at(p, index);
}

static void text_add(Parser *p, const char *from, const char *to) {
    Node *node = node_add(p, NODE_TEXT, NULL);
    node->text = slice_make(p, from, to);
    node->line_start = is_line_start(p, from);
}

/* Text inside a parent tag, outside its blocks, is nothing. */
static void text_flush(Parser *p, const char *to) {
    if (to > p->from && !is_in_parent(p)) {
        text_add(p, p->from, to);
    }
    p->from = to;
}

static guint32 name_add(Parser *p, const char *name, gsize length) {
    guint32 offset = (guint32)p->pool->len;
    g_string_append_len(p->pool, name, (gssize)length);
    g_string_append_c(p->pool, '\0');
    return offset;
}

static bool path_add(Parser *p, guint32 node, const Tag *tag, GError **error) {
    const char *part = tag->name, *end = tag->name + tag->name_length;
    node_at(p, node)->path = p->parts->len;
    if (tag->name_length == 1 && *part == '.') {
        return true;
    }
    for (;;) {
        const char *dot = memchr(part, '.', (gsize)(end - part));
        const char *part_end = dot == NULL ? end : dot;
        if (part_end == part) {
            return fault_set(error, VK_ERROR_INPUT, p->name, tag->line,
                             tr("fältnamnet ”%.*s” har en punkt utan namn före eller efter",
                                "the field name “%.*s” has a dot with no name before or after it"),
                             (int)tag->name_length, tag->name);
        }
        guint32 offset = name_add(p, part, (gsize)(part_end - part));
        g_array_append_val(p->parts, offset);
        node_at(p, node)->path_count++;
        if (dot == NULL) {
            return true;
        }
        part = dot + 1;
    }
}

/* Ends the text before the tag; one that stands alone takes its whole line with it. */
static bool line_take(Parser *p, const Tag *tag) {
    const char *lead = lead_find(p, tag->begin);
    const char *trail = trail_find(tag->end);
    bool standalone = lead != NULL && trail != NULL;
    text_flush(p, standalone ? MAX(lead, p->from) : tag->begin);
    p->from = standalone ? trail : tag->end;
    return standalone;
}

static bool open_push(Parser *p, guint32 node, const Tag *tag, bool lead, GError **error) {
    if (p->stack->len >= TEMPLATE_DEPTH_MAX) {
        return fault_set(
            error, VK_ERROR_LIMIT, p->name, tag->line,
            tr("fler än %d sektioner inuti varandra", "more than %d sections within each other"),
            TEMPLATE_DEPTH_MAX);
    }
    Open open = {.node = node, .tag = *tag, .lead = lead};
    g_array_append_val(p->stack, open);
    return true;
}

static bool value_take(Parser *p, const Tag *tag, GError **error) {
    text_flush(p, tag->begin);
    p->from = tag->end;
    Node *node = node_add(p, tag->kind == TAG_RAW ? NODE_RAW : NODE_VALUE, tag);
    node->line_start = is_line_start(p, tag->begin);
    return path_add(p, p->nodes->len - 1, tag, error);
}

static bool section_take(Parser *p, const Tag *tag, GError **error) {
    bool standalone = line_take(p, tag);
    Node *node = node_add(p, tag->kind == TAG_SECTION ? NODE_SECTION : NODE_INVERTED, tag);
    node->line_start = !standalone && is_line_start(p, tag->begin);
    guint32 index = p->nodes->len - 1;
    return path_add(p, index, tag, error) && open_push(p, index, tag, false, error);
}

static bool include_name(Parser *p, guint32 node, const Tag *tag, GError **error) {
    node_at(p, node)->dynamic = tag->dynamic;
    if (tag->dynamic) {
        return path_add(p, node, tag, error);
    }
    node_at(p, node)->name = name_add(p, tag->name, tag->name_length);
    return true;
}

static bool partial_take(Parser *p, const Tag *tag, GError **error) {
    bool standalone = line_take(p, tag);
    Node *node = node_add(p, NODE_PARTIAL, tag);
    node->standalone = standalone;
    node->line_start = !standalone && is_line_start(p, tag->begin);
    if (standalone) {
        node->indent = slice_make(p, lead_find(p, tag->begin), tag->begin);
    }
    return include_name(p, p->nodes->len - 1, tag, error);
}

/* A parent or block whose line is not decided yet: the spaces before it become their own node,
 * which stays, empty or not, as the beginning of the line unless the tag turns out to stand alone.
 */
static Node *undecided_add(Parser *p, NodeKind kind, const Tag *tag, bool *out_lead) {
    const char *lead = lead_find(p, tag->begin);
    *out_lead = lead != NULL && lead >= p->from;
    if (*out_lead) {
        text_flush(p, lead);
        text_add(p, lead, tag->begin);
    } else {
        text_flush(p, tag->begin);
    }
    p->from = tag->end;
    return node_add(p, kind, tag);
}

static void undecided_settle(Parser *p, guint32 index) {
    Node *node = node_at(p, index), *lead = node - 1;
    node->standalone = true;
    node->indent = lead->text;
    lead->text.length = 0;
    lead->line_start = false;
}

static bool parent_take(Parser *p, const Tag *tag, GError **error) {
    bool lead;
    undecided_add(p, NODE_PARENT, tag, &lead);
    guint32 index = p->nodes->len - 1;
    return include_name(p, index, tag, error) && open_push(p, index, tag, lead, error);
}

static bool block_take(Parser *p, const Tag *tag, GError **error) {
    const char *trail = trail_find(tag->end);
    bool lead = false;
    Node *node;
    if (is_in_parent(p)) {
        node = node_add(p, NODE_BLOCK, tag);
        node->fresh = trail != NULL && *tag->end != '\0';
        p->from = node->fresh ? trail : tag->end;
    } else if (trail != NULL) {
        bool standalone = line_take(p, tag);
        node = node_add(p, NODE_BLOCK, tag);
        node->standalone = node->fresh = standalone;
        node->line_start = !standalone && is_line_start(p, tag->begin);
        if (standalone) {
            node->indent = slice_make(p, lead_find(p, tag->begin), tag->begin);
        }
    } else {
        node = undecided_add(p, NODE_BLOCK, tag, &lead);
    }
    node->name = name_add(p, tag->name, tag->name_length);
    return open_push(p, p->nodes->len - 1, tag, lead, error);
}

/* Makes `slice` the shorter of itself and the indentation of each line in the text. */
static void text_measure(const Parser *p, const Node *node, Slice *slice, bool *found) {
    const char *at = p->text + node->text.begin, *end = at + node->text.length;
    for (bool at_line = node->line_start; at < end || at_line; at_line = true) {
        const char *word = at;
        while (word < end && (*word == ' ' || *word == '\t')) {
            word++;
        }
        bool blank = word < end && trail_find(word) != NULL;
        if (at_line && !blank && (!*found || (guint32)(word - at) < slice->length)) {
            *slice = slice_make(p, at, word);
            *found = true;
        }
        const char *newline = memchr(at, '\n', (gsize)(end - at));
        if (newline == NULL || newline + 1 == end) {
            return;
        }
        at = newline + 1;
    }
}

/* The indentation common to the lines that lie in the nodes from `from` up to `to`. */
static bool indent_measure(const Parser *p, guint32 from, guint32 to, Slice *out) {
    bool found = false;
    for (guint32 i = from; i < to;) {
        const Node *node = node_at(p, i);
        bool contains = node->kind == NODE_SECTION || node->kind == NODE_INVERTED ||
                        (node->kind == NODE_BLOCK && !node->standalone);
        if (node->kind == NODE_TEXT) {
            text_measure(p, node, out, &found);
        } else if (node->standalone || node->line_start) {
            Slice indent = node->standalone ? node->indent : (Slice){0};
            if (!found || indent.length < out->length) {
                *out = indent;
                found = true;
            }
        }
        i = contains ? i + 1 : node->end;
    }
    return found;
}

static void block_end(Parser *p, const Open *open, const Tag *tag) {
    Node *node = node_at(p, open->node);
    bool is_empty = p->nodes->len == open->node + 1;
    Slice indent = {0};
    if (node->fresh && indent_measure(p, open->node + 1, p->nodes->len, &indent)) {
        node->strip = indent.length;
        node->indent = node->standalone ? indent : node->indent;
    } else if (open->lead && is_empty && tag->begin == open->tag.end &&
               trail_find(tag->end) != NULL) {
        undecided_settle(p, open->node);
    }
}

static void parent_end(Parser *p, const Open *open, const Tag *tag) {
    const char *trail = trail_find(tag->end);
    if (open->lead && trail != NULL) {
        undecided_settle(p, open->node);
        p->from = trail;
    }
}

static bool close_match(const Parser *p, const Open *open, const Tag *tag, GError **error) {
    if (open == NULL) {
        return fault_set(error, VK_ERROR_INPUT, p->name, tag->line,
                         tr("{{/%.*s}} stänger en sektion som aldrig öppnades",
                            "{{/%.*s}} closes a section that was never opened"),
                         (int)tag->name_length, tag->name);
    }
    if (open->tag.dynamic != tag->dynamic || open->tag.name_length != tag->name_length ||
        memcmp(open->tag.name, tag->name, tag->name_length) != 0) {
        return fault_set(error, VK_ERROR_INPUT, p->name, tag->line,
                         tr("{{/%s%.*s}} står där {{/%s%.*s}} väntas; den öppnades på rad %u",
                            "{{/%s%.*s}} stands where {{/%s%.*s}} is expected; it was opened on "
                            "line %u"),
                         tag->dynamic ? "*" : "", (int)tag->name_length, tag->name,
                         open->tag.dynamic ? "*" : "", (int)open->tag.name_length, open->tag.name,
                         open->tag.line);
    }
    return true;
}

static bool close_take(Parser *p, const Tag *tag, GError **error) {
    const Open *open = innermost(p);
    if (!close_match(p, open, tag, error)) {
        return false;
    }
    const Open *outer = p->stack->len < 2 ? NULL : open - 1;
    bool is_argument = outer != NULL && outer->tag.kind == TAG_PARENT;
    bool standalone = false;
    if (open->tag.kind == TAG_PARENT) {
        p->from = tag->end;
    } else if (is_argument) {
        const char *lead = lead_find(p, tag->begin);
        text_flush(p, lead != NULL && lead >= p->from ? lead : tag->begin);
        p->from = tag->end;
    } else {
        standalone = line_take(p, tag);
    }
    if (open->tag.kind == TAG_PARENT) {
        parent_end(p, open, tag);
    } else if (!standalone && !is_argument && is_line_start(p, tag->begin)) {
        text_add(p, tag->begin, tag->begin);
    }
    if (open->tag.kind == TAG_BLOCK) {
        block_end(p, open, tag);
    }
    node_at(p, open->node)->end = p->nodes->len;
    g_array_set_size(p->stack, p->stack->len - 1);
    return true;
}

/* A comment or a change of delimiters: nothing is left but the beginning of the line. */
static void silent_take(Parser *p, const Tag *tag) {
    if (!line_take(p, tag) && is_line_start(p, tag->begin) && !is_in_parent(p)) {
        text_add(p, tag->begin, tag->begin);
    }
}

static bool tag_take(Parser *p, const Tag *tag, GError **error) {
    bool may_be_in_parent = tag->kind == TAG_BLOCK || tag->kind == TAG_CLOSE ||
                            tag->kind == TAG_COMMENT || tag->kind == TAG_DELIMITERS;
    if (is_in_parent(p) && !may_be_in_parent) {
        return fault_set(error, VK_ERROR_INPUT, p->name, tag->line,
                         tr("inuti {{<%.*s}} får bara block ({{$namn}}…{{/namn}}) stå",
                            "within {{<%.*s}} only blocks ({{$name}}…{{/name}}) may stand"),
                         (int)innermost(p)->tag.name_length, innermost(p)->tag.name);
    }
    switch (tag->kind) {
    case TAG_VALUE:
    case TAG_RAW:
        return value_take(p, tag, error);
    case TAG_SECTION:
    case TAG_INVERTED:
        return section_take(p, tag, error);
    case TAG_CLOSE:
        return close_take(p, tag, error);
    case TAG_COMMENT:
    case TAG_DELIMITERS:
        silent_take(p, tag);
        return true;
    case TAG_PARTIAL:
        return partial_take(p, tag, error);
    case TAG_PARENT:
        return parent_take(p, tag, error);
    case TAG_BLOCK:
        return block_take(p, tag, error);
    }
    return true;
}

static bool text_parse(Parser *p, GError **error) {
    for (;;) {
        Tag tag;
        bool found;
        if (!scanner_next(&p->scanner, &tag, &found, error)) {
            return false;
        }
        if (!found) {
            break;
        }
        if (!tag_take(p, &tag, error)) {
            return false;
        }
    }
    const Open *open = innermost(p);
    if (open != NULL) {
        return fault_set(error, VK_ERROR_INPUT, p->name, open->tag.line,
                         tr("{{/%s%.*s}} saknas: det som öppnas här stängs aldrig",
                            "{{/%s%.*s}} is missing: what opens here is never closed"),
                         open->tag.dynamic ? "*" : "", (int)open->tag.name_length, open->tag.name);
    }
    text_flush(p, p->from + strlen(p->from));
    return true;
}

static bool text_accept(const char *name, const char *text, GError **error) {
    gsize length = strlen(text);
    if (length > TEMPLATE_TEXT_MAX) {
        return error_set(error, VK_ERROR_LIMIT,
                         tr("%s: mallen är större än %d byte", "%s: larger than %d bytes"), name,
                         TEMPLATE_TEXT_MAX);
    }
    const char *invalid;
    if (!g_utf8_validate_len(text, length, &invalid)) {
        guint line = 1;
        for (const char *at = text; at < invalid; at++) {
            line += *at == '\n';
        }
        return fault_set(error, VK_ERROR_INPUT, name, line,
                         tr("texten är inte UTF-8; spara filen som UTF-8",
                            "the text is not UTF-8; save the file as UTF-8"));
    }
    return true;
}

Template *template_compile(const char *name, const char *text, Escape escape, GError **error) {
    if (!text_accept(name, text, error)) {
        return NULL;
    }
    Template *t = g_new0(Template, 1);
    t->name = g_strdup(name);
    t->text = g_strdup(g_str_has_prefix(text, "\xEF\xBB\xBF") ? text + 3 : text);
    t->escape = escape;
    Parser p = {.name = t->name,
                .text = t->text,
                .from = t->text,
                .nodes = g_array_new(FALSE, FALSE, sizeof(Node)),
                .parts = g_array_new(FALSE, FALSE, sizeof(guint32)),
                .pool = g_string_new(NULL),
                .stack = g_array_new(FALSE, FALSE, sizeof(Open))};
    scanner_init(&p.scanner, t->name, t->text);
    bool ok = text_parse(&p, error);
    t->node_count = p.nodes->len;
    t->nodes = (Node *)(void *)g_array_free(p.nodes, FALSE);
    t->parts = (guint32 *)(void *)g_array_free(p.parts, FALSE);
    t->pool = g_string_free(p.pool, FALSE);
    g_array_free(p.stack, TRUE);
    if (!ok) {
        template_free(t);
        return NULL;
    }
    return t;
}
