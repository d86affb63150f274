#include "templates/scan.h"

#include <string.h>

#include "base/lang.h"
#include "templates/tree.h"

static const char *space_skip(const char *from, const char *to) {
    while (from < to && g_ascii_isspace(*from)) {
        from++;
    }
    return from;
}

static const char *space_trim(const char *from, const char *to) {
    while (to > from && g_ascii_isspace(to[-1])) {
        to--;
    }
    return to;
}

static const char *word_end(const char *from, const char *to) {
    while (from < to && !g_ascii_isspace(*from)) {
        from++;
    }
    return from;
}

static void lines_count(Scanner *s, const char *to) {
    for (; s->counted < to; s->counted++) {
        s->line += *s->counted == '\n';
    }
}

void scanner_init(Scanner *scanner, const char *template_name, const char *text) {
    *scanner = (Scanner){.template_name = template_name,
                         .at = text,
                         .counted = text,
                         .line = 1,
                         .open = "{{",
                         .close = "}}"};
}

static bool delimiter_read(const char *from, const char *to, char out[DELIMITER_MAX + 1]) {
    gsize length = (gsize)(to - from);
    if (length == 0 || length > DELIMITER_MAX || memchr(from, '=', length) != NULL) {
        return false;
    }
    memcpy(out, from, length);
    out[length] = '\0';
    return true;
}

static bool delimiters_change(Scanner *s, const Tag *tag, const char *from, const char *to,
                              GError **error) {
    const char *first = space_skip(from, to);
    const char *first_end = word_end(first, to);
    const char *second = space_skip(first_end, to);
    const char *second_end = word_end(second, to);
    char open[DELIMITER_MAX + 1], close[DELIMITER_MAX + 1];
    if (space_skip(second_end, to) != to || !delimiter_read(first, first_end, open) ||
        !delimiter_read(second, second_end, close)) {
        return fault_set(error, VK_ERROR_INPUT, s->template_name, tag->line,
                         tr("avgränsarna byts med två teckenföljder utan = och med mellanrum "
                            "emellan, som {{=<%% %%>=}}",
                            "delimiters are changed by two strings without = and with a space "
                            "between them, as in {{=<%% %%>=}}"));
    }
    memcpy(s->open, open, sizeof s->open);
    memcpy(s->close, close, sizeof s->close);
    return true;
}

static TagKind tag_kind(char sigil) {
    switch (sigil) {
    case '{':
    case '&':
        return TAG_RAW;
    case '#':
        return TAG_SECTION;
    case '^':
        return TAG_INVERTED;
    case '/':
        return TAG_CLOSE;
    case '!':
        return TAG_COMMENT;
    case '=':
        return TAG_DELIMITERS;
    case '>':
        return TAG_PARTIAL;
    case '<':
        return TAG_PARENT;
    case '$':
        return TAG_BLOCK;
    default:
        return TAG_VALUE;
    }
}

static bool tag_name_read(Scanner *s, Tag *tag, const char *from, const char *to, GError **error) {
    const char *name = space_skip(from, to);
    bool may_be_dynamic =
        tag->kind == TAG_PARTIAL || tag->kind == TAG_PARENT || tag->kind == TAG_CLOSE;
    if (may_be_dynamic && name < to && *name == '*') {
        tag->dynamic = true;
        name = space_skip(name + 1, to);
    }
    const char *end = space_trim(name, to);
    tag->name = name;
    tag->name_length = (gsize)(end - name);
    if (tag->name_length == 0) {
        return fault_set(
            error, VK_ERROR_INPUT, s->template_name, tag->line,
            tr("taggen är tom; skriv ett namn i den", "the tag is empty; give a name"));
    }
    if (tag->name_length > NAME_MAX_LENGTH) {
        return fault_set(error, VK_ERROR_INPUT, s->template_name, tag->line,
                         tr("namnet i taggen är längre än %d byte",
                            "the name in the tag is longer than %d bytes"),
                         NAME_MAX_LENGTH);
    }
    if (word_end(name, end) != end) {
        return fault_set(error, VK_ERROR_INPUT, s->template_name, tag->line,
                         tr("namnet ”%.*s” får inte ha mellanrum i sig",
                            "the name “%.*s” must not have a space in it"),
                         (int)tag->name_length, name);
    }
    return true;
}

/* Where the tag's content ends: before `mark` (} or = or 0) and the closing delimiter. */
static const char *content_end(const Scanner *s, const char *from, char mark) {
    char wanted[DELIMITER_MAX + 2] = {mark};
    g_strlcpy(mark != '\0' ? wanted + 1 : wanted, s->close, DELIMITER_MAX + 1);
    return strstr(from, wanted);
}

bool scanner_next(Scanner *s, Tag *out_tag, bool *out_found, GError **error) {
    const char *begin = strstr(s->at, s->open);
    if (begin == NULL) {
        *out_found = false;
        return true;
    }
    lines_count(s, begin);
    Tag tag = {.begin = begin, .line = s->line};
    const char *content = begin + strlen(s->open);
    tag.kind = tag_kind(*content);
    char mark = *content == '{' ? '}' : tag.kind == TAG_DELIMITERS ? '=' : '\0';
    content += tag.kind != TAG_VALUE;
    const char *end = content_end(s, content, mark);
    if (end == NULL) {
        return fault_set(error, VK_ERROR_INPUT, s->template_name, tag.line,
                         tr("taggen som börjar här slutar aldrig; ”%s%s” saknas",
                            "the tag that begins here never ends; “%s%s” is missing"),
                         mark == '}'   ? "}"
                         : mark == '=' ? "="
                                       : "",
                         s->close);
    }
    tag.end = end + (mark != '\0') + strlen(s->close);
    if (tag.kind == TAG_DELIMITERS) {
        if (!delimiters_change(s, &tag, content, end, error)) {
            return false;
        }
    } else if (tag.kind != TAG_COMMENT && !tag_name_read(s, &tag, content, end, error)) {
        return false;
    }
    s->at = tag.end;
    *out_tag = tag;
    *out_found = true;
    return true;
}
