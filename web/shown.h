/* What a page showed of the saved answers when it was made, as one hidden field an item: wN.
 *
 * A page may stay open in a second window, or come back by the back button, while its person
 * answers elsewhere. When it is sent at last, an answer that was not changed on it says nothing and
 * must not undo what was saved since. An item without the field was changed, or was never shown as
 * saved: what is sent for it holds. */
#pragma once

#include "survey/answer.h"
#include "web/fields.h"

/* The field's value for a saved answer, blank ones too: short, and different for different
 * answers. */
char *shown_mark(const Answer *saved);

/* True if the form says that item `index` was shown with this very answer. */
bool shown_unchanged(const Fields *form, guint index, const Answer *sent);
