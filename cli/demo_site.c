/* The demonstration's start page and the mails that it shows, as files for /demo/. */
#include "cli/demo.h"

#include "base/error.h"
#include "base/lang.h"
#include "campaigns/campaign.h"
#include "templates/catalog.h"

#include <cjson/cJSON.h>
#include <string.h>

enum { DEMO_SHOWN = 6 }; /* employees of each campaign */

static bool write_page(const Demo *demo, const char *name, const char *text, GError **error) {
    g_autofree char *path = g_build_filename(demo->site_dir, name, NULL);
    return g_file_set_contents(path, text, -1, error);
}

/* The mail as two files, the HTML part and the plain one, and a row of the start page. */
static bool add_mail(const Demo *demo, cJSON *rows, const DemoMail *mail, guint number,
                     GError **error) {
    g_autofree char *html = g_strdup_printf("mejl-%u.html", number);
    g_autofree char *text = g_strdup_printf("mejl-%u.txt", number);
    if (!write_page(demo, html, mail->html, error) || !write_page(demo, text, mail->text, error)) {
        return false;
    }
    cJSON *row = cJSON_CreateObject();
    cJSON_AddStringToObject(row, "name", mail->to_name);
    cJSON_AddStringToObject(row, "address", mail->to_address);
    cJSON_AddStringToObject(row, "subject", mail->subject);
    cJSON_AddStringToObject(row, "link", mail->link);
    cJSON_AddStringToObject(row, "html", html);
    cJSON_AddStringToObject(row, "text", text);
    cJSON_AddItemToArray(rows, row);
    return true;
}

static gint compare_mails(gconstpointer a, gconstpointer b) {
    const DemoMail *const *left = a;
    const DemoMail *const *right = b;
    return strcmp((*left)->to_address, (*right)->to_address);
}

/* A few, from all over the alphabet: some have answered, some not. */
static bool add_mails(const Demo *demo, cJSON *rows, const GPtrArray *mails, const char *campaign,
                      guint *number, GError **error) {
    g_autoptr(GPtrArray) chosen = g_ptr_array_new();
    for (guint i = 0; i < mails->len; i++) {
        DemoMail *mail = g_ptr_array_index(mails, i);
        if (strcmp(mail->list_id, campaign) == 0) {
            g_ptr_array_add(chosen, mail);
        }
    }
    g_ptr_array_sort(chosen, compare_mails);
    guint shown = MIN(chosen->len, DEMO_SHOWN);
    for (guint i = 0; i < shown; i++) {
        DemoMail *mail = g_ptr_array_index(chosen, i * chosen->len / shown);
        if (!add_mail(demo, rows, mail, (*number)++, error)) {
            return false;
        }
    }
    return true;
}

static bool add_campaigns(const Demo *demo, cJSON *values, const GPtrArray *mails, Lang lang,
                          GError **error) {
    g_autoptr(Db) db = db_open(demo->db_path, error);
    cJSON *campaigns = cJSON_AddArrayToObject(values, "campaigns");
    guint number = 1;
    for (guint i = 0; db != NULL && i < G_N_ELEMENTS(demo_campaigns); i++) {
        g_autoptr(Campaign) campaign = campaign_find(db, demo_campaigns[i], error);
        if (campaign == NULL) {
            return false;
        }
        cJSON *entry = cJSON_CreateObject();
        cJSON_AddItemToArray(campaigns, entry);
        cJSON_AddStringToObject(entry, "name", campaign->name);
        cJSON_AddStringToObject(entry, "title", campaign->title[lang]);
        cJSON_AddNumberToObject(entry, "invited", (double)campaign->invited);
        cJSON_AddNumberToObject(entry, "complete", (double)campaign->complete);
        if (!add_mails(demo, cJSON_AddArrayToObject(entry, "mails"), mails, campaign->name, &number,
                       error)) {
            return false;
        }
    }
    return db != NULL;
}

bool demo_write_site(const Demo *demo, const GPtrArray *mails, GError **error) {
    g_autoptr(Catalog) catalog = catalog_open(NULL, error);
    for (Lang lang = LANG_SV; catalog != NULL && lang <= LANG_EN; lang++) {
        cJSON *values = cJSON_CreateObject();
        g_autoptr(GString) page = g_string_new(NULL);
        bool made =
            add_campaigns(demo, values, mails, lang, error) &&
            catalog_render(catalog, lang, "demo/index.html", values, page, error) &&
            write_page(demo, lang == LANG_SV ? "index.html" : "index.en.html", page->str, error);
        cJSON_Delete(values);
        if (!made) {
            return false;
        }
    }
    return catalog != NULL;
}
