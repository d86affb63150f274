/* The staff of Sjöstad, a municipality that does not exist. */
#pragma once

#include <glib.h>

/* A staff file as a Swedish HR system exports it (UTF-8, semicolons, CRLF) with `people` rows over
 * 24 departments, each of which has one manager, so at least 24. The same arguments give the same
 * bytes. Addresses are under sjostad.example, which RFC 2606 reserves. The caller frees it. */
char *demo_people_csv(guint people, guint64 seed);
