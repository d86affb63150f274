/* Proves that people who read another language than the program's own meet it, by files alone: a
 * right-to-left one from templates.dir, with its pages, questions and title, and easy Swedish,
 * which the program comes with. What a language lacks is in the one it falls back on and marked as
 * such, and a language that is taken away leaves nothing broken behind. */
#include "mailer/letter.h"
#include "mailer/outbox.h"
#include "tests/unit/web/client.h"
#include "tests/unit/web/town.h"

#define ARABIC "\"name\": \"العربية\", \"direction\": \"rtl\", \"fallback\": \"sv\""

static const struct {
    const char *path, *text;
} files[] = {
    {"templates/ar/language.json",
     "{" ARABIC
     ", \"answers\": {\"true_false\": [\"صحيح\", \"خطأ\"], \"scale\": [\"لا\", \"قليلا\", "
     "\"نعم\", \"تماما\"]}}"},
    {"templates/ar/page/start.html",
     "{{< page/_layout.html}}{{$main}}<h1>{{title}}</h1><p>آخر يوم {{closes}}</p><form "
     "method=\"post\" action=\"{{action}}\"><input type=\"hidden\" name=\"lang\" "
     "value=\"{{asked_lang}}\"><button name=\"action\" "
     "value=\"start\">ابدأ</button></form>{{/main}}"
     "{{/page/_layout.html}}"},
    {"pack/items.json",
     "{\"pack\": \"liten\", \"title\": {\"sv\": \"Liten\", \"en\": \"Small\"}, \"items\": ["
     "{\"id\": \"a\", \"kind\": \"true_false\", \"measure\": \"knowledge\", \"area\": \"area1\", "
     "\"topic\": \"t\", \"bank\": \"training\", \"text\": {\"sv\": \"Sant?\", \"en\": \"True?\"}, "
     "\"correct\": true, "
     "\"explain\": {\"sv\": \"Ja.\", \"en\": \"Yes.\"}}, "
     "{\"id\": \"b\", \"kind\": \"single\", \"measure\": \"knowledge\", \"area\": \"area1\", "
     "\"topic\": \"t\", \"bank\": \"training\", \"text\": {\"sv\": \"Vilken?\", \"en\": "
     "\"Which?\"}, \"options\": "
     "[{\"sv\": "
     "\"Den\", \"en\": \"This\"}, {\"sv\": \"Andra\", \"en\": \"That\"}], \"correct\": 0, "
     "\"explain\": {\"sv\": \"Den.\", \"en\": \"This.\"}}, "
     "{\"id\": \"s\", \"kind\": \"scale\", \"measure\": \"application\", \"area\": \"area1\", "
     "\"topic\": \"t\", \"polarity\": \"positive\", \"text\": {\"sv\": \"Jag låser.\", \"en\": \"I "
     "lock.\"}}, "
     "{\"id\": \"u\", \"kind\": \"scale\", \"measure\": \"application\", \"area\": \"area1\", "
     "\"topic\": \"t\", \"polarity\": \"positive\", \"text\": {\"sv\": \"Jag frågar.\", \"en\": "
     "\"I ask.\"}}]}"},
    {"pack/questionnaires/q.json",
     "{\"title\": {\"sv\": \"Q\", \"en\": \"Q\"}, \"sections\": ["
     "{\"title\": {\"sv\": \"Del ett\", \"en\": \"Part one\"}, \"ask\": [{\"grid\": [\"s\"], "
     "\"text\": {\"sv\": \"Rutnät ett\", \"en\": \"Grid one\"}}]}, "
     "{\"title\": {\"sv\": \"Del två\", \"en\": \"Part two\"}, \"intro\": {\"sv\": \"Tänk.\", "
     "\"en\": \"Think.\"}, \"ask\": [{\"grid\": [\"u\"], \"text\": {\"sv\": \"Rutnät två\", "
     "\"en\": \"Grid two\"}}]}]}"},
    {"pack/items.ar.json",
     "{\"items\": {\"a\": {\"text\": \"هل هذا صحيح؟\", \"explain\": "
     "\"نعم.\"}}, \"lessons\": {\"l\": \"درس\"}, \"questionnaires\": {\"q\": {\"sections\": "
     "[{\"title\": \"القسم\", \"grids\": [\"شبكة\"]}, {\"title\": \"آخر\"}]}}}"},
    {"pack/lessons.json",
     "{\"lessons\": [{\"key\": \"l\", \"area\": \"area1\", \"topic\": \"t\", \"title\": {\"sv\": "
     "\"Lektion\", \"en\": \"Lesson\"}}]}"},
    {"pack/lessons/l.sv.md", "Svensk text."},
    {"pack/lessons/l.en.md", "English text."},
    {"pack/lessons/l.ar.md", "نص **عربي**."},
};

static const char campaign[] =
    "{'name': 'utb', 'title': {'sv': 'Säker vardag', 'en': 'Safe days', 'ar': 'أيام آمنة'}, "
    "'kind': "
    "'training', 'content': {'pack': 'liten', 'lessons': ['l'], 'items': ['a', 'b']}, "
    "'minutes': 3, " TOWN_SCHEDULE "}";

static const char asking[] =
    "{'name': 'enkat', 'title': {'sv': 'Fråga', 'en': 'Ask'}, 'kind': 'knowledge', 'content': "
    "{'pack': 'liten', 'questionnaire': 'q'}, " TOWN_SCHEDULE "}";

/* One who reads Arabic, one who reads easy Swedish, and the rest. */
enum { ARAB, EASY, SWEDE };

static char *folder_make(void) {
    char *dir = g_dir_make_tmp("vetkoll-languages-XXXXXX", NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(files); i++) {
        g_autofree char *full = g_build_filename(dir, files[i].path, NULL);
        g_autofree char *folder = g_path_get_dirname(full);
        g_assert_cmpint(g_mkdir_with_parents(folder, 0700), ==, 0);
        g_assert_true(g_file_set_contents(full, files[i].text, -1, NULL));
    }
    return dir;
}

static void folder_remove(const char *path) {
    g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
    for (const char *name = NULL; dir != NULL && (name = g_dir_read_name(dir)) != NULL;) {
        g_autofree char *child = g_build_filename(path, name, NULL);
        if (g_file_test(child, G_FILE_TEST_IS_DIR)) {
            folder_remove(child);
        } else {
            g_assert_cmpint(g_unlink(child), ==, 0);
        }
    }
    g_assert_cmpint(g_rmdir(path), ==, 0);
}

static Town *town_of_languages(const char *dir) {
    g_autofree char *templates = g_build_filename(dir, "templates", NULL);
    g_autofree char *pack = g_build_filename(dir, "pack", NULL);
    Town *town = town_new_with(templates);
    g_autoptr(GString) csv = g_string_new("email;first_name;last_name;department;language\n");
    for (int i = 0; i < TOWN_PEOPLE; i++) {
        const char *language = i == ARAB ? "ar" : i == EASY ? "lätt SVENSKA" : "";
        g_string_append_printf(csv, "p%d@sjostad.example;Åsa;Ö%d;%s;%s\n", i, i,
                               i % 2 ? "Skola" : "Vård", language);
    }
    TownJob people = {.text = csv->str};
    TownJob content = {.text = pack};
    town_do(town, town_people, &people);
    town_do(town, town_content, &content);
    town_campaign(town, "utb", campaign);
    return town;
}

static char *page_of(const Town *town, const char *target, unsigned status) {
    g_autoptr(ClientReply) reply = client_get(town->port, target);
    g_test_message("%s: %u\n%s", target, reply->status, reply->body);
    g_assert_cmpuint(reply->status, ==, status);
    return g_steal_pointer(&reply->body);
}

#define assert_has(page, text)   g_assert_nonnull(strstr((page), (text)))
#define assert_lacks(page, text) g_assert_null(strstr((page), (text)))

static void post_redirects(const Town *town, const char *link, const char *form) {
    g_autoptr(ClientReply) reply = client_post(town->port, link, form);
    g_assert_cmpuint(reply->status, ==, 303);
}

static void test_right_to_left(void) {
    g_autofree char *dir = folder_make();
    g_autoptr(Town) town = town_of_languages(dir);
    g_autofree char *link = town_link(town, "utb", ARAB);
    g_autofree char *start = page_of(town, link, 200);
    assert_has(start, "<html lang=\"ar\" dir=\"rtl\">");
    assert_has(start, "<h1>أيام آمنة</h1>");
    assert_has(start, "آخر يوم 20"); /* a date without words for it */
    assert_has(start, "?lang=sv-x-lattlast\" lang=\"sv-x-lattlast\"");
    assert_has(start, ">Svenska</a>");
    assert_lacks(start, ">العربية<"); /* the menu names the others */
    post_redirects(town, link, "lang=ar&action=start");
    /* The page of lessons is not translated, so it is Swedish; the lesson on it is Arabic. */
    g_autofree char *lesson = page_of(town, link, 200);
    assert_has(lesson, "<html lang=\"sv\" dir=\"ltr\">");
    assert_has(lesson, "<article class=\"lesson\" lang=\"ar\" dir=\"rtl\">");
    assert_has(lesson, "نص <strong>عربي</strong>");
    assert_has(lesson, "name=\"lang\" value=\"ar\"");
    post_redirects(town, link, "lang=ar&action=next&page=0");
    g_autofree char *items = page_of(town, link, 200);
    assert_has(items, "هل هذا صحيح؟");
    assert_has(items, "<span lang=\"ar\" dir=\"rtl\">صحيح</span>");
    assert_has(items, "Vilken?"); /* has no Arabic, is in the language of the page */
    assert_has(items, "<span>Andra</span>");
    assert_has(items, "name=\"switch\" value=\"sv-x-lattlast\"");
    post_redirects(town, link, "lang=ar&action=next&page=1&q0=0&q1=1");
    g_autofree char *result = page_of(town, link, 200);
    assert_has(result, "<p class=\"why\" lang=\"ar\" dir=\"rtl\">نعم.</p>");
    assert_has(result, "<p class=\"why\">Den.</p>");
    /* The same for one whose own language it is not. */
    g_autofree char *other = town_link(town, "utb", SWEDE);
    g_autofree char *asked = g_strconcat(other, "?lang=ar", NULL);
    g_autofree char *arabic = page_of(town, asked, 200);
    assert_has(arabic, "<html lang=\"ar\" dir=\"rtl\">");
    g_autofree char *swedish = page_of(town, other, 200);
    assert_has(swedish, "<html lang=\"sv\" dir=\"ltr\">");
    assert_has(swedish, "?lang=ar\" lang=\"ar\" hreflang=\"ar\" dir=\"rtl\">العربية</a>");
    folder_remove(dir);
}

static void test_easy(void) {
    g_autofree char *dir = folder_make();
    g_autoptr(Town) town = town_of_languages(dir);
    g_autofree char *link = town_link(town, "utb", EASY);
    g_autofree char *start = page_of(town, link, 200);
    assert_has(start, "<html lang=\"sv-x-lattlast\" dir=\"ltr\">");
    assert_has(start, "Hur lång tid tar det?");
    assert_has(start, "<h1>Säker vardag</h1>"); /* no title of its own */
    g_autofree char *verify = page_of(town, "/verify?lang=sv-x-lattlast", 200);
    assert_has(verify, "Är mejlet äkta?");
    g_autofree char *statement = page_of(town, "/accessibility?lang=sv-x-lattlast", 200);
    assert_has(statement, "<html lang=\"sv-x-lattlast\" dir=\"ltr\">");
    assert_has(statement, "Alla ska kunna använda sidorna från Sjöstads kommun");
    /* The lesson and the questions have no easy Swedish: Swedish on pages of easy Swedish. */
    post_redirects(town, link, "lang=sv-x-lattlast&action=start");
    g_autofree char *lesson = page_of(town, link, 200);
    assert_has(lesson, "<html lang=\"sv-x-lattlast\" dir=\"ltr\">");
    assert_has(lesson, "<article class=\"lesson\" lang=\"sv\" dir=\"ltr\">");
    assert_has(lesson, ">Gå vidare</button>");
    post_redirects(town, link, "lang=sv-x-lattlast&action=next&page=0");
    g_autofree char *items = page_of(town, link, 200);
    assert_has(items, "Fråga 1 till 2 av 2");
    assert_has(items, "<span lang=\"sv\" dir=\"ltr\">Vilken?</span>");
    folder_remove(dir);
}

/* What stands above the questions is in one language where it has one, and is marked by itself: the
 * questions below may be in another. */
static void test_sections(void) {
    g_autofree char *dir = folder_make();
    g_autoptr(Town) town = town_of_languages(dir);
    town_campaign(town, "enkat", asking);
    g_autofree char *link = town_link(town, "enkat", ARAB);
    post_redirects(town, link, "lang=ar&action=start");
    g_autofree char *first = page_of(town, link, 200);
    assert_has(first, "<html lang=\"sv\" dir=\"ltr\">");
    assert_has(first, "<h2 class=\"section\" lang=\"ar\" dir=\"rtl\">القسم</h2>");
    assert_has(first, "<p class=\"question\" id=\"g0\" lang=\"ar\" dir=\"rtl\">شبكة</p>");
    assert_has(first, "<span>Jag låser.</span>");
    post_redirects(town, link, "lang=ar&action=next&page=0&q0=0");
    /* Of the next section only the title is in Arabic, so all of it is in Swedish. */
    g_autofree char *second = page_of(town, link, 200);
    assert_has(second, "<h2 class=\"section\">Del två</h2>");
    assert_has(second, "<p class=\"intro\">Tänk.</p>");
    assert_has(second, ">Rutnät två</p>");
    g_autofree char *easy = town_link(town, "enkat", EASY);
    post_redirects(town, easy, "lang=sv-x-lattlast&action=start");
    g_autofree char *marked = page_of(town, easy, 200);
    assert_has(marked, "<h2 class=\"section\" lang=\"sv\" dir=\"ltr\">Del ett</h2>");
    assert_has(marked, "id=\"g0\" lang=\"sv\" dir=\"ltr\">Rutnät ett</p>");
    folder_remove(dir);
}

static void test_mail(void) {
    g_autofree char *dir = folder_make();
    g_autoptr(Town) town = town_of_languages(dir);
    g_autoptr(GError) error = NULL;
    g_autoptr(Db) db = db_open(town->db_path, &error);
    g_autoptr(MailingText) text =
        mailing_load(db, town_number(town, "SELECT min(id) AS n FROM mailing"), &error);
    g_assert_no_error(error);
    SenderSettings settings = {.from_address = "utbildning@sjostad.example",
                               .from_name = "Sjöstad",
                               .reply_to = "",
                               .base_url = "http://127.0.0.1:8080"};
    g_autoptr(Letter) letter = letter_new(text, &settings, town->catalog, town->keyring);
    static const struct {
        const char *code, *subject, *text, *html;
    } cases[] = {
        {"sv", "Säker vardag – svara senast den ", "Det tar ungefär 3 minuter.", "lang=\"sv\""},
        {"en", "Safe days – ", "It takes about 3 minutes.", "lang=\"en\""},
        {"sv-x-lattlast", "Säker vardag – ", "Sista dag att svara är den ",
         "<html lang=\"sv-x-lattlast\" dir=\"ltr\""},
        /* No mails of its own: Swedish throughout, its values too. */
        {"ar", "Säker vardag – svara senast den ", "Det tar ungefär 3 minuter.",
         "<html lang=\"sv\" dir=\"ltr\""}};
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        LetterTo to = {.link_id = 1,
                       .locale = lang_stored(cases[i].code),
                       .to_address = "p0@sjostad.example",
                       .to_name = "Åsa",
                       .greeting_name = "Åsa",
                       .message_id = "x@sjostad.example",
                       .subject_mark = ""};
        LetterWords words;
        letter_render(letter, &to, &words, &error);
        g_assert_no_error(error);
        g_test_message("%s: %s\n%s", cases[i].code, words.subject, words.text);
        g_assert_true(g_str_has_prefix(words.subject, cases[i].subject));
        assert_has(words.text, cases[i].text);
        assert_has(words.html, cases[i].html);
    }
    assert_has(text->values[lang_stored("ar")], "أيام آمنة");
    folder_remove(dir);
}

static bool take_away(DbTx *tx, gpointer data, GError **error) {
    static const DbQuery changes[] = {
        {"test.1", "UPDATE person SET locale = 'fi' WHERE locale = 'ar'"},
        {"test.2", "UPDATE invitation SET locale = 'fi' WHERE locale = 'ar'"},
        {"test.3", "UPDATE outbox SET locale = 'fi' WHERE locale = 'ar'"},
        {"test.4", "UPDATE mailing SET values_added = replace(values_added, '\"ar\"', '\"fi\"')"},
        {"test.5", "UPDATE campaign SET titles_added = replace(titles_added, '\"ar\"', '\"fi\"'),"
                   " definition = replace(definition, '\"ar\"', '\"fi\"')"}};
    (void)data;
    for (gsize i = 0; i < G_N_ELEMENTS(changes); i++) {
        int64_t changed = 0;
        g_autoptr(DbStmt) stmt = db_tx_query(tx, &changes[i], error);
        if (!stmt || !db_run(stmt, &changed, error)) {
            return false;
        }
        g_assert_cmpint(changed, >, 0);
    }
    return true;
}

/* Somebody's language, a campaign's title and a mail in it are stored; then its folder goes. */
static void test_taken_away(void) {
    g_autofree char *dir = folder_make();
    g_autoptr(Town) town = town_of_languages(dir);
    g_autoptr(GError) error = NULL;
    g_assert_false(lang_is_there("fi"));
    TownJob job = {0};
    town_do(town, take_away, &job);
    g_autofree char *link = town_link(town, "utb", ARAB);
    g_autofree char *start = page_of(town, link, 200);
    assert_has(start, "<html lang=\"sv\" dir=\"ltr\">");
    assert_has(start, "<h1>Säker vardag</h1>");
    g_autoptr(Db) db = db_open(town->db_path, &error);
    g_autoptr(MailingText) text =
        mailing_load(db, town_number(town, "SELECT min(id) AS n FROM mailing"), &error);
    g_assert_no_error(error);
    g_assert_null(text->values[lang_stored("ar")]); /* falls back in the letter */
    /* In a new campaign such a title is a misspelling. */
    g_autoptr(GString) foreign = g_string_new(campaign);
    g_string_replace(foreign, "'", "\"", 0);
    g_string_replace(foreign, "\"ar\": ", "\"fi\": ", 1);
    g_string_replace(foreign, "\"utb\"", "\"ny1\"", 1);
    TownJob create = {.text = foreign->str, .now_us = clock_now_us()};
    g_assert_false(writer_run(town->writer, town_create, &create, &error));
    g_assert_error(error, VK_ERROR, VK_ERROR_INPUT);
    assert_has(error->message, "title.fi");
    assert_has(error->message, "sv, en, ");
    folder_remove(dir);
}

int main(int argc, char **argv) {
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/languages/right-to-left", test_right_to_left);
    g_test_add_func("/languages/easy", test_easy);
    g_test_add_func("/languages/sections", test_sections);
    g_test_add_func("/languages/mail", test_mail);
    g_test_add_func("/languages/taken-away", test_taken_away);
    return g_test_run();
}
