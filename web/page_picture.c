#include "web/pages.h"

#include <string.h>

#include "base/error.h"
#include "survey/picture.h"
#include "web/page.h"

Reply *page_picture(const Site *site, const Request *request, Change *out_change) {
    (void)out_change;
    const char *name = request->path + strlen("/picture/");
    const char *media_type = picture_media_type(name);
    g_autoptr(GError) error = NULL;
    g_autoptr(Reader) reader = media_type ? readers_take(site->readers, &error) : NULL;
    GBytes *bytes = reader ? picture_load(reader_db(reader), name, &error) : NULL;
    if (!bytes && error && !g_error_matches(error, VK_ERROR, VK_ERROR_NOT_FOUND)) {
        return page_fault(site, request, error);
    }
    return bytes
               ? reply_new(200, REPLY_STATIC, media_type, bytes)
               : page_message(site, request, page_lang(request, LANG_SV), MESSAGE_NOT_FOUND, NULL);
}
