#include "mailer/probe.h"

#include "base/error.h"
#include "base/lang.h"
#include "mailer/dialogue.h"
#include "mailer/relay_link.h"
#include "mailer/relay_login.h"
#include "mailer/relay_tls.h"
#include "mailer/relay_url.h"
#include "mailer/transport_private.h"

#include <errno.h>
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

enum { STEP_TIMEOUT_MS = 30 * 1000, DAYS_LEFT_FEW = 14, DAY_S = 24 * 3600 };

typedef struct {
    const TransportSettings *settings; /* texts not NULL */
    const RelayUrl *url;
    const char *return_path;
    int64_t now_s;
    TlsPolicy tls;
    guint timeout_ms;
    RelayLink *link;
    Dialogue dialogue;
    RelayOffer offer;
    bool secure;
    GPtrArray *lines;
} Probe;

static void line_free(gpointer data) {
    ProbeLine *line = data;
    g_free(line->what);
    g_free(line->found);
    g_free(line->mend);
    g_free(line);
}

GPtrArray *probe_new(void) {
    return g_ptr_array_new_with_free_func(line_free);
}

void probe_add(GPtrArray *lines, ProbeVerdict verdict, const char *what, const char *found,
               const char *mend) {
    ProbeLine *line = g_new0(ProbeLine, 1);
    line->verdict = verdict;
    line->what = g_strdup(what);
    line->found = g_strdup(found);
    line->mend = g_strdup(mend);
    g_ptr_array_add(lines, line);
}

bool probe_is_sound(const GPtrArray *lines) {
    for (guint i = 0; i < lines->len; i++) {
        const ProbeLine *line = g_ptr_array_index(lines, i);
        if (line->verdict == PROBE_FAULT) {
            return false;
        }
    }
    return true;
}

static void ok(const Probe *probe, const char *what, const char *found) {
    probe_add(probe->lines, PROBE_OK, what, found, NULL);
}

/* False, so that a step can end with it. */
static bool fault(const Probe *probe, const char *what, const char *found, const char *mend) {
    probe_add(probe->lines, PROBE_FAULT, what, found, mend);
    return false;
}

/* --- the connection ------------------------------------------------------------------------------
 */

static const char *connect_words(const GError *error) {
    if (error->domain == G_RESOLVER_ERROR) {
        return tr("Namnet finns inte i DNS. Kontrollera stavningen i mail.relay.",
                  "The name is not in DNS. Check its spelling in mail.relay.");
    }
    if (g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CONNECTION_REFUSED)) {
        return tr("Ingen lyssnar på porten. Kontrollera porten i mail.relay (587 för smtp://, 465 "
                  "för smtps://, 25 inom det egna nätet) och att mejlservern är igång.",
                  "Nobody listens on the port. Check the port in mail.relay (587 for smtp://, 465 "
                  "for smtps://, 25 within your own network) and that the relay is up.");
    }
    return tr("Maskinen når inte mejlservern. Be den som sköter brandväggen öppna för porten.",
              "This machine does not reach the relay. Ask whoever runs the firewall to open the "
              "port.");
}

static bool step_connect(Probe *probe) {
    const char *what = tr("förbindelse", "connection");
    g_autoptr(GError) error = NULL;
    gint64 begun_us = g_get_monotonic_time();
    probe->link = relay_link_open(probe->url->host, probe->url->port, probe->timeout_ms, &error);
    if (probe->link == NULL) {
        return fault(probe, what, error->message, connect_words(error));
    }
    g_autofree char *found = g_strdup_printf("%s:%u, %d ms", probe->url->host, probe->url->port,
                                             (int)((g_get_monotonic_time() - begun_us) / 1000));
    ok(probe, what, found);
    DialogueStream stream = relay_link_stream(probe->link);
    dialogue_init(&probe->dialogue, &stream);
    return true;
}

static const char *handshake_words(const Probe *probe, const char *text) {
    if (strstr(text, "wrong version number") != NULL && probe->url->kind == RELAY_SMTPS) {
        return tr("Porten talar inte TLS från början. Skriv smtp:// (STARTTLS) i mail.relay.",
                  "The port does not speak TLS from the start. Write smtp:// (STARTTLS) in "
                  "mail.relay.");
    }
    if (strstr(text, "protocol version") != NULL || strstr(text, "unsupported protocol") != NULL) {
        return tr("Mejlservern har bara TLS äldre än 1.2. Den behöver uppgraderas.",
                  "The relay has only TLS older than 1.2. It needs an upgrade.");
    }
    if (strstr(text, "certificate required") != NULL || strstr(text, "handshake failure") != NULL) {
        return tr("Mejlservern kan kräva klientcertifikat: sätt mail.client_cert_file och "
                  "mail.client_key_file.",
                  "The relay may ask for a client certificate: set mail.client_cert_file and "
                  "mail.client_key_file.");
    }
    return NULL;
}

/* What may have ended the connection: under TLS the relay may have said. */
static bool silent(const Probe *probe, const char *what, const char *why, const char *mend) {
    const char *words = relay_link_fault(probe->link);
    const char *known = handshake_words(probe, words);
    return words[0] != '\0' ? fault(probe, what, words, known != NULL ? known : mend)
                            : fault(probe, what, why, mend);
}

static char *reply_words(const Reply *reply) {
    return g_strdup_printf("%d %s", reply->code, reply->text);
}

static bool step_greeting(Probe *probe) {
    const char *what = tr("hälsning", "greeting");
    const char *why = tr("inget svar", "no reply");
    Reply reply;
    if (!dialogue_hear(&probe->dialogue, probe->timeout_ms, &reply, &why)) {
        bool smtps = probe->url->kind == RELAY_SMTP && probe->url->port == 465;
        return silent(probe, what, why,
                      smtps
                          ? tr("På port 465 talas TLS från början: skriv smtps:// i mail.relay.",
                               "Port 465 speaks TLS from the start: write smtps:// in mail.relay.")
                          : tr("Det som svarar på porten talar inte SMTP. För TLS från början "
                               "skrivs smtps://.",
                               "What answers on the port does not speak SMTP. For TLS from the "
                               "start write smtps://."));
    }
    g_autofree char *found = reply_words(&reply);
    if (reply.code != 220) {
        return fault(probe, what, found,
                     tr("Mejlservern tar inte emot förbindelser härifrån nu. Be dess förvaltare "
                        "tillåta maskinens adress.",
                        "The relay takes no connections from here now. Ask its postmaster to allow "
                        "this machine's address."));
    }
    ok(probe, what, found);
    return true;
}

static bool step_ehlo(Probe *probe, bool tell) {
    const char *helo = probe->settings->helo_name;
    const char *why = tr("inget svar", "no reply");
    Reply reply;
    g_autofree char *command =
        g_strdup_printf("EHLO %s\r\n", helo[0] != '\0' ? helo : g_get_host_name());
    probe->offer = (RelayOffer){0};
    bool heard = dialogue_say(&probe->dialogue, command, strlen(command), probe->timeout_ms, NULL);
    if (!heard || !dialogue_hear(&probe->dialogue, probe->timeout_ms, &reply, &why)) {
        return silent(probe, "EHLO", why, NULL);
    }
    if (reply.code != 250) {
        g_autofree char *found = reply_words(&reply);
        return fault(probe, "EHLO", found,
                     tr("Mejlservern godtar inte namnet. Sätt mail.helo till maskinens namn i DNS.",
                        "The relay does not accept the name. Set mail.helo to this machine's name "
                        "in DNS."));
    }
    g_auto(GStrv) lines = g_strsplit(probe->dialogue.lines->str, "\n", -1);
    for (guint i = 0; lines[i] != NULL; i++) {
        relay_offer_add(&probe->offer, lines[i]);
    }
    if (tell) {
        ok(probe, "EHLO", g_strchomp(command));
    }
    return true;
}

/* --- TLS -----------------------------------------------------------------------------------------
 */

/* Lets TLS begin. `out_plain`: the policy allows to go on without. */
static bool step_starttls(Probe *probe, bool *out_plain) {
    const char *why = tr("inget svar", "no reply");
    Reply reply;
    if (!probe->offer.starttls) {
        *out_plain = probe->tls == TLS_OPPORTUNISTIC;
        const char *found = tr("erbjuds inte", "not offered");
        if (*out_plain) {
            probe_add(probe->lines, PROBE_NOTE, "STARTTLS", found,
                      tr("Breven går i klartext. Be mejlserverns förvaltare slå på STARTTLS, och "
                         "sätt sedan mail.tls = required.",
                         "The mail goes in clear text. Ask the relay's postmaster to turn on "
                         "STARTTLS, then set mail.tls = required."));
            return true;
        }
        return fault(
            probe, "STARTTLS", found,
            tr("mail.tls = required kräver STARTTLS. Be mejlserverns förvaltare slå på det, "
               "eller använd porten för inskickning (587) eller smtps:// (465). Erbjuds det på "
               "andra håll har någon på vägen tagit bort det.",
               "mail.tls = required asks for STARTTLS. Ask the relay's postmaster to turn it "
               "on, or use the submission port (587) or smtps:// (465). If it is offered "
               "elsewhere, somebody on the way removes it."));
    }
    if (!dialogue_say(&probe->dialogue, "STARTTLS\r\n", strlen("STARTTLS\r\n"), probe->timeout_ms,
                      NULL) ||
        !dialogue_hear(&probe->dialogue, probe->timeout_ms, &reply, &why)) {
        return fault(probe, "STARTTLS", why, NULL);
    }
    if (reply.code != 220 || dialogue_has_more(&probe->dialogue)) {
        g_autofree char *found = reply_words(&reply);
        return fault(probe, "STARTTLS", found,
                     tr("Mejlservern erbjöd STARTTLS men började inte. Dess logg säger varför.",
                        "The relay offered STARTTLS but did not begin. Its log says why."));
    }
    ok(probe, "STARTTLS", tr("erbjuds", "offered"));
    return true;
}

static void tell_certificate(const Probe *probe, const RelayLinkTls *tls) {
    const char *what = tr("certifikat", "certificate");
    g_autoptr(GDateTime) expires = g_date_time_new_from_unix_utc(tls->expires_at_s);
    g_autofree char *date = g_date_time_format(expires, "%F");
    int days = (int)((tls->expires_at_s - probe->now_s) / DAY_S);
    g_autofree char *found = g_strdup_printf(
        tr("%s; utfärdat av %s; namn: %s; kedja om %u; gäller till %s (%d dagar)",
           "%s; issued by %s; names: %s; chain of %u; valid until %s (%d days)"),
        tls->subject != NULL ? tls->subject : "-", tls->issuer != NULL ? tls->issuer : "-",
        tls->names != NULL && tls->names[0] != '\0' ? tls->names : "-", tls->chain, date, days);
    if (tls->verify_error != X509_V_OK) {
        fault(probe, what, found, relay_tls_words(tls->verify_error));
    } else if (days < DAYS_LEFT_FEW) {
        probe_add(probe->lines, PROBE_NOTE, what, found,
                  tr("Certifikatet går snart ut. Be mejlserverns förvaltare förnya det.",
                     "The certificate expires soon. Ask the relay's postmaster to renew it."));
    } else {
        ok(probe, what, found);
    }
}

static bool step_tls(Probe *probe) {
    const TransportSettings *settings = probe->settings;
    const RelayTls how = {.host = probe->url->host,
                          .ca_file = settings->ca_file,
                          .cert_file = settings->client_cert_file,
                          .key_file = settings->client_key_file};
    g_autoptr(GError) error = NULL;
    g_auto(RelayLinkTls) tls = {0};
    SSL_CTX *context = relay_tls_new(&how, &error);
    if (context == NULL) {
        return fault(probe, "TLS", error->message, NULL);
    }
    bool done = relay_link_secure(probe->link, context, probe->timeout_ms, &tls, &error);
    SSL_CTX_free(context);
    if (!done) {
        return fault(probe, "TLS", error->message, handshake_words(probe, error->message));
    }
    g_autofree char *found = g_strdup_printf("%s, %s", tls.version, tls.cipher);
    ok(probe, "TLS", found);
    tell_certificate(probe, &tls);
    probe->secure = true;
    return tls.verify_error == X509_V_OK;
}

/* --- after EHLO ----------------------------------------------------------------------------------
 */

static bool step_login(Probe *probe) {
    const char *what = tr("inloggning", "login");
    const char *offered = probe->offer.login;
    if (probe->settings->username[0] == '\0') {
        g_autofree char *found = g_strdup_printf(tr("ingen (erbjuds: %s)", "none (offered: %s)"),
                                                 offered[0] != '\0' ? offered : "-");
        ok(probe, what, found);
        return true;
    }
    g_autoptr(GError) error = NULL;
    const char *method = relay_login_choose(probe->settings->login, offered);
    if (method == NULL) {
        return fault(probe, what, offered[0] != '\0' ? offered : tr("erbjuds inte", "not offered"),
                     probe->secure
                         ? tr("Mejlservern erbjuder ingen inloggning som Vetkoll ska använda. Se "
                              "mail.auth, eller ta bort mail.username om ingen behövs.",
                              "The relay offers no login that Vetkoll is to use. See mail.auth, or "
                              "remove mail.username if none is needed.")
                         : tr("Mejlservern erbjuder inloggning först under TLS.",
                              "The relay offers a login only under TLS."));
    }
    if (!relay_login(&probe->dialogue, probe->settings, method, probe->timeout_ms, &error)) {
        return fault(probe, what, error->message, relay_login_words(error->message));
    }
    g_autofree char *found = g_strdup_printf(tr("%s som %s; erbjuds: %s", "%s as %s; offered: %s"),
                                             method, probe->settings->username, offered);
    ok(probe, what, found);
    return true;
}

static void tell_offer(const Probe *probe) {
    const struct {
        const char *name;
        bool offered;
        const char *without;
    } extensions[] = {
        {"PIPELINING", probe->offer.pipelining,
         tr("Breven går långsammare, men går fram.", "Mail goes slower, but goes.")},
        {"8BITMIME", probe->offer.eightbitmime, NULL},
        {"SMTPUTF8", probe->offer.smtputf8,
         tr("Adresser med å, ä, ö före @ blir obeställbara.",
            "Addresses with letters outside ASCII before the @ are undeliverable.")},
        {"DSN", probe->offer.dsn, NULL},
    };
    g_autofree char *size =
        probe->offer.size_max > 0
            ? g_strdup_printf(tr("högst %" PRIu64 " byte", "at most %" PRIu64 " bytes"),
                              probe->offer.size_max)
            : g_strdup(probe->offer.size ? tr("utan gräns", "no limit")
                                         : tr("sägs inte", "not told"));
    bool small = probe->offer.size_max > 0 && probe->offer.size_max < 1024 * 1024;
    probe_add(probe->lines, small ? PROBE_NOTE : PROBE_OK, "SIZE", size,
              small ? tr("Under 1 MB: ett brev med logotyp kan bli för stort.",
                         "Below 1 MB: a message with a logo may be too large.")
                    : NULL);
    for (guint i = 0; i < G_N_ELEMENTS(extensions); i++) {
        probe_add(probe->lines, extensions[i].offered ? PROBE_OK : PROBE_NOTE, extensions[i].name,
                  extensions[i].offered ? tr("erbjuds", "offered")
                                        : tr("erbjuds inte", "not offered"),
                  extensions[i].offered ? NULL : extensions[i].without);
    }
}

static bool step_sender(Probe *probe) {
    const char *what = tr("avsändare", "sender");
    const char *why = tr("inget svar", "no reply");
    Reply reply;
    g_autofree char *command = g_strdup_printf("MAIL FROM:<%s>\r\n", probe->return_path);
    if (!dialogue_say(&probe->dialogue, command, strlen(command), probe->timeout_ms, NULL) ||
        !dialogue_hear(&probe->dialogue, probe->timeout_ms, &reply, &why)) {
        return fault(probe, what, why, NULL);
    }
    g_autofree char *found =
        g_strdup_printf("<%s>: %d %s", probe->return_path, reply.code, reply.text);
    if (reply.code != 250) {
        return fault(probe, what, found,
                     tr("Mejlservern tar inte emot brev från adressen. Be dess förvaltare tillåta "
                        "den, ändra mail.return_path eller mail.from, eller logga in "
                        "(mail.username).",
                        "The relay takes no mail from the address. Ask its postmaster to allow it, "
                        "change mail.return_path or mail.from, or log in (mail.username)."));
    }
    ok(probe, what, found);
    return true;
}

/* To the sender's own address, which should exist and which any relay of ours should take: many
 * servers say only here whom they let in. */
static bool step_recipient(Probe *probe) {
    const char *what = tr("mottagare", "recipient");
    const char *why = tr("inget svar", "no reply");
    Reply reply;
    g_autofree char *command = g_strdup_printf("RCPT TO:<%s>\r\n", probe->return_path);
    if (!dialogue_say(&probe->dialogue, command, strlen(command), probe->timeout_ms, NULL) ||
        !dialogue_hear(&probe->dialogue, probe->timeout_ms, &reply, &why)) {
        return fault(probe, what, why, NULL);
    }
    g_autofree char *found =
        g_strdup_printf("<%s>: %d %s", probe->return_path, reply.code, reply.text);
    if (reply.code / 100 == 4) {
        probe_add(probe->lines, PROBE_NOTE, what, found,
                  tr("Inte nu. Är det grålistning går det över; be annars mejlserverns förvaltare "
                     "tillåta maskinens adress.",
                     "Not now. Greylisting passes; else ask the relay's postmaster to allow this "
                     "machine's address."));
    } else if (reply.code / 100 != 2) {
        return fault(
            probe, what, found,
            tr("Mejlservern skickar inte vidare åt den här maskinen, eller så finns inte "
               "adressen, dit studsar går. Be dess förvaltare tillåta maskinens adress, logga in "
               "(mail.username), eller skapa brevlådan.",
               "The relay does not send for this machine, or the address, where bounces go, does "
               "not exist. Ask its postmaster to allow this machine's address, log in "
               "(mail.username), or create the mailbox."));
    } else {
        ok(probe, what, found);
    }
    return true;
}

static void say_goodbye(Probe *probe) {
    static const char words[] = "RSET\r\nQUIT\r\n";
    const char *why = NULL;
    Reply reply;
    if (dialogue_say(&probe->dialogue, words, strlen(words), probe->timeout_ms, NULL) &&
        dialogue_hear(&probe->dialogue, probe->timeout_ms, &reply, &why)) {
        dialogue_hear(&probe->dialogue, probe->timeout_ms, &reply, &why);
    }
}

static void probe_steps(Probe *probe) {
    bool plain = probe->tls == TLS_OFF;
    bool implicit = probe->url->kind == RELAY_SMTPS;
    if (!step_connect(probe) || (implicit && !step_tls(probe)) || !step_greeting(probe) ||
        !step_ehlo(probe, true)) {
        return;
    }
    if (!implicit && !plain && !step_starttls(probe, &plain)) {
        return;
    }
    if (!implicit && !plain && (!step_tls(probe) || !step_ehlo(probe, false))) {
        return;
    }
    tell_offer(probe);
    if (step_login(probe) && step_sender(probe) && step_recipient(probe)) {
        say_goodbye(probe);
    }
}

/* --- the kinds -----------------------------------------------------------------------------------
 */

static void probe_maildir(const char *folder, GPtrArray *lines) {
    g_autofree char *tmp = g_build_filename(folder, "tmp", NULL);
    g_autofree char *trial = g_build_filename(tmp, "vetkoll-doctor-XXXXXX", NULL);
    const char *what = tr("mapp", "folder");
    if (g_mkdir_with_parents(tmp, 0700) != 0) {
        g_autofree char *found = g_strdup_printf("%s: %s", tmp, g_strerror(errno));
        probe_add(lines, PROBE_FAULT, what, found,
                  tr("Ge den som kör Vetkoll rätt att skriva där.",
                     "Give whoever runs Vetkoll the right to write there."));
        return;
    }
    int fd = g_mkstemp(trial);
    if (fd < 0) {
        g_autofree char *found = g_strdup_printf("%s: %s", tmp, g_strerror(errno));
        probe_add(lines, PROBE_FAULT, what, found,
                  tr("Ge den som kör Vetkoll rätt att skriva där.",
                     "Give whoever runs Vetkoll the right to write there."));
        return;
    }
    close(fd);
    g_unlink(trial);
    probe_add(lines, PROBE_OK, what, folder, NULL);
}

static void probe_server(const TransportSettings *settings, const RelayUrl *url,
                         const char *return_path, int64_t now_s, GPtrArray *lines) {
    Probe probe = {.settings = settings,
                   .url = url,
                   .return_path = return_path,
                   .now_s = now_s,
                   .timeout_ms = settings->timeout_ms > 0 ? settings->timeout_ms : STEP_TIMEOUT_MS,
                   .tls = TLS_REQUIRED,
                   .lines = lines};
    g_autoptr(GError) error = NULL;
    if (url->kind == RELAY_SMTP && !transport_choose_tls(settings, url->host, &probe.tls, &error)) {
        fault(&probe, "TLS", error->message, NULL);
        return;
    }
    if (probe.tls == TLS_OFF) {
        probe_add(
            lines, PROBE_NOTE, "TLS", tr("avslaget (mail.tls = off)", "off (mail.tls = off)"),
            tr("Bara för en mejlserver på samma maskin.", "Only for a relay on the same machine."));
    }
    probe_steps(&probe);
    dialogue_clear(&probe.dialogue);
    relay_link_close(probe.link);
}

void probe_relay(const Relay *relay, const char *return_path, int64_t now_s, GPtrArray *lines) {
    g_auto(RelayUrl) url = {0};
    g_autoptr(GError) error = NULL;
    if (!relay_url_parse(relay->transport.relay, &url, &error)) {
        probe_add(lines, PROBE_FAULT, "mail.relay", error->message, NULL);
        return;
    }
    if (url.kind == RELAY_MAILDIR) {
        probe_maildir(url.folder, lines);
        return;
    }
    TransportSettings settings;
    transport_settings_copy(&settings, &relay->transport);
    probe_server(&settings, &url, return_path, now_s, lines);
    transport_settings_clear(&settings);
}
