#include "mailer/imap.h"

#include "base/error.h"
#include "base/lang.h"

#include <curl/curl.h>
#include <string.h>

enum {
    CONNECT_S = 30,
    STALL_S = 60,
    COMMAND_S = 600,                      /* for all that a command may take */
    COMMAND_BYTES_MAX = 32 * 1024 * 1024, /* of all that it may be answered */
    LINE_MAX_BYTES = 4000,    /* of an untagged answer: the rest of a longer line is skipped */
    LIST_STEP = 100,          /* messages asked for at a time: libcurl takes few lines of answer */
    ANSWER_MAX = 64 * 1024,   /* of an untagged answer that is kept whole */
    BUFFER_BYTES = 64 * 1024, /* libcurl's own */
};

struct ImapSession {
    CURL *curl;
    char *root;    /* imaps://host:port/ */
    char *mailbox; /* as in an address, with UIDVALIDITY once known */
    uint32_t messages;
    bool has_move;
    bool has_uidplus;
    char *user;
    char *password;
    char *bearer;  /* "" for none */
    char *ca_file; /* "" for the system's */
    long stall_s;
    const gint *stop;
    char fault[CURL_ERROR_SIZE];
};

/* --- names ---------------------------------------------------------------------------- */

static void utf7_flush(GString *out, GByteArray *wide) {
    if (wide->len > 0) {
        g_autofree char *base64 = g_base64_encode(wide->data, wide->len);
        g_strdelimit(base64, "/", ',');
        char *pad = strchr(base64, '=');
        g_string_append_printf(
            out, "&%.*s-", (int)(pad != NULL ? (size_t)(pad - base64) : strlen(base64)), base64);
        g_byte_array_set_size(wide, 0);
    }
}

char *imap_utf7(const char *name) {
    g_autoptr(GByteArray) wide = g_byte_array_new(); /* UTF-16BE, not yet written */
    GString *out = g_string_new(NULL);
    for (const char *p = name; *p != '\0'; p = g_utf8_next_char(p)) {
        gunichar c = g_utf8_get_char(p);
        if (c >= 0x20 && c < 0x7f) {
            utf7_flush(out, wide);
            g_string_append(out, c == '&' ? "&-" : (const char[]){(char)c, '\0'});
            continue;
        }
        gunichar2 units[2] = {(gunichar2)c, 0};
        guint count = 1;
        if (c >= 0x10000) {
            units[0] = (gunichar2)(0xd800 + ((c - 0x10000) >> 10));
            units[1] = (gunichar2)(0xdc00 + ((c - 0x10000) & 0x3ff));
            count = 2;
        }
        for (guint i = 0; i < count; i++) {
            const guint8 pair[] = {(guint8)(units[i] >> 8), (guint8)(units[i] & 0xff)};
            g_byte_array_append(wide, pair, sizeof pair);
        }
    }
    utf7_flush(out, wide);
    return g_string_free(out, FALSE);
}

/* As a quoted string of a command. libcurl decodes percent signs in commands. */
static char *quoted_name(const char *folder) {
    g_autofree char *name = imap_utf7(folder);
    GString *out = g_string_new("\"");
    for (const char *p = name; *p != '\0'; p++) {
        if (*p == '"' || *p == '\\') {
            g_string_append_c(out, '\\');
        }
        if (*p == '%') {
            g_string_append(out, "%25");
        } else {
            g_string_append_c(out, *p);
        }
    }
    return g_string_free(g_string_append_c(out, '"'), FALSE);
}

/* --- the address ---------------------------------------------------------------------- */

typedef struct {
    char *user;
    char *host;
    char *port;
    char *mailbox; /* decoded, "INBOX" where none is named */
    bool has_password;
} ImapAddress;

static void imap_address_clear(ImapAddress *address) {
    g_free(address->user);
    g_free(address->host);
    g_free(address->port);
    g_free(address->mailbox);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(ImapAddress, imap_address_clear)

static char *url_part(CURLU *url, CURLUPart part, unsigned flags) {
    char *text = NULL;
    if (curl_url_get(url, part, &text, flags) != CURLUE_OK) {
        return NULL;
    }
    char *copy = g_strdup(text);
    curl_free(text);
    return copy;
}

static bool address_parse(const char *text, ImapAddress *out, GError **error) {
    CURLU *url = curl_url();
    g_autofree char *scheme = NULL;
    g_autofree char *path = NULL;
    if (curl_url_set(url, CURLUPART_URL, text, 0) == CURLUE_OK) {
        scheme = url_part(url, CURLUPART_SCHEME, 0);
        path = url_part(url, CURLUPART_PATH, CURLU_URLDECODE);
        out->user = url_part(url, CURLUPART_USER, CURLU_URLDECODE);
        g_autofree char *password = url_part(url, CURLUPART_PASSWORD, 0);
        out->has_password = password != NULL;
        out->host = url_part(url, CURLUPART_HOST, 0);
        out->port = url_part(url, CURLUPART_PORT, CURLU_DEFAULT_PORT);
        out->mailbox = g_strdup(path != NULL && strlen(path) > 1 ? path + 1 : "INBOX");
    }
    curl_url_cleanup(url);
    if (g_strcmp0(scheme, "imaps") != 0 || out->user == NULL || out->host == NULL ||
        !g_utf8_validate(out->mailbox, -1, NULL)) {
        return error_set(
            error, VK_ERROR_INPUT,
            tr("mail.bounce_mailbox: ”%s” är ingen brevlåda. Skriv imaps://användare@värd/INBOX; "
               "ett @ i användarnamnet skrivs %%40.",
               "mail.bounce_mailbox: “%s” is not a mailbox. Write imaps://user@host/INBOX; an @ in "
               "the user name is written %%40."),
            text);
    }
    return !out->has_password ||
           error_set(error, VK_ERROR_INPUT,
                     tr("mail.bounce_mailbox: lösenordet hör hemma i mail.bounce_password_file",
                        "mail.bounce_mailbox: the password belongs in mail.bounce_password_file"));
}

bool imap_check(const char *url, GError **error) {
    g_auto(ImapAddress) address = {0};
    return address_parse(url, &address, error);
}

/* --- one command ---------------------------------------------------------------------- */

static bool imap_fault(const ImapSession *session, CURLcode code, const char *doing,
                       GError **error) {
    const char *why = session->fault[0] != '\0' ? session->fault : curl_easy_strerror(code);
    VkErrorCode class = VK_ERROR_BUSY;
    if (code == CURLE_LOGIN_DENIED || code == CURLE_PEER_FAILED_VERIFICATION ||
        code == CURLE_SSL_CACERT_BADFILE) {
        class = VK_ERROR_DENIED;
    } else if (code == CURLE_REMOTE_FILE_NOT_FOUND || code == CURLE_REMOTE_ACCESS_DENIED) {
        class = VK_ERROR_NOT_FOUND;
    } else if (code == CURLE_QUOTE_ERROR) {
        class = VK_ERROR_CONFLICT;
    }
    return error_set(error, class,
                     tr("brevlådan för returer: %s: %s", "the bounce mailbox: %s: %s"), doing, why);
}

typedef size_t (*ImapSink)(char *data, size_t size, size_t count, void *into);

/* Between libcurl and a sink: an answer without end is cut off. */
typedef struct {
    ImapSink sink;
    void *into;
    size_t left;
} Tap;

static size_t tap_write(char *data, size_t size, size_t count, void *into) {
    Tap *tap = into;
    if (size * count > tap->left) {
        return 0;
    }
    tap->left -= size * count;
    return tap->sink(data, size, count, tap->into);
}

static int imap_stopped(void *data, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d) {
    const ImapSession *session = data;
    (void)a, (void)b, (void)c, (void)d;
    return session->stop != NULL && g_atomic_int_get(session->stop) != 0 ? 1 : 0;
}

/* Everything anew: libcurl adds up the lines of all commands, and fails at 300 KB. The connection
 * stays. */
static void session_configure(ImapSession *session) {
    CURL *curl = session->curl;
    curl_easy_reset(curl);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "imaps");
    curl_easy_setopt(curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    curl_easy_setopt(curl, CURLOPT_USERNAME, session->user);
    curl_easy_setopt(curl, CURLOPT_PASSWORD, session->password);
    if (*session->bearer != '\0') {
        curl_easy_setopt(curl, CURLOPT_XOAUTH2_BEARER, session->bearer);
        curl_easy_setopt(curl, CURLOPT_LOGIN_OPTIONS, "AUTH=XOAUTH2");
    }
    if (*session->ca_file != '\0') {
        curl_easy_setopt(curl, CURLOPT_CAINFO, session->ca_file);
        curl_easy_setopt(curl, CURLOPT_CAPATH, NULL);
    }
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
    curl_easy_setopt(curl, CURLOPT_BUFFERSIZE, (long)BUFFER_BYTES);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, (long)CONNECT_S);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT, (long)COMMAND_S);
    curl_easy_setopt(curl, CURLOPT_SERVER_RESPONSE_TIMEOUT, session->stall_s);
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, session->stall_s);
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, session->fault);
    curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, imap_stopped);
    curl_easy_setopt(curl, CURLOPT_XFERINFODATA, session);
}

/* `command` NULL: the transfer that `address` means. */
static CURLcode imap_run(ImapSession *session, const char *address, const char *command,
                         ImapSink sink, void *into) {
    g_autofree char *url = g_strconcat(session->root, address, NULL);
    Tap tap = {sink, into, COMMAND_BYTES_MAX};
    session_configure(session);
    session->fault[0] = '\0';
    curl_easy_setopt(session->curl, CURLOPT_URL, url);
    curl_easy_setopt(session->curl, CURLOPT_CUSTOMREQUEST, command);
    curl_easy_setopt(session->curl, CURLOPT_WRITEFUNCTION, tap_write);
    curl_easy_setopt(session->curl, CURLOPT_WRITEDATA, &tap);
    return curl_easy_perform(session->curl);
}

static size_t sink_none(char *data, size_t size, size_t count, void *into) {
    (void)data;
    (void)into;
    return size * count;
}

static size_t sink_text(char *data, size_t size, size_t count, void *into) {
    GString *text = into;
    if (text->len + size * count > ANSWER_MAX) {
        return 0;
    }
    g_string_append_len(text, data, (gssize)(size * count));
    return size * count;
}

static bool imap_command(ImapSession *session, const char *address, const char *command,
                         GError **error) {
    CURLcode code = imap_run(session, address, command, sink_none, NULL);
    return code == CURLE_OK || imap_fault(session, code, command, error);
}

/* --- the session ---------------------------------------------------------------------- */

static bool has_word(const char *answer, const char *word) {
    g_auto(GStrv) words = g_strsplit_set(answer, " \r\n", -1);
    for (guint i = 0; words[i] != NULL; i++) {
        if (g_ascii_strcasecmp(words[i], word) == 0) {
            return true;
        }
    }
    return false;
}

/* The number after `name` in an answer such as "* STATUS x (UIDVALIDITY 7)". */
static bool answer_number(const char *answer, const char *name, uint32_t *out_number) {
    const char *at = strstr(answer, name);
    guint64 number = at != NULL ? g_ascii_strtoull(at + strlen(name), NULL, 10) : 0;
    *out_number = (uint32_t)number;
    return number > 0 && number <= UINT32_MAX;
}

/* What the server can do, and how it numbers the mailbox's messages. */
static bool session_greet(ImapSession *session, const char *mailbox, uint32_t *out_uidvalidity,
                          GError **error) {
    g_autoptr(GString) able = g_string_new(NULL);
    g_autoptr(GString) status = g_string_new(NULL);
    g_autofree char *name = quoted_name(mailbox);
    g_autofree char *ask = g_strdup_printf("STATUS %s (UIDVALIDITY MESSAGES)", name);
    CURLcode code = imap_run(session, "", "CAPABILITY", sink_text, able);
    if (code != CURLE_OK) {
        return imap_fault(session, code, tr("anslutning", "connection"), error);
    }
    session->has_move = has_word(able->str, "MOVE");
    session->has_uidplus = has_word(able->str, "UIDPLUS");
    code = imap_run(session, "", ask, sink_text, status);
    if (code == CURLE_QUOTE_ERROR) {
        return error_set(error, VK_ERROR_NOT_FOUND,
                         tr("brevlådan för returer: servern har ingen mapp ”%s”",
                            "the bounce mailbox: the server has no folder “%s”"),
                         mailbox);
    }
    if (code != CURLE_OK) {
        return imap_fault(session, code, ask, error);
    }
    answer_number(status->str, "MESSAGES ", &session->messages); /* 0: no number */
    return answer_number(status->str, "UIDVALIDITY ", out_uidvalidity) ||
           error_set(error, VK_ERROR_BUSY,
                     tr("brevlådan för returer: servern svarade inte på STATUS",
                        "the bounce mailbox: the server did not answer STATUS"));
}

ImapSession *imap_open(const ImapSettings *settings, uint32_t *out_uidvalidity, GError **error) {
    g_auto(ImapAddress) address = {0};
    uint32_t uidvalidity = 0;
    if (!address_parse(settings->url, &address, error)) {
        return NULL;
    }
    g_autoptr(ImapSession) session = g_new0(ImapSession, 1);
    session->curl = curl_easy_init();
    g_assert(session->curl != NULL);
    session->user = g_strdup(address.user);
    session->password = g_strdup(settings->password);
    session->bearer = g_strdup(settings->bearer != NULL ? settings->bearer : "");
    session->ca_file = g_strdup(settings->ca_file != NULL ? settings->ca_file : "");
    session->stall_s = settings->timeout_s != 0 ? (long)settings->timeout_s : STALL_S;
    session->stop = settings->stop;
    session->root = g_strdup_printf("imaps://%s:%s/", address.host, address.port);
    if (!session_greet(session, address.mailbox, &uidvalidity, error)) {
        return NULL;
    }
    g_autofree char *name = imap_utf7(address.mailbox);
    g_autofree char *escaped = g_uri_escape_string(name, NULL, FALSE);
    session->mailbox = g_strdup_printf("%s;UIDVALIDITY=%" G_GUINT32_FORMAT, escaped, uidvalidity);
    *out_uidvalidity = uidvalidity;
    return g_steal_pointer(&session);
}

void imap_close(ImapSession *session) {
    if (session != NULL) {
        curl_easy_cleanup(session->curl);
        g_free(session->root);
        g_free(session->mailbox);
        g_free(session->user);
        g_free(session->password);
        g_free(session->bearer);
        g_free(session->ca_file);
        g_free(session);
    }
}

/* --- what is there -------------------------------------------------------------------- */

typedef struct {
    GArray *uids;
    GString *line; /* so far */
} Listing;

/* "* 3 FETCH (UID 17 FLAGS (\Seen))" */
static void listing_line(Listing *listing) {
    uint32_t uid = 0;
    if (strstr(listing->line->str, " FETCH (") != NULL &&
        strstr(listing->line->str, "\\Deleted") == NULL && listing->uids->len < IMAP_LIST_MAX &&
        (answer_number(listing->line->str, "(UID ", &uid) ||
         answer_number(listing->line->str, " UID ", &uid))) {
        g_array_append_val(listing->uids, uid);
    }
    g_string_truncate(listing->line, 0);
}

static size_t sink_listing(char *data, size_t size, size_t count, void *into) {
    Listing *listing = into;
    for (size_t i = 0; i < size * count; i++) {
        if (data[i] == '\n') {
            listing_line(listing);
        } else if (listing->line->len < LINE_MAX_BYTES && data[i] != '\0') {
            g_string_append_c(listing->line, data[i]);
        }
    }
    return size * count;
}

static gint compare_uid(gconstpointer a, gconstpointer b) {
    uint32_t left = *(const uint32_t *)a;
    uint32_t right = *(const uint32_t *)b;
    return left < right ? -1 : left > right;
}

static CURLcode list_range(ImapSession *session, const char *command, GArray *uids) {
    g_autoptr(GString) line = g_string_new(NULL);
    Listing listing = {uids, line};
    CURLcode code = imap_run(session, session->mailbox, command, sink_listing, &listing);
    listing_line(&listing);
    return code;
}

GArray *imap_list(ImapSession *session, GError **error) {
    g_autoptr(GArray) uids = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    for (uint32_t first = 1; first <= session->messages && uids->len < IMAP_LIST_MAX;
         first += LIST_STEP) {
        uint32_t last = MIN(first + LIST_STEP - 1, session->messages);
        g_autofree char *command = g_strdup_printf(
            "FETCH %" G_GUINT32_FORMAT ":%" G_GUINT32_FORMAT " (UID FLAGS)", first, last);
        CURLcode code = list_range(session, command, uids);
        if (code == CURLE_QUOTE_ERROR) { /* fewer than there were */
            break;
        }
        if (code != CURLE_OK) {
            imap_fault(session, code, tr("läsning av listan", "reading the list"), error);
            return NULL;
        }
    }
    g_array_sort(uids, compare_uid);
    return g_steal_pointer(&uids);
}

typedef struct {
    GByteArray *bytes;
    guint max;
} Body;

static size_t sink_body(char *data, size_t size, size_t count, void *into) {
    Body *body = into;
    size_t room = body->max - body->bytes->len;
    g_byte_array_append(body->bytes, (const guint8 *)data, (guint)MIN(room, size * count));
    return size * count;
}

GByteArray *imap_fetch(ImapSession *session, uint32_t uid, guint max, GError **error) {
    g_autoptr(GByteArray) bytes = g_byte_array_new();
    g_autofree char *address =
        g_strdup_printf("%s/;UID=%" G_GUINT32_FORMAT "/;PARTIAL=0.%u", session->mailbox, uid, max);
    g_autofree char *look = g_strdup_printf("UID FETCH %" G_GUINT32_FORMAT " (UID FLAGS)", uid);
    Body body = {bytes, max};
    CURLcode code = imap_run(session, address, NULL, sink_body, &body);
    if (code != CURLE_OK) {
        imap_fault(session, code, tr("läsning av ett brev", "reading a message"), error);
        return NULL;
    }
    if (bytes->len == 0) { /* empty, or gone? */
        g_autoptr(GArray) left = g_array_new(FALSE, FALSE, sizeof(uint32_t));
        code = list_range(session, look, left);
        if (code != CURLE_OK || left->len == 0) {
            error_set(error, VK_ERROR_NOT_FOUND, tr("brevet är borta", "the message is gone"));
            return NULL;
        }
    }
    return g_steal_pointer(&bytes);
}

/* --- moving --------------------------------------------------------------------------- */

static bool move_now(ImapSession *session, uint32_t uid, const char *name, GError **error) {
    g_autofree char *verb = g_strdup_printf("UID %s %" G_GUINT32_FORMAT " %s",
                                            session->has_move ? "MOVE" : "COPY", uid, name);
    if (!imap_command(session, session->mailbox, verb, error)) {
        return false;
    }
    if (session->has_move) {
        return true;
    }
    g_autofree char *mark =
        g_strdup_printf("UID STORE %" G_GUINT32_FORMAT " +FLAGS.SILENT (\\Deleted)", uid);
    g_autofree char *expunge = g_strdup_printf("UID EXPUNGE %" G_GUINT32_FORMAT, uid);
    return imap_command(session, session->mailbox, mark, error) &&
           (!session->has_uidplus || imap_command(session, session->mailbox, expunge, error));
}

bool imap_move(ImapSession *session, uint32_t uid, const char *folder, GError **error) {
    g_autofree char *name = quoted_name(folder);
    g_autofree char *create = g_strconcat("CREATE ", name, NULL);
    g_autofree char *subscribe = g_strconcat("SUBSCRIBE ", name, NULL);
    g_autoptr(GError) fault = NULL;
    if (move_now(session, uid, name, &fault)) {
        return true;
    }
    if (!g_error_matches(fault, VK_ERROR, VK_ERROR_CONFLICT)) {
        g_propagate_error(error, g_steal_pointer(&fault));
        return false;
    }
    imap_command(session, "", create, NULL); /* it may be there already, and something else wrong */
    imap_command(session, "", subscribe, NULL);
    return move_now(session, uid, name, error);
}
