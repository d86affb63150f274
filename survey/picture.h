/* Pictures of scenario items: PNG, JPEG or WebP out of a pack, kept by what they hold, so that a
 * picture that was shown never changes under an item. A picture's name is the hex SHA-256 of its
 * bytes and ".png", ".jpg" or ".webp". */
#pragma once

#include "store/db.h"

enum { PICTURE_MAX = 512 * 1024 /* bytes */ };

/* The name of these bytes; NULL if they are no picture of a kind that we show. By content. */
char *picture_name(const void *bytes, size_t size);

/* True for what can be a picture's name. */
bool picture_name_is_valid(const char *name);

/* "image/png"... NULL for what cannot be a name. */
const char *picture_media_type(const char *name);

/* Harmless when repeated. */
bool picture_store(DbTx *tx, const char *name, GBytes *bytes, GError **error);

/* NOT_FOUND if there is none of that name. */
GBytes *picture_load(Db *db, const char *name, GError **error);
