/* The embedded templates, texts and static files; generated at build time. */
#pragma once

#include <gio/gio.h>

GResource *vk_templates_get_resource(void);
