#include "mailer/oauth.h"

#include "base/error.h"
#include "base/lang.h"

#include <pthread.h>
#include <stdint.h>
#include <string.h>

#include <cjson/cJSON.h>
#include <curl/curl.h>

enum {
    FETCH_TIMEOUT_MS = 30 * 1000,
    ANSWER_MAX_BYTES = 64 * 1024,
    TOKEN_MAX_BYTES = 8 * 1024, /* AUTH's line may have 12,288 (RFC 4954) after base64 */
    MARGIN_S = 60,
    LIFE_USUAL_S = 300, /* where the server does not say */
    LIFE_MAX_S = 24 * 3600,
};

struct Oauth {
    char *token_url;
    char *form; /* what is posted */
    char *ca_file;
    guint timeout_ms;
    pthread_mutex_t mutex; /* guards those below */
    char *token;           /* NULL: none */
    int64_t good_until_us; /* monotonic */
};

static bool is_local(const char *url) {
    g_autoptr(GUri) uri = g_uri_parse(url, G_URI_FLAGS_NONE, NULL);
    const char *host = uri != NULL ? g_uri_get_host(uri) : NULL;
    return host != NULL && (strcmp(host, "localhost") == 0 || strcmp(host, "127.0.0.1") == 0);
}

static bool settings_check(const OauthSettings *settings, GError **error) {
    const struct {
        const char *key;
        const char *value;
    } needed[] = {{"mail.token_url", settings->token_url},
                  {"mail.client_id", settings->client_id},
                  {"mail.client_secret_file", settings->client_secret}};
    for (size_t i = 0; i < G_N_ELEMENTS(needed); i++) {
        if (needed[i].value == NULL || needed[i].value[0] == '\0') {
            return error_set(error, VK_ERROR_INPUT,
                             tr("mail.auth = xoauth2 kräver att %s är satt",
                                "mail.auth = xoauth2 needs %s to be set"),
                             needed[i].key);
        }
    }
    if (!g_str_has_prefix(settings->token_url, "https://") &&
        !(g_str_has_prefix(settings->token_url, "http://") && is_local(settings->token_url))) {
        return error_set(error, VK_ERROR_INPUT,
                         tr("mail.token_url = %s ska börja med https://, annars läses hemligheten "
                            "av vem som helst på vägen",
                            "mail.token_url = %s must begin with https://, else anybody on the way "
                            "reads the secret"),
                         settings->token_url);
    }
    return true;
}

static void form_add(GString *form, const char *key, const char *value) {
    if (value != NULL && value[0] != '\0') {
        g_string_append_printf(form, "%s%s=", form->len > 0 ? "&" : "", key);
        g_string_append_uri_escaped(form, value, NULL, FALSE);
    }
}

Oauth *oauth_open(const OauthSettings *settings, GError **error) {
    if (!settings_check(settings, error)) {
        return NULL;
    }
    GString *form = g_string_new(NULL);
    form_add(form, "grant_type", "client_credentials");
    form_add(form, "client_id", settings->client_id);
    form_add(form, "client_secret", settings->client_secret);
    form_add(form, "scope", settings->scope);
    Oauth *oauth = g_new0(Oauth, 1);
    oauth->token_url = g_strdup(settings->token_url);
    oauth->form = g_string_free(form, FALSE);
    oauth->ca_file = g_strdup(settings->ca_file != NULL ? settings->ca_file : "");
    oauth->timeout_ms = settings->timeout_ms > 0 ? settings->timeout_ms : FETCH_TIMEOUT_MS;
    pthread_mutex_init(&oauth->mutex, NULL);
    return oauth;
}

static void forget(Oauth *oauth) {
    if (oauth->token != NULL) {
        explicit_bzero(oauth->token, strlen(oauth->token));
        g_clear_pointer(&oauth->token, g_free);
    }
}

void oauth_close(Oauth *oauth) {
    if (oauth == NULL) {
        return;
    }
    forget(oauth);
    pthread_mutex_destroy(&oauth->mutex);
    explicit_bzero(oauth->form, strlen(oauth->form));
    g_free(oauth->form);
    g_free(oauth->token_url);
    g_free(oauth->ca_file);
    g_free(oauth);
}

static size_t on_answer(char *bytes, size_t unit, size_t size, void *data) {
    GString *answer = data;
    (void)unit; /* always 1 */
    if (answer->len + size > ANSWER_MAX_BYTES) {
        return 0;
    }
    g_string_append_len(answer, bytes, (gssize)size);
    return size;
}

static void request_prepare(CURL *request, const Oauth *oauth, GString *answer, char *fault) {
    curl_easy_setopt(request, CURLOPT_ERRORBUFFER, fault);
    curl_easy_setopt(request, CURLOPT_URL, oauth->token_url);
    curl_easy_setopt(request, CURLOPT_PROTOCOLS_STR, "https,http");
    curl_easy_setopt(request, CURLOPT_FOLLOWLOCATION, 0L); /* the secret goes nowhere else */
    curl_easy_setopt(request, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(request, CURLOPT_TIMEOUT_MS, (long)oauth->timeout_ms);
    curl_easy_setopt(request, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    if (oauth->ca_file[0] != '\0') {
        curl_easy_setopt(request, CURLOPT_CAINFO, oauth->ca_file);
        curl_easy_setopt(request, CURLOPT_CAPATH, NULL);
    }
    if (is_local(oauth->token_url)) {
        curl_easy_setopt(request, CURLOPT_PROXY, "");
    }
    curl_easy_setopt(request, CURLOPT_POSTFIELDS, oauth->form);
    curl_easy_setopt(request, CURLOPT_WRITEFUNCTION, on_answer);
    curl_easy_setopt(request, CURLOPT_WRITEDATA, answer);
}

/* What a refusal says: RFC 6749 section 5.2. Printable, one line. */
static char *refusal_words(const cJSON *json, long status) {
    const char *kind = cJSON_GetStringValue(cJSON_GetObjectItem(json, "error"));
    const char *words = cJSON_GetStringValue(cJSON_GetObjectItem(json, "error_description"));
    g_autofree char *all = g_strdup_printf("HTTP %ld %s %.300s", status, kind != NULL ? kind : "",
                                           words != NULL ? words : "");
    g_autofree char *valid = g_utf8_make_valid(all, -1);
    for (char *p = valid; *p != '\0'; p++) {
        *p = g_ascii_iscntrl(*p) ? ' ' : *p;
    }
    return g_strdup(g_strchomp(valid));
}

static bool is_token(const char *text) {
    size_t size = text != NULL ? strlen(text) : 0;
    for (size_t i = 0; i < size; i++) {
        if (!g_ascii_isgraph(text[i])) {
            return false;
        }
    }
    return size > 0 && size <= TOKEN_MAX_BYTES;
}

static bool read_answer(Oauth *oauth, const GString *answer, long status, GError **error) {
    cJSON *json = cJSON_ParseWithLength(answer->str, answer->len);
    const char *token = cJSON_GetStringValue(cJSON_GetObjectItem(json, "access_token"));
    const cJSON *life = cJSON_GetObjectItem(json, "expires_in");
    bool taken = false;
    if (status / 100 != 2) {
        g_autofree char *words = refusal_words(json, status);
        bool later = status / 100 == 5 || status == 429;
        error_set(error, later ? VK_ERROR_BUSY : VK_ERROR_DENIED,
                  tr("tokenservern %s säger nej: %s. Kontrollera mail.client_id, hemligheten i "
                     "mail.client_secret_file (kan ha gått ut) och mail.scope.",
                     "the token server %s refuses: %s. Check mail.client_id, the secret in "
                     "mail.client_secret_file (it may have expired) and mail.scope."),
                  oauth->token_url, words);
    } else if (!is_token(token)) {
        error_set(error, VK_ERROR_DENIED,
                  tr("tokenservern %s svarade utan användbar access_token. Är mail.token_url rätt?",
                     "the token server %s answered without a usable access_token. Is "
                     "mail.token_url right?"),
                  oauth->token_url);
    } else {
        double told = cJSON_IsNumber(life)   ? life->valuedouble
                      : cJSON_IsString(life) ? g_ascii_strtod(life->valuestring, NULL)
                                             : LIFE_USUAL_S;
        double life_s = CLAMP(told, 0, LIFE_MAX_S);
        forget(oauth);
        oauth->token = g_strdup(token);
        oauth->good_until_us =
            g_get_monotonic_time() + ((int64_t)life_s - MARGIN_S) * G_USEC_PER_SEC;
        taken = true;
    }
    cJSON_Delete(json);
    return taken;
}

static bool fetch(Oauth *oauth, GError **error) {
    g_autoptr(GString) answer = g_string_new(NULL);
    char fault[CURL_ERROR_SIZE] = "";
    long status = 0;
    CURL *request = curl_easy_init();
    g_assert(request != NULL);
    request_prepare(request, oauth, answer, fault);
    CURLcode result = curl_easy_perform(request);
    curl_easy_getinfo(request, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_cleanup(request);
    bool fetched;
    if (result == CURLE_OK) {
        fetched = read_answer(oauth, answer, status, error);
    } else {
        bool certificate = result == CURLE_PEER_FAILED_VERIFICATION;
        fetched =
            error_set(error, certificate ? VK_ERROR_DENIED : VK_ERROR_BUSY,
                      tr("tokenservern %s: %s. Kontrollera mail.token_url och att maskinen "
                         "når den.",
                         "the token server %s: %s. Check mail.token_url and that this machine "
                         "reaches it."),
                      oauth->token_url, fault[0] != '\0' ? fault : curl_easy_strerror(result));
    }
    explicit_bzero(answer->str, answer->len);
    return fetched;
}

char *oauth_token(Oauth *oauth, bool *out_fresh, GError **error) {
    pthread_mutex_lock(&oauth->mutex);
    bool fresh = oauth->token == NULL || g_get_monotonic_time() >= oauth->good_until_us;
    bool have = !fresh || fetch(oauth, error);
    char *token = have ? g_strdup(oauth->token) : NULL;
    pthread_mutex_unlock(&oauth->mutex);
    if (out_fresh != NULL) {
        *out_fresh = fresh;
    }
    return token;
}

void oauth_forget(Oauth *oauth, const char *token) {
    pthread_mutex_lock(&oauth->mutex);
    if (g_strcmp0(oauth->token, token) == 0) {
        forget(oauth);
    }
    pthread_mutex_unlock(&oauth->mutex);
}
