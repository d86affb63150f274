/* Dates as people read them, in Stockholm time. */
#pragma once

#include "base/lang.h"

#include <stdint.h>

/* "tisdag 15 december 2026", "Tuesday 15 December 2026". */
char *dates_day(int64_t at_us, Lang lang);

/* When something ends, exclusive: "tisdag 15 december 2026" for the midnight that ends that day,
 * with "kl. 14.00" or "at 14:00" for any other instant. */
char *dates_end(int64_t at_us, Lang lang);
