#include "cli/campaign_print.h"

#include "base/clock.h"
#include "cli/print.h"

#include <cjson/cJSON.h>
#include <inttypes.h>

static const char *kind_words(CampaignKind kind) {
    switch (kind) {
    case CAMPAIGN_TRAINING:
        return tr("utbildning", "training");
    case CAMPAIGN_KNOWLEDGE:
        return tr("kunskapsmätning", "knowledge survey");
    case CAMPAIGN_APPLICATION:
        return tr("uppföljning av tillämpning", "application follow-up");
    case CAMPAIGN_OBSTACLES:
        return tr("hinder och framgångsfaktorer", "obstacles and success factors");
    }
    g_assert_not_reached();
}

static const char *promise_words(Promise promise) {
    switch (promise) {
    case PROMISE_IDENTIFIED:
        return tr("identifierad", "identified");
    case PROMISE_CONFIDENTIAL:
        return tr("konfidentiell", "confidential");
    case PROMISE_ANONYMOUS:
        return tr("anonym", "anonymous");
    }
    g_assert_not_reached();
}

static const char *state_words(CampaignState state) {
    switch (state) {
    case CAMPAIGN_DRAFT:
        return tr("utkast", "draft");
    case CAMPAIGN_SCHEDULED:
        return tr("planerad", "scheduled");
    case CAMPAIGN_RUNNING:
        return tr("pågår", "running");
    case CAMPAIGN_PAUSED:
        return tr("pausad", "paused");
    case CAMPAIGN_CLOSED:
        return tr("avslutad", "closed");
    }
    g_assert_not_reached();
}

/* "–" for an instant that is not set. */
static char *time_words(int64_t at_us) {
    return at_us != 0 ? clock_format(at_us) : g_strdup("–");
}

static char *closing_words(int64_t at_us) {
    return at_us != 0 ? clock_format_end(at_us) : g_strdup("–");
}

void campaign_print_list(const GPtrArray *campaigns, GString *out) {
    glong width = g_utf8_strlen(tr("Kampanj", "Campaign"), -1);
    for (guint i = 0; i < campaigns->len; i++) {
        const Campaign *campaign = g_ptr_array_index(campaigns, i);
        width = MAX(width, g_utf8_strlen(campaign->name, -1));
    }
    print_cell(out, tr("Kampanj", "Campaign"), width);
    print_cell(out, tr("Läge", "State"), 9);
    print_cell(out, tr("Stänger", "Closes"), 16);
    print_cell(out, tr("Inbjudna", "Invited"), 8);
    g_string_append_printf(out, "%s\n", tr("Klara", "Complete"));
    for (guint i = 0; i < campaigns->len; i++) {
        const Campaign *campaign = g_ptr_array_index(campaigns, i);
        g_autofree char *closes = closing_words(campaign->closes_at_us);
        g_autofree char *invited = g_strdup_printf("%8" PRId64, campaign->invited);
        print_cell(out, campaign->name, width);
        print_cell(out, state_words(campaign->state), 9);
        print_cell(out, closes, 16);
        print_cell(out, invited, 8);
        g_string_append_printf(out, "%5" PRId64 "\n", campaign->complete);
    }
}

static void append_field(GString *out, const char *label, const char *value) {
    print_cell(out, label, 16);
    g_string_append_printf(out, "%s\n", value);
}

static void append_time(GString *out, const char *label, int64_t at_us) {
    g_autofree char *text = time_words(at_us);
    append_field(out, label, text);
}

static void append_close(GString *out, const char *label, int64_t at_us) {
    g_autofree char *text = closing_words(at_us);
    append_field(out, label, text);
}

static char *reminders_words(const GArray *reminders) {
    GString *text = g_string_new(NULL);
    for (guint i = 0; i < reminders->len; i++) {
        g_autofree char *at = clock_format(g_array_index(reminders, int64_t, i));
        g_string_append_printf(text, "%s%s", i > 0 ? ", " : "", at);
    }
    g_string_append(text, reminders->len == 0 ? "–" : "");
    return g_string_free(text, FALSE);
}

void campaign_print_unknown(const LaunchPreview *preview, GString *out) {
    if (preview->unknown_emails != NULL) {
        g_autofree char *all = g_strjoinv(", ", preview->unknown_emails);
        g_string_append_printf(
            out,
            tr("  Obs: audience.exclude.emails: ingen anställd har adressen %s\n",
               "  Note: audience.exclude.emails: nobody employed has the address "
               "%s\n"),
            all);
    }
}

static void print_preview(const Campaign *campaign, const LaunchPreview *preview, GString *out) {
    g_autofree char *first = reminders_words(preview->first_reminders);
    g_autofree char *last = reminders_words(preview->last_reminders);
    g_string_append_printf(
        out, "\n%s\n",
        campaign->state == CAMPAIGN_DRAFT
            ? tr("Förhandsvisning, om den startas nu:", "Preview, if it is launched now:")
            : tr("Så här blir det:", "What will happen:"));
    g_string_append_printf(out,
                           tr("  I katalogen %u, i målgruppen %u, inbjuds %u%s\n",
                              "  In the directory %u, in the audience %u, invited %u%s\n"),
                           preview->population, preview->eligible, preview->invited,
                           preview->follow_up ? tr(" som gått utbildningen hittills; fler "
                                                   "tillkommer när deras dagar har gått",
                                                   " who did the training so far; more follow "
                                                   "when their days have passed")
                                              : "");
    campaign_print_unknown(preview, out);
    append_time(out, tr("  Första brevet", "  First mail"), preview->first_send_at_us);
    if (!preview->follow_up) {
        append_time(out, tr("  Sista brevet", "  Last mail"), preview->last_send_at_us);
    }
    append_field(out, tr("  Påminns, först", "  Reminders"), first);
    if (!preview->follow_up) {
        append_field(out, tr("  Påminns, sist", "  … of the last"), last);
    }
    append_close(out, tr("  Stänger", "  Closes"), preview->closes_at_us);
}

void campaign_print(const Campaign *campaign, const LaunchPreview *preview, const char *hindrance,
                    GString *out) {
    g_string_append_printf(out, "%s: %s\n", campaign->name, campaign->title[lang_current()]);
    append_field(out, tr("Slag", "Kind"), kind_words(campaign->kind));
    append_field(out, tr("Löfte", "Promise"), promise_words(campaign->promise));
    append_field(out, tr("Läge", "State"), state_words(campaign->state));
    append_field(out, tr("Kontrollfras", "Control phrase"), campaign->control_phrase);
    if (campaign->launched_at_us != 0) {
        append_time(out, tr("Startades", "Launched"), campaign->launched_at_us);
        append_time(out, tr("Börjar", "Starts"), campaign->starts_at_us);
        append_close(out, tr("Stänger", "Closes"), campaign->closes_at_us);
        g_autofree char *least = g_strdup_printf("%u", campaign->promised_k);
        append_field(out, tr("Minsta grupp", "Smallest group"), least);
    }
    if (campaign->round_id != 0) {
        append_time(out, tr("Öppnades", "Opened"), campaign->opened_at_us);
        g_string_append_printf(out,
                               tr("Inbjudna %" PRId64 ", påbörjade %" PRId64 ", delvis %" PRId64
                                  ", klara %" PRId64 ", gick inte att nå %" PRId64 "\n",
                                  "Invited %" PRId64 ", started %" PRId64 ", partial %" PRId64
                                  ", complete %" PRId64 ", undeliverable %" PRId64 "\n"),
                               campaign->invited, campaign->started, campaign->partial,
                               campaign->complete, campaign->undeliverable);
    }
    if (campaign->note[0] != '\0') {
        append_field(out, tr("Obs", "Note"), campaign->note);
    }
    if (preview != NULL) {
        print_preview(campaign, preview, out);
    } else if (hindrance != NULL) {
        g_string_append_printf(out, "\n%s %s\n",
                               tr("Den kan inte startas nu:", "It cannot be launched now:"),
                               hindrance);
    }
}

/* --- JSON -------------------------------------------------------------------------- */

static void add_times(cJSON *object, const char *name, const GArray *times) {
    cJSON *list = cJSON_AddArrayToObject(object, name);
    for (guint i = 0; i < times->len; i++) {
        g_autofree char *text = clock_format_utc(g_array_index(times, int64_t, i));
        cJSON_AddItemToArray(list, cJSON_CreateString(text));
    }
}

static cJSON *campaign_json(const Campaign *campaign) {
    cJSON *object = cJSON_CreateObject();
    cJSON *title = NULL;
    cJSON_AddStringToObject(object, "name", campaign->name);
    title = cJSON_AddObjectToObject(object, "title");
    cJSON_AddStringToObject(title, "sv", campaign->title[LANG_SV]);
    cJSON_AddStringToObject(title, "en", campaign->title[LANG_EN]);
    cJSON_AddStringToObject(object, "kind", campaign_kind_code(campaign->kind));
    cJSON_AddStringToObject(object, "promise", promise_code(campaign->promise));
    cJSON_AddBoolToObject(object, "announced", campaign->announced);
    cJSON_AddStringToObject(object, "state", campaign_state_code(campaign->state));
    cJSON_AddStringToObject(object, "control_phrase", campaign->control_phrase);
    print_json_time(object, "launched_at", campaign->launched_at_us);
    print_json_time(object, "starts_at", campaign->starts_at_us);
    print_json_time(object, "opened_at", campaign->opened_at_us);
    print_json_time(object, "closes_at", campaign->closes_at_us);
    print_json_time(object, "closed_at", campaign->closed_at_us);
    if (campaign->launched_at_us != 0) {
        cJSON_AddNumberToObject(object, "promised_k", campaign->promised_k);
    }
    cJSON_AddNumberToObject(object, "invited", (double)campaign->invited);
    cJSON_AddNumberToObject(object, "started", (double)campaign->started);
    cJSON_AddNumberToObject(object, "partial", (double)campaign->partial);
    cJSON_AddNumberToObject(object, "complete", (double)campaign->complete);
    cJSON_AddNumberToObject(object, "undeliverable", (double)campaign->undeliverable);
    if (campaign->note[0] != '\0') {
        cJSON_AddStringToObject(object, "note", campaign->note);
    }
    return object;
}

void campaign_print_list_json(const GPtrArray *campaigns, GString *out) {
    cJSON *list = cJSON_CreateArray();
    for (guint i = 0; i < campaigns->len; i++) {
        cJSON_AddItemToArray(list, campaign_json(g_ptr_array_index(campaigns, i)));
    }
    print_json(out, list);
}

void campaign_print_json(const Campaign *campaign, const LaunchPreview *preview,
                         const char *hindrance, GString *out) {
    cJSON *object = campaign_json(campaign);
    cJSON_AddItemToObject(object, "definition", cJSON_Parse(campaign->definition));
    if (preview != NULL) {
        cJSON *look = cJSON_AddObjectToObject(object, "preview");
        cJSON_AddNumberToObject(look, "population", preview->population);
        cJSON_AddNumberToObject(look, "eligible", preview->eligible);
        cJSON_AddNumberToObject(look, "invited", preview->invited);
        cJSON_AddBoolToObject(look, "follow_up", preview->follow_up);
        cJSON *unknown = cJSON_AddArrayToObject(look, "unknown_emails");
        for (char **each = preview->unknown_emails; each != NULL && *each != NULL; each++) {
            cJSON_AddItemToArray(unknown, cJSON_CreateString(*each));
        }
        print_json_time(look, "first_send_at", preview->first_send_at_us);
        print_json_time(look, "last_send_at", preview->last_send_at_us);
        add_times(look, "first_reminders", preview->first_reminders);
        add_times(look, "last_reminders", preview->last_reminders);
        print_json_time(look, "closes_at", preview->closes_at_us);
    } else if (hindrance != NULL) {
        cJSON_AddStringToObject(object, "hindrance", hindrance);
    }
    print_json(out, object);
}
