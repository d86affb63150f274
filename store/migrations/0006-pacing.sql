-- Why: no mailing and no domain waits for another's mail, and a message is settled by one append. Owner: mailer/.

ALTER TABLE outbox ADD COLUMN to_domain TEXT NOT NULL DEFAULT '';  -- of to_address, in lower case: what rates are kept by
ALTER TABLE outbox ADD COLUMN held INTEGER NOT NULL DEFAULT 0 CHECK (held IN (0, 1)); -- 1: an operator keeps it back
UPDATE outbox SET to_domain = lower(substr(to_address, instr(to_address, '@') + 1));

-- What waits, by mailing and domain: each such group is found with one step, however much waits in it.
DROP INDEX outbox_due;
DROP INDEX outbox_expires;
CREATE INDEX outbox_due ON outbox (mailing_id, to_domain, due_at_us, id)
    WHERE state IN ('ready', 'deferred') AND held = 0;

-- What the messages of the open leases have come to: the row in outbox says 'leased' until the lease ends (or some
-- seconds have passed), and then takes this over. One place to append to, so that a commit writes little.
CREATE TABLE mail_journal (
    id        INTEGER PRIMARY KEY,
    lease_id  INTEGER NOT NULL,
    outbox_id INTEGER NOT NULL,
    at_us     INTEGER NOT NULL,
    class     TEXT NOT NULL CHECK (class = 'sent' OR class = 'transient' OR class = 'permanent' OR
                                           class = 'in_doubt'),
    smtp_code INTEGER NOT NULL,
    enhanced  TEXT NOT NULL,
    reply     TEXT NOT NULL
) STRICT;
