#include "tests/integration/browse.h"

#include <curl/curl.h>
#include <libxml/HTMLparser.h>
#include <libxml/uri.h>
#include <libxml/xpath.h>
#include <string.h>

struct Browser {
    CURL *curl;
};

typedef struct {
    char *value;
    char *label;
    bool chosen;
} Option;

typedef struct {
    char *name;
    char *text;
    GPtrArray *options; /* Option */
} Question;

struct Page {
    htmlDocPtr document;
    xmlNodePtr form; /* NULL: none */
    long status;
    char *url;
    GPtrArray *questions; /* Question */
};

static void option_free(gpointer data) {
    Option *option = data;
    g_free(option->value);
    g_free(option->label);
    g_free(option);
}

static void question_free(gpointer data) {
    Question *question = data;
    g_free(question->name);
    g_free(question->text);
    g_ptr_array_unref(question->options);
    g_free(question);
}

Browser *browser_new(void) {
    Browser *browser = g_new0(Browser, 1);
    browser->curl = curl_easy_init();
    return browser;
}

void browser_free(Browser *browser) {
    if (browser != NULL) {
        curl_easy_cleanup(browser->curl);
        g_free(browser);
    }
}

static char *fold(const char *text) {
    g_auto(GStrv) words = g_strsplit_set(text, " \t\r\n", -1);
    g_autoptr(GString) folded = g_string_new(NULL);
    for (guint i = 0; words[i] != NULL; i++) {
        if (words[i][0] != '\0') {
            g_string_append_printf(folded, "%s%s", folded->len > 0 ? " " : "", words[i]);
        }
    }
    return g_string_free(g_steal_pointer(&folded), FALSE);
}

static char *node_text(xmlNodePtr node) {
    xmlChar *content = xmlNodeGetContent(node);
    char *text = fold((const char *)content);
    xmlFree(content);
    return text;
}

static char *node_attribute(xmlNodePtr node, const char *name) {
    xmlChar *value = xmlGetProp(node, (const xmlChar *)name);
    char *text = g_strdup((const char *)value);
    xmlFree(value);
    return text;
}

/* Calls `each` for every node that the XPath expression finds below `from`. */
static void node_each(xmlDocPtr document, xmlNodePtr from, const char *path,
                      void (*each)(xmlNodePtr, gpointer), gpointer data) {
    xmlXPathContextPtr context = xmlXPathNewContext(document);
    context->node = from;
    xmlXPathObjectPtr found = xmlXPathEvalExpression((const xmlChar *)path, context);
    g_assert_nonnull(found);
    for (int i = 0; found->nodesetval != NULL && i < found->nodesetval->nodeNr; i++) {
        each(found->nodesetval->nodeTab[i], data);
    }
    xmlXPathFreeObject(found);
    xmlXPathFreeContext(context);
}

static void node_keep_first(xmlNodePtr node, gpointer data) {
    xmlNodePtr *first = data;
    if (*first == NULL) {
        *first = node;
    }
}

static xmlNodePtr node_find(xmlDocPtr document, xmlNodePtr from, const char *path) {
    xmlNodePtr first = NULL;
    node_each(document, from, path, node_keep_first, &first);
    return first;
}

static Question *question_take(Page *page, const char *name, xmlNodePtr input) {
    for (guint i = 0; i < page->questions->len; i++) {
        Question *known = g_ptr_array_index(page->questions, i);
        if (g_str_equal(known->name, name)) {
            return known;
        }
    }
    Question *question = g_new0(Question, 1);
    question->name = g_strdup(name);
    xmlNodePtr group = node_find(page->document, input, "ancestor::fieldset[1]");
    question->text = group != NULL ? node_text(group) : g_strdup("");
    question->options = g_ptr_array_new_with_free_func(option_free);
    g_ptr_array_add(page->questions, question);
    return question;
}

static void option_add(xmlNodePtr input, gpointer data) {
    Page *page = data;
    g_autofree char *name = node_attribute(input, "name");
    Question *question = question_take(page, name, input);
    Option *option = g_new0(Option, 1);
    option->value = node_attribute(input, "value");
    g_autofree char *id = node_attribute(input, "id");
    g_autofree char *by_id = g_strdup_printf("//label[@for='%s']", id != NULL ? id : "");
    xmlNodePtr label = node_find(page->document, input, "ancestor::label[1]");
    label = label != NULL ? label : node_find(page->document, input, by_id);
    option->label = label != NULL ? node_text(label) : g_strdup("");
    g_ptr_array_add(question->options, option);
}

static size_t body_append(char *data, size_t size, size_t count, void *body) {
    g_byte_array_append(body, (const guint8 *)data, (guint)(size * count));
    return size * count;
}

static Page *page_new(Browser *browser, const GByteArray *body) {
    Page *page = g_new0(Page, 1);
    char *url = NULL;
    curl_easy_getinfo(browser->curl, CURLINFO_RESPONSE_CODE, &page->status);
    curl_easy_getinfo(browser->curl, CURLINFO_EFFECTIVE_URL, &url);
    page->url = g_strdup(url);
    page->questions = g_ptr_array_new_with_free_func(question_free);
    page->document = htmlReadMemory((const char *)body->data, (int)body->len, url, "UTF-8",
                                    HTML_PARSE_RECOVER | HTML_PARSE_NOERROR | HTML_PARSE_NOWARNING);
    g_assert_nonnull(page->document);
    page->form = node_find(page->document, xmlDocGetRootElement(page->document),
                           "//form[translate(@method,'POST','post')='post']");
    if (page->form != NULL) {
        node_each(page->document, page->form, ".//input[@type='radio' or @type='checkbox']",
                  option_add, page);
    }
    return page;
}

/* One request without following; false if no whole answer came. */
static bool browser_ask(Browser *browser, const char *url, const char *form, GByteArray *body) {
    curl_easy_reset(browser->curl);
    curl_easy_setopt(browser->curl, CURLOPT_URL, url);
    curl_easy_setopt(browser->curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(browser->curl, CURLOPT_TIMEOUT_MS, 30000L);
    curl_easy_setopt(browser->curl, CURLOPT_WRITEFUNCTION, body_append);
    curl_easy_setopt(browser->curl, CURLOPT_WRITEDATA, body);
    if (form != NULL) {
        curl_easy_setopt(browser->curl, CURLOPT_POSTFIELDS, form);
    }
    return curl_easy_perform(browser->curl) == CURLE_OK;
}

static Page *browser_go(Browser *browser, const char *url, const char *form,
                        bool *out_acknowledged) {
    enum { REDIRECTS_MAX = 5 };
    g_autofree char *at = g_strdup(url);
    for (int hops = 0; hops < REDIRECTS_MAX; hops++) {
        g_autoptr(GByteArray) body = g_byte_array_new();
        if (!browser_ask(browser, at, hops == 0 ? form : NULL, body)) {
            return NULL;
        }
        long status = 0;
        char *next = NULL;
        curl_easy_getinfo(browser->curl, CURLINFO_RESPONSE_CODE, &status);
        curl_easy_getinfo(browser->curl, CURLINFO_REDIRECT_URL, &next);
        if (hops == 0 && out_acknowledged != NULL) {
            *out_acknowledged = status >= 200 && status < 400;
        }
        if (next == NULL) {
            return body->len > 0 ? page_new(browser, body) : NULL;
        }
        g_free(at);
        at = g_strdup(next);
    }
    return NULL;
}

Page *browser_get(Browser *browser, const char *url) {
    return browser_go(browser, url, NULL, NULL);
}

typedef struct {
    CURL *curl;
    GString *text;
} Fields;

static void field_add(Fields *fields, const char *name, const char *value) {
    char *escaped = curl_easy_escape(fields->curl, value, 0);
    g_string_append_printf(fields->text, "%s%s=%s", fields->text->len > 0 ? "&" : "", name,
                           escaped);
    curl_free(escaped);
}

static void field_add_node(xmlNodePtr node, gpointer data) {
    g_autofree char *name = node_attribute(node, "name");
    g_autofree char *value = node_attribute(node, "value");
    if (name != NULL) {
        field_add(data, name, value != NULL ? value : "");
    }
}

static xmlNodePtr page_button(const Page *page, const char *value) {
    g_autofree char *path =
        value != NULL ? g_strdup_printf(".//button[@value='%s']", value) : g_strdup(".//button");
    return page->form != NULL ? node_find(page->document, page->form, path) : NULL;
}

static char *page_fields(Browser *browser, const Page *page, const char *button) {
    Fields fields = {browser->curl, g_string_new(NULL)};
    node_each(page->document, page->form, ".//input[@type='hidden'] | .//textarea", field_add_node,
              &fields);
    for (guint i = 0; i < page->questions->len; i++) {
        const Question *question = g_ptr_array_index(page->questions, i);
        for (guint j = 0; j < question->options->len; j++) {
            const Option *option = g_ptr_array_index(question->options, j);
            if (option->chosen) {
                field_add(&fields, question->name, option->value);
            }
        }
    }
    xmlNodePtr pressed = page_button(page, button);
    g_assert_nonnull(pressed);
    field_add_node(pressed, &fields);
    return g_string_free(fields.text, FALSE);
}

Page *browser_press(Browser *browser, const Page *page, const char *button,
                    bool *out_acknowledged) {
    *out_acknowledged = false;
    g_autofree char *form = page_fields(browser, page, button);
    g_autofree char *action = node_attribute(page->form, "action");
    xmlChar *url =
        xmlBuildURI((const xmlChar *)(action != NULL ? action : ""), (const xmlChar *)page->url);
    Page *next = browser_go(browser, (const char *)url, form, out_acknowledged);
    xmlFree(url);
    return next;
}

void page_free(Page *page) {
    if (page != NULL) {
        xmlFreeDoc(page->document);
        g_ptr_array_unref(page->questions);
        g_free(page->url);
        g_free(page);
    }
}

long page_status(const Page *page) {
    return page->status;
}

bool page_has_form(const Page *page) {
    return page->form != NULL;
}

bool page_has_button(const Page *page, const char *value) {
    return page_button(page, value) != NULL;
}

char *page_text(const Page *page) {
    return node_text(xmlDocGetRootElement(page->document));
}

guint page_question_count(const Page *page) {
    return page->questions->len;
}

static const Question *page_question(const Page *page, guint question) {
    g_assert_cmpuint(question, <, page->questions->len);
    return g_ptr_array_index(page->questions, question);
}

const char *page_question_text(const Page *page, guint question) {
    return page_question(page, question)->text;
}

guint page_option_count(const Page *page, guint question) {
    return page_question(page, question)->options->len;
}

static Option *page_option(const Page *page, guint question, guint option) {
    const Question *group = page_question(page, question);
    g_assert_cmpuint(option, <, group->options->len);
    return g_ptr_array_index(group->options, option);
}

const char *page_option_value(const Page *page, guint question, guint option) {
    return page_option(page, question, option)->value;
}

const char *page_option_label(const Page *page, guint question, guint option) {
    return page_option(page, question, option)->label;
}

void page_choose(Page *page, guint question, guint option) {
    page_option(page, question, option)->chosen = true;
}
