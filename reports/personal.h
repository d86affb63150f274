/* What reports/ holds about a person (store/personal.h): nothing that is found by one, but names in
 * evidence of those who answered for it. */
#pragma once

#include "store/personal.h"

extern const PersonalTable reports_personal[];
