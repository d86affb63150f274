/* From a request to the page that answers it: one table of paths, methods and functions. */
#pragma once

#include "store/writer.h"
#include "web/reply.h"
#include "web/request.h"
#include "web/site.h"

/* A write that a page asks for. The server queues it, and asks for the reply when its outcome is
 * durable. `run` and `reply` get the same data; `free` follows in every case. */
typedef struct {
    WriterFn run;
    Reply *(*reply)(const Site *site, const Request *request, gpointer data, const GError *error);
    GDestroyNotify free;
    gpointer data;
} Change;

/* Answers the request, or fills `out_change` and returns NULL. Never both, never neither. */
Reply *route_answer(const Site *site, const Request *request, Change *out_change);

/* The reply without reading any body, if the path or the method has none to wait for: 404, 405.
 * NULL where the body is wanted. */
Reply *route_refuse(const Site *site, const Request *request);

/* The path's name in the log: what it serves, never the path itself, which may hold a personal
 * link. */
const char *route_name(const Request *request);
