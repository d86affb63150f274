#include "cli/campaign_ask.h"

#include "base/error.h"
#include "base/lang.h"
#include "campaigns/definition.h"

#include <cjson/cJSON.h>
#include <string.h>

typedef enum { ASK_TEXT, ASK_LIST, ASK_NUMBER } AskType;

/* For which kinds a question is asked. */
enum {
    FOR_TRAINING = 1U << CAMPAIGN_TRAINING,
    FOR_KNOWLEDGE = 1U << CAMPAIGN_KNOWLEDGE,
    FOR_APPLICATION = 1U << CAMPAIGN_APPLICATION,
    FOR_OBSTACLES = 1U << CAMPAIGN_OBSTACLES,
    FOR_ALL = FOR_TRAINING | FOR_KNOWLEDGE | FOR_APPLICATION | FOR_OBSTACLES,
};

typedef struct {
    const char *field; /* dotted; where the answer goes */
    AskType type;
    unsigned kinds;
    const char *fallback; /* taken for an empty line; NULL: an answer is needed, "": leave it out */
    const char *sv, *en;
} Question;

static const Question questions[] = {
    {"name", ASK_TEXT, FOR_ALL, NULL, "Kort namn (a–z, 0–9, -)", "Short name (a–z, 0–9, -)"},
    {"title.sv", ASK_TEXT, FOR_ALL, NULL, "Rubrik på svenska", "Title in Swedish"},
    {"title.en", ASK_TEXT, FOR_ALL, "", "Rubrik på engelska (tomt: som på svenska)",
     "Title in English (empty: as in Swedish)"},
    {"kind", ASK_TEXT, FOR_ALL, "training",
     "Slag: training (utbildning), knowledge (kunskap), application (tillämpning) eller "
     "obstacles (hinder)",
     "Kind: training, knowledge, application or obstacles"},
    {"promise", ASK_TEXT, FOR_TRAINING | FOR_KNOWLEDGE | FOR_APPLICATION, "",
     "Löfte: identified, confidential eller anonymous (tomt: det vanliga för slaget)",
     "Promise: identified, confidential or anonymous (empty: the usual one of the kind)"},
    {"content.pack", ASK_TEXT, FOR_ALL, "starter", "Innehållspaket", "Content pack"},
    {"content.lessons", ASK_LIST, FOR_TRAINING, NULL, "Lektioner, med komma emellan",
     "Lessons, by commas"},
    {"content.areas", ASK_LIST, FOR_TRAINING | FOR_KNOWLEDGE, "area1,area2,area3,area4,area5",
     "Områden för frågorna", "Areas of the questions"},
    {"content.per_area", ASK_NUMBER, FOR_TRAINING | FOR_KNOWLEDGE, "3", "Frågor i varje område",
     "Questions in each area"},
    {"follows", ASK_TEXT, FOR_APPLICATION, "", "Följer upp utbildningen (tomt: ingen)",
     "Follows up the training (empty: none)"},
    {"after_days", ASK_NUMBER, FOR_APPLICATION, "30", "Dagar efter utbildningen",
     "Days after the training"},
    {"audience.departments", ASK_LIST, FOR_ALL, "", "Avdelningar (tomt: hela organisationen)",
     "Departments (empty: the whole organisation)"},
    {"audience.roles", ASK_LIST, FOR_ALL, "", "Roller (tomt: alla)", "Roles (empty: all)"},
    {"audience.sample.percent", ASK_NUMBER,
     FOR_TRAINING | FOR_KNOWLEDGE | FOR_APPLICATION | FOR_OBSTACLES, "",
     "Slumpmässigt urval i procent (tomt: alla)", "Random sample in percent (empty: all)"},
    {"schedule.start", ASK_TEXT, FOR_ALL, "", "Börjar, t.ex. 2026-11-24 09:00 (tomt: vid start)",
     "Starts, for example 2026-11-24 09:00 (empty: at launch)"},
    {"schedule.end", ASK_TEXT, FOR_ALL, "", "Sista dag för utskick (tomt: alla brev på en gång)",
     "Last day of sending (empty: all mails at once)"},
    {"schedule.window.days", ASK_LIST, FOR_ALL, "mon,tue,wed,thu,fri", "Veckodagar för utskick",
     "Weekdays of sending"},
    {"schedule.window.from", ASK_TEXT, FOR_ALL, "08:00", "Utskick från klockan",
     "Sending from (time of day)"},
    {"schedule.window.to", ASK_TEXT, FOR_ALL, "17:00", "Utskick till klockan",
     "Sending until (time of day)"},
    {"schedule.close", ASK_TEXT, FOR_ALL, "", "Sista svarsdag (tomt: tre veckor)",
     "Last day to answer (empty: three weeks)"},
    {"schedule.reminders.max", ASK_NUMBER, FOR_ALL, "2", "Påminnelser, högst",
     "Reminders, at most"},
    {"schedule.reminders.after_working_days", ASK_NUMBER, FOR_ALL, "3", "Arbetsdagar mellan dem",
     "Working days between them"},
};

/* What is no number stays text, so that the check can name it. */
static cJSON *answer_number(const char *text) {
    g_autofree char *dotted = g_strdelimit(g_strdup(text), ",", '.');
    char *end = NULL;
    double number = g_ascii_strtod(dotted, &end);
    return end != dotted && *end == '\0' ? cJSON_CreateNumber(number) : cJSON_CreateString(text);
}

static cJSON *answer_value(AskType type, const char *text) {
    switch (type) {
    case ASK_TEXT:
        return cJSON_CreateString(text);
    case ASK_NUMBER:
        return answer_number(text);
    case ASK_LIST: {
        g_auto(GStrv) parts = g_strsplit(text, ",", 0);
        cJSON *list = cJSON_CreateArray();
        for (char **part = parts; *part != NULL; part++) {
            cJSON_AddItemToArray(list, cJSON_CreateString(g_strstrip(*part)));
        }
        return list;
    }
    }
    g_assert_not_reached();
}

/* Puts the value at the dotted field, making the objects above it. */
static void tree_set(cJSON *tree, const char *field, cJSON *take_value) {
    g_auto(GStrv) parts = g_strsplit(field, ".", 0);
    guint last = g_strv_length(parts) - 1;
    for (guint i = 0; i < last; i++) {
        cJSON *next = cJSON_GetObjectItemCaseSensitive(tree, parts[i]);
        tree = next != NULL ? next : cJSON_AddObjectToObject(tree, parts[i]);
    }
    cJSON_DeleteItemFromObjectCaseSensitive(tree, parts[last]);
    cJSON_AddItemToObject(tree, parts[last], take_value);
}

static bool tree_has(const cJSON *tree, const char *field) {
    g_auto(GStrv) parts = g_strsplit(field, ".", 0);
    for (char **part = parts; *part != NULL && tree != NULL; part++) {
        tree = cJSON_GetObjectItemCaseSensitive(tree, *part);
    }
    return tree != NULL;
}

/* The kind that was answered; every question before it is for all. A word that is no kind is for
 * all too: the check names it. */
static unsigned tree_kind(const cJSON *tree) {
    const char *kind = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(tree, "kind"));
    for (unsigned i = CAMPAIGN_TRAINING; i <= CAMPAIGN_OBSTACLES; i++) {
        if (g_strcmp0(kind, campaign_kind_code((CampaignKind)i)) == 0) {
            return 1U << i;
        }
    }
    return FOR_ALL;
}

/* Whether the answers so far hold together: with something harmless where one is still to come. */
static Definition *tree_check(const cJSON *tree, GError **error) {
    static const struct {
        const char *field, *text;
        AskType type;
        unsigned kinds;
    } fillers[] = {{"name", "a", ASK_TEXT, FOR_ALL},
                   {"title.sv", "a", ASK_TEXT, FOR_ALL},
                   {"kind", "training", ASK_TEXT, FOR_ALL},
                   {"content.pack", "a", ASK_TEXT, FOR_ALL},
                   {"content.lessons", "a", ASK_LIST, FOR_TRAINING},
                   {"content.areas", "area1", ASK_LIST, FOR_TRAINING}};
    cJSON *copy = cJSON_Duplicate(tree, true);
    for (size_t i = 0; i < G_N_ELEMENTS(fillers); i++) {
        if ((fillers[i].kinds & tree_kind(copy)) != 0 && !tree_has(copy, fillers[i].field)) {
            tree_set(copy, fillers[i].field, answer_value(fillers[i].type, fillers[i].text));
        }
    }
    char *text = cJSON_PrintUnformatted(copy);
    Definition *definition = definition_parse_new(text, strlen(text), error);
    cJSON_free(text);
    cJSON_Delete(copy);
    return definition;
}

/* The next line without its end; NULL at the end of the input. */
static char *line_read(FILE *in) {
    char *line = NULL;
    size_t size = 0;
    ssize_t length = getline(&line, &size, in);
    char *copy = length >= 0 ? g_strstrip(g_strndup(line, (gsize)length)) : NULL;
    free(line);
    return copy;
}

static void question_print(FILE *out, const Question *question) {
    bool shown = question->fallback != NULL && question->fallback[0] != '\0';
    g_autofree char *fallback = shown ? g_strdup_printf(" [%s]", question->fallback) : NULL;
    fprintf(out, "%s%s: ", lang_current() == LANG_SV ? question->sv : question->en,
            shown ? fallback : "");
    fflush(out);
}

/* Asks until the answer fits. */
static bool question_ask(const Question *question, FILE *in, FILE *out, cJSON *tree,
                         GError **error) {
    for (;;) {
        question_print(out, question);
        g_autofree char *line = line_read(in);
        bool ended = line == NULL;
        bool empty = ended || line[0] == '\0';
        if (ended && question->fallback == NULL) {
            return error_set(error, VK_ERROR_INPUT,
                             tr("inmatningen tog slut vid frågan om \"%s\"",
                                "the input ended at the question of \"%s\""),
                             question->field);
        }
        const char *answer = empty ? question->fallback : line;
        if (answer == NULL) {
            fprintf(out, "%s\n", tr("Här behövs ett svar.", "An answer is needed here."));
            continue;
        }
        if (answer[0] == '\0') {
            return true;
        }
        cJSON *tried = cJSON_Duplicate(tree, true);
        tree_set(tried, question->field, answer_value(question->type, answer));
        g_autoptr(GError) fault = NULL;
        g_autoptr(Definition) definition = tree_check(tried, &fault);
        cJSON_Delete(tried);
        if (definition != NULL) {
            tree_set(tree, question->field, answer_value(question->type, answer));
            return true;
        }
        if (ended) {
            g_propagate_error(error, g_steal_pointer(&fault));
            return false;
        }
        fprintf(out, "%s\n", fault->message);
    }
}

/* Questions that make sense only after another's answer. */
static bool question_applies(const Question *question, const cJSON *tree) {
    bool follows = tree_has(tree, "follows");
    bool silent = tree_has(tree, "schedule.reminders.max") &&
                  cJSON_GetObjectItemCaseSensitive(
                      cJSON_GetObjectItemCaseSensitive(
                          cJSON_GetObjectItemCaseSensitive(tree, "schedule"), "reminders"),
                      "max")
                          ->valuedouble < 1;
    if (g_str_equal(question->field, "after_days")) {
        return follows;
    }
    if (g_str_equal(question->field, "audience.sample.percent") ||
        g_str_equal(question->field, "schedule.end")) {
        return !follows;
    }
    return !silent || !g_str_equal(question->field, "schedule.reminders.after_working_days");
}

char *campaign_ask(FILE *in, FILE *out, GError **error) {
    cJSON *tree = cJSON_CreateObject();
    bool good = true;
    for (size_t i = 0; good && i < G_N_ELEMENTS(questions); i++) {
        if ((questions[i].kinds & tree_kind(tree)) != 0 && question_applies(&questions[i], tree)) {
            good = question_ask(&questions[i], in, out, tree, error);
        }
    }
    char *text = good ? cJSON_Print(tree) : NULL;
    char *json = g_strdup(text);
    cJSON_free(text);
    cJSON_Delete(tree);
    return json;
}
