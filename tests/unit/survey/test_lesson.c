/* Proves that no lesson can bring markup of its own or an unsafe link onto a page, and that an
 * author is told where one was. */
#include "survey/lesson.h"

#include <string.h>

static void test_render(void) {
    g_autofree char *html = lesson_render("Se **upp**, Åsa!\n\n1. Ring\n2. [Läs](https://x.se)\n");
    g_assert_cmpstr(html, ==,
                    "<p>Se <strong>upp</strong>, Åsa!</p>\n<ol>\n<li>Ring</li>\n"
                    "<li><a href=\"https://x.se\">Läs</a></li>\n</ol>\n");
}

typedef struct {
    const char *markdown;
    int line; /* 0: safe */
} Case;

static const Case cases[] = {
    {.markdown = "Helt vanlig text med < och & och 3 > 2", .line = 0},
    {.markdown = "[a](https://x.se) [b](mailto:a@b.se) [c](tel:112) [d](/verify) [e](#del)",
     .line = 0},
    {.markdown = "`<script>` i kod", .line = 0},
    {.markdown = "rad ett\n\n<script>alert(1)</script>", .line = 3},
    {.markdown = "en <b onclick=x>knapp</b>", .line = 1},
    {.markdown = "en <!-- kommentar -->", .line = 1},
    {.markdown = "[a](javascript:alert(1))", .line = 1},
    {.markdown = "[a](JavaScript:alert(1))", .line = 1},
    {.markdown = "[a](java&#115;cript:alert(1))", .line = 1},
    {.markdown = "[a](vbscript:x)", .line = 1},
    {.markdown = "[a](data:text/html;base64,xx)", .line = 1},
    {.markdown = "<javascript:alert(1)>", .line = 1},
    {.markdown = "[a][b]\n\n[b]: file:///etc/passwd", .line = 1},
    {.markdown = "![spårpixel](https://x.se/1.png)", .line = 1},
};

static void test_unsafe(void) {
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        int line = 0;
        g_assert_cmpint(lesson_has_unsafe(cases[i].markdown, &line), ==, cases[i].line != 0);
        if (cases[i].line != 0) {
            g_test_message("%s", cases[i].markdown);
            g_assert_cmpint(line, ==, cases[i].line);
        }
        /* Rendering is safe even of what checking would have refused. */
        g_autofree char *html = lesson_render(cases[i].markdown);
        g_autofree char *lower = g_ascii_strdown(html, -1);
        g_assert_null(strstr(lower, "<script"));
        g_assert_null(strstr(lower, "<b onclick"));
        g_assert_null(strstr(lower, "href=\"javascript"));
        g_assert_null(strstr(lower, "href=\"vbscript"));
        g_assert_null(strstr(lower, "href=\"data"));
        g_assert_null(strstr(lower, "href=\"file"));
    }
}

int main(int argc, char **argv) {
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/lesson/render", test_render);
    g_test_add_func("/lesson/unsafe", test_unsafe);
    return g_test_run();
}
