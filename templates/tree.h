/* The compiled form of a template, known to the parser, the renderer and the checker only.
 *
 * The tree is a flat array in reading order: the children of node i are i+1 .. end-1, its next
 * sibling is nodes[i].end. Slices are offsets into `text`, names offsets into `pool`
 * (zero-terminated).
 *
 * Indentation. A node with `line_start` is the first of its line in the source, so a partial that
 * is rendered indented writes the indentation before it. A tag that is alone on its line
 * (`standalone`) leaves no line behind; `indent` is what stood before it. For a block, `indent` is
 * the indentation at which an argument is written: that of the default content or, without one, of
 * the tag. `strip` is the indentation common to the lines of a block's content, taken away when the
 * content is used as an argument elsewhere. */
#pragma once

#include "base/error.h"
#include "templates/render.h"

#include <glib.h>
#include <stdbool.h>

typedef enum {
    NODE_TEXT,
    NODE_VALUE,
    NODE_RAW,
    NODE_SECTION,
    NODE_INVERTED,
    NODE_PARTIAL,
    NODE_PARENT, /* children: blocks only, the arguments */
    NODE_BLOCK,
} NodeKind;

typedef struct {
    guint32 begin, length;
} Slice;

typedef struct {
    NodeKind kind;
    guint32 line; /* of the tag; 0 for text */
    guint32 end;
    bool line_start;
    bool standalone;
    bool dynamic; /* partial, parent: `path` names the field that holds the name */
    bool fresh;   /* block: its content begins on a line of its own */
    guint32 strip;
    Slice text;         /* text; unused else */
    Slice indent;       /* partial, parent, block */
    guint32 name;       /* partial, parent, block */
    guint32 path;       /* first part of the field's name in `parts` */
    guint32 path_count; /* 0 is {{.}} */
} Node;

struct Template {
    char *name;
    char *text;
    char *pool;
    Node *nodes;
    guint32 *parts;
    guint32 node_count;
    Escape escape;
};

/* A context on the stack; the innermost first. */
typedef struct Scope {
    const struct Scope *up;
    const cJSON *value;
} Scope;

/* The arguments of a parent tag; the innermost first. */
typedef struct Frame {
    const struct Frame *outer;
    const Template *t;
    const Node *parent;
} Frame;

/* Sets an error that begins with "name:line: " and returns false. */
bool fault_set(GError **error, VkErrorCode code, const char *name, guint line, const char *format,
               ...) G_GNUC_PRINTF(5, 6);

static inline const char *node_name(const Template *t, const Node *node) {
    return t->pool + node->name;
}

static inline const char *part_name(const Template *t, const Node *node, guint i) {
    return t->pool + t->parts[node->path + i];
}

/* The member called `name` if `object` is an object that has it, else NULL. */
const cJSON *member_find(const cJSON *object, const char *name);

/* What the node's field is in `scope`, or NULL. */
const cJSON *scope_find(const Template *t, const Node *node, const Scope *scope);

/* The argument that a block called `name` gets from `frames`, the outermost that has one, or NULL;
 * `out_frame` is the frame it came from. */
const Node *argument_find(const Frame *frames, const char *name, const Frame **out_frame);
