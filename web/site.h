/* What every page needs and none changes: settings, catalog, keys, the writer, readers and forms.
 * Safe to share between threads once made. */
#pragma once

#include "base/keyring.h"
#include "store/writer.h"
#include "survey/form.h"
#include "templates/catalog.h"
#include "web/rate_limit.h"
#include "web/readers.h"
#include "web/server.h"

typedef struct {
    ServerSettings settings; /* its texts lie in `texts` */
    GStringChunk *texts;
    char *root;        /* the path of base_url, "" or "/vetkoll": what every link begins with */
    char *style_href;  /* the style sheet's address, which changes when its content does */
    char *script_href; /* likewise the script's */
    bool https;
    const Catalog *catalog;
    const Keyring *keyring;
    Writer *writer;
    Readers *readers;
    RateLimit *guesses; /* wrong links, by network */
    struct FormShelf *forms;
} Site;

Site *site_new(const ServerSettings *settings, Writer *writer, const Catalog *catalog,
               const Keyring *keyring, guint readers);
void site_free(Site *site);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Site, site_free)

/* The form, loaded once and kept for the site's life (a form never changes, and an installation has
 * one for each round). Borrowed. */
const Form *site_form(const Site *site, Db *db, int64_t form_id, GError **error);
