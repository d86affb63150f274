/* What an installation says of its own accessibility, in the statement that the law asks of public
 * bodies (2018:1937, "DOS-lagen", with Digg's list of what it must hold). The program knows its
 * pages; only the organisation can judge and answer for them. */
#pragma once

#include "base/lang.h"

#include <glib.h>

/* Texts may be ""; lists are parted by '|'. */
typedef struct {
    const char *status;      /* "full", "partial", "none", or "": not assessed yet */
    const char *assessed_on; /* a date, as is */
    const char *updated_on;
    const char *method[LANG_OWN_COUNT]; /* how it was assessed, and by whom */
    const char *issues[LANG_OWN_COUNT]; /* a list: what is not accessible, and why */
    const char
        *burdens[LANG_OWN_COUNT]; /* a list: what would be a disproportionate burden, and why */
    const char *exemptions[LANG_OWN_COUNT]; /* a list: what the law does not cover */
    const char *contact;                    /* an address or a telephone number */
    const char *phone;
    guint reply_days; /* working days until an answer */
    const char *supervisor[LANG_OWN_COUNT];
    const char *supervisor_url;
} AccessibilitySettings;

/* A copy whose texts lie in `texts`. */
AccessibilitySettings accessibility_copy(const AccessibilitySettings *from, GStringChunk *texts);
