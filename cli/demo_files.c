#include "cli/demo.h"

#include "base/error.h"
#include "cli/config.h"
#include "cli/demo_people.h"

#include <string.h>

enum { DEMO_PEOPLE = 1200, DEMO_SEED = 2026 };

const char *const demo_campaigns[3] = {"mikroutbildning", "kunskapsmatning", "hinder"};

/* Mail goes at any hour here: a demonstration does not wait for Tuesday. */
#define DEMO_SCHEDULE                                                                              \
    "\"schedule\": {\"window\": {\"days\": [\"mon\", \"tue\", \"wed\", \"thu\", \"fri\", "         \
    "\"sat\", "                                                                                    \
    "\"sun\"], \"from\": \"00:00\", \"to\": \"24:00\", \"holidays\": true},"                       \
    " \"reminders\": {\"after_working_days\": 3, \"max\": 2}}"

static const char *const definitions[] = {
    "{\"name\": \"mikroutbildning\", \"kind\": \"training\", \"promise\": \"identified\","
    " \"minutes\": 3, \"title\": {\"sv\": \"Mikroutbildning: säkrare mejl och incidenter\","
    " \"en\": \"Micro-training: safer mail and incidents\"},"
    " \"content\": {\"pack\": \"starter\", \"lessons\": [\"natfiske\", \"rapportera\"],"
    " \"areas\": [\"area4\", \"area5\"], \"per_area\": 3, \"items_per_page\": 3}," DEMO_SCHEDULE
    "}",
    "{\"name\": \"kunskapsmatning\", \"kind\": \"knowledge\", \"promise\": \"confidential\","
    " \"minutes\": 5, \"title\": {\"sv\": \"Vad vet vi om informationssäkerhet?\","
    " \"en\": \"What do we know about information security?\"},"
    " \"content\": {\"pack\": \"starter\","
    " \"areas\": [\"area1\", \"area2\", \"area3\", \"area4\", \"area5\"], \"per_area\": 3,"
    " \"items_per_page\": 5}," DEMO_SCHEDULE "}",
    "{\"name\": \"hinder\", \"kind\": \"obstacles\", \"promise\": \"anonymous\","
    " \"minutes\": 3, \"title\": {\"sv\": \"Vad gör det lätt eller svårt att arbeta säkert?\","
    " \"en\": \"What makes it easy or hard to work securely?\"},"
    " \"content\": {\"pack\": \"starter\", \"items_per_page\": 6}," DEMO_SCHEDULE "}",
};

static bool write_file(const Demo *demo, const char *name, const char *text, GError **error) {
    g_autofree char *path = g_build_filename(demo->dir, name, NULL);
    return g_file_set_contents(path, text, -1, error);
}

static bool write_config(const Demo *demo, GError **error) {
    const char *address = strstr(demo->base_url, "//") + 2;
    g_autofree char *text = g_strdup_printf("[organisation]\n"
                                            "name_sv=Sjöstads kommun\n"
                                            "name_en=Sjöstad municipality\n"
                                            "contact=informationssakerhet@sjostad.example\n"
                                            "[web]\nlisten=%s\nbase_url=%s\n"
                                            "[mail]\nrelay=maildir:mail\n"
                                            "from=vetkoll@sjostad.example\n"
                                            "reply_to=informationssakerhet@sjostad.example\n"
                                            "[demo]\ndir=site\n",
                                            address, demo->base_url);
    return write_file(demo, "vetkoll.ini", text, error);
}

bool demo_write_files(const Demo *demo, GError **error) {
    g_autofree char *people = demo_people_csv(DEMO_PEOPLE, DEMO_SEED);
    if (!write_config(demo, error) || !write_file(demo, "personal.csv", people, error)) {
        return false;
    }
    for (guint i = 0; i < G_N_ELEMENTS(definitions); i++) {
        g_autofree char *name = g_strconcat(demo_campaigns[i], ".json", NULL);
        if (!write_file(demo, name, definitions[i], error)) {
            return false;
        }
    }
    return true;
}
