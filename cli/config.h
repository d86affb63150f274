/* The configuration: one INI file, overridden by VETKOLL_<SECTION>_<KEY> variables, checked against
 * one table of keys with types, defaults and limits. Unknown keys and bad values are INPUT errors
 * with the file, section and key; so is a variable that is nearly one of ours. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct Config Config;

Config *config_load(const char *path, GError **error);
void config_free(Config *config);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Config, config_free)

/* "mail.relay"; the key must be in the table (an assertion). Borrowed. "" where not set. */
const char *config_text(const Config *config, const char *key);
int64_t config_int(const Config *config, const char *key);
bool config_bool(const Config *config, const char *key);

/* The VETKOLL_ variables that are not ours and like none of ours, with commas between; NULL if
 * there are none. They may be somebody else's: a container platform makes VETKOLL_SERVICE_HOST of a
 * service's name. */
char *config_strangers(void);

/* A commented file with every key and its default, for `vetkoll init`. */
char *config_template(void);

/* Keys: organisation.name_sv name_en contact · web.listen base_url threads
 * proxies tls_certificate tls_key · mail.relay from
 * from_name reply_to return_path tls ca_file username password_file connections
 * messages_per_connection · privacy.k k_anonymous keep_answers keep_scores keep_anonymous keep_mail
 * keep_bounces keep_left result_days · accessibility.status assessed_on updated_on method_sv _en
 * issues_sv _en burdens_sv _en exemptions_sv _en contact phone reply_days supervisor_sv _en
 * supervisor_url · templates.dir · demo.dir */
