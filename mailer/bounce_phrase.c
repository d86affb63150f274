/* What servers say when they refuse a message, as patterns over words (bounce_words.c). A sentence
 * on a full mailbox may also name an unknown user, and one on the sender's domain may say "does not
 * exist": so what qualifies the plain "unknown" stands in the first table, and within it the more
 * telling before the more general. The last table only gives a name to what is soft anyway. */
#include "mailer/bounce_private.h"

#define LIST(...) ((const char *const[]){__VA_ARGS__, NULL})

typedef struct {
    BounceReason reason;
    const char *const *patterns; /* NULL-terminated */
} Phrases;

static const Phrases first[] = {
    {BOUNCE_MAILBOX_FULL,
     LIST("$box full", "$box|$who * is|are full", "full $box",
          "overquota|mailboxfull|quotaexceeded+",
          "over|exceed+|exceeding|beyond|above|out|reached * quota|quotas",
          "quota * exceed+|full|reached|violation|violated|overrun", "disk quota",
          "quota temporarily|limit", "over the storage|size", "too much mail data",
          "$box|$who * exceed+ * $limit", "exceed+|exceeding * $box|account|allocation",
          "not enough|insufficient|no * space|storage * $box|$who",
          "$box|$who * not|insufficient|no|out * enough|disk|storage space",
          "$box|$who * out of storage|space|disk", "mailbox * too large|big", "mailbox size limit",
          "storage|mailbox limit exceeded|reached", "boite|boîte|bal * pleine",
          "buzón|buzon * lleno", "casella * piena", "postfach|mailbox * voll",
          "brevlåda+|postlåda+ * full", "postkasse+ * full|fuld", "postilaatikko+ * täynnä")},
    {BOUNCE_AUTH_FAILURE, LIST("dmarc", "spf", "dkim", "sender policy framework",
                               "unauthenticated $mail", "$mail|domain * fail+ * authentication")},
    {BOUNCE_REJECTED,
     LIST("sender address|domain|verify|verification|rejected|denied|invalid|unknown|blocked",
          "sender's|senders|sending|originating|from|return address|domain * $not|reject+|$wrong",
          "sender's|senders|sending|originating|from|return address|domain * $refused|blacklist+",
          "domain of sender", "$wrong|unverified|restricted|blacklisted sender",
          "$mail from * not|$refused", "sending * blacklisted|blocked|banned",
          "$wrong|malformed mail|return from|path",
          "null|empty|blank sender|senders|return|reverse", "badmailfrom", "envelope sender",
          "$not allowed|permitted|authorized * send|post|submit", "$not member|members",
          "permission to post|send", "only * members|subscribers|owners|senders", "members only",
          "group * not exist", "restricted * senders|to", "requires|require that all senders",
          "resolver.rst.+", "rejected * sender|originator", "sender was|is rejected",
          "spoof+ * sender|domain|address", "you are not * allowed|permitted|authorized")},
    {BOUNCE_TOO_BIG, LIST("$mail|file|attachment * size * exceed+|limit|maximum|large|big",
                          "$mail|attachment+ * too large|big|long", "message length exceed+",
                          "exceed+ * maximum|max|size|fixed * size|length", "size limit exceeded",
                          "maximum message size")},
    {BOUNCE_SUSPENDED,
     LIST("$box|$who $closed", "$box|$who|domain * is|was|been|are|currently|has * $closed|expired",
          "$closed * $box|$who", "account|mailbox * no longer active|used",
          "temporarily|temporary locked|disabled|inactive", "extended inactivity",
          "currently suspended|disabled|inactive|locked", "mailbox unavailable or access denied",
          "konto+ * gesperrt|deaktiviert")},
    {BOUNCE_HAS_MOVED,
     LIST("$who|mailbox|he|she has|have moved", "mailbox moved",
          "$who * no longer * at|on|with|works", "$who * no longer * employed|server|company",
          "no longer works|employed|with|working",
          "has|have left * company|organisation|organization", "no forwarding address",
          "$who has been replaced|changed", "new * address is", "slutat|sluttet|fratrådt|fratrædt",
          "nicht mehr * tätig|unternehmen")},
    {BOUNCE_NO_RELAYING,
     LIST("relay|relaying * not|$refused|disabled",
          "$not|deny|$refused|unauthorized * relay|relaying", "$not|deny|$refused * relays",
          "insecure|open relay", "insecure mail relay", "rcpthosts", "mail to this domain|host",
          "not a gateway", "email address is not verified",
          "not|isn't * local|hosted|authoritative|accepted domain")},
    {BOUNCE_REQUIRE_PTR,
     LIST("reverse dns|lookup|hostname|mapping|name|resolution|record|entry|ip|address", "ptr",
          "rdns|fcrdns", "ip|client|peer name|hostname|address lookup", "unverif+ * ip|ips",
          "$not find|resolve|determine your * hostname|host|ip|address|reverse",
          "client host rejected", "hostname * not match|resolve",
          "helo|ehlo * reject+|$wrong|resolve",
          "dynamic|generic|residential * ip|hostname|address+")},
    {BOUNCE_SPAM,
     LIST("spam|spams|spammy|spamming|spammer|antispam|spamassassin|ube|uce|surbl|uribl",
          "junk|bulk $mail", "unsolicited", "blacklisted|blocked url|link|uri", "phishing")},
    {BOUNCE_VIRUS,
     LIST("virus|viruses|infected|malware|trojan|worm", "malicious content|code|attachment")},
    {BOUNCE_BAD_REPUTATION, LIST("reputation", "user|spam complaints", "unexpected volume")},
    {BOUNCE_BLOCKED,
     LIST("blacklist|blacklists|blacklisted|blocklist|blocklisted|blocklists|dnsbl|rbl",
          "spamhaus|spamcop|sorbs|senderscore|uceprotect|backscatterer",
          "block|black|deny|reject list|listed",
          "client|host|ip|server|network|connection * blocked|banned",
          "blocked|banned|refused|listed using|by|at",
          "your|sending|this ip|network|isp|mta|server", "smtp server of your isp", "invalid ip",
          "refused to talk", "no smtp service here|for|available")},
    {BOUNCE_TOO_FAST,
     LIST("too many * connection+|messages|recipients|sessions|emails|mails|errors|requests",
          "too many * rcpts|users", "rate limit+|exceed+|control+", "at a rate",
          "throttl+|ratelimit+", "too fast|quickly|often", "greylist+|graylist+", "slow down")},
    {BOUNCE_POLICY, LIST("due to policy|content|security", "policy restrictions|reasons|reason")},
    {BOUNCE_FILTERED,
     LIST("recipient|recipient's|user preferences|settings", "only accepting|accepts * from",
          "blocked by the|its recipient|user|addressee", "domain|recipient|user filter",
          "$mail filtered")},
};

/* Every sort of these is hard if the answer was to the recipient (bounce_reason.c). */
static const Phrases hard[] = {
    {BOUNCE_NOT_ACCEPT,
     LIST("null mx", "nullmx|null-mx", "no smtp|mail service", "no mx record|records|host|found",
          "no valid|usable mx", "system|$host does|do|is not accept|receive|handle $mail|network",
          "system|$host is|are not accepting|receiving $mail|network",
          "system|$host * doesn't|never accept|accepts|receive $mail",
          "not accepting|accept network messages", "no host found for existing smtp",
          "reject|rejects all $mail")},
    {BOUNCE_HOST_UNKNOWN,
     LIST("host|domain|hostname|mx|site not found|exist|known|resolved|registered",
          "host ? not found|known|exist", "host|domain name|part not found|exist|known|valid",
          "domain * does|did|could|can|is|do not|be exist|found|known|resolve|resolved|valid",
          "domain * doesn't|couldn't|can't|cannot|wasn't|isn't|not exist|found|resolve|valid|be",
          "host|domain|site|hostname unknown|invalid|nonexistent|unresolvable",
          "$wrong|illegal|unresolvable host|domain|hostname|site",
          "$wrong|illegal destination|recipient|mail domain|host|system",
          "no such domain|host|site",
          "unrouteable|unroutable|unresolvable address|domain|recipient", "nxdomain",
          "name or service not known", "mx records point to non|nonexistent",
          "all host address lookups failed permanently", "domain must exist", "no mail hosts for",
          "$not * find|resolve|locate any|the|a|domain|host host|domain|named|name",
          "domain mentioned in email address is unknown")},
    {BOUNCE_USER_UNKNOWN,
     LIST("$who|mailbox $wrong|incorrect", "$who|mailbox is|was|are $wrong|incorrect",
          "$wrong|illegal|unrecognized * $who|mailbox",
          "$wrong local|virtual|destination|envelope|delivery|final",
          "no such|valid * $who|mailbox|box|id|name", "no such|valid local|virtual|here",
          "$who|mailbox|email|name|part * $not exist|exists|found|known|valid",
          "$who|mailbox|name * $not listed|recognized|recognised|registered|correct|present",
          "$who|mailbox * $not be|been|a found|located|recognized|validated|verified|valid|known",
          "$not a|an|any known|valid|active|existing|registered|recognized|local * $who|mailbox",
          "$not known|valid|our $who|mailbox", "$who not ok|here|local|on",
          "no mailbox|account|user|inbox|recipient",
          "no one|body|match|person * by|at|here|named|to",
          "$not * have an|a|any $who|mailbox|inbox",
          "doesn't|don't|does|do have|exist a|an|any|here|on", "$who|mailbox doesn't|doesnt",
          "wrong|incorrect|misspelled * $who", "bad $who|mailbox|destination",
          "badrcptto|validrcptto|badrecipientto|chkuser|chkusr",
          "recipnotfound|recipientnotfound|nosuchuser|nouser",
          "$not accept|find|locate|verify $who|mailbox|local|your",
          "$not|failed to find|locate|lookup|validate|verify * $who|mailbox",
          "mailbox|account unavailable", "mailbox|user|account is unavailable|inaccessible",
          "not listed in * directory|nab|book", "not present in directory",
          "recipient * refuses to accept",
          "no longer * valid|available|exists|exist|accepts|accept", "user missing home directory",
          "adresse|boite|boîte * inconnue|invalide|introuvable",
          "$who|utilisateur|destinataire * inconnu|inconnus|invalide|inexistant|introuvable",
          "usuario|destinatario|buzón|utente|casella * desconocido|inexistente|existe|encontrado",
          "usuario|destinatario|utente|casella * sconosciuto|inesistente",
          "no existe * usuario|persona|buzón|dirección", "nessun utente",
          "nicht gefunden|bekannt|vorhanden",
          "benutzer|empfänger|adresse|mailbox|postfach * unbekannt|existiert|ungültig",
          "okänd+|ukjent|ukendt",
          "mottagare+|användare+|adresse+|postlåda+ * finns|fanns|hittades|saknas|finnes",
          "vastaanottaja+|käyttäjä+|osoite+ * löydy|löytynyt|tuntematon")},
};

static const Phrases rest[] = {
    {BOUNCE_SECURITY,
     LIST("authentication|auth * required|failed|unsuccessful|needed|first",
          "must|need|please|require+ * authenticat+|auth|login", "unauthenticated|unauthorized",
          "turn on * authentication", "starttls|tls|ssl|encryption|encrypted|certificate",
          "security * policy|violation|reasons")},
    {BOUNCE_POLICY,
     LIST("policy|policies", "administrative+ prohibit+|prohibition|denied", "header error",
          "protocol violation", "prohibited by * administrator",
          "attachment|file * not|blocked|prohibited", "content * rejected|denied|blocked")},
    {BOUNCE_CONTENT_ERROR,
     LIST("addresses * from header", "multiple addresses in from",
          "duplicate|missing|$wrong|malformed|improper * header|headers|mime|date",
          "header|headers|mime|message|content * malformed|compliant|corrupt",
          "bare lf|cr|linefeed", "rfc|rfc5322|rfc2822", "8bit|smtputf8|eai", "too many received",
          "conversion * not|prohibited|failed|required")},
    {BOUNCE_SYSTEM_FULL,
     LIST("insufficient|no|out|low|not * disk|system|storage space|storage|resources",
          "no space left", "disk|file|system full", "out of memory|space",
          "insufficient memory|resources")},
    {BOUNCE_EXPIRED,
     LIST("timed|time out", "timeout|timeouts", "expired", "retry timeout exceeded",
          "failing for a long time", "in the queue too long", "too long in|on|to queue|the",
          "multiple|all|maximum|max * retries|attempts", "failed * attempts|times",
          "not be delivered for|within|after", "undelivered after", "will be retried|deleted",
          "still|been being|retried|trying|delayed", "giving up", "unreachable",
          "not responding|reachable|answering", "not accept our requests", "aborted after",
          "socket error", "could not find a gateway")},
    {BOUNCE_NETWORK_ERROR,
     LIST("network|routing|dns|mx|name|lookup|resolution * error|failure|failed",
          "loop|loops|looping", "too many hops", "hop count", "malformed * name server",
          "no route to", "connection lost|closed|terminated|broken|aborted|interrupted|died",
          "connection reset|refused|dropped|failed", "lost connection|input",
          "$not * connect|contact|establish|reach|route", "forwarded more|maximum",
          "more than the maximum", "broken pipe")},
    {BOUNCE_MAILER_ERROR,
     LIST("pipe to", "mailer|program|command|procmail|maildrop * error|failed|died|exited",
          "command output", "exit status|code", "operating system error",
          "internal software error")},
    {BOUNCE_ON_HOLD,
     LIST("try * later", "temporar+ * failure|failed|unavailable|error|problem|rejected|deferred",
          "deferred")},
    {BOUNCE_SYSTEM_ERROR,
     LIST("local|internal|server|system|software|configuration * error|failure|problem",
          "ldap|database * error|failure|problem", "fatal|permanent|lmtp * error|failure|problem",
          "$not * open|create|lock|write|read|load|access|chdir", "permission denied",
          "transaction failed", "service|server * unavailable", "remote protocol error",
          "duplicated message", "remote server * not support")},
    {BOUNCE_SYNTAX_ERROR,
     LIST("syntax error", "command|parameter * not|unrecognized",
          "$wrong|unrecognized|unimplemented command|parameter|sequence", "not implemented")},
    {BOUNCE_USER_UNKNOWN, LIST("recipient|address|rcpt rejected",
                               "rejected recipient|recipients|address", "recipient * rejected")},
    {BOUNCE_BLOCKED, LIST("access|connection|connections denied|rejected|refused",
                          "blocked|banned|forbidden|denied", "not accept+ * mail|from")},
    {BOUNCE_REJECTED, LIST("rejected|reject|refused|rejet+|prohibited")},
};

/* The reporting server's own verdict on the address, whatever command it came after. */
static const char *const certain[] = {
    "^ unknown user",
    "invalid user address",
    "recipient name is not recognized",
    "not listed in * directory|nab|book",
    "invalid final delivery",
    "sorry no mailbox here by that name",
    "address couldn't be found",
    "wasn't found at",
    "check if address is correct",
    "recipient not found by",
    "resolver.adr.+",
    "smtpsend.dns.nonexistentdomain",
    "requested action not taken mailbox unavailable",
    "recipient address|addresses rejected access denied",
    "account that you tried to reach does not exist",
    "address no longer accepts mail",
    "recipient address does not exist",
    "unknown local part",
    "remote server returned unknown recipient",
    "e mail account does not exist at the organization",
    "address you * entered * couldn't|could be|not be|found",
    "not our customer",
    "domino ディレクトリには見つかりません+",
    "adress+|mottagare+|användare+ finns|fanns|hittades inte",
    "adress+|postadress+ * kunde inte hittas",
};

static BounceReason table_match(const Phrases *table, size_t count, const BounceWords *words) {
    for (size_t i = 0; i < count; i++) {
        for (const char *const *pattern = table[i].patterns; *pattern != NULL; pattern++) {
            if (bounce_words_match(words, *pattern)) {
                return table[i].reason;
            }
        }
    }
    return BOUNCE_UNDEFINED;
}

BounceReason bounce_phrase_first(const BounceWords *words) {
    return table_match(first, G_N_ELEMENTS(first), words);
}

BounceReason bounce_phrase_hard(const BounceWords *words) {
    return table_match(hard, G_N_ELEMENTS(hard), words);
}

BounceReason bounce_phrase_rest(const BounceWords *words) {
    return table_match(rest, G_N_ELEMENTS(rest), words);
}

bool bounce_phrase_is_certain(const BounceWords *words, bool quotes_nobody) {
    for (size_t i = 0; i < G_N_ELEMENTS(certain); i++) {
        if ((*certain[i] != '^' || quotes_nobody) && bounce_words_match(words, certain[i])) {
            return true;
        }
    }
    return false;
}
