-- Why: what became known of a message after it was given over, and which mail told so. Owner: mailer/.

-- One fact about one message. Rows are never changed; v_mail_notice is read after a cursor on id.
CREATE TABLE mail_notice (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,  -- grows, never used again: readers keep their place by it
    outbox_id INTEGER NOT NULL REFERENCES outbox (id),
    link_id   INTEGER NOT NULL,                   -- as in outbox
    kind      TEXT NOT NULL CHECK (kind IN ('undeliverable', 'soft', 'absent', 'complaint', 'challenge', 'retried')),
    at_us     INTEGER NOT NULL,                   -- when we came to know
    until_us  INTEGER,                            -- absent: start of the day of return, where it was said
    enhanced  TEXT NOT NULL,                      -- RFC 3463, '' where none
    text      TEXT NOT NULL,                      -- the server's words, shortened; '' for absent: not ours to keep
    source    TEXT NOT NULL CHECK (source IN ('relay', 'bounce', 'address', 'person')) -- address: a mail that proves nothing
) STRICT;
CREATE INDEX mail_notice_outbox ON mail_notice (outbox_id);

-- Every mail that was read from the bounce mailbox or a file: what it did is done in the transaction that inserts this row.
CREATE TABLE mail_received (
    id          INTEGER PRIMARY KEY,
    mailbox     TEXT NOT NULL,                    -- the mailbox's address; 'file' for what was read from files
    uidvalidity INTEGER NOT NULL,                 -- IMAP's, RFC 9051 section 2.3.1.1; 0 for files
    uid         INTEGER NOT NULL,                 -- IMAP's; 0 for files
    digest      TEXT NOT NULL,                    -- BLAKE2b-256 of the lines read: the same mail again does nothing
    at_us       INTEGER NOT NULL,                 -- when it was read
    kind        TEXT NOT NULL,                    -- of its first finding: hard, soft, auto-reply...
    known       INTEGER NOT NULL CHECK (known IN (0, 1)) -- 1: about a message of ours; 0: for a person to see
) STRICT;
CREATE UNIQUE INDEX mail_received_uid ON mail_received (mailbox, uidvalidity, uid) WHERE uid <> 0;
CREATE INDEX mail_received_digest ON mail_received (digest);

CREATE VIEW v_mail_notice AS
SELECT n.id, m.group_id, m.purpose, n.outbox_id, n.link_id, n.kind, n.at_us, n.until_us, n.source
FROM mail_notice n JOIN outbox o ON o.id = n.outbox_id JOIN mailing m ON m.id = o.mailing_id;
