-- Why: what is to be mailed, and exactly what happened to it. Owner: mailer/. No answer is visible here,
-- and no usable link: a row has the invitation's id, and the token is made from it when the mail is.
-- Where much is written, CHECKs say OR and not IN: SQLite would build a table of the list at each write.

-- One text to many: what the messages of a mailing share.
CREATE TABLE mailing (
    id            INTEGER PRIMARY KEY,
    group_id      INTEGER NOT NULL,               -- opaque here: the campaign's round
    purpose       TEXT NOT NULL,                  -- invitation, reminder-1, reminder-2...
    template      TEXT NOT NULL,                  -- template name, e.g. mail/invitation
    list_id       TEXT NOT NULL,                  -- List-Id label, e.g. the campaign's name
    values_sv     TEXT NOT NULL,                  -- JSON: the template's shared values in Swedish
    values_en     TEXT NOT NULL,
    held          INTEGER NOT NULL DEFAULT 0 CHECK (held IN (0, 1)), -- 1: nothing of it is leased
    created_at_us INTEGER NOT NULL,
    UNIQUE (group_id, purpose)
) STRICT;

-- A batch of rows that one sender thread sends over one connection, in the order of outbox.lease_position.
CREATE TABLE mail_lease (
    id          INTEGER PRIMARY KEY,              -- random
    owner       INTEGER NOT NULL,                 -- random number of the sending process
    relay       TEXT NOT NULL,                    -- where the batch goes, as in mail_attempt
    taken_at_us INTEGER NOT NULL,
    until_us    INTEGER NOT NULL                  -- after this, what is unsettled may be taken by others
) STRICT;

-- A queue with leases: ready -> leased -> sent | deferred | failed; ready, deferred -> cancelled. deferred is leased again
-- when due. Of a lease that ran out, the first unsettled row is in doubt: that one message may have been sent.
CREATE TABLE outbox (
    id             INTEGER PRIMARY KEY,
    mailing_id     INTEGER NOT NULL REFERENCES mailing (id),
    link_id        INTEGER NOT NULL,              -- id inside the personal link
    to_address     TEXT NOT NULL,
    to_name        TEXT NOT NULL,
    greeting_name  TEXT NOT NULL,                 -- given name, may be empty
    locale         TEXT NOT NULL CHECK (locale IN ('sv', 'en')),
    state          TEXT NOT NULL CHECK (state = 'ready' OR state = 'leased' OR state = 'sent' OR
                                                state = 'deferred' OR state = 'failed' OR state = 'cancelled'),
    due_at_us      INTEGER NOT NULL,              -- not before; for deferred, the next attempt
    expires_at_us  INTEGER NOT NULL,              -- not after: the campaign closes
    lease_id       INTEGER,                       -- state leased only; mail_lease.id
    lease_position INTEGER,                       -- state leased only: 0, 1... in sending order
    cancel         INTEGER NOT NULL DEFAULT 0 CHECK (cancel IN (0, 1)), -- 1: cancelled while leased; obeyed unless sent
    attempts       INTEGER NOT NULL DEFAULT 0,    -- with an outcome: what the retry delay grows by
    tried_at_us    INTEGER,                       -- first attempt with an outcome
    in_doubt       INTEGER NOT NULL DEFAULT 0,    -- times it may have been sent with nobody knowing
    unanswered     INTEGER NOT NULL DEFAULT 0,    -- of these, given in full to a relay that then never replied
    settled_at_us  INTEGER,                       -- sent, failed or cancelled
    created_at_us  INTEGER NOT NULL,
    UNIQUE (mailing_id, link_id),
    CHECK ((state = 'leased') = (lease_id IS NOT NULL)),
    CHECK ((state = 'sent' OR state = 'failed' OR state = 'cancelled') = (settled_at_us IS NOT NULL))
) STRICT;
CREATE INDEX outbox_due ON outbox (due_at_us, id) WHERE state IN ('ready', 'deferred');
CREATE INDEX outbox_expires ON outbox (expires_at_us) WHERE state IN ('ready', 'deferred');
CREATE INDEX outbox_leased ON outbox (lease_id, lease_position) WHERE state = 'leased';
CREATE INDEX outbox_link ON outbox (link_id);

-- Every attempt, as the relay answered it.
CREATE TABLE mail_attempt (
    id        INTEGER PRIMARY KEY,
    outbox_id INTEGER NOT NULL REFERENCES outbox (id),
    at_us     INTEGER NOT NULL,
    relay     TEXT NOT NULL,
    class     TEXT NOT NULL CHECK (class = 'sent' OR class = 'transient' OR class = 'permanent' OR
                                           class = 'in_doubt'),
    smtp_code INTEGER NOT NULL,                   -- 0 where no reply came
    enhanced  TEXT NOT NULL,                      -- RFC 3463, '' where none
    reply     TEXT NOT NULL                       -- the relay's words, shortened
) STRICT;
CREATE INDEX mail_attempt_outbox ON mail_attempt (outbox_id);

CREATE VIEW v_mail_outcome AS
SELECT m.group_id, m.purpose, o.link_id, o.state, o.settled_at_us
FROM outbox o JOIN mailing m ON m.id = o.mailing_id;
