/* The embedded migrations; generated at build time. */
#pragma once

#include <gio/gio.h>

GResource *vk_store_get_resource(void);
