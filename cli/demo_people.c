#include "cli/demo_people.h"

#include <stdbool.h>
#include <string.h>

/* A department: its share of the staff, in thousandths, and which kinds of work are done there. */
typedef struct {
    const char *path;
    guint share;
    const char *work; /* letters of `jobs` */
} Department;

typedef struct {
    char work;
    const char *title;
    const char *roles;
} Job;

typedef struct {
    char *given;
    char *family;
    char *email;
    guint department; /* index */
    guint manager;    /* index of a person; own index for the head */
    bool heads;
    guint hired_days; /* before the end of 2025 */
    bool english;
    bool leaves; /* on a fixed term */
    const Job *job;
} Employee;

static const Department departments[] = {
    {"Kommunledningskontoret", 20, "ak"},
    {"Kommunledningskontoret/Ekonomi", 20, "e"},
    {"Kommunledningskontoret/HR", 16, "h"},
    {"Kommunledningskontoret/IT", 24, "i"},
    {"Vård och omsorg", 16, "ah"},
    {"Vård och omsorg/Hemtjänst", 14, "uh"},
    {"Vård och omsorg/Hemtjänst/Norr", 76, "u"},
    {"Vård och omsorg/Hemtjänst/Söder", 82, "u"},
    {"Vård och omsorg/Hälso- och sjukvård", 50, "s"},
    {"Vård och omsorg/Särskilt boende", 160, "us"},
    {"Barn och utbildning", 16, "ah"},
    {"Barn och utbildning/Förskola", 130, "f"},
    {"Barn och utbildning/Grundskola", 10, "ah"},
    {"Barn och utbildning/Grundskola/Björkskolan", 84, "l"},
    {"Barn och utbildning/Grundskola/Östra skolan", 78, "l"},
    {"Barn och utbildning/Sjöstadsgymnasiet", 72, "l"},
    {"Samhällsbyggnad", 10, "am"},
    {"Samhällsbyggnad/Bygglov", 16, "b"},
    {"Samhällsbyggnad/Gata och park", 34, "g"},
    {"Kultur och fritid", 18, "d"},
    {"Kultur och fritid/Bibliotek", 20, "c"},
    {"Socialtjänst", 8, "ah"},
    {"Socialtjänst/Barn och familj", 30, "o"},
    {"Socialtjänst/Ekonomiskt bistånd", 22, "o"},
};

static const Job jobs[] = {
    {'a', "Utredare", "handläggare"},
    {'a', "Strateg", "handläggare"},
    {'a', "Registrator", "handläggare, administration"},
    {'h', "HR-specialist", "handläggare, personal"},
    {'h', "Administratör", "administration"},
    {'e', "Ekonom", "ekonomi, handläggare"},
    {'e', "Ekonomiassistent", "ekonomi, administration"},
    {'e', "Upphandlare", "ekonomi, upphandling"},
    {'i', "Systemförvaltare", "it"},
    {'i', "Drifttekniker", "it, it-drift"},
    {'i', "Utvecklare", "it, it-utveckling"},
    {'k', "Kommunikatör", "kommunikation"},
    {'u', "Undersköterska", "vård"},
    {'u', "Vårdbiträde", "vård"},
    {'u', "Stödassistent", "vård"},
    {'s', "Sjuksköterska", "vård, journal"},
    {'s', "Arbetsterapeut", "vård, journal"},
    {'s', "Fysioterapeut", "vård, journal"},
    {'f', "Förskollärare", "skola"},
    {'f', "Barnskötare", "skola"},
    {'l', "Lärare", "skola"},
    {'l', "Specialpedagog", "skola"},
    {'l', "Elevassistent", "skola"},
    {'b', "Bygglovshandläggare", "handläggare"},
    {'g', "Parkarbetare", "drift"},
    {'g', "Projektledare", "drift, upphandling"},
    {'m', "Miljöinspektör", "handläggare"},
    {'c', "Bibliotekarie", "kultur"},
    {'c', "Biblioteksassistent", "kultur"},
    {'d', "Fritidsledare", "kultur"},
    {'d', "Vaktmästare", "drift"},
    {'o', "Socialsekreterare", "handläggare, socialtjänst"},
    {'o', "Familjebehandlare", "socialtjänst"},
};

static const Job head_jobs[] = {
    {'1', "Kommundirektör", "chef"},
    {'2', "Förvaltningschef", "chef"},
    {'3', "Rektor", "chef, skola"},
    {'4', "Enhetschef", "chef"},
};

static const char *const given_names[] = {
    "Anna",       "Åsa",       "Örjan",        "Ebba",    "Lars",   "Karin",  "Mikael",
    "Ingrid",     "Björn",     "Märta",        "Göran",   "Sara",   "Fatima", "Mohammed",
    "Zahra",      "Agnieszka", "José",         "Siobhán", "Wei",    "Amira",  "Nils",
    "Hanna",      "Elin",      "Emil",         "Maja",    "Håkan",  "Ylva",   "Gunilla",
    "Sören",      "Pär",       "Kerstin",      "Johanna", "Tuva",   "Ola",    "Ulrika",
    "Ahmed",      "Leyla",     "Petra",        "Tomasz",  "Linnéa", "Åke",    "Eva",
    "Peter",      "Maria",     "Anders",       "Lena",    "Johan",  "Helena", "Per-Olof",
    "Anna-Karin", "Jan-Åke",   "Marie-Louise", "Linh",    "Oksana", "Dragan", "Hodan",
};

static const char *const family_names[] = {
    "Andersson", "Johansson",   "Karlsson",   "Nilsson",    "Eriksson",  "Larsson",   "Olsson",
    "Persson",   "Svensson",    "Gustafsson", "Pettersson", "Jonsson",   "Lindström", "Lindqvist",
    "Sjöberg",   "Åkesson",     "Östlund",    "Öberg",      "Ängström",  "Björk",     "Häggkvist",
    "Bergström", "Nyström",     "Wallin",     "Ekström",    "Söderberg", "Hellström", "Åberg",
    "O'Brien",   "O'Connor",    "Hassan",     "Ali",        "Yılmaz",    "Kowalski",  "Nowak",
    "García",    "Fernández",   "Nguyen",     "Petrović",   "Haile",     "Abdi",      "Hosseini",
    "von Essen", "af Klercker", "de la Cruz", "Lundgren",   "Sandström", "Lund",      "Falk",
    "Holm",      "Mårtensson",  "Fält",       "Hjälm",      "Löfgren",   "Norén",     "Lindén",
};

/* splitmix64 (Steele, Lea and Flood 2014): small, and the same everywhere. */
static guint64 draw(guint64 *state) {
    *state += G_GUINT64_CONSTANT(0x9e3779b97f4a7c15);
    guint64 z = *state;
    z = (z ^ (z >> 30)) * G_GUINT64_CONSTANT(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * G_GUINT64_CONSTANT(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

static guint draw_below(guint64 *state, guint limit) {
    return (guint)(draw(state) % limit);
}

/* Letters as an address would have them: "Åsa O'Brien" is "asa.obrien". */
static void append_plain(GString *out, const char *name) {
    g_autofree char *ascii = g_str_to_ascii(name, "sv");
    for (const char *p = ascii; *p != '\0'; p++) {
        if (g_ascii_isalpha(*p) || *p == '-') {
            g_string_append_c(out, g_ascii_tolower(*p));
        }
    }
}

/* given.family@, with a number from the second of that name on. */
static char *make_email(GHashTable *taken, const char *given, const char *family) {
    g_autoptr(GString) base = g_string_new(NULL);
    append_plain(base, given);
    g_string_append_c(base, '.');
    append_plain(base, family);
    guint used = GPOINTER_TO_UINT(g_hash_table_lookup(taken, base->str)) + 1;
    g_hash_table_insert(taken, g_strdup(base->str), GUINT_TO_POINTER(used));
    return used == 1 ? g_strdup_printf("%s@sjostad.example", base->str)
                     : g_strdup_printf("%s%u@sjostad.example", base->str, used);
}

static const Job *pick_job(guint64 *state, const char *work) {
    guint fitting = 0;
    const Job *picked = &jobs[0];
    for (guint i = 0; i < G_N_ELEMENTS(jobs); i++) {
        if (strchr(work, jobs[i].work) != NULL && draw_below(state, ++fitting) == 0) {
            picked = &jobs[i];
        }
    }
    return picked;
}

static const Job *head_job(guint department) {
    const char *work = departments[department].work;
    if (department == 0) {
        return &head_jobs[0];
    }
    if (strchr(departments[department].path, '/') == NULL) {
        return &head_jobs[1];
    }
    return strpbrk(work, "fl") != NULL ? &head_jobs[2] : &head_jobs[3];
}

/* The nearest department above that exists; the first one's head is everybody's. */
static guint parent_of(guint department) {
    g_autofree char *path = g_strdup(departments[department].path);
    for (char *slash = strrchr(path, '/'); slash != NULL; slash = strrchr(path, '/')) {
        *slash = '\0';
        for (guint i = 0; i < G_N_ELEMENTS(departments); i++) {
            if (strcmp(departments[i].path, path) == 0) {
                return i;
            }
        }
    }
    return 0;
}

static Employee make_employee(guint64 *state, GHashTable *taken, guint department, bool heads) {
    Employee employee = {.department = department, .heads = heads};
    employee.given = g_strdup(given_names[draw_below(state, G_N_ELEMENTS(given_names))]);
    employee.family = g_strdup(family_names[draw_below(state, G_N_ELEMENTS(family_names))]);
    employee.email = make_email(taken, employee.given, employee.family);
    employee.english = draw_below(state, 10) == 0;
    employee.leaves = !heads && draw_below(state, 25) == 0;
    employee.hired_days = draw_below(state, 25 * 365);
    employee.job = heads ? head_job(department) : pick_job(state, departments[department].work);
    return employee;
}

/* A department in proportion to its share of the staff. */
static guint pick_department(guint64 *state) {
    guint total = 0;
    for (guint i = 0; i < G_N_ELEMENTS(departments); i++) {
        total += departments[i].share;
    }
    guint at = draw_below(state, total);
    guint department = 0;
    while (at >= departments[department].share) {
        at -= departments[department++].share;
    }
    return department;
}

/* The heads come first, so that person i leads department i. */
static GArray *make_employees(guint people, guint64 seed) {
    guint64 state = seed;
    g_autoptr(GHashTable) taken = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    GArray *employees = g_array_new(FALSE, FALSE, sizeof(Employee));
    for (guint i = 0; i < people; i++) {
        bool heads = i < G_N_ELEMENTS(departments);
        guint department = heads ? i : pick_department(&state);
        Employee employee = make_employee(&state, taken, department, heads);
        employee.manager = heads ? parent_of(i) : department;
        g_array_append_val(employees, employee);
    }
    return employees;
}

static void append_date(GString *out, guint days_before) {
    g_autoptr(GDateTime) last = g_date_time_new_utc(2025, 12, 31, 0, 0, 0);
    g_autoptr(GDateTime) day = g_date_time_add_days(last, -(int)days_before);
    g_autofree char *text = g_date_time_format(day, "%F");
    g_string_append(out, text);
}

static void append_employee(GString *out, const GArray *employees, guint index) {
    const Employee *employee = &g_array_index(employees, Employee, index);
    const Employee *manager = &g_array_index(employees, Employee, employee->manager);
    g_string_append_printf(out, "S%05u;%s;%s;%s;%s;%s;\"%s\";%s;%s;", 10001 + index,
                           employee->given, employee->family, employee->email,
                           departments[employee->department].path, employee->job->title,
                           employee->job->roles, manager == employee ? "" : manager->email,
                           employee->english ? "en" : "sv");
    append_date(out, employee->hired_days);
    g_string_append(out, employee->leaves ? ";2029-12-31\r\n" : ";\r\n");
}

char *demo_people_csv(guint people, guint64 seed) {
    g_assert(people >= G_N_ELEMENTS(departments));
    g_autoptr(GArray) employees = make_employees(people, seed);
    g_autoptr(GString) out =
        g_string_new("\xef\xbb\xbf"
                     "Anställningsnummer;Förnamn;Efternamn;E-post;Avdelning;Befattning;Roller;"
                     "Närmaste chef;Språk;Anställd från;Anställd till\r\n");
    for (guint i = 0; i < people; i++) {
        append_employee(out, employees, i);
    }
    for (guint i = 0; i < people; i++) {
        Employee *employee = &g_array_index(employees, Employee, i);
        g_free(employee->given);
        g_free(employee->family);
        g_free(employee->email);
    }
    return g_string_free(g_steal_pointer(&out), FALSE);
}
