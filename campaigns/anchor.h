/* Anchor items: what two measurements both ask, so that they can be compared on the same questions
 * although the rest of them differs. */
#pragma once

#include "campaigns/definition.h"

/* The keys of the items of a measurement with anchors, NULL-terminated, by area: in each as many as
 * the definition asks, of them a share of the anchors that the earlier campaign asked in the very
 * same version, the rest not asked then as far as they go. The same for the same seed. NOT_FOUND if
 * the earlier campaign is not launched; INPUT if there are fewer anchors, or fewer items. */
GStrv anchor_items(Db *db, const Definition *definition, GError **error);
