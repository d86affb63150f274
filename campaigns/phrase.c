#include "campaigns/phrase.h"

#include "base/id.h"

#include <stdint.h>

/* A power of two, so that a byte of randomness chooses evenly. */
enum { WORDS = 128 };

/* In the form that goes with every noun below. */
static const char *const adjectives[WORDS] = {
    "alert",      "blank",     "blid",       "blyg",       "blå",       "bred",      "brun",
    "busig",      "böljande",  "dansande",   "daggig",     "djup",      "djärv",     "doftande",
    "drömmande",  "duktig",    "egen",       "enkel",      "envis",     "fager",     "fin",
    "finurlig",   "flink",     "flitig",     "flygande",   "fri",       "frisk",     "frodig",
    "frostig",    "fryntlig",  "fyndig",     "färgglad",   "generös",   "gladlynt",  "glad",
    "glittrande", "grann",     "grön",       "gul",        "gyllene",   "händig",    "hjälpsam",
    "hoppfull",   "hurtig",    "hög",        "jordnära",   "jublande",  "jämn",      "kavat",
    "klar",       "klok",      "klurig",     "knastrande", "knoppande", "kvick",     "lagom",
    "lekfull",    "lila",      "listig",     "ljudlös",    "ljum",      "ljus",      "lugn",
    "lurvig",     "lustig",    "luftig",     "lycklig",    "lyhörd",    "långsam",   "lätt",
    "magisk",     "mild",      "mjuk",       "modig",      "munter",    "myllrande", "månljus",
    "nyfiken",    "nöjd",      "orange",     "omtänksam",  "pigg",      "pålitlig",  "påhittig",
    "prickig",    "prydlig",   "purpurröd",  "randig",     "rask",      "rofylld",   "rolig",
    "rosa",       "rund",      "rutig",      "rörlig",     "saftig",    "samlad",    "silverblank",
    "sinnrik",    "sjungande", "skimrande",  "skrattande", "snabb",     "snäll",     "solig",
    "solvarm",    "sprallig",  "stadig",     "stark",      "stillsam",  "stolt",     "strålande",
    "svalkande",  "sval",      "taktfast",   "tapper",     "tidig",     "trogen",    "trygg",
    "tålig",      "tålmodig",  "uppmärksam", "vaken",      "vandrande", "varm",      "vänlig",
    "vårlig",     "yster",
};

/* All of common gender. */
static const char *const nouns[WORDS] = {
    "abborre", "albatross", "alm",        "apelsin",    "asp",      "backe",    "bagare",
    "blåmes",  "borg",      "bro",        "brunn",      "brygga",   "buss",     "båt",
    "bäver",   "bäck",      "cello",      "cykel",      "dal",      "delfin",   "domherre",
    "duva",    "ek",        "ekorre",     "fasan",      "fiol",     "fjord",    "fjäder",
    "fjäril",  "flagga",    "flod",       "forell",     "fors",     "fyr",      "fågel",
    "gitarr",  "glänta",    "gran",       "groda",      "gryning",  "grotta",   "gås",
    "gädda",   "gök",       "hackspett",  "hage",       "hamn",     "hare",     "harpa",
    "hassel",  "hatt",      "häst",       "humla",      "hyacint",  "igelkott", "jordgubbe",
    "kaj",     "kajak",     "kamel",      "kanel",      "kanot",    "karta",    "katt",
    "klippa",  "klocka",    "knopp",      "koltrast",   "kompass",  "korg",     "kudde",
    "kulle",   "kvast",     "källa",      "lampa",      "lavendel", "lilja",    "lind",
    "linnea",  "lykta",     "lärka",      "lönn",       "mandel",   "måne",     "mås",
    "mössa",   "nejlika",   "nyckelpiga", "näktergal",  "ponny",    "ren",      "ripa",
    "ros",     "rönn",      "sjö",        "sköldpadda", "skog",     "skuta",    "snäcka",
    "solros",  "sparv",     "stig",       "stjärna",    "stork",    "strand",   "svala",
    "svan",    "syren",     "säl",        "tall",       "tekanna",  "tiger",    "tjäder",
    "trana",   "trast",     "trumpet",    "trädgård",   "tulpan",   "uggla",    "utter",
    "vallmo",  "vik",       "viol",       "våg",        "älg",      "äng",      "ödla",
    "örn",     "öring",
};

char *phrase_make(void) {
    uint8_t bytes[2];
    id_random(bytes, sizeof bytes);
    return g_strconcat(adjectives[bytes[0] % WORDS], " ", nouns[bytes[1] % WORDS], NULL);
}
