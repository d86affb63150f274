#include "web/route.h"

#include <string.h>

#include "web/page.h"
#include "web/pages.h"

typedef struct {
    const char *path;
    bool prefix; /* what follows is the page's own */
    unsigned methods;
    const char *name;
    const char *allow;
    Reply *(*page)(const Site *site, const Request *request, Change *out_change);
} Route;

enum { READS = METHOD_GET | METHOD_HEAD };

static const Route routes[] = {
    {"/", false, READS, "home", "GET, HEAD", page_home},
    {"/k/", true, READS | METHOD_POST, "answer", "GET, HEAD, POST", page_answer},
    {"/verify", false, READS, "verify", "GET, HEAD", page_verify},
    {"/accessibility", false, READS, "accessibility", "GET, HEAD", page_accessibility},
    {"/healthz", false, READS, "health", "GET, HEAD", page_health},
    {"/metrics", false, READS, "metrics", "GET, HEAD", page_metrics},
    {"/static/app.css", false, READS, "static", "GET, HEAD", page_static},
    {"/static/app.js", false, READS, "static", "GET, HEAD", page_static},
    {"/favicon.svg", false, READS, "static", "GET, HEAD", page_static},
    {"/robots.txt", false, READS, "static", "GET, HEAD", page_static},
    {"/picture/", true, READS, "picture", "GET, HEAD", page_picture},
    {"/demo/", true, READS, "demo", "GET, HEAD", page_folder},
};

static const Route *route_find(const Request *request) {
    for (guint i = 0; i < G_N_ELEMENTS(routes); i++) {
        const Route *route = &routes[i];
        if (route->prefix ? g_str_has_prefix(request->path, route->path)
                          : g_str_equal(request->path, route->path)) {
            return route;
        }
    }
    return NULL;
}

Reply *route_refuse(const Site *site, const Request *request) {
    const Route *route = route_find(request);
    Lang lang = page_lang(request, LANG_SV);
    if (!route) {
        return page_message(site, request, lang, MESSAGE_NOT_FOUND, NULL);
    }
    if ((route->methods & request->method) == 0) {
        Reply *reply = page_message(site, request, lang, MESSAGE_BAD_METHOD, NULL);
        reply->allow = route->allow;
        return reply;
    }
    return NULL;
}

Reply *route_answer(const Site *site, const Request *request, Change *out_change) {
    const Route *route = route_find(request);
    Reply *refusal = route_refuse(site, request);
    return refusal ? refusal : route->page(site, request, out_change);
}

const char *route_name(const Request *request) {
    const Route *route = route_find(request);
    return route ? route->name : "none";
}
