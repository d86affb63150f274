#include "cli/campaign_mail.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/id.h"
#include "base/lang.h"
#include "campaigns/sample.h"
#include "cli/settings.h"
#include "mailer/address.h"
#include "mailer/letter.h"
#include "mailer/transport.h"

#include <glib/gstdio.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* All that one look at a campaign's mail needs, with the letter on top. */
typedef struct {
    MailSettings mail;
    char *from_address; /* as SMTP carries them */
    char *reply_to;
    char *return_path;
    SamplePerson person;
    Letter *letter;
    const char *message; /* "invitation" or "reminder" */
} Sample;

static void sample_clear(Sample *sample) {
    letter_free(sample->letter);
    sample_person_clear(&sample->person);
    mail_settings_clear(&sample->mail);
    g_free(sample->from_address);
    g_free(sample->reply_to);
    g_free(sample->return_path);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Sample, sample_clear)

/* One of `names` (ended by NULL), the first if `text` is NULL. */
static bool word_parse(const char *option, const char *text, const char *const *names,
                       const char **out, GError **error) {
    g_autofree char *known = g_strjoinv(" | ", (char **)(uintptr_t)names);
    *out = names[0];
    if (text == NULL) {
        return true;
    }
    for (guint i = 0; names[i] != NULL; i++) {
        if (strcmp(text, names[i]) == 0) {
            *out = names[i];
            return true;
        }
    }
    return error_set(error, VK_ERROR_INPUT,
                     tr("%s ska vara %s, inte ”%s”", "%s should be %s, not “%s”"), option, known,
                     text);
}

/* --- making it -------------------------------------------------------------------- */

static bool carry(const char *address, const char *key, char **out, GError **error) {
    *out = address[0] != '\0' ? address_for_smtp(address, NULL, error) : g_strdup("");
    if (*out == NULL) {
        g_prefix_error(error, "%s: ", key);
    }
    return *out != NULL;
}

/* The sender's settings, with the addresses as SMTP carries them. */
static bool sample_sender(const App *app, Sample *sample, GError **error) {
    SenderSettings *sender = &sample->mail.sender;
    if (!settings_mail(app, &sample->mail, error) ||
        !carry(sender->from_address, "mail.from", &sample->from_address, error) ||
        !carry(sender->reply_to, "mail.reply_to", &sample->reply_to, error) ||
        !carry(sender->return_path, "mail.return_path", &sample->return_path, error)) {
        return false;
    }
    sender->from_address = sample->from_address;
    sender->reply_to = sample->reply_to;
    sender->return_path =
        sample->return_path[0] != '\0' ? sample->return_path : sample->from_address;
    return true;
}

static bool sample_open(App *app, const CampaignMail *wanted, Sample *sample, GError **error) {
    static const char *const messages[] = {"invitation", "reminder", NULL};
    int64_t now_us = clock_now_us();
    RunnerSettings runner = {0};
    settings_runner(app, &runner);
    const MailSource source = {
        .organisation = {runner.organisation[LANG_SV], runner.organisation[LANG_EN]},
        .contact = runner.contact,
        .base_url = runner.base_url};
    if (!word_parse("--message", wanted->message, messages, &sample->message, error) ||
        !sample_sender(app, sample, error)) {
        return false;
    }
    g_autoptr(Campaign) campaign = campaign_find(app->db, wanted->campaign, error);
    g_autoptr(Definition) definition =
        campaign != NULL
            ? definition_parse(campaign->definition, strlen(campaign->definition), error)
            : NULL;
    if (definition == NULL ||
        !sample_person(app->db, definition, wanted->person, now_us, &sample->person, error)) {
        return false;
    }
    g_autoptr(MailingText) text =
        sample_mailing(app->db, campaign, definition, &source, runner.k_anonymous, now_us,
                       strcmp(sample->message, "reminder") == 0);
    sample->letter = letter_new(text, &sample->mail.sender, app->catalog, app->keyring);
    return true;
}

/* A recipient with a link that leads to no one, and a Message-ID that no other mail has. */
static LetterTo recipient(const Sample *sample, Lang lang, const char *address,
                          const char *message_id, const char *mark) {
    return (LetterTo){.link_id = 0,
                      .locale = lang,
                      .to_address = address,
                      .to_name = sample->person.name,
                      .greeting_name = sample->person.given_name,
                      .message_id = message_id,
                      .subject_mark = mark,
                      .date_us = clock_now_us()};
}

static char *own_id(const Sample *sample) {
    return g_strdup_printf("test-%016" PRIx64 "@%s", (uint64_t)id_new(),
                           address_domain(sample->from_address));
}

/* The languages asked for, first and last. `single`: there is room for one only. */
static bool languages(const CampaignMail *wanted, const Sample *sample, bool single, Lang *out_from,
                      Lang *out_to, GError **error) {
    const char *words[LANG_MAX + 3] = {"both", "all", NULL};
    const char *word = NULL;
    for (guint lang = 0; lang < lang_count(); lang++) {
        words[lang + 2] = lang_code((Lang)lang);
    }
    if (!word_parse("--lang", wanted->lang, words, &word, error)) {
        return false;
    }
    bool all = strcmp(word, "all") == 0;
    if (!all && strcmp(word, "both") != 0) {
        lang_parse(word, out_from);
        *out_to = *out_from;
        return true;
    }
    if (single && wanted->lang != NULL) {
        return error_set(error, VK_ERROR_INPUT,
                         tr("flera språk kräver --out MAPP med det formatet",
                            "several languages need --out FOLDER with that format"));
    }
    *out_from = single ? sample->person.locale : LANG_SV;
    *out_to = single ? sample->person.locale : all ? (Lang)(lang_count() - 1) : LANG_EN;
    return true;
}

/* --- preview ---------------------------------------------------------------------- */

/* A browser has no cid: it gets the picture in the page. */
static char *html_for_browser(const Sample *sample, const char *html) {
    const Logo *logo = sample->mail.logo;
    g_autoptr(GString) text = g_string_new(html);
    if (logo != NULL) {
        g_autofree char *from = g_strconcat("cid:", logo->content_id, NULL);
        g_autoptr(GString) to = g_string_new(NULL);
        g_string_append_printf(to, "data:%s;base64,%s", logo->media_type, logo->base64);
        g_string_replace(to, "\r\n", "", 0);
        g_string_replace(text, from, to->str, 0);
    }
    return g_string_free(g_steal_pointer(&text), FALSE);
}

static void append_text(GString *out, const Sample *sample, const LetterTo *to,
                        const LetterWords *words) {
    g_string_append_printf(out, "%s: %s <%s>\n%s: %s <%s>\n%s: %s\n\n%s", tr("Från", "From"),
                           sample->mail.sender.from_name, sample->mail.sender.from_address,
                           tr("Till", "To"), to->to_name, to->to_address, tr("Ämne", "Subject"),
                           words->subject, words->text);
}

/* The mail in that format, appended. */
static bool append_mail(const Sample *sample, Lang lang, const char *format, GString *out,
                        GError **error) {
    g_autofree char *address = address_for_smtp(sample->person.email, NULL, error);
    g_autofree char *id = own_id(sample);
    LetterWords words;
    if (address == NULL) {
        return false;
    }
    LetterTo to = recipient(sample, lang, address, id, "");
    if (strcmp(format, "eml") == 0) {
        return letter_write(sample->letter, &to, out, error);
    }
    if (!letter_render(sample->letter, &to, &words, error)) {
        return false;
    }
    if (strcmp(format, "html") == 0) {
        g_autofree char *html = html_for_browser(sample, words.html);
        g_string_append(out, html);
    } else {
        append_text(out, sample, &to, &words);
    }
    return true;
}

static bool write_files(const Sample *sample, const CampaignMail *wanted, Lang from, Lang to,
                        GError **error) {
    static const struct {
        const char *format;
        const char *ending;
    } kinds[] = {{"html", "html"}, {"text", "txt"}, {"eml", "eml"}};
    if (g_mkdir_with_parents(wanted->folder, 0700) != 0) {
        return error_set(error, VK_ERROR_DENIED,
                         tr("mappen %s kan inte skapas", "the folder %s cannot be made"),
                         wanted->folder);
    }
    for (int lang = (int)from; lang <= (int)to; lang++) {
        for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++) {
            g_autoptr(GString) text = g_string_new(NULL);
            g_autofree char *name =
                g_strdup_printf("%s-%s.%s.%s", wanted->campaign, sample->message,
                                lang_code((Lang)lang), kinds[i].ending);
            g_autofree char *path = g_build_filename(wanted->folder, name, NULL);
            if (!append_mail(sample, (Lang)lang, kinds[i].format, text, error) ||
                !g_file_set_contents(path, text->str, (gssize)text->len, error)) {
                return false;
            }
            g_print("%s\n", path);
        }
    }
    return true;
}

static void tell_made_up(const Sample *sample) {
    if (sample->person.made_up) {
        g_printerr("%s", tr("Ingen ingår i målgruppen än; brevet visas för en påhittad person.\n",
                            "Nobody is in the audience yet; the mail is shown for someone made "
                            "up.\n"));
    }
}

bool campaign_mail_preview(App *app, const CampaignMail *wanted, GError **error) {
    static const char *const formats[] = {"text", "html", "eml", NULL};
    g_auto(Sample) sample = {0};
    const char *format = NULL;
    Lang from;
    Lang to;
    if (!word_parse("--format", wanted->format, formats, &format, error) ||
        !sample_open(app, wanted, &sample, error)) {
        return false;
    }
    bool single = wanted->folder == NULL && strcmp(format, "text") != 0;
    if (!languages(wanted, &sample, single, &from, &to, error)) {
        return false;
    }
    tell_made_up(&sample);
    if (wanted->folder != NULL) {
        return write_files(&sample, wanted, from, to, error);
    }
    g_autoptr(GString) text = g_string_new(NULL);
    for (int lang = (int)from; lang <= (int)to; lang++) {
        g_string_append(text, lang > (int)from ? "\n------------------------------\n\n" : "");
        if (!append_mail(&sample, (Lang)lang, format, text, error)) {
            return false;
        }
    }
    fwrite(text->str, 1, text->len, stdout);
    return true;
}

/* --- test mail -------------------------------------------------------------------- */

typedef struct {
    const Sample *sample;
    const char *to;
    Lang first;
    guint count;
    guint sent;
    Delivery refusal; /* the latest that was not sent */
    char *ids[LANG_MAX];
    GError *fault; /* the template's, or the signature's */
} TestBatch;

static Envelope test_envelope(gpointer data, guint index) {
    const TestBatch *test = data;
    (void)index;
    return (Envelope){.return_path = test->sample->mail.sender.return_path, .to = test->to};
}

static bool test_body(gpointer data, guint index, GString *out) {
    TestBatch *test = data;
    LetterTo to = recipient(test->sample, (Lang)((guint)test->first + index), test->to,
                            test->ids[index], "[Test] ");
    g_clear_error(&test->fault);
    return letter_write(test->sample->letter, &to, out, &test->fault);
}

static bool test_commit(gpointer data, guint index) {
    (void)data;
    (void)index;
    return true;
}

static void test_outcome(gpointer data, guint index, const Delivery *delivery) {
    TestBatch *test = data;
    (void)index;
    if (delivery->outcome == DELIVERY_SENT) {
        test->sent++;
    } else {
        test->refusal = *delivery;
    }
}

/* Over one relay. True if it spoke about the mail, whatever it said; false: try the next. */
static bool test_relay(const Relay *relay, TestBatch *test, GError **error) {
    g_autoptr(Transport) transport = transport_open(&relay->transport, error);
    if (transport == NULL) {
        return false;
    }
    TransportBatch batch = {.count = test->count,
                            .data = test,
                            .envelope = test_envelope,
                            .body = test_body,
                            .commit = test_commit,
                            .outcome = test_outcome};
    bool done = transport_send(transport, &batch, error);
    if (!done && test->sent == 0 && test->refusal.text[0] == '\0') {
        return false;
    }
    g_clear_error(error);
    if (test->sent == test->count) {
        g_print(tr("Skickat till %s över %s.\n", "Sent to %s over %s.\n"), test->to,
                transport_name(transport));
        return true;
    }
    const Delivery *refusal = &test->refusal;
    error_set(
        error, VK_ERROR_BUSY,
        tr("%s tog inte emot brevet till %s: %d %s %s", "%s did not take the mail to %s: %d %s %s"),
        transport_name(transport), test->to, refusal->smtp_code, refusal->enhanced, refusal->text);
    return true;
}

static bool test_send(TestBatch *test, GError **error) {
    const GPtrArray *relays = test->sample->mail.relays;
    g_autoptr(GError) fault = NULL;
    for (guint i = 0; i < relays->len; i++) {
        g_clear_error(&fault);
        if (test_relay(g_ptr_array_index(relays, i), test, &fault)) {
            break;
        }
        if (i + 1 < relays->len) {
            g_printerr("%s\n", fault->message);
        }
    }
    if (test->fault != NULL) {
        g_propagate_error(error, g_steal_pointer(&test->fault));
        return false;
    }
    if (fault != NULL) {
        g_propagate_error(error, g_steal_pointer(&fault));
        return false;
    }
    return true;
}

bool campaign_mail_test(App *app, const CampaignMail *wanted, GError **error) {
    g_auto(Sample) sample = {0};
    Lang from;
    Lang to;
    if (wanted->to == NULL) {
        return error_set(error, VK_ERROR_INPUT,
                         tr("skriv vart provbrevet ska: --to ADRESS",
                            "write where the test mail is to go: --to ADDRESS"));
    }
    g_autofree char *address = address_for_smtp(wanted->to, NULL, error);
    if (address == NULL || !sample_open(app, wanted, &sample, error) ||
        !languages(wanted, &sample, wanted->lang == NULL, &from, &to, error)) {
        return false;
    }
    tell_made_up(&sample);
    TestBatch test = {
        .sample = &sample, .to = address, .first = from, .count = (guint)((int)to - (int)from) + 1};
    for (guint i = 0; i < test.count; i++) {
        test.ids[i] = own_id(&sample);
    }
    bool sent = test_send(&test, error);
    for (guint i = 0; i < test.count; i++) {
        g_free(test.ids[i]);
    }
    return sent;
}
