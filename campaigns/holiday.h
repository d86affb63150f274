/* Swedish public holidays (lagen om allmänna helgdagar, 1989:253) and the eves on which offices are
 * closed by custom. Pure; proleptic Gregorian calendar, years 1583..9999. */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* Easter Sunday of the year, by the Gregorian computus (Meeus, Jones and Butcher). */
void holiday_easter(int year, GDate *out);

/* A public holiday, or Midsummer Eve, Christmas Eve or New Year's Eve. Ordinary Sundays are not. */
bool holiday_is(const GDate *day);

/* The holiday's Swedish name, NULL for any other day. */
const char *holiday_name(const GDate *day);

/* Monday to Friday and no holiday. */
bool holiday_is_working_day(const GDate *day);
