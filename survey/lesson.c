#include "survey/lesson.h"

#include <cmark.h>
#include <string.h>

Lesson *lesson_new(void) {
    return g_new0(Lesson, 1);
}

void lesson_free(Lesson *lesson) {
    if (lesson == NULL) {
        return;
    }
    g_free(lesson->key);
    g_free(lesson->area);
    g_free(lesson->topic);
    lang_clear(lesson->title);
    lang_clear(lesson->markdown);
    lang_clear(lesson->html);
    g_free(lesson);
}

char *lesson_render(const char *markdown) {
    /* Safe is cmark's default since 0.29; CMARK_OPT_UNSAFE would turn it off. */
    char *rendered = cmark_markdown_to_html(markdown, strlen(markdown), CMARK_OPT_DEFAULT);
    char *html = g_strdup(rendered);
    cmark_get_default_mem_allocator()->free(rendered);
    return html;
}

/* Stricter than cmark: what a lesson may point to is named, not what it may not. */
static bool url_is_safe(const char *url) {
    static const char *const schemes[] = {"https:", "http:", "mailto:", "tel:", NULL};
    for (guint i = 0; schemes[i] != NULL; i++) {
        if (g_ascii_strncasecmp(url, schemes[i], strlen(schemes[i])) == 0) {
            return true;
        }
    }
    return strchr(url, ':') == NULL;
}

static bool node_is_unsafe(cmark_node *node) {
    const char *url = cmark_node_get_url(node);
    cmark_node_type type = cmark_node_get_type(node);
    /* Images are refused too: the pages' policy loads nothing from elsewhere. */
    return type == CMARK_NODE_HTML_BLOCK || type == CMARK_NODE_HTML_INLINE ||
           type == CMARK_NODE_IMAGE || (url != NULL && !url_is_safe(url));
}

bool lesson_has_unsafe(const char *markdown, int *out_line) {
    cmark_node *document = cmark_parse_document(markdown, strlen(markdown), CMARK_OPT_DEFAULT);
    cmark_iter *iter = cmark_iter_new(document);
    bool found = false;
    cmark_event_type event;
    while (!found && (event = cmark_iter_next(iter)) != CMARK_EVENT_DONE) {
        cmark_node *node = cmark_iter_get_node(iter);
        if (event == CMARK_EVENT_ENTER && node_is_unsafe(node)) {
            found = true;
            *out_line = cmark_node_get_start_line(node);
        }
    }
    cmark_iter_free(iter);
    cmark_node_free(document);
    return found;
}
