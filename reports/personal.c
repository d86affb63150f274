#include "reports/personal.h"

const PersonalTable reports_personal[] = {
    {"evidence", "Underlag", "Evidence", NULL, NULL,
     "Vilka underlag som tagits fram och vad de vilade på, i grupper. Den som har verifierat ett "
     "underlag, eller nämns i en bekräftelse (--confirm), står kvar vid namn så länge underlaget "
     "finns, för att det ska synas vem som svarade för det (dataskyddsförordningen artikel 6.1 e; "
     "undantag från radering i artikel 17.3 b). Organisationen beslutar när underlag gallras; "
     "programmet har inget kommando för det, och databasen vägrar (docs/privacy.md).",
     "Which evidence was made and what it rested on, in groups. Who has verified it, or is named "
     "in a confirmation (--confirm), stays by name for as long as the evidence is kept, so that "
     "it can be seen who answered for it (GDPR article 6.1 e; exempt from erasure by article "
     "17.3 b). The organisation decides when evidence is removed; the program has no command for "
     "it, and the database refuses (docs/privacy.md)."},
    {0},
};
