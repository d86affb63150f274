/* Feeds template_compile(), template_check() and template_render() with a template that includes
 * itself as "t" and by the field "name", for the target that the first byte chooses. */
#include "templates/render.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char sample[] =
    "{\"name\":\"t\",\"text\":\"<&'\\r\\n\\\"å\",\"yes\":true,\"no\":false,"
    "\"number\":1.25,\"list\":[{\"text\":\"x\\ny\"},{\"no\":1}],\"l\":[\"a\",2],"
    "\"object\":{\"a\":{\"b\":null}}}";

static const Template *partial_find(const char *name, gpointer data) {
    return g_strcmp0(name, "t") == 0 ? data : NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size == 0) {
        return 0;
    }
    g_autofree char *text = g_strndup((const char *)data + 1, size - 1);
    g_autoptr(Template) t = template_compile("t", text, (Escape)(data[0] % 3), NULL);
    if (t == NULL) {
        return 0;
    }
    cJSON *values = cJSON_Parse(sample);
    g_autoptr(GString) out = g_string_new("before");
    gpointer self = t;
    template_check(t, values, partial_find, self, NULL);
    bool ok = template_render(t, values, partial_find, self, out, NULL);
    g_assert(ok ? g_str_has_prefix(out->str, "before") : out->len == 6);
    cJSON_Delete(values);
    return 0;
}
