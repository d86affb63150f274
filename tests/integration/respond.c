/* The employees of the tests: reads a mailbox, opens each personal link once, and answers.
 *
 *   respond --inbox FOLDER --pack PACK --log FILE --expect N [--people N] [--connections N]
 *           [--everyone] [--patience SECONDS]
 *
 * Who does what follows from the number in the address (p0123@...), so that the outcome is known
 * before: of ten, 0 leaves the mail unopened, 1 opens the link and goes no further (a GET must not
 * count), 2 begins, 3 answers one page, 4 to 9 answer all. With --everyone all answer all.
 *
 * The log tells what the server acknowledged, nothing else, one fact a line, tab-separated:
 *   start ADDRESS
 *   answer ADDRESS ITEM CHOICES NOT_APPLICABLE RIGHT(1, 0 or -) AREA
 *   complete ADDRESS
 * Ends with 0 when all --expect people are done; a request that fails is made again for --patience
 * seconds. */
#include "tests/integration/browse.h"
#include "tests/integration/inbox.h"
#include "tests/integration/questions.h"

#include <curl/curl.h>
#include <gmime/gmime.h>
#include <libxml/parser.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>

typedef enum { PERSON_IGNORES, PERSON_LOOKS, PERSON_STARTS, PERSON_STOPS, PERSON_ANSWERS } Conduct;

typedef struct {
    char *inbox, *pack, *log;
    int expect, connections, patience_s;
    gboolean everyone;
} Options;

typedef struct {
    Options options;
    Questions *questions;
    GMutex lock; /* guards what follows */
    FILE *log;
    int done;
    int faults;
} Crowd;

typedef struct {
    char *address;
    char *link;
} Invited;

static void invited_free(Invited *invited) {
    g_free(invited->address);
    g_free(invited->link);
    g_free(invited);
}

static guint person_number(const char *address) {
    const char *at = strpbrk(address, "0123456789");
    g_assert_nonnull(at);
    return (guint)g_ascii_strtoull(at, NULL, 10);
}

static Conduct person_conduct(const Crowd *crowd, const char *address) {
    static const Conduct by_digit[10] = {
        PERSON_IGNORES, PERSON_LOOKS,   PERSON_STARTS,  PERSON_STOPS,   PERSON_ANSWERS,
        PERSON_ANSWERS, PERSON_ANSWERS, PERSON_ANSWERS, PERSON_ANSWERS, PERSON_ANSWERS};
    return crowd->options.everyone ? PERSON_ANSWERS : by_digit[person_number(address) % 10];
}

/* A number of 0..99 for this person and question, the same every time. */
static guint person_dice(const char *address, const char *key) {
    guint hash = g_str_hash(key) * 2654435761U + person_number(address) * 40503U;
    return (hash >> 7) % 100;
}

static void crowd_note(Crowd *crowd, const char *line) {
    g_mutex_lock(&crowd->lock);
    fputs(line, crowd->log);
    fflush(crowd->log);
    g_mutex_unlock(&crowd->lock);
}

static void crowd_fault(Crowd *crowd, const char *address, const char *what, const char *detail) {
    g_mutex_lock(&crowd->lock);
    crowd->faults++;
    g_printerr("respond: %s: %s: %s\n", address, what, detail);
    g_mutex_unlock(&crowd->lock);
}

/* The options to choose: in six or seven cases of ten the right ones, in one "vet inte". */
static uint32_t choose(const Asked *asked, guint dice) {
    uint32_t all = (1U << asked->option_count) - 1;
    if (asked->right == 0) {
        return 1U << (dice % asked->option_count);
    }
    if (dice < 60) {
        return asked->right;
    }
    if (g_str_equal(asked->kind, "multiple")) {
        return dice % 2 == 0 ? all & ~asked->right : 1U << (dice % asked->option_count);
    }
    guint right = 0;
    while ((asked->right >> right) != 1) {
        right++;
    }
    return 1U << ((right + 1 + dice % (asked->option_count - 1)) % asked->option_count);
}

/* Marks the question's options on the page and adds the log line. False if the page is not what the
 * pack says. */
static bool question_answer(Crowd *crowd, Page *page, guint question, const char *address,
                            GString *lines) {
    const char *words = page_question_text(page, question);
    const Asked *asked = questions_find(crowd->questions, words);
    if (asked == NULL) {
        crowd_fault(crowd, address, "a question that the pack does not have", words);
        return false;
    }
    guint dice = person_dice(address, asked->key);
    uint32_t wanted = choose(asked, dice);
    bool unsure = dice >= 95;
    uint32_t chosen = 0;
    bool not_applicable = false;
    for (guint i = 0; i < page_option_count(page, question); i++) {
        const char *value = page_option_value(page, question, i);
        if (g_str_equal(value, "na")) {
            if (unsure) {
                page_choose(page, question, i);
                not_applicable = true;
            }
            continue;
        }
        guint option = (guint)g_ascii_strtoull(value, NULL, 10);
        if (!asked_labels(asked, option, page_option_label(page, question, i))) {
            crowd_fault(crowd, address, "an option under a wrong number",
                        page_option_label(page, question, i));
            return false;
        }
        if ((wanted >> option & 1) != 0) {
            chosen |= 1U << option;
        }
    }
    for (guint i = 0; !not_applicable && i < page_option_count(page, question); i++) {
        const char *value = page_option_value(page, question, i);
        if (!g_str_equal(value, "na") && (wanted >> g_ascii_strtoull(value, NULL, 10) & 1) != 0) {
            page_choose(page, question, i);
        }
    }
    chosen = not_applicable ? 0 : chosen;
    const char *right = asked->right == 0 ? "-" : chosen == asked->right ? "1" : "0";
    g_string_append_printf(lines, "answer\t%s\t%s\t%u\t%d\t%s\t%s\n", address, asked->key, chosen,
                           not_applicable, right, asked->area);
    return true;
}

typedef enum { STEP_MORE, STEP_DONE, STEP_LOST, STEP_BROKEN } Step;

/* Sends the page's form with everything on it answered, and moves `page` on. */
static Step page_answer_all(Crowd *crowd, Browser *browser, Page **page, const char *address) {
    g_autoptr(GString) lines = g_string_new(NULL);
    for (guint i = 0; i < page_question_count(*page); i++) {
        if (!question_answer(crowd, *page, i, address, lines)) {
            return STEP_BROKEN;
        }
    }
    bool starts = page_has_button(*page, "start");
    bool acknowledged;
    Page *next = browser_press(browser, *page, starts ? "start" : "next", &acknowledged);
    if (starts) {
        g_string_append_printf(lines, "start\t%s\n", address);
    }
    if (acknowledged) {
        crowd_note(crowd, lines->str);
    }
    page_free(*page);
    *page = next;
    return next == NULL || !acknowledged ? STEP_LOST : STEP_MORE;
}

/* One visit: from the link to as far as the person goes. */
static Step person_visit(Crowd *crowd, Browser *browser, const Invited *invited) {
    enum { PAGES_MAX = 40 };
    Conduct conduct = person_conduct(crowd, invited->address);
    g_autoptr(Page) page = browser_get(browser, invited->link);
    for (int pages = 0; pages < PAGES_MAX; pages++) {
        if (page == NULL || page_status(page) >= 500) {
            return STEP_LOST;
        }
        if (page_status(page) != 200) {
            g_autofree char *text = page_text(page);
            crowd_fault(crowd, invited->address, "an unexpected page", text);
            return STEP_BROKEN;
        }
        bool starts = page_has_button(page, "start");
        if (!starts && !page_has_button(page, "next")) {
            return STEP_DONE;
        }
        if (conduct == PERSON_LOOKS || (conduct == PERSON_STARTS && !starts)) {
            return STEP_MORE;
        }
        bool questions = page_question_count(page) > 0;
        Step step = page_answer_all(crowd, browser, &page, invited->address);
        if (step != STEP_MORE || (conduct == PERSON_STOPS && questions)) {
            return step;
        }
    }
    crowd_fault(crowd, invited->address, "no end after many pages", invited->link);
    return STEP_BROKEN;
}

static void person_respond(gpointer data, gpointer user_data) {
    Invited *invited = data;
    Crowd *crowd = user_data;
    g_autoptr(Browser) browser = browser_new();
    gint64 until = g_get_monotonic_time() + crowd->options.patience_s * G_USEC_PER_SEC;
    Step step = STEP_MORE;
    if (person_conduct(crowd, invited->address) != PERSON_IGNORES) {
        while ((step = person_visit(crowd, browser, invited)) == STEP_LOST &&
               g_get_monotonic_time() < until) {
            g_usleep(50 * 1000);
        }
    }
    if (step == STEP_LOST) {
        crowd_fault(crowd, invited->address, "no answer from the server", invited->link);
    }
    if (step == STEP_DONE) {
        g_autofree char *line = g_strdup_printf("complete\t%s\n", invited->address);
        crowd_note(crowd, line);
    }
    g_mutex_lock(&crowd->lock);
    crowd->done++;
    g_mutex_unlock(&crowd->lock);
    invited_free(invited);
}

static void letter_check(Crowd *crowd, const Letter *letter) {
    if (letter->link == NULL || g_strcmp0(letter->link, letter->html_link) != 0) {
        crowd_fault(crowd, letter->to, "text and HTML part have no common link", letter->file);
    }
    if (g_strcmp0(letter->auto_submitted, "auto-generated") != 0 || letter->list_id == NULL ||
        letter->message_id == NULL || letter->subject == NULL) {
        crowd_fault(crowd, letter->to, "a header is missing", letter->file);
    }
}

/* Hands every newly arrived person to the pool; the number of people so far. */
static int crowd_gather(Crowd *crowd, GThreadPool *pool, GHashTable *files, GHashTable *people) {
    g_autoptr(GPtrArray) letters = inbox_read(crowd->options.inbox, files);
    for (guint i = 0; i < letters->len; i++) {
        const Letter *letter = g_ptr_array_index(letters, i);
        letter_check(crowd, letter);
        if (letter->link == NULL || !g_hash_table_add(people, g_strdup(letter->to))) {
            continue;
        }
        Invited *invited = g_new0(Invited, 1);
        invited->address = g_strdup(letter->to);
        invited->link = g_strdup(letter->link);
        g_thread_pool_push(pool, invited, NULL);
    }
    return (int)g_hash_table_size(people);
}

static int crowd_run(Crowd *crowd) {
    g_autoptr(GHashTable) files = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_autoptr(GHashTable) people = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    GThreadPool *pool =
        g_thread_pool_new(person_respond, crowd, crowd->options.connections, TRUE, NULL);
    gint64 idle_until = g_get_monotonic_time() + crowd->options.patience_s * G_USEC_PER_SEC;
    int seen = 0;
    while (seen < crowd->options.expect && g_get_monotonic_time() < idle_until) {
        int now = crowd_gather(crowd, pool, files, people);
        if (now > seen) {
            idle_until = g_get_monotonic_time() + crowd->options.patience_s * G_USEC_PER_SEC;
        }
        seen = now;
        g_usleep(100 * 1000);
    }
    g_thread_pool_free(pool, FALSE, TRUE);
    g_print("respond: %d people have mail, %d are done, %d faults\n", seen, crowd->done,
            crowd->faults);
    return seen == crowd->options.expect && crowd->faults == 0 ? 0 : 1;
}

static bool options_parse(int *argc, char ***argv, Options *options) {
    const GOptionEntry entries[] = {
        {"inbox", 0, 0, G_OPTION_ARG_FILENAME, &options->inbox, NULL, NULL},
        {"pack", 0, 0, G_OPTION_ARG_FILENAME, &options->pack, NULL, NULL},
        {"log", 0, 0, G_OPTION_ARG_FILENAME, &options->log, NULL, NULL},
        {"expect", 0, 0, G_OPTION_ARG_INT, &options->expect, NULL, NULL},
        {"connections", 0, 0, G_OPTION_ARG_INT, &options->connections, NULL, NULL},
        {"patience", 0, 0, G_OPTION_ARG_INT, &options->patience_s, NULL, NULL},
        {"everyone", 0, 0, G_OPTION_ARG_NONE, &options->everyone, NULL, NULL},
        {0},
    };
    g_autoptr(GOptionContext) context = g_option_context_new(NULL);
    g_autoptr(GError) error = NULL;
    g_option_context_add_main_entries(context, entries, NULL);
    if (!g_option_context_parse(context, argc, argv, &error)) {
        g_printerr("respond: %s\n", error->message);
        return false;
    }
    return options->inbox != NULL && options->pack != NULL && options->log != NULL;
}

int main(int argc, char **argv) {
    Crowd crowd = {.options = {.connections = 8, .patience_s = 60}};
    if (!options_parse(&argc, &argv, &crowd.options)) {
        return 2;
    }
    curl_global_init(CURL_GLOBAL_DEFAULT);
    setlocale(LC_ALL, "");
    g_mime_init();
    xmlInitParser();
    g_mutex_init(&crowd.lock);
    crowd.questions = questions_open(crowd.options.pack);
    crowd.log = fopen(crowd.options.log, "a");
    g_assert_nonnull(crowd.log);
    int code = crowd_run(&crowd);
    fclose(crowd.log);
    questions_free(crowd.questions);
    g_free(crowd.options.inbox);
    g_free(crowd.options.pack);
    g_free(crowd.options.log);
    g_mime_shutdown();
    curl_global_cleanup();
    return code;
}
