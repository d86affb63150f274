/* The words of `vetkoll campaign`: lists, one campaign and its preview, as text and as JSON. Never
 * a personal link: those are in the mails alone. */
#pragma once

#include "campaigns/launch.h"

/* A table, newest first as given. */
void campaign_print_list(const GPtrArray *campaigns, GString *out);
void campaign_print_list_json(const GPtrArray *campaigns, GString *out);

/* `preview` NULL: it has opened, or is closed; or `hindrance` says why it cannot be launched. */
void campaign_print(const Campaign *campaign, const LaunchPreview *preview, const char *hindrance,
                    GString *out);
void campaign_print_json(const Campaign *campaign, const LaunchPreview *preview,
                         const char *hindrance, GString *out);

/* A line on addresses to be left out that nobody has; nothing where there are none. */
void campaign_print_unknown(const LaunchPreview *preview, GString *out);
