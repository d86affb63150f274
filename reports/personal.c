#include "reports/personal.h"

const PersonalTable reports_personal[] = {
    {"evidence", "Underlag", "Evidence", NULL, NULL,
     "Vilka underlag som tagits fram och vad de vilade på, i grupper. Den som i tjänsten intygat "
     "ett underlag står kvar vid namn i fem år.",
     "Which evidence was made and what it rested on, in groups. Who verified it in office stays "
     "by name for five years."},
    {0},
};
