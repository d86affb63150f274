#include "web/pages.h"

#include <string.h>

#include "web/page.h"

static const struct {
    const char *path;
    const char *name; /* in the catalog */
    const char *content_type;
} statics[] = {
    {"/static/app.css", "app.css", "text/css; charset=utf-8"},
    {"/static/app.js", "app.js", "text/javascript; charset=utf-8"},
    {"/favicon.svg", "favicon.svg", "image/svg+xml"},
};

Reply *page_static(const Site *site, const Request *request, Change *out_change) {
    (void)out_change;
    if (g_str_equal(request->path, "/robots.txt")) {
        return reply_text(200, "User-agent: *\nDisallow: /\n");
    }
    for (guint i = 0; i < G_N_ELEMENTS(statics); i++) {
        if (g_str_equal(request->path, statics[i].path)) {
            GBytes *bytes = catalog_static(site->catalog, statics[i].name);
            /* Pages name it by its content; whoever names it plainly must ask again each time. */
            bool lasting = bytes && fields_get(request->query, "v");
            return reply_new(bytes ? 200 : 404, lasting ? REPLY_STATIC : REPLY_PAGE,
                             statics[i].content_type, bytes);
        }
    }
    g_assert_not_reached();
}

Reply *page_home(const Site *site, const Request *request, Change *out_change) {
    (void)request;
    (void)out_change;
    g_autofree char *location =
        g_strconcat(site->root, site->settings.demo_dir ? "/demo/" : "/verify", NULL);
    Reply *reply = reply_see_other(location);
    reply->status = 302;
    return reply;
}
