/* The demonstration: a made-up municipality taken through Vetkoll's whole work by Vetkoll's own
 * commands, over real HTTP and real mail files. */
#pragma once

#include "cli/demo_mail.h"

#include <glib.h>
#include <stdbool.h>

typedef struct {
    char *dir;     /* the installation */
    char *program; /* this executable */
    char *maildir;
    char *site_dir; /* what is shown under /demo/ */
    char *db_path;
    char *base_url;
    GPid server; /* 0: not running */
} Demo;

/* The three campaigns, by name. */
extern const char *const demo_campaigns[3];

/* Writes vetkoll.ini, the staff file and the campaigns' definitions. */
bool demo_write_files(const Demo *demo, GError **error);

typedef struct {
    guint visitors;  /* people who opened their link and began */
    guint completed; /* and went through to the end */
    guint posts;     /* forms sent and acknowledged */
    double seconds;
} DemoAnswers;

/* About 70 % of those who got a mail answer it, as well as their department knows how to. */
bool demo_answer(const Demo *demo, const GPtrArray *mails, DemoAnswers *out, GError **error);

/* Writes the start page and the mails it shows, in both languages. */
bool demo_write_site(const Demo *demo, const GPtrArray *mails, GError **error);
