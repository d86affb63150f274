#include "base/lang.h"

static Lang process_lang = LANG_SV; /* set once by main() before threads start */

void lang_set(Lang lang) {
    process_lang = lang;
}

Lang lang_current(void) {
    return process_lang;
}

bool lang_parse(const char *text, Lang *out_lang) {
    if (text == NULL) {
        return false;
    }
    for (Lang lang = LANG_SV; lang <= LANG_EN; lang++) {
        if (g_ascii_strncasecmp(text, lang_code(lang), 2) == 0 && !g_ascii_isalnum(text[2])) {
            *out_lang = lang;
            return true;
        }
    }
    return false;
}

const char *lang_code(Lang lang) {
    return lang == LANG_SV ? "sv" : "en";
}

const char *tr(const char *sv, const char *en) {
    return process_lang == LANG_SV ? sv : en;
}
