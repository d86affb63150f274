/* vetkoll doctor [mail]: whether mail can go, and in words what to mend where it cannot. */
#include "base/clock.h"
#include "base/error.h"
#include "base/id.h"
#include "base/lang.h"
#include "cli/app.h"
#include "cli/print.h"
#include "cli/settings.h"
#include "cli/usage.h"
#include "mailer/address.h"
#include "mailer/message.h"
#include "mailer/probe.h"

#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>

enum { WHAT_WIDTH = 16, VERDICT_WIDTH = 5 };

static void print_lines(const char *title, const GPtrArray *lines) {
    static const char *const verdicts[][LANG_OWN_COUNT] = {[PROBE_OK] = {"OK", "OK"},
                                                           [PROBE_NOTE] = {"OBS", "NOTE"},
                                                           [PROBE_FAULT] = {"FEL", "FAULT"}};
    g_autoptr(GString) out = g_string_new(NULL);
    g_string_append_printf(out, "%s\n", title);
    for (guint i = 0; i < lines->len; i++) {
        const ProbeLine *line = g_ptr_array_index(lines, i);
        g_string_append(out, "  ");
        print_cell(out, verdicts[line->verdict][lang_current()], VERDICT_WIDTH);
        print_cell(out, line->what, WHAT_WIDTH);
        g_string_append_printf(out, "%s\n", line->found != NULL ? line->found : "");
        if (line->mend != NULL) {
            g_string_append_printf(out, "%*s-> %s\n", VERDICT_WIDTH + 4, "", line->mend);
        }
    }
    g_print("%s", out->str);
}

/* --- the configuration ---------------------------------------------------------------------------
 */

/* The address as SMTP carries it, NULL (and a line) if it is none. */
static char *check_address(const char *key, const char *address, GPtrArray *lines) {
    g_autoptr(GError) error = NULL;
    char *made = address_for_smtp(address, NULL, &error);
    if (made == NULL) {
        g_autofree char *mend =
            g_strdup_printf(tr("Sätt %s till en adress.", "Set %s to an address."), key);
        probe_add(lines, PROBE_FAULT, key, error->message, mend);
    }
    return made;
}

static void check_sender(const App *app, GPtrArray *lines) {
    const char *return_path = config_text(app->config, "mail.return_path");
    g_autofree char *from =
        check_address("mail.from", config_text(app->config, "mail.from"), lines);
    if (from == NULL) {
        return;
    }
    if (strchr(address_domain(from), '.') == NULL) {
        probe_add(lines, PROBE_FAULT, "mail.from", from,
                  tr("Adressen finns bara på den här maskinen: mejlservrar avvisar den, och ingen "
                     "kan svara. Sätt mail.from till en adress i organisationens domän.",
                     "The address is only of this machine: relays refuse it, and nobody can "
                     "answer. Set mail.from to an address in the organisation's domain."));
        return;
    }
    probe_add(lines, PROBE_OK, "mail.from", from, NULL);
    if (return_path[0] == '\0') {
        return;
    }
    g_autofree char *bounces = check_address("mail.return_path", return_path, lines);
    if (bounces == NULL) {
        return;
    }
    bool same = g_ascii_strcasecmp(address_domain(from), address_domain(bounces)) == 0;
    probe_add(lines, same ? PROBE_OK : PROBE_NOTE, "mail.return_path", bounces,
              same ? NULL
                   : tr("En annan domän än avsändarens: SPF gäller då inte för avsändaren "
                        "(DMARC). Skriv en adress i samma domän eller signera med DKIM.",
                        "Another domain than the sender's: SPF then does not count for the sender "
                        "(DMARC). Write an address in the same domain or sign with DKIM."));
}

static bool is_local_url(const char *url) {
    g_autoptr(GUri) uri = g_uri_parse(url, G_URI_FLAGS_NONE, NULL);
    const char *host = uri != NULL ? g_uri_get_host(uri) : NULL;
    return host != NULL && (strcmp(host, "localhost") == 0 || g_str_has_prefix(host, "127."));
}

static void check_links(const App *app, GPtrArray *lines) {
    const char *url = config_text(app->config, "web.base_url");
    if (is_local_url(url)) {
        probe_add(lines, PROBE_NOTE, "web.base_url", url,
                  tr("Länkarna i breven går bara att öppna på den här maskinen. Sätt web.base_url "
                     "till den adress som medarbetarna når, med https://.",
                     "The links in the mail open on this machine only. Set web.base_url to the "
                     "address that employees reach, with https://."));
    } else if (!g_str_has_prefix(url, "https://")) {
        probe_add(lines, PROBE_FAULT, "web.base_url", url,
                  tr("Länkarna är personliga och får inte gå i klartext. Sätt web.base_url till en "
                     "https-adress.",
                     "The links are personal and must not go in clear text. Set web.base_url to an "
                     "https address."));
    } else {
        probe_add(lines, PROBE_OK, "web.base_url", url, NULL);
    }
}

static bool is_folder(const Relay *relay) {
    return g_str_has_prefix(relay->transport.relay, "maildir:");
}

/* A folder takes every mail, and nobody gets one: that must not look like mail that works. */
static void check_folders(const GPtrArray *relays, GPtrArray *lines) {
    for (guint i = 0; i < relays->len; i++) {
        const Relay *relay = g_ptr_array_index(relays, i);
        if (is_folder(relay)) {
            probe_add(lines, PROBE_NOTE, "mail.relay", relay->transport.relay,
                      tr("Breven blir filer i mappen och skickas inte till någon: bra för att "
                         "prova. Sätt mail.relay till er mejlserver, till exempel "
                         "smtp://mejl.kommun.se:587, när de ska gå ut.",
                         "Mail becomes files in the folder and is sent to nobody: good for "
                         "trying. Set mail.relay to your relay, for example "
                         "smtp://mail.example.se:587, when it is to go out."));
        }
    }
}

/* Files that only whoever runs Vetkoll should read. */
static void check_files(const App *app, GPtrArray *lines) {
    static const char *const keys[] = {"mail.password_file", "mail.client_secret_file",
                                       "mail.client_key_file"};
    for (guint i = 0; i < G_N_ELEMENTS(keys); i++) {
        g_autofree char *path = app_path(app, config_text(app->config, keys[i]));
        struct stat about;
        if (path == NULL || stat(path, &about) != 0) {
            continue; /* a file that is not there is told where it is read */
        }
        g_autofree char *found = g_strdup_printf("%s, %04o", path, about.st_mode & 07777u);
        g_autofree char *mend = g_strdup_printf("chmod 600 %s", path);
        bool all = (about.st_mode & (S_IROTH | S_IWOTH)) != 0;
        bool group = (about.st_mode & S_IWGRP) != 0;
        probe_add(lines,
                  all     ? PROBE_FAULT
                  : group ? PROBE_NOTE
                          : PROBE_OK,
                  keys[i], found, all || group ? mend : NULL);
    }
}

static bool has_notes(const GPtrArray *lines) {
    for (guint i = 0; i < lines->len; i++) {
        if (((const ProbeLine *)g_ptr_array_index(lines, i))->verdict == PROBE_NOTE) {
            return true;
        }
    }
    return false;
}

static bool check_config(const App *app, MailSettings *out, bool *notes) {
    g_autoptr(GPtrArray) lines = probe_new();
    g_autofree char *ini = g_build_filename(app->dir, "vetkoll.ini", NULL);
    g_autofree char *title = g_strdup_printf(tr("Inställningar, %s", "Settings, %s"), ini);
    g_autoptr(GError) error = NULL;
    check_sender(app, lines);
    check_links(app, lines);
    check_files(app, lines);
    bool read = settings_mail(app, out, &error);
    if (!read) {
        probe_add(lines, PROBE_FAULT, "vetkoll.ini", error->message, NULL);
    } else {
        check_folders(out->relays, lines);
    }
    if (read && out->dkim != NULL) {
        g_autofree char *record = signer_dns_record(out->dkim);
        g_autofree char *found =
            g_strdup_printf(tr("i DNS ska stå: %s", "DNS should hold: %s"), record);
        probe_add(lines, PROBE_OK, "DKIM", found, NULL);
    }
    print_lines(title, lines);
    *notes = has_notes(lines) || *notes;
    return read && probe_is_sound(lines);
}

/* --- a test message ------------------------------------------------------------------------------
 */

typedef struct {
    const MailSettings *mail;
    const char *from; /* these three as SMTP carries them */
    const char *return_path;
    const char *to;
    const char *relay;
    Delivery delivery;
} Letter;

static Envelope letter_envelope(gpointer data, guint index) {
    const Letter *letter = data;
    (void)index;
    return (Envelope){.return_path = letter->return_path, .to = letter->to, .envid = "doctor"};
}

static bool letter_body(gpointer data, guint index, GString *out) {
    const Letter *letter = data;
    const SenderSettings *settings = &letter->mail->sender;
    const MessageSender sender = {.from_address = letter->from,
                                  .from_name = settings->from_name,
                                  .reply_to = settings->reply_to,
                                  .list_id = "vetkoll-doctor",
                                  .language = lang_current(),
                                  .dkim = settings->dkim};
    g_autoptr(MessageFrame) frame = message_frame_new(&sender);
    g_autofree char *message_id = g_strdup_printf("doctor.%016" PRIx64 "@%s", (uint64_t)id_new(),
                                                  address_domain(letter->from));
    g_autofree char *text = g_strdup_printf(
        tr("Det här är ett provbrev från `vetkoll doctor mail`, skickat över %s.\n\nKom det fram "
           "till inkorgen och inte till skräpposten fungerar mejlet.\n",
           "This is a test message from `vetkoll doctor mail`, sent over %s.\n\nIf it arrived in "
           "the inbox and not among spam, mail works.\n"),
        letter->relay);
    g_autofree char *escaped = g_markup_escape_text(text, -1);
    g_autofree char *html =
        g_strdup_printf("<!doctype html><html lang=\"%s\"><body><pre>%s</pre></body></html>",
                        lang_code(lang_current()), escaped);
    const MessageParts parts = {.to_address = letter->to,
                                .to_name = "",
                                .message_id = message_id,
                                .date_us = clock_now_us(),
                                .subject = tr("Provbrev från Vetkoll", "Test message from Vetkoll"),
                                .text = text,
                                .html = html};
    (void)index;
    return message_build(frame, &parts, out, NULL);
}

static bool letter_commit(gpointer data, guint index) {
    (void)data, (void)index;
    return true;
}

static void letter_outcome(gpointer data, guint index, const Delivery *delivery) {
    Letter *letter = data;
    (void)index;
    letter->delivery = *delivery;
}

/* By the very transport that campaigns use. */
static void send_letter(const Relay *relay, Letter *letter, GPtrArray *lines) {
    const char *what = tr("provbrev", "test message");
    g_autoptr(GError) error = NULL;
    letter->relay = relay->transport.relay;
    letter->delivery = delivery_make(DELIVERY_TRANSIENT, "");
    const TransportBatch batch = {.count = 1,
                                  .data = letter,
                                  .envelope = letter_envelope,
                                  .body = letter_body,
                                  .commit = letter_commit,
                                  .outcome = letter_outcome};
    g_autoptr(Transport) transport = transport_open(&relay->transport, &error);
    if (transport == NULL || !transport_send(transport, &batch, &error)) {
        probe_add(lines, PROBE_FAULT, what, error->message, NULL);
        return;
    }
    const Delivery *delivery = &letter->delivery;
    g_autofree char *code =
        delivery->smtp_code != 0
            ? g_strdup_printf(": %d %s", delivery->smtp_code, delivery->enhanced)
            : g_strdup("");
    g_autofree char *found = g_strdup_printf("<%s>%s %s", letter->to, code, delivery->text);
    bool sent = delivery->outcome == DELIVERY_SENT;
    probe_add(
        lines, sent ? PROBE_OK : PROBE_FAULT, what, found,
        !sent ? NULL
        : is_folder(relay)
            ? tr("Det ligger som en fil i mappens new.", "It lies as a file in the folder's new.")
            : tr("Se efter i inkorgen, och i skräpposten.", "Look in the inbox, and among spam."));
}

/* --- the command ---------------------------------------------------------------------------------
 */

static bool check_relay(const Relay *relay, bool only, Letter *letter, bool *notes) {
    g_autoptr(GPtrArray) lines = probe_new();
    g_autofree char *title =
        only ? g_strdup(relay->transport.relay)
             : g_strdup_printf("%s, priority=%u", relay->transport.relay, relay->priority);
    probe_relay(relay, letter->return_path, clock_now_us() / CLOCK_SECOND_US, lines);
    if (letter->to != NULL && probe_is_sound(lines)) {
        send_letter(relay, letter, lines);
    }
    print_lines(title, lines);
    *notes = has_notes(lines) || *notes;
    return probe_is_sound(lines);
}

static bool check_relays(const MailSettings *mail, const char *to, bool *notes) {
    const SenderSettings *sender = &mail->sender;
    const char *bounces =
        sender->return_path[0] != '\0' ? sender->return_path : sender->from_address;
    g_autofree char *from = address_for_smtp(sender->from_address, NULL, NULL);
    g_autofree char *return_path = address_for_smtp(bounces, NULL, NULL);
    bool sound = true;
    if (from == NULL || return_path == NULL) {
        return false; /* told by check_config */
    }
    Letter letter = {.mail = mail, .from = from, .return_path = return_path, .to = to};
    for (guint i = 0; i < mail->relays->len; i++) {
        const Relay *relay = g_ptr_array_index(mail->relays, i);
        sound = check_relay(relay, mail->relays->len == 1, &letter, notes) && sound;
    }
    return sound;
}

static int doctor_mail(const App *app, const char *to) {
    g_auto(MailSettings) mail = {0};
    bool notes = false;
    bool sound = check_config(app, &mail, &notes);
    if (mail.relays != NULL) {
        sound = check_relays(&mail, to, &notes) && sound;
    }
    g_print("%s\n",
            !sound  ? tr("Något behöver rättas i vetkoll.ini eller hos mejlservern: läs "
                          "raderna med FEL.",
                         "Something needs mending in vetkoll.ini or at the relay: read the "
                          "lines with FAULT.")
            : notes ? tr("Inga fel. Läs raderna med OBS.", "No faults. Read the lines with NOTE.")
                    : tr("Allt som behövs fungerar.", "All that is needed works."));
    return sound ? EX_OK : EX_CONFIG;
}

int cmd_doctor(App *app, int argc, char **argv) {
    g_autofree char *to = NULL;
    const GOptionEntry entries[] = {
        {"to", 0, 0, G_OPTION_ARG_STRING, &to,
         tr("skicka också ett provbrev till adressen, över varje mejlserver",
            "also send a test message to the address, over each relay"),
         tr("ADRESS", "ADDRESS")},
        {0},
    };
    g_autoptr(GOptionContext) context = g_option_context_new("[mail]");
    g_autoptr(GError) error = NULL;
    g_option_context_add_main_entries(context, entries, NULL);
    g_option_context_set_summary(
        context,
        tr("Prövar mejlservrarna i mail.relay i ordning: förbindelse, TLS och certifikat, "
           "inloggning, vad de klarar, och om de tar emot brev från avsändaren. Säger i ord vad "
           "som behöver ändras: FEL måste rättas, OBS är bra att veta. Slutar med 0 om inget är "
           "FEL, annars 78.",
           "Tries the relays of mail.relay in order: connection, TLS and certificate, login, what "
           "they can do, and whether they take mail from the sender. Says in words what to mend: "
           "FAULT must be, NOTE is good to know. Ends with 0 if nothing is FAULT, else with 78."));
    static const UsageVerb verbs[] = {{"mail", 0}, {NULL, 0}}; /* may be left out */
    if (!usage_parse(context, &argc, &argv, &error) ||
        (argc > 1 && !usage_check(verbs, argc, argv, &error))) {
        return app_fail(g_steal_pointer(&error));
    }
    g_autofree char *address = to != NULL ? address_for_smtp(to, NULL, &error) : NULL;
    if (error != NULL) {
        return app_fail(g_steal_pointer(&error));
    }
    return doctor_mail(app, address);
}
