/* What a catalogue holds; filled by catalog_load(), read only from then on. */
#pragma once

#include "templates/catalog.h"
#include "templates/render.h"

struct Catalog {
    GPtrArray *owned;                /* every Template once */
    guint lang_count;                /* how many languages there were when it was opened */
    GHashTable *templates[LANG_MAX]; /* name -> Template; with what is fallen back on */
    GHashTable *texts[LANG_MAX];     /* key -> text */
    GHashTable *fallen[LANG_MAX];    /* names of whole pages and mails that the language lacks */
    GHashTable *statics;             /* name -> GBytes */
};

/* Fills the catalogue from `files` (source.h). VK_ERROR_INPUT with one row for each fault. */
bool catalog_load(Catalog *catalog, GHashTable *files, GError **error);

/* For template_render(): `data` is the hash table of one language. */
const Template *catalog_partial(const char *name, gpointer data);
