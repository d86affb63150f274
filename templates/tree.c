#include "templates/tree.h"

#include <string.h>

bool fault_set(GError **error, VkErrorCode code, const char *name, guint line, const char *format,
               ...) {
    va_list args;
    va_start(args, format);
    g_autofree char *text = g_strdup_vprintf(format, args);
    va_end(args);
    return error_set(error, code, "%s:%u: %s", name, line, text);
}

const cJSON *member_find(const cJSON *object, const char *name) {
    if (object == NULL || (object->type & 0xFF) != cJSON_Object) {
        return NULL;
    }
    for (const cJSON *member = object->child; member != NULL; member = member->next) {
        const char *key = member->string;
        if (key != NULL && key[0] == name[0] && strcmp(key, name) == 0) {
            return member;
        }
    }
    return NULL;
}

const cJSON *scope_find(const Template *t, const Node *node, const Scope *scope) {
    if (node->path_count == 0) {
        return scope->value;
    }
    const char *first = part_name(t, node, 0);
    const cJSON *found = NULL;
    for (; scope != NULL && found == NULL; scope = scope->up) {
        found = member_find(scope->value, first);
    }
    for (guint i = 1; i < node->path_count && found != NULL; i++) {
        found = member_find(found, part_name(t, node, i));
    }
    return found;
}

const Node *argument_find(const Frame *frames, const char *name, const Frame **out_frame) {
    const Node *found = NULL;
    for (; frames != NULL; frames = frames->outer) {
        const Node *nodes = frames->t->nodes;
        const Node *end = nodes + frames->parent->end;
        for (const Node *block = frames->parent + 1; block < end; block = nodes + block->end) {
            if (strcmp(node_name(frames->t, block), name) == 0) {
                found = block;
                *out_frame = frames;
                break;
            }
        }
    }
    return found;
}

const char *template_name(const Template *t) {
    return t->name;
}

void template_free(Template *t) {
    if (t == NULL) {
        return;
    }
    g_free(t->name);
    g_free(t->text);
    g_free(t->pool);
    g_free(t->nodes);
    g_free(t->parts);
    g_free(t);
}
