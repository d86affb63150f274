/* Load for the benches, over kept-alive connections, as many threads as connections:
 *
 *   load get URLS CONNECTIONS SECONDS   fetches the URLs of the file in turn; prints requests a
 * second load answer URLS CONNECTIONS        opens each personal link once and answers every page
 * of it; prints acknowledged POSTs a second, and 95th percentile milliseconds
 *
 * Any answer but success ends the bench. */
#include <curl/curl.h>
#include <glib.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    char **urls;
    guint url_count;
    gint64 until_us; /* 0: each URL once */
    bool answer;
    gint next; /* atomic */
    GMutex lock;
    GArray *post_us; /* gint64: how long each POST took */
    guint64 gets;
} Load;

typedef struct {
    Load *load;
    CURL *curl;
    GString *body;
    GArray *post_us;
    guint64 gets;
} Client;

static size_t keep(char *data, size_t size, size_t count, void *body) {
    g_string_append_len(body, data, (gssize)(size * count));
    return size * count;
}

static long client_ask(Client *client, const char *url, const char *form) {
    g_string_truncate(client->body, 0);
    curl_easy_setopt(client->curl, CURLOPT_URL, url);
    if (form != NULL) {
        curl_easy_setopt(client->curl, CURLOPT_POSTFIELDS, form);
    } else {
        curl_easy_setopt(client->curl, CURLOPT_HTTPGET, 1L);
    }
    CURLcode code = curl_easy_perform(client->curl);
    if (code != CURLE_OK) {
        g_error("%s: %s", url, curl_easy_strerror(code));
    }
    long status;
    curl_easy_getinfo(client->curl, CURLINFO_RESPONSE_CODE, &status);
    if (status >= 400) {
        g_error("%s: status %ld: %s", url, status, client->body->str);
    }
    return status;
}

/* The value of the hidden field, or NULL. */
static char *hidden_value(const char *html, const char *name) {
    g_autofree char *start = g_strdup_printf("name=\"%s\" value=\"", name);
    const char *at = strstr(html, start);
    return at != NULL ? g_strndup(at + strlen(start), strcspn(at + strlen(start), "\"")) : NULL;
}

/* The form's fields with the first option of every question chosen; NULL if the page has no more.
 */
static char *form_fill(const char *html) {
    bool start = strstr(html, "value=\"start\"") != NULL;
    if (!start && strstr(html, "value=\"next\"") == NULL) {
        return NULL;
    }
    g_autoptr(GString) form = g_string_new(start ? "action=start" : "action=next");
    static const char *const hidden[] = {"page", "lang"};
    for (gsize i = 0; i < G_N_ELEMENTS(hidden); i++) {
        g_autofree char *value = hidden_value(html, hidden[i]);
        if (value != NULL) {
            g_string_append_printf(form, "&%s=%s", hidden[i], value);
        }
    }
    long last = -1;
    for (const char *at = html; (at = strstr(at, "name=\"q")) != NULL; at++) {
        long number = strtol(at + strlen("name=\"q"), NULL, 10);
        if (number > last) {
            g_string_append_printf(form, "&q%ld=0", number);
            last = number;
        }
    }
    return g_string_free(g_steal_pointer(&form), FALSE);
}

static void client_answer(Client *client, const char *url) {
    enum { PAGES_MAX = 40 };
    for (int page = 0; page < PAGES_MAX; page++) {
        client_ask(client, url, NULL);
        client->gets++;
        g_autofree char *form = form_fill(client->body->str);
        if (form == NULL) {
            return;
        }
        gint64 began = g_get_monotonic_time();
        client_ask(client, url, form);
        gint64 took = g_get_monotonic_time() - began;
        g_array_append_val(client->post_us, took);
    }
    g_error("%s: no end after %d pages", url, PAGES_MAX);
}

static gpointer client_run(gpointer data) {
    Load *load = data;
    Client client = {.load = load, .curl = curl_easy_init(), .body = g_string_new(NULL)};
    client.post_us = g_array_new(FALSE, FALSE, sizeof(gint64));
    curl_easy_setopt(client.curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(client.curl, CURLOPT_TIMEOUT, 60L);
    curl_easy_setopt(client.curl, CURLOPT_WRITEFUNCTION, keep);
    curl_easy_setopt(client.curl, CURLOPT_WRITEDATA, client.body);
    for (;;) {
        guint turn = (guint)g_atomic_int_add(&load->next, 1);
        if (load->until_us == 0 ? turn >= load->url_count
                                : g_get_monotonic_time() >= load->until_us) {
            break;
        }
        const char *url = load->urls[turn % load->url_count];
        if (load->answer) {
            client_answer(&client, url);
        } else {
            client_ask(&client, url, NULL);
            client.gets++;
        }
    }
    g_mutex_lock(&load->lock);
    load->gets += client.gets;
    g_array_append_vals(load->post_us, client.post_us->data, client.post_us->len);
    g_mutex_unlock(&load->lock);
    curl_easy_cleanup(client.curl);
    g_string_free(client.body, TRUE);
    g_array_unref(client.post_us);
    return NULL;
}

static gint compare_us(gconstpointer a, gconstpointer b) {
    gint64 left = *(const gint64 *)a;
    gint64 right = *(const gint64 *)b;
    return (left > right) - (left < right);
}

static void load_print(Load *load, double seconds) {
    if (!load->answer) {
        g_print("%.1f\n", (double)load->gets / seconds);
        return;
    }
    g_assert_cmpuint(load->post_us->len, >, 0);
    g_array_sort(load->post_us, compare_us);
    gint64 p95 = g_array_index(load->post_us, gint64, load->post_us->len * 95 / 100);
    g_print("%.1f %.2f\n", load->post_us->len / seconds, (double)p95 / 1000);
}

int main(int argc, char **argv) {
    g_assert_true(argc == 5 || argc == 4);
    Load load = {.answer = g_str_equal(argv[1], "answer")};
    g_autofree char *text = NULL;
    g_autoptr(GError) error = NULL;
    if (!g_file_get_contents(argv[2], &text, NULL, &error)) {
        g_error("%s", error->message);
    }
    load.urls = g_strsplit(g_strstrip(text), "\n", -1);
    load.url_count = g_strv_length(load.urls);
    load.post_us = g_array_new(FALSE, FALSE, sizeof(gint64));
    g_mutex_init(&load.lock);
    curl_global_init(CURL_GLOBAL_DEFAULT);
    guint count = (guint)g_ascii_strtoull(argv[3], NULL, 10);
    gint64 began = g_get_monotonic_time();
    load.until_us = argc == 5 ? began + g_ascii_strtoll(argv[4], NULL, 10) * G_USEC_PER_SEC : 0;
    GThread **threads = g_new0(GThread *, count);
    for (guint i = 0; i < count; i++) {
        threads[i] = g_thread_new("client", client_run, &load);
    }
    for (guint i = 0; i < count; i++) {
        g_thread_join(threads[i]);
    }
    load_print(&load, (double)(g_get_monotonic_time() - began) / G_USEC_PER_SEC);
    g_free(threads);
    g_strfreev(load.urls);
    g_array_unref(load.post_us);
    curl_global_cleanup();
    return 0;
}
