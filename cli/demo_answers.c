/* Plays the employees: threads with a small browser each, which know nothing but the link in the
 * mail and what the pages say; only how much a person knows is looked up, in the form's own key. */
#include "cli/demo.h"

#include "base/error.h"
#include "base/lang.h"
#include "campaigns/campaign.h"
#include "cli/demo_form.h"
#include "people/person.h"
#include "survey/form.h"

#include <curl/curl.h>
#include <string.h>

enum { DEMO_THREADS = 8, DEMO_PAGES_MAX = 30 };

typedef struct {
    const Demo *demo;
    const GPtrArray *mails;
    GHashTable *departments; /* address -> path */
    GHashTable *forms;       /* campaign name -> Form */
    gint next;               /* index of the mail to take up */
    gint failed;
    GMutex lock; /* guards what follows */
    DemoAnswers sum;
    GError *error;
} Play;

typedef struct {
    CURL *curl;
    GString *page;
    GRand *chance;
    const Form *form;
    double ability; /* share of items that this person knows */
    guint posts;
} Visitor;

/* --- a small browser ---------------------------------------------------------------------------
 */

static size_t receive(char *data, size_t size, size_t count, void *to) {
    g_string_append_len(to, data, (gssize)(size * count));
    return size * count;
}

static bool request(Visitor *visitor, const char *url, const char *form, GError **error) {
    long status = 0;
    g_string_truncate(visitor->page, 0);
    curl_easy_setopt(visitor->curl, CURLOPT_URL, url);
    if (form != NULL) {
        curl_easy_setopt(visitor->curl, CURLOPT_POSTFIELDS, form);
    } else {
        curl_easy_setopt(visitor->curl, CURLOPT_HTTPGET, 1L);
    }
    CURLcode code = curl_easy_perform(visitor->curl);
    curl_easy_getinfo(visitor->curl, CURLINFO_RESPONSE_CODE, &status);
    if (code != CURLE_OK || status != 200) {
        return error_set(error, VK_ERROR_INTERNAL,
                         tr("en sida svarade %ld (%s)", "a page answered %ld (%s)"), status,
                         curl_easy_strerror(code));
    }
    visitor->posts += form != NULL;
    return true;
}

static CURL *browser_new(GString *page) {
    CURL *curl = curl_easy_init();
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, receive);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, page);
    curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 1L);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT, 60L);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_NOPROXY, "*");
    return curl;
}

static void field_append(Visitor *visitor, GString *body, const char *name, const char *value) {
    char *escaped = curl_easy_escape(visitor->curl, value, 0);
    g_string_append_printf(body, "%s%s=%s", body->len > 0 ? "&" : "", name, escaped);
    curl_free(escaped);
}

static void field_append_number(Visitor *visitor, GString *body, const char *name, guint value) {
    char number[16];
    g_snprintf(number, sizeof number, "%u", value);
    field_append(visitor, body, name, number);
}

/* --- what a person answers ---------------------------------------------------------------------
 */

static void answer_known(Visitor *visitor, const Item *item, const char *name, GString *body) {
    for (guint option = 0; option < item->option_count; option++) {
        if ((item->key_mask >> option & 1U) != 0) {
            field_append_number(visitor, body, name, option);
        }
    }
}

static void answer_scored(Visitor *visitor, const Item *item, const char *name, GString *body) {
    bool hard = strcmp(item->area, "area5") == 0 || strcmp(item->area, "area2") == 0;
    if (g_rand_double(visitor->chance) < visitor->ability - (hard ? 0.12 : 0.0)) {
        answer_known(visitor, item, name, body);
    } else if (item->offers_not_applicable && g_rand_double(visitor->chance) < 0.25) {
        field_append(visitor, body, name, "na");
    } else {
        field_append_number(
            visitor, body, name,
            (guint)g_rand_int_range(visitor->chance, 0, (gint32)item->option_count));
    }
}

/* Agreement with what is good, or disagreement with what is bad, grows with ability. */
static void answer_scale(Visitor *visitor, const Item *item, const char *name, GString *body) {
    double level = visitor->ability * 3.2 + g_rand_double_range(visitor->chance, -1.3, 1.1);
    guint option = (guint)CLAMP(level + 0.5, 0.0, 3.0);
    field_append_number(visitor, body, name, item->polarity < 0 ? 3 - option : option);
}

static void answer_text(Visitor *visitor, const char *name, GString *body) {
    static const char *const words[] = {
        "Det är svårt att hitta vilken tjänst som är godkänd.",
        "Tydliga rutiner och en kort checklista på intranätet hjälper.",
        "Tiden räcker inte till när det är mycket att göra.",
        "Att kollegor påminner varandra om att låsa skärmen.",
    };
    gint32 pick = g_rand_int_range(visitor->chance, 0, 20);
    field_append(visitor, body, name, pick < (gint32)G_N_ELEMENTS(words) ? words[pick] : "");
}

static void answer_item(Visitor *visitor, const Item *item, const char *name, GString *body) {
    if (item->kind == ITEM_TEXT) {
        answer_text(visitor, name, body);
    } else if (g_rand_double(visitor->chance) < 0.02) {
        return; /* no question is obligatory */
    } else if (item_is_scored(item)) {
        answer_scored(visitor, item, name, body);
    } else {
        answer_scale(visitor, item, name, body);
    }
}

/* The form filled in; NULL if the page has none that goes on. */
static char *fill_in(Visitor *visitor, const DemoForm *form) {
    g_autoptr(GString) body = g_string_new(NULL);
    g_autofree char *last = g_strdup("");
    bool goes_on = false;
    for (guint i = 0; i < form->controls->len; i++) {
        const DemoControl *control = g_ptr_array_index(form->controls, i);
        bool asks = (control->name[0] == 'q' || control->name[0] == 't') &&
                    g_ascii_isdigit(control->name[1]);
        if (strcmp(control->type, "hidden") == 0) {
            field_append(visitor, body, control->name, control->value);
        } else if (strcmp(control->type, "submit") == 0) {
            bool forward =
                strcmp(control->value, "start") == 0 || strcmp(control->value, "next") == 0;
            if (forward && strcmp(control->name, "action") == 0 && !goes_on) {
                goes_on = true;
                field_append(visitor, body, "action", control->value);
            }
        } else if (asks && strcmp(control->name, last) != 0) {
            guint index = (guint)g_ascii_strtoull(control->name + 1, NULL, 10);
            answer_item(visitor, form_item(visitor->form, index), control->name, body);
            g_free(last);
            last = g_strdup(control->name);
        }
    }
    return goes_on ? g_string_free(g_steal_pointer(&body), FALSE) : NULL;
}

/* --- a visit -----------------------------------------------------------------------------------
 */

/* From the mail's link to the last page, or until the person has had enough. */
static bool visit(Visitor *visitor, const Demo *demo, const char *link, bool patient,
                  bool *out_completed, GError **error) {
    *out_completed = false;
    if (!request(visitor, link, NULL, error)) {
        return false;
    }
    guint pages_max = patient ? DEMO_PAGES_MAX : 2;
    for (guint page = 0; page < pages_max; page++) {
        g_autoptr(DemoForm) form = demo_form_parse(visitor->page->str);
        g_autofree char *body = form->action != NULL ? fill_in(visitor, form) : NULL;
        if (body == NULL) {
            *out_completed = page > 0;
            return true;
        }
        g_autofree char *url =
            g_strconcat(g_str_has_prefix(form->action, "/") ? demo->base_url : "",
                        *form->action != '\0' ? form->action : link, NULL);
        if (!request(visitor, url, body, error)) {
            return false;
        }
    }
    return true;
}

static double department_ability(const char *path) {
    g_auto(GStrv) parts = g_strsplit(path, "/", 2);
    return 0.52 + 0.40 * (g_str_hash(parts[0] != NULL ? parts[0] : "") % 97) / 96.0;
}

static bool play_mail(Play *play, Visitor *visitor, const DemoMail *mail, DemoAnswers *sum,
                      GError **error) {
    g_autofree char *seed = g_strconcat(mail->to_address, mail->list_id, NULL);
    const char *path = g_hash_table_lookup(play->departments, mail->to_address);
    g_rand_set_seed(visitor->chance, g_str_hash(seed));
    visitor->form = g_hash_table_lookup(play->forms, mail->list_id);
    if (visitor->form == NULL || path == NULL) {
        return error_set(error, VK_ERROR_INTERNAL,
                         tr("ett mejl hör inte till demon", "a foreign mail"));
    }
    double mood = g_rand_double(visitor->chance);
    double noise = g_rand_double_range(visitor->chance, -0.15, 0.15);
    visitor->ability = CLAMP(department_ability(path) + noise, 0.2, 0.97);
    if (mood >= 0.74 + 0.2 * noise) {
        return true; /* does not open the mail */
    }
    bool completed = false;
    bool visited = visit(visitor, play->demo, mail->link, mood < 0.70, &completed, error);
    sum->visitors += visited;
    sum->completed += completed;
    return visited;
}

static gpointer play_loop(gpointer data) {
    Play *play = data;
    Visitor visitor = {.page = g_string_new(NULL), .chance = g_rand_new()};
    g_autoptr(GError) error = NULL;
    DemoAnswers sum = {0};
    visitor.curl = browser_new(visitor.page);
    while (error == NULL && g_atomic_int_get(&play->failed) == 0) {
        guint index = (guint)g_atomic_int_add(&play->next, 1);
        if (index >= play->mails->len) {
            break;
        }
        play_mail(play, &visitor, g_ptr_array_index(play->mails, index), &sum, &error);
    }
    curl_easy_cleanup(visitor.curl);
    g_string_free(visitor.page, TRUE);
    g_rand_free(visitor.chance);
    g_mutex_lock(&play->lock);
    play->sum.visitors += sum.visitors;
    play->sum.completed += sum.completed;
    play->sum.posts += visitor.posts;
    if (error != NULL) {
        g_atomic_int_set(&play->failed, 1);
        if (play->error == NULL) {
            play->error = g_steal_pointer(&error);
        }
    }
    g_mutex_unlock(&play->lock);
    return NULL;
}

/* --- what is known beforehand ------------------------------------------------------------------
 */

static bool load_departments(Db *db, GHashTable *departments, GError **error) {
    const PersonFilter everyone = {0};
    g_autoptr(PersonList) people = person_list_load(db, &everyone, error);
    for (guint i = 0; people != NULL && i < person_list_length(people); i++) {
        const Person *person = person_list_get(people, i);
        g_hash_table_insert(departments, g_strdup(person->text[PERSON_EMAIL]),
                            g_strdup(person->text[PERSON_DEPARTMENT]));
    }
    return people != NULL;
}

static bool load_forms(Db *db, GHashTable *forms, GError **error) {
    for (guint i = 0; i < G_N_ELEMENTS(demo_campaigns); i++) {
        g_autoptr(Campaign) campaign = campaign_find(db, demo_campaigns[i], error);
        Form *form = campaign != NULL ? form_load(db, campaign->form_id, error) : NULL;
        if (form == NULL) {
            return false;
        }
        g_hash_table_insert(forms, g_strdup(demo_campaigns[i]), form);
    }
    return true;
}

static void play_run(Play *play) {
    GThread *threads[DEMO_THREADS];
    gint64 start_us = g_get_monotonic_time();
    for (guint i = 0; i < DEMO_THREADS; i++) {
        threads[i] = g_thread_new("employee", play_loop, play);
    }
    for (guint i = 0; i < DEMO_THREADS; i++) {
        g_thread_join(threads[i]);
    }
    play->sum.seconds = (double)(g_get_monotonic_time() - start_us) / 1e6;
}

bool demo_answer(const Demo *demo, const GPtrArray *mails, DemoAnswers *out, GError **error) {
    g_autoptr(Db) db = db_open(demo->db_path, error);
    g_autoptr(GHashTable) departments =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    g_autoptr(GHashTable) forms =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)form_free);
    if (db == NULL || !load_departments(db, departments, error) || !load_forms(db, forms, error)) {
        return false;
    }
    Play play = {.demo = demo, .mails = mails, .departments = departments, .forms = forms};
    g_mutex_init(&play.lock);
    curl_global_init(CURL_GLOBAL_DEFAULT);
    play_run(&play);
    curl_global_cleanup();
    g_mutex_clear(&play.lock);
    if (play.error != NULL) {
        g_propagate_error(error, play.error);
        return false;
    }
    *out = play.sum;
    return true;
}
