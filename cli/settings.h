/* From the one configuration to each module's own settings. Texts are borrowed from the app, which
 * must outlive them. */
#pragma once

#include "campaigns/runner.h"
#include "cli/app.h"
#include "mailer/mailbox.h"
#include "mailer/sender.h"
#include "web/server.h"

/* The sender's settings and what they point to. */
typedef struct {
    SenderSettings sender;
    GPtrArray *relays; /* of Relay */
    Logo *logo;
    Signer *dkim;
    char *dkim_domain;
} MailSettings;

/* INPUT, NOT_FOUND or DENIED for a bad setting. */
bool settings_mail(const App *app, MailSettings *out, GError **error);
void mail_settings_clear(MailSettings *settings);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(MailSettings, mail_settings_clear)

/* The relays alone, of Relay: settings_mail gives them too. */
bool settings_relays(const App *app, GPtrArray **out, GError **error);

/* The bounce mailbox's settings and what they point to. */
typedef struct {
    MailboxSettings reader; /* .url "" where none is configured */
    Oauth *oauth;
    char *password;
    char *ca_file;
    char *return_path;
    char *from_address;
} BounceSettings;

bool settings_bounces(const App *app, BounceSettings *out, GError **error);
void bounce_settings_clear(BounceSettings *settings);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(BounceSettings, bounce_settings_clear)

RetentionSettings settings_retention(const App *app);
void settings_runner(const App *app, RunnerSettings *out);
bool settings_server(const App *app, ServerSettings *out, char **out_host, char **out_demo_dir,
                     GError **error);
