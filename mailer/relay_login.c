#include "mailer/relay_login.h"

#include "base/error.h"
#include "base/lang.h"
#include "mailer/oauth.h"

#include <string.h>

static const struct {
    LoginMethod method;
    const char *name;
} methods[] = {{LOGIN_PLAIN, "PLAIN"},
               {LOGIN_LOGIN, "LOGIN"},
               {LOGIN_CRAM_MD5, "CRAM-MD5"},
               {LOGIN_XOAUTH2, "XOAUTH2"}};

const char *relay_login_choose(LoginMethod method, const char *offered) {
    g_auto(GStrv) words = g_strsplit(offered, " ", -1);
    for (guint i = 0; words[i] != NULL; i++) {
        for (guint j = 0; j < G_N_ELEMENTS(methods); j++) {
            bool wanted = method == methods[j].method ||
                          (method == LOGIN_AUTO && methods[j].method != LOGIN_XOAUTH2);
            if (wanted && g_ascii_strcasecmp(words[i], methods[j].name) == 0) {
                return methods[j].name;
            }
        }
    }
    return NULL;
}

typedef struct {
    Dialogue *dialogue;
    guint timeout_ms;
    Reply reply; /* the latest */
} Login;

static bool login_say(Login *login, const char *text, GError **error) {
    const char *why = tr("inget svar", "no reply");
    g_autofree char *line = g_strconcat(text, "\r\n", NULL);
    bool heard = dialogue_say(login->dialogue, line, strlen(line), login->timeout_ms, NULL) &&
                 dialogue_hear(login->dialogue, login->timeout_ms, &login->reply, &why);
    explicit_bzero(line, strlen(line));
    if (!heard) {
        return error_set(error, VK_ERROR_BUSY, "AUTH: %s", why);
    }
    if (login->reply.code / 100 == 4 || login->reply.code / 100 == 5) {
        Delivery shown = reply_delivery(&login->reply);
        return error_set(error, VK_ERROR_DENIED, "%d %s%s%s", shown.smtp_code, shown.enhanced,
                         shown.enhanced[0] != '\0' ? " " : "", shown.text);
    }
    return true;
}

static bool login_say_base64(Login *login, const char *before, const char *bytes, size_t size,
                             GError **error) {
    g_autofree char *coded = g_base64_encode((const guchar *)bytes, size);
    g_autofree char *line = g_strconcat(before, coded, NULL);
    bool heard = login_say(login, line, error);
    explicit_bzero(coded, strlen(coded));
    explicit_bzero(line, strlen(line));
    return heard;
}

static bool login_plain(Login *login, const TransportSettings *settings, GError **error) {
    g_autoptr(GString) text = g_string_new(NULL);
    g_string_append_c(text, '\0');
    g_string_append(text, settings->username);
    g_string_append_c(text, '\0');
    g_string_append(text, settings->password);
    bool heard = login_say_base64(login, "AUTH PLAIN ", text->str, text->len, error);
    explicit_bzero(text->str, text->len);
    return heard;
}

static bool login_login(Login *login, const TransportSettings *settings, GError **error) {
    return login_say(login, "AUTH LOGIN", error) &&
           login_say_base64(login, "", settings->username, strlen(settings->username), error) &&
           login_say_base64(login, "", settings->password, strlen(settings->password), error);
}

static bool login_cram(Login *login, const TransportSettings *settings, GError **error) {
    if (!login_say(login, "AUTH CRAM-MD5", error)) {
        return false;
    }
    gsize size = 0;
    g_autofree guchar *challenge = g_base64_decode(login->reply.text, &size);
    g_autofree char *digest =
        g_compute_hmac_for_data(G_CHECKSUM_MD5, (const guchar *)settings->password,
                                strlen(settings->password), challenge, size);
    g_autofree char *answer = g_strconcat(settings->username, " ", digest, NULL);
    return login_say_base64(login, "", answer, strlen(answer), error);
}

static bool login_token(Login *login, const TransportSettings *settings, GError **error) {
    const OauthSettings how = {.token_url = settings->token_url,
                               .client_id = settings->client_id,
                               .client_secret = settings->client_secret,
                               .scope = settings->scope,
                               .ca_file = settings->ca_file,
                               .timeout_ms = settings->timeout_ms};
    g_autoptr(Oauth) oauth = oauth_open(&how, error);
    g_autofree char *token = oauth != NULL ? oauth_token(oauth, NULL, error) : NULL;
    if (token == NULL) {
        return false;
    }
    g_autofree char *text =
        g_strdup_printf("user=%s\001auth=Bearer %s\001\001", settings->username, token);
    /* Not in AUTH's own line, which may be no longer than others (RFC 4954 section 4). */
    return login_say(login, "AUTH XOAUTH2", error) &&
           login_say_base64(login, "", text, strlen(text), error) &&
           (login->reply.code != 334 || login_say(login, "", error)); /* 334: why it is refused */
}

bool relay_login(Dialogue *dialogue, const TransportSettings *settings, const char *method,
                 guint timeout_ms, GError **error) {
    Login login = {.dialogue = dialogue, .timeout_ms = timeout_ms};
    bool heard;
    if (strcmp(method, "PLAIN") == 0) {
        heard = login_plain(&login, settings, error);
    } else if (strcmp(method, "LOGIN") == 0) {
        heard = login_login(&login, settings, error);
    } else if (strcmp(method, "CRAM-MD5") == 0) {
        heard = login_cram(&login, settings, error);
    } else {
        heard = login_token(&login, settings, error);
    }
    return heard &&
           (login.reply.code == 235 || error_set(error, VK_ERROR_DENIED, "AUTH %s: %d %s", method,
                                                 login.reply.code, login.reply.text));
}

const char *relay_login_words(const char *refusal) {
    if (strstr(refusal, "5.7.139") != NULL || strstr(refusal, "5.7.3 ") != NULL) {
        return tr("Microsoft 365: slå på autentiserad SMTP för brevlådan (Set-CASMailbox "
                  "-SmtpClientAuthenticationDisabled $false) och ge programmet rätt att skicka "
                  "som den (New-ServicePrincipal, Add-MailboxPermission).",
                  "Microsoft 365: turn on authenticated SMTP for the mailbox (Set-CASMailbox "
                  "-SmtpClientAuthenticationDisabled $false) and give the application the right to "
                  "send as it (New-ServicePrincipal, Add-MailboxPermission).");
    }
    if (g_str_has_prefix(refusal, "535") || g_str_has_prefix(refusal, "5")) {
        return tr("Kontrollera mail.username och lösenordet i mail.password_file (eller "
                  "inställningarna för xoauth2).",
                  "Check mail.username and the password in mail.password_file (or the settings of "
                  "xoauth2).");
    }
    if (g_str_has_prefix(refusal, "4")) {
        return tr("Mejlservern kan inte pröva inloggningen nu. Försök igen om en stund.",
                  "The relay cannot check the login now. Try again in a while.");
    }
    return NULL;
}
