/* Control phrases: two friendly Swedish words, "klok uggla", that stand in every mail of a campaign
 * and on /verify, so that an employee can compare them. They are the same in English mails. */
#pragma once

#include <glib.h>

/* One of 16,384, at random. */
char *phrase_make(void);
