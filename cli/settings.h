/* From the one configuration to each module's own settings. Texts are borrowed from the app, which
 * must outlive them. */
#pragma once

#include "campaigns/runner.h"
#include "cli/app.h"
#include "mailer/sender.h"
#include "web/server.h"

/* `out_password` owns the password that the settings point to. INPUT for a bad setting. */
bool settings_sender(const App *app, SenderSettings *out, char **out_relay, char **out_password,
                     GError **error);
void settings_runner(const App *app, RunnerSettings *out);
bool settings_server(const App *app, ServerSettings *out, char **out_host, char **out_demo_dir,
                     GError **error);
