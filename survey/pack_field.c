#include "survey/pack_private.h"

#include <string.h>

void faults_add(Faults *faults, const char *format, ...) {
    if (faults->lines->len > PACK_FAULTS_MAX) {
        return;
    }
    if (faults->lines->len == PACK_FAULTS_MAX) {
        g_ptr_array_add(faults->lines, g_strdup(tr("… och fler. Rätta dessa och kontrollera igen.",
                                                   "... and more. Mend these and check again.")));
        return;
    }
    GString *line = g_string_new(faults->file);
    if (faults->where != NULL) {
        g_string_append_printf(line, ": %s", faults->where);
    }
    g_string_append(line, ": ");
    va_list arguments;
    va_start(arguments, format);
    g_string_append_vprintf(line, format, arguments);
    va_end(arguments);
    /* A fault quotes what it found, which may be anything: one line it stays. */
    for (char *at = line->str; *at != '\0'; at++) {
        *at = g_ascii_iscntrl(*at) ? ' ' : *at;
    }
    g_ptr_array_add(faults->lines, g_string_free(line, FALSE));
}

static guint line_of(const char *text, const char *at) {
    guint line = 1;
    for (const char *c = text; c < at; c++) {
        line += *c == '\n';
    }
    return line;
}

cJSON *faults_json(Faults *faults, const char *text, size_t length) {
    const char *end = NULL;
    if (!g_utf8_validate(text, (gssize)length, &end)) {
        faults_add(faults,
                   tr("rad %u: inte giltig UTF-8. Spara filen som UTF-8.",
                      "line %u: not valid UTF-8. Save the file as UTF-8."),
                   line_of(text, end));
        return NULL;
    }
    g_autofree char *copy = g_strndup(text, length);
    const char *nul = strstr(copy, "\\u0000");
    if (nul != NULL) {
        faults_add(faults,
                   tr("rad %u: tecknet \\u0000 är inte tillåtet. Ta bort det.",
                      "line %u: the character \\u0000 is not allowed. Remove it."),
                   line_of(copy, nul));
        return NULL;
    }
    /* The length counts the NUL, which must follow at once: nothing stands after the value. */
    cJSON *json = cJSON_ParseWithLengthOpts(copy, strlen(copy) + 1, &end, true);
    if (json == NULL) {
        faults_add(
            faults,
            tr("rad %u: inte giltig JSON. Se efter om ett komma, citattecken eller en "
               "parentes saknas eller är för mycket.",
               "line %u: not valid JSON. Look for a comma, quotation mark or bracket that is "
               "missing or too many."),
            line_of(copy, end));
    }
    return json;
}

static bool is_known(const char *const known[], const char *name) {
    return name != NULL && g_strv_contains(known, name);
}

static char *names_join(const char *const names[]) {
    GString *list = g_string_new(names[0]);
    for (guint i = 1; names[i] != NULL; i++) {
        g_string_append_printf(list, ", %s", names[i]);
    }
    return g_string_free(list, FALSE);
}

bool field_names(Faults *faults, const cJSON *object, const char *const known[]) {
    if (!cJSON_IsObject(object)) {
        faults_add(faults, tr("ska vara ett objekt: { … }", "must be an object: { ... }"));
        return false;
    }
    const cJSON *field;
    cJSON_ArrayForEach(field, object) {
        if (!is_known(known, field->string)) {
            g_autofree char *list = names_join(known);
            faults_add(faults,
                       tr("okänt fält \"%s\". De fält som finns: %s",
                          "unknown field \"%s\". The fields there are: %s"),
                       field->string, list);
        } else if (cJSON_GetObjectItemCaseSensitive(object, field->string) != field) {
            faults_add(faults,
                       tr("fältet \"%s\" finns två gånger. Ta bort det ena.",
                          "the field \"%s\" is there twice. Remove one."),
                       field->string);
        }
    }
    return true;
}

const char *field_text(Faults *faults, const cJSON *object, const char *name) {
    const cJSON *field = cJSON_GetObjectItemCaseSensitive(object, name);
    if (cJSON_IsString(field)) {
        return field->valuestring;
    }
    faults_add(faults,
               field == NULL ? tr("fältet \"%s\" saknas.", "the field \"%s\" is missing.")
                             : tr("fältet \"%s\" ska vara text inom citattecken.",
                                  "the field \"%s\" must be text in quotation marks."),
               name);
    return NULL;
}

bool pack_name_is_valid(const char *name) {
    size_t length = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-_.");
    return length > 0 && length <= PACK_KEY_MAX && name[length] == '\0' && g_ascii_isalnum(name[0]);
}

const char *field_key(Faults *faults, const cJSON *object, const char *name) {
    const char *key = field_text(faults, object, name);
    if (key == NULL) {
        return NULL;
    }
    if (!pack_name_is_valid(key)) {
        faults_add(faults,
                   tr("fältet \"%s\" är \"%.60s\": använd högst %d tecken av a–z, 0–9, - _ och "
                      "punkt, och börja med en bokstav eller siffra.",
                      "the field \"%s\" is \"%.60s\": use at most %d characters of a-z, 0-9, - _ "
                      "and dot, beginning with a letter or digit."),
                   name, key, PACK_KEY_MAX);
        return NULL;
    }
    return key;
}

bool field_bool(Faults *faults, const cJSON *object, const char *name, bool fallback) {
    const cJSON *field = cJSON_GetObjectItemCaseSensitive(object, name);
    if (field != NULL && !cJSON_IsBool(field)) {
        faults_add(faults,
                   tr("fältet \"%s\" ska vara true eller false, utan citattecken.",
                      "the field \"%s\" must be true or false, without quotation marks."),
                   name);
    }
    return cJSON_IsBool(field) ? cJSON_IsTrue(field) : fallback;
}

guint field_count(Faults *faults, const cJSON *object, const char *name, guint min, guint max,
                  guint fallback) {
    const cJSON *field = cJSON_GetObjectItemCaseSensitive(object, name);
    if (field == NULL) {
        return fallback;
    }
    double number = cJSON_IsNumber(field) ? field->valuedouble : -1;
    if (!(number >= min && number <= max) || number > (double)(guint)number) {
        faults_add(faults,
                   tr("fältet \"%s\" ska vara ett heltal från %u till %u.",
                      "the field \"%s\" must be a whole number from %u to %u."),
                   name, min, max);
        return fallback;
    }
    return (guint)number;
}

static bool has_control(const char *text) {
    for (const char *at = text; *at != '\0'; at += g_utf8_skip[(guchar)*at]) {
        if (g_unichar_iscntrl(g_utf8_get_char(at))) {
            return true;
        }
    }
    return false;
}

/* One language of a pair: there, not empty, not too long, nothing odd around or in it. */
static char *text_read(Faults *faults, const cJSON *pair, const char *name, Lang lang, glong max) {
    const cJSON *field = cJSON_GetObjectItemCaseSensitive(pair, lang_code(lang));
    const char *text = cJSON_IsString(field) ? field->valuestring : "";
    g_autofree char *stripped = g_strstrip(g_strdup(text));
    if (stripped[0] == '\0') {
        faults_add(faults,
                   tr("\"%s\" saknar text på språket \"%s\".",
                      "\"%s\" lacks a text in the language \"%s\"."),
                   name, lang_code(lang));
    } else if (strcmp(stripped, text) != 0 || has_control(text)) {
        faults_add(faults,
                   tr("\"%s\" (%s) har blanksteg först eller sist, radbrytning eller styrtecken. "
                      "Ta bort dem.",
                      "\"%s\" (%s) has blanks first or last, line breaks or control characters. "
                      "Remove them."),
                   name, lang_code(lang));
    } else if (g_utf8_strlen(text, -1) > max) {
        faults_add(faults,
                   tr("\"%s\" (%s) är %ld tecken långt; korta till högst %ld.",
                      "\"%s\" (%s) is %ld characters long; shorten it to at most %ld."),
                   name, lang_code(lang), g_utf8_strlen(text, -1), max);
    }
    return g_steal_pointer(&stripped);
}

void pair_text(Faults *faults, const cJSON *pair, const char *name, bool required, glong max,
               char *out_text[LANG_MAX]) {
    const char *languages[LANG_MAX + 1] = {NULL};
    for (guint lang = 0; lang < lang_count(); lang++) {
        languages[lang] = lang_code((Lang)lang);
    }
    lang_clear(out_text);
    if (pair == NULL || !cJSON_IsObject(pair)) {
        if (pair != NULL || required) {
            faults_add(faults,
                       tr("\"%s\" ska vara {\"sv\": \"…\", \"en\": \"…\"}.",
                          "\"%s\" must be {\"sv\": \"...\", \"en\": \"...\"}."),
                       name);
        }
    } else {
        field_names(faults, pair, languages);
        for (guint lang = 0; lang < lang_count(); lang++) {
            if (lang < LANG_OWN_COUNT || cJSON_HasObjectItem(pair, languages[lang])) {
                out_text[lang] = text_read(faults, pair, name, (Lang)lang, max);
            }
        }
    }
    for (guint lang = 0; lang < LANG_OWN_COUNT; lang++) {
        out_text[lang] = out_text[lang] == NULL ? g_strdup("") : out_text[lang];
    }
}

static bool is_word(const cJSON *field, char *const earlier[]) {
    const char *text = cJSON_IsString(field) ? field->valuestring : "";
    g_autofree char *stripped = g_strstrip(g_strdup(text));
    return text[0] != '\0' && strcmp(stripped, text) == 0 && !has_control(text) &&
           g_utf8_strlen(text, -1) <= PACK_ROLE_MAX &&
           !g_strv_contains((const char *const *)earlier, text);
}

char **field_words(Faults *faults, const cJSON *object, const char *name, guint max) {
    const cJSON *list = cJSON_GetObjectItemCaseSensitive(object, name);
    if (list == NULL) {
        return NULL;
    }
    int count = cJSON_GetArraySize(list);
    g_auto(GStrv) words = g_new0(char *, (gsize)MAX(count, 0) + 1);
    bool good = cJSON_IsArray(list) && count > 0 && count <= (int)max;
    guint found = 0;
    const cJSON *field;
    cJSON_ArrayForEach(field, list) {
        good = good && is_word(field, words);
        if (good) {
            words[found++] = g_strdup(field->valuestring);
        }
    }
    if (!good) {
        faults_add(faults,
                   tr("fältet \"%s\" ska vara en lista med 1 till %u olika texter på en rad.",
                      "the field \"%s\" must be a list of 1 to %u different texts on one line."),
                   name, max);
        return NULL;
    }
    return g_steal_pointer(&words);
}
