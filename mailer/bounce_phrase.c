/* What servers say when they refuse a message, as patterns over words (bounce_words.c). A sentence
 * on a full mailbox may also name an unknown user, and one on the sender's domain may say "does not
 * exist": so what qualifies the plain "unknown" stands in the first table, and within it the more
 * telling before the more general. The last table only gives a name to what is soft anyway. */
#include "mailer/bounce_private.h"

#define LIST(...) ((const char *const[]){__VA_ARGS__, NULL})

const BouncePhrases bounce_phrases_first[] = {
    {BOUNCE_MAILBOX_FULL,
     LIST("mailbox|inbox|maildir|maildrop|mailfolder|mailfile|folder|box full",
          "mailbox|inbox|account|user|recipient|folder|storage|box|maildrop * is|are full",
          "full mailbox|inbox", "overquota|mailboxfull", "quotaexceeded+",
          "over|exceed+|exceeding|beyond|above|out|reached * quota|quotas",
          "quota * exceed+|full|reached|violation|violated|overrun|overdrawn", "disk quota",
          "quota temporarily|limit", "over the storage|size", "too much mail data",
          "mailbox|user|account|recipient|maildir|inbox * exceed+ * size|limit|storage|space|quota|"
          "capacity|allowed",
          "exceed+|exceeding * mailbox|inbox|account|storage|allocation",
          "not enough|insufficient|no * space|storage * mailbox|inbox|user|recipient|account",
          "mailbox|account|user|recipient * not|insufficient|no|out * enough|disk|storage space",
          "mailbox|account|user|recipient * out of storage|space|disk", "mailbox * too large|big",
          "mailbox size limit", "storage|mailbox limit exceeded|reached",
          "boite|boîte|bal * pleine", "buzón|buzon * lleno", "casella * piena",
          "postfach|mailbox * voll", "brevlåda+|postlåda+ * full", "postkasse+ * full|fuld",
          "postilaatikko+ * täynnä")},
    {BOUNCE_AUTH_FAILURE,
     LIST("dmarc", "spf", "dkim", "sender policy framework", "unauthenticated email|mail|message",
          "mail|email|message|domain * fail+ * authentication")},
    {BOUNCE_REJECTED,
     LIST(
         "sender "
         "address|domain|verify|verification|rejected|denied|invalid|unknown|blocked|refused",
         "sender's|senders|sending|originating|originator|from|return address|domain * not|doesn't|"
         "reject+|invalid|denied|refused|unknown|blocked|blacklist+|undeliverable",
         "domain of sender",
         "unresolvable|invalid|unknown|bad|unverified|restricted|blacklisted sender",
         "mail|email|message|messages from * not|rejected|refused|denied|blocked|prohibited",
         "sending * blacklisted|blocked|banned",
         "invalid|bad|malformed|unknown mail|return from|path",
         "null|empty|blank sender|senders|return|reverse", "badmailfrom", "envelope sender",
         "not|isn't|aren't allowed|permitted|authorized|authorised|member|members * "
         "send|post|submit",
         "permission to post|send", "only * members|subscribers|owners|senders", "members only",
         "group * not exist", "restricted * senders|to", "notauthorized|sendernotauthenticated+",
         "requires|require that all senders", "resolver.rst.+", "rejected * sender|originator",
         "sender was|is rejected", "spoof+ * sender|domain|address",
         "you are not * allowed|permitted|authorized")},
    {BOUNCE_TOO_BIG,
     LIST("message|mail|email|content|file|attachment * size * exceed+|limit|maximum|large|big",
          "message|mail|email|content|attachment+ * too large|big|long", "message length exceed+",
          "exceed+ * maximum|max|size|fixed * size|length", "size limit exceeded",
          "maximum message size")},
    {BOUNCE_SUSPENDED,
     LIST("account|mailbox|user|recipient|address|inbox|customer|box|userid "
          "disabled|suspended|locked|"
          "deactivated|frozen|terminated|inactive|closed|discontinued|paused",
          "account|mailbox|user|recipient|inbox|box|userid|domain * "
          "is|was|been|are|currently|temporarily|"
          "has * "
          "disabled|suspended|locked|deactivated|frozen|terminated|inactive|closed|discontinued|"
          "expired|paused",
          "disabled|suspended|inactive|deactivated|locked|frozen * "
          "account|mailbox|user|recipient|address",
          "account|mailbox * no longer active|used",
          "temporarily|temporary locked|disabled|inactive", "extended inactivity",
          "currently suspended|disabled|inactive|locked", "mailbox unavailable or access denied",
          "konto+ * gesperrt|deaktiviert")},
    {BOUNCE_HAS_MOVED,
     LIST("user|recipient|mailbox|account|he|she|person|addressee has|have moved", "mailbox moved",
          "recipient|user|person|employee|addressee * no longer * "
          "at|on|with|works|employed|server|company",
          "no longer works|employed|with|working",
          "has|have left * company|organisation|organization", "no forwarding address",
          "user|address|recipient|account has been replaced|changed", "new * address is",
          "slutat|sluttet|fratrådt|fratrædt", "nicht mehr * tätig|unternehmen")},
    {BOUNCE_NO_RELAYING,
     LIST("relay|relaying * denied|not|prohibited|refused|forbidden|rejected|disallowed|disabled",
          "not|no|unable|cannot|can't|won't|don't|isn't|deny|denied|refused|disallowed|"
          "unauthorized * "
          "relay|relaying|relays",
          "insecure|open mail|relay", "insecure mail relay", "rcpthosts",
          "mail to this domain|host", "not a gateway", "email address is not verified",
          "not|isn't * local|hosted|authoritative|accepted domain")},
    {BOUNCE_REQUIRE_PTR,
     LIST("reverse dns|lookup|hostname|mapping|name|resolution|record|entry|ip|address", "ptr",
          "rdns|fcrdns", "ip|client|peer name|hostname|address lookup", "unverif+ * ip|ips",
          "cannot|can't|couldn't|unable|not find|resolve|determine your * "
          "hostname|host|ip|address|reverse",
          "client host rejected", "hostname * not match|resolve",
          "helo|ehlo * reject+|invalid|resolve",
          "dynamic|generic|residential * ip|hostname|address+")},
    {BOUNCE_SPAM,
     LIST("spam|spams|spammy|spamming|spammer|antispam|spamassassin|ube|uce|surbl|uribl",
          "junk|bulk mail|email|message+", "unsolicited", "blacklisted|blocked url|link|uri",
          "phishing")},
    {BOUNCE_VIRUS,
     LIST("virus|viruses|infected|malware|trojan|worm", "malicious content|code|attachment")},
    {BOUNCE_BAD_REPUTATION, LIST("reputation", "user|spam complaints", "unexpected volume")},
    {BOUNCE_BLOCKED, LIST("blacklist|blacklists|blacklisted|blocklist|blocklisted|blocklists|dnsbl|"
                          "rbl|spamhaus|spamcop|"
                          "sorbs|senderscore|uceprotect|backscatterer",
                          "block|black|deny|reject list|listed",
                          "client|host|ip|server|network|connection * blocked|banned",
                          "blocked|banned|refused|listed using|by|at",
                          "your|sending|this ip|network|isp|mta|server", "smtp server of your isp",
                          "invalid ip", "refused to talk", "no smtp service here|for|available")},
    {BOUNCE_TOO_FAST,
     LIST("too many * "
          "connection+|messages|recipients|sessions|emails|mails|errors|requests|rcpts|users",
          "rate limit+|exceed+|control+", "at a rate", "throttl+|ratelimit+|rate-limited",
          "too fast|quickly|often", "greylist+|graylist+|greylisted|graylisted", "slow down")},
    {BOUNCE_POLICY, LIST("due to policy|content|security", "policy restrictions|reasons|reason")},
    {BOUNCE_FILTERED,
     LIST("recipient|recipient's|user preferences|settings", "only accepting|accepts * from",
          "blocked by the|its recipient|user|addressee", "domain|recipient|user filter",
          "message|mail filtered")},
    {.patterns = NULL},
};

/* Every sort of these is hard if the answer was to the recipient (bounce_reason.c). */
const BouncePhrases bounce_phrases_hard[] = {
    {BOUNCE_NOT_ACCEPT,
     LIST("null mx", "nullmx|null-mx", "no smtp|mail service", "no mx record|records|host|found",
          "no valid|usable mx",
          "system|host|server|domain|site does|do|is not accept|receive|handle|accepting|receiving "
          "mail|email|"
          "messages|network",
          "system|host|server|domain|site * doesn't|never accept|accepts|receive "
          "mail|email|messages",
          "not accepting|accept network messages", "no host found for existing smtp",
          "reject|rejects all mail|mails|messages")},
    {BOUNCE_HOST_UNKNOWN,
     LIST("host|domain|hostname|mx|site not found|exist|known|resolved|registered",
          "host ? not found|known|exist", "host|domain name|part not found|exist|known|valid",
          "domain * does|did|could|can|is|do not|be "
          "exist|found|known|resolve|resolved|registered|valid",
          "domain * doesn't|couldn't|can't|cannot|wasn't|isn't|not "
          "exist|found|resolve|resolved|valid|be|registered",
          "host|domain|site|hostname unknown|invalid|nonexistent|unresolvable",
          "unknown|invalid|illegal|nonexistent|non-existent|unresolvable|bad "
          "host|domain|hostname|site",
          "unknown|invalid|illegal|bad destination|recipient|mail domain|host|system",
          "no such domain|host|site",
          "unrouteable|unroutable|unresolvable address|domain|recipient|mail", "nxdomain",
          "name or service not known", "mx records point to non|nonexistent",
          "all host address lookups failed permanently", "domain must exist", "no mail hosts for",
          "couldn't|cannot|can't|unable|could * find|resolve|locate any|the|a|domain|host "
          "host|domain|named|name",
          "domain mentioned in email address is unknown")},
    {BOUNCE_USER_UNKNOWN,
     LIST("user|recipient|mailbox|address|account|person|addressee|username|userid|alias|member|"
          "part|rcpt "
          "unknown|nonexistent|invalid|incorrect",
          "user|recipient|mailbox|address|account|person|addressee|username|userid|alias|member "
          "is|was|are "
          "unknown|nonexistent|invalid|incorrect|wrong|bad",
          "unknown|nonexistent|non-existent|invalid|illegal|unrecognized|bad * "
          "user|recipient|recipients|mailbox|address|account|addressee|username|userid|alias|"
          "addresses|users",
          "unknown|invalid|bad local|virtual|destination|rcpt|envelope|delivery|final",
          "no such|valid * "
          "user|users|recipient|recipients|mailbox|address|account|person|addressee|member|"
          "username|alias|customer|id|login|people|box",
          "no such|valid local|email|virtual|name|here",
          "user|recipient|mailbox|address|account|person|customer|email|alias|member|username|name|"
          "userid|part|"
          "recipients|addresses * not|doesn't|don't|isn't|wasn't|couldn't|can't|cannot|didn't "
          "exist|exists|found|"
          "known|valid|listed|recognized|recognised|registered|correct|present|accepted",
          "user|recipient|mailbox|address|account|person|email|alias|recipients|addresses * "
          "not|couldn't|can't|cannot|wasn't|isn't be|been|a "
          "found|located|recognized|validated|verified|valid|known",
          "not|isn't|aren't a|an|any known|valid|active|existing|registered|recognized|local * "
          "user|recipient|mailbox|address|account|customer|recipients|member|person",
          "not|isn't known|valid|our user|recipient|mailbox|address|customer",
          "recipient|user|rcpt|recipients not ok|here|local|on",
          "no mailbox|account|user|inbox|recipient * by|at|here|with|found|for|named|called|on",
          "no mailbox|user|account|recipient",
          "no one|body|matches|match|person * by|at|here|with|found|for|named|to",
          "not * have an|a|any account|mailbox|email|address|user|inbox",
          "doesn't|don't|does|do have|exist a|an|any|here|on|at",
          "user|mailbox|account|address doesn't|doesnt",
          "wrong|incorrect|misspelled * address|recipient|user|email",
          "bad recipient|address|mailbox|rcpt|destination|user",
          "badrcptto|validrcptto|badrecipientto|chkuser|chkusr|recipnotfound|recipientnotfound|"
          "nosuchuser|nouser",
          "can't|cannot|couldn't accept|find|locate|verify "
          "user|recipient|mailbox|address|account|local|your",
          "unable|failed|able|not to find|locate|lookup|validate|verify * "
          "user|recipient|mailbox|address|account",
          "mailbox|account unavailable", "mailbox|user|account is unavailable|inaccessible",
          "not listed in * directory|nab|book", "not present in directory",
          "recipient * refuses to accept",
          "no longer * valid|available|exists|exist|accepts|accept", "user missing home directory",
          "address|recipient|rcpt|user|mailbox * "
          "invalide|inconnu|inconnue|inexistant|inexistante|introuvable",
          "utilisateur|destinataire|adresse|boite|boîte * "
          "inconnu|inconnue|inconnus|invalide|introuvable|inexistant|inexistante",
          "usuario|destinatario|buzón|utente|casella|cuenta * "
          "desconocido|inexistente|existe|sconosciuto|inesistente|encontrado",
          "no existe * usuario|persona|buzón|dirección", "nessun utente",
          "nicht gefunden|bekannt|vorhanden",
          "benutzer|empfänger|adresse|mailbox|postfach * unbekannt|existiert|ungültig",
          "okänd+|ukjent|ukendt",
          "mottagare+|användare+|adresse+|postlåda+ * finns|fanns|hittades|saknas|finnes",
          "vastaanottaja+|käyttäjä+|osoite+ * löydy|löytynyt|tuntematon")},
    {.patterns = NULL},
};

/* The reporting server's own verdict on the address, whatever command it came after. */
const char *const bounce_certain_patterns[] = {
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
    "user not listed in public",
    "requested action not taken mailbox unavailable",
    "recipient address|addresses rejected access denied",
    "address no longer accepts mail",
    "account that you tried to reach does not exist",
    "recipient address does not exist",
    "unknown local part",
    "remote server returned unknown recipient",
    "e mail account does not exist at the organization",
    "address you * entered * couldn't|could be|not be|found",
    "not our customer",
    "domino ディレクトリには見つかりません+",
    "adress+|mottagare+|användare+ finns|fanns|hittades inte",
    "adress+|postadress+ * kunde inte hittas",
    NULL,
};

const BouncePhrases bounce_phrases_rest[] = {
    {BOUNCE_SECURITY, LIST("authentication|auth * required|failed|unsuccessful|needed|first",
                           "must|need|please|require+ * "
                           "authenticat+|auth|login",
                           "unauthenticated|unauthorized", "turn on * authentication",
                           "starttls|tls|ssl|encryption|encrypted|certificate",
                           "security * policy|violation|reasons")},
    {BOUNCE_POLICY,
     LIST("policy|policies", "administrative+ prohibit+|prohibition|denied", "header error",
          "protocol violation", "prohibited by * administrator",
          "attachment|file * not|blocked|prohibited", "content * rejected|denied|blocked")},
    {BOUNCE_CONTENT_ERROR,
     LIST("addresses * from header",
          "duplicate|missing|invalid|malformed|bad|illegal|improper * header|headers|mime|date",
          "header|headers|mime|message|content * malformed|compliant|corrupt",
          "bare lf|cr|linefeed", "rfc|rfc5322|rfc2822", "8bit|8-bit|smtputf8|eai",
          "too many received", "conversion * not|prohibited|failed|required")},
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
          "no route to",
          "connection "
          "lost|closed|terminated|broken|aborted|interrupted|died|reset|refused|dropped|failed",
          "lost connection|input",
          "couldn't|could|can't|cannot|unable * connect|contact|establish|reach|route",
          "forwarded more|maximum", "more than the maximum", "broken pipe")},
    {BOUNCE_MAILER_ERROR,
     LIST("pipe to",
          "mailer|program|command|procmail|maildrop * "
          "error|failed|died|exited|returned|status|output",
          "exit status|code", "operating system error", "internal software error")},
    {BOUNCE_ON_HOLD,
     LIST("try * later", "temporar+ * failure|failed|unavailable|error|problem|rejected|deferred",
          "deferred")},
    {BOUNCE_SYSTEM_ERROR,
     LIST("local|internal|server|system|software|configuration|ldap|database|i/"
          "o|io|fatal|permanent|lmtp * error|failure|problem",
          "can't|cannot|couldn't|unable|not * open|create|lock|write|read|load|access|chdir",
          "permission denied", "transaction failed", "service|server * unavailable",
          "remote protocol error", "duplicated message", "remote server * not support")},
    {BOUNCE_SYNTAX_ERROR,
     LIST("syntax error", "command|parameter * not|unrecognized",
          "unrecognized|invalid|bad|unimplemented command|parameter|sequence", "not implemented")},
    {BOUNCE_USER_UNKNOWN, LIST("recipient|address|rcpt rejected",
                               "rejected recipient|recipients|address", "recipient * rejected")},
    {BOUNCE_BLOCKED, LIST("access|connection|connections denied|rejected|refused",
                          "blocked|banned|prohibited|forbidden|denied", "not accept+ * mail|from")},
    {BOUNCE_REJECTED, LIST("rejected|reject|refused|rejet+|prohibited|denied")},
    {.patterns = NULL},
};
