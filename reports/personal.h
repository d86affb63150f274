/* What reports/ holds about a person (store/personal.h): nothing that is found by one. */
#pragma once

#include "store/personal.h"

extern const PersonalTable reports_personal[];
