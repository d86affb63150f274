#include "reports/personal_words.h"

#include "base/clock.h"
#include "base/lang.h"
#include "reports/knowledge.h"

#include <cjson/cJSON.h>
#include <string.h>

typedef struct {
    const char *word;
    const char *sv;
    const char *en;
} Words;

static const Words labels[] = {
    {"absent_at_us", "Borta till", "Away until"},
    {"active", "Anställd nu", "Employed now"},
    {"answer", "Svar", "Answer"},
    {"answered_at_us", "Besvarad", "Answered"},
    {"area", "Område", "Area"},
    {"asked_at_us", "Frågad", "Asked"},
    {"asked_items", "Frågor som ställdes", "Questions asked"},
    {"at_us", "När", "When"},
    {"attempt", "Försök nummer", "Attempt number"},
    {"attempts", "Antal försök", "Number of attempts"},
    {"campaign", "Kampanj", "Campaign"},
    {"changed_at_us", "Ändrad", "Changed"},
    {"class", "Utfall", "Outcome"},
    {"closes_at_us", "Stänger", "Closes"},
    {"completed_at_us", "Klar", "Completed"},
    {"correct", "Rätt", "Right"},
    {"correct_count", "Antal rätt", "Number right"},
    {"created_at_us", "Skapad", "Created"},
    {"department", "Avdelning", "Department"},
    {"department_path", "Avdelning", "Department"},
    {"drawn_items", "Frågor som drogs", "Questions drawn"},
    {"due_at_us", "Planerad", "Planned"},
    {"email", "E-post", "E-mail"},
    {"employed_from", "Anställd från", "Employed from"},
    {"employed_to", "Anställd till", "Employed to"},
    {"enhanced", "Statuskod", "Status code"},
    {"family_name", "Efternamn", "Family name"},
    {"free_text", "Fritext", "Free text"},
    {"gap_days", "Dagar mellan gångerna", "Days apart"},
    {"given_name", "Förnamn", "Given name"},
    {"greeting_name", "Tilltalsnamn i brevet", "Name in the greeting"},
    {"had", "Frågor som ställts", "Questions asked"},
    {"hold_at_us", "Vilar till", "Rests until"},
    {"invited_as", "Plats i turordningen, räknat från 0", "Place in the order, counted from 0"},
    {"is_manager", "Är chef", "Is a manager"},
    {"item_count", "Antal frågor", "Number of questions"},
    {"item_key", "Frågans id", "Question id"},
    {"kind", "Slag", "Kind"},
    {"locale", "Språk", "Language"},
    {"manager", "Närmaste chef", "Manager"},
    {"missed_count", "Gånger fel", "Times missed"},
    {"next_at_us", "Nästa gång", "Next time"},
    {"not_applicable", "Vet inte/ej aktuellt", "Don't know/not applicable"},
    {"pack", "Innehållspaket", "Content pack"},
    {"page", "Nästa sida, räknat från 0", "Next page, counted from 0"},
    {"person_key", "Anställningsnummer", "Employee number"},
    {"position", "Befattning", "Position"},
    {"promise", "Löfte", "Promise"},
    {"purpose", "Ärende", "Purpose"},
    {"question", "Frågans text", "The question"},
    {"queued_at_us", "Lämnad till utskick", "Handed over for sending"},
    {"relay", "Mejlserver", "Relay"},
    {"remind_at_us", "Nästa påminnelse", "Next reminder"},
    {"reminders", "Antal påminnelser", "Number of reminders"},
    {"reply", "Serverns svar", "The server's reply"},
    {"revoked_at_us", "Återkallad", "Revoked"},
    {"right_count", "Gånger rätt", "Times right"},
    {"role", "Roll", "Role"},
    {"roles", "Roller", "Roles"},
    {"settled_at_us", "Avgjord", "Settled"},
    {"smtp_code", "SMTP-kod", "SMTP code"},
    {"source", "Källa", "Source"},
    {"started_at_us", "Påbörjad", "Started"},
    {"state", "Läge", "State"},
    {"status", "Läge", "Status"},
    {"stopped_at_us", "Avböjd", "Declined"},
    {"taken_at_us", "Registret lästes", "The directory was read"},
    {"text", "Text", "Text"},
    {"to_address", "Till", "To"},
    {"to_name", "Mottagarens namn", "Recipient's name"},
    {"topic", "Ämne", "Topic"},
    {"unanswered", "Obesvarade i rad", "Unanswered in a row"},
    {"undeliverable_at_us", "Gick inte att nå", "Could not be reached"},
    {"until_at_us", "Till och med", "Until"},
    {"version", "Frågans version", "Question version"},
};

static const Words statuses[] = {{"none", "inte börjat", "not begun"},
                                 {"started", "påbörjat", "begun"},
                                 {"partial", "delvis besvarat", "partly answered"},
                                 {"complete", "klart", "complete"},
                                 {0}};
static const Words promises[] = {{"identified", "identifierad", "identified"},
                                 {"confidential", "konfidentiell", "confidential"},
                                 {"anonymous", "anonym", "anonymous"},
                                 {0}};
static const Words states[] = {{"ready", "väntar", "waiting"},
                               {"leased", "skickas just nu", "being sent"},
                               {"sent", "skickat", "sent"},
                               {"deferred", "försöks igen", "to be tried again"},
                               {"failed", "misslyckat", "failed"},
                               {"cancelled", "inställt", "cancelled"},
                               {0}};
static const Words outcomes[] = {{"sent", "mottaget", "taken"},
                                 {"transient", "inte nu", "not now"},
                                 {"permanent", "avvisat", "refused"},
                                 {"in_doubt", "ovisst", "in doubt"},
                                 {0}};
static const Words notices[] = {
    {"undeliverable", "kan inte levereras", "undeliverable"},
    {"soft", "studsade, men adressen kan vara rätt", "bounced, but the address may be right"},
    {"absent", "frånvarosvar", "out of office"},
    {"complaint", "anmält som oönskat", "reported as unwanted"},
    {"challenge", "mottagarens filter vill ha ett svar", "the recipient's filter wants a reply"},
    {"retried", "lagt tillbaka i kön", "put back in the queue"},
    {0}};
static const Words sources[] = {{"relay", "mejlservern", "the relay"},
                                {"bounce", "en studs", "a bounce"},
                                {"address", "ett brev som nämner adressen, obekräftat",
                                 "a mail that names the address, unproven"},
                                {"person", "för hand", "by hand"},
                                {0}};
static const Words purposes[] = {{"invitation", "inbjudan", "invitation"}, {0}};
static const Words campaigns[] = {{"practice", "övning", "practice"}, {0}};

/* Columns whose values are among a few words. */
static const struct {
    const char *column;
    const Words *words;
} enumerated[] = {
    {"status", statuses}, {"promise", promises}, {"state", states},     {"class", outcomes},
    {"kind", notices},    {"source", sources},   {"purpose", purposes}, {"campaign", campaigns},
};

const char *personal_label(const char *column) {
    for (gsize i = 0; i < G_N_ELEMENTS(labels); i++) {
        if (strcmp(labels[i].word, column) == 0) {
            return tr(labels[i].sv, labels[i].en);
        }
    }
    return NULL;
}

bool personal_is_instant(const PersonalField *field) {
    return field->number && g_str_has_suffix(field->column, "at_us");
}

bool personal_is_silent(const PersonalField *field) {
    static const char *const machines[] = {"choices", "item_id", NULL};
    if (field->value == NULL || *field->value == '\0' || g_strv_contains(machines, field->column)) {
        return true;
    }
    bool zero_is_none = personal_is_instant(field) || strcmp(field->column, "smtp_code") == 0;
    return zero_is_none && strcmp(field->value, "0") == 0;
}

const char *personal_word(const char *column, const char *value) {
    for (gsize i = 0; i < G_N_ELEMENTS(enumerated); i++) {
        const Words *words = enumerated[i].words;
        for (; strcmp(enumerated[i].column, column) == 0 && words->word != NULL; words++) {
            if (strcmp(words->word, value) == 0) {
                return tr(words->sv, words->en);
            }
        }
    }
    return NULL;
}

static bool is_yes_or_no(const char *column) {
    static const char *const columns[] = {"active", "correct", "is_manager", "not_applicable",
                                          NULL};
    return g_strv_contains(columns, column);
}

/* A JSON list of texts: "chef, kassör". */
static char *list_words(const char *json) {
    g_autoptr(GPtrArray) words = g_ptr_array_new();
    cJSON *list = cJSON_Parse(json);
    const cJSON *word;
    cJSON_ArrayForEach(word, list) {
        if (cJSON_IsString(word)) {
            g_ptr_array_add(words, word->valuestring);
        }
    }
    g_ptr_array_add(words, NULL);
    char *text =
        words->len > 1 ? g_strjoinv(", ", (char **)words->pdata) : g_strdup(tr("inga", "none"));
    cJSON_Delete(list);
    return text;
}

/* "reminder-2" and "practice-2026-11-23". */
static char *purpose_words(const char *purpose) {
    static const char reminder[] = "reminder-", practice[] = "practice-";
    if (g_str_has_prefix(purpose, reminder)) {
        return g_strdup_printf(tr("påminnelse %s", "reminder %s"), purpose + strlen(reminder));
    }
    if (g_str_has_prefix(purpose, practice)) {
        return g_strdup_printf(tr("övning %s", "practice %s"), purpose + strlen(practice));
    }
    return g_strdup(purpose);
}

char *personal_value(const PersonalField *field) {
    const char *column = field->column, *value = field->value;
    const char *word = personal_word(column, value);
    if (word != NULL) {
        return g_strdup(word);
    }
    if (personal_is_instant(field)) {
        int64_t at_us = g_ascii_strtoll(value, NULL, 10);
        return strcmp(column, "closes_at_us") == 0 ? clock_format_end(at_us) : clock_format(at_us);
    }
    if (is_yes_or_no(column)) {
        return g_strdup(strcmp(value, "1") == 0 ? tr("ja", "yes") : tr("nej", "no"));
    }
    if (strcmp(column, "roles") == 0) {
        return list_words(value);
    }
    if (strcmp(column, "purpose") == 0) {
        return purpose_words(value);
    }
    if (strcmp(column, "area") == 0) {
        return g_strdup(knowledge_area_text(value, lang_current()));
    }
    return g_strdup(strcmp(column, "locale") == 0 && lang_is_there(value)
                        ? lang_spec(lang_stored(value))->name
                        : value);
}
