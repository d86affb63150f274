-- Why: who was asked what, when, and how far they came. Owner: campaigns/, the only folder that ties a
-- person to a mail and to a respondent.

-- The directory as it was when a round opened: the population N that a report divides by.
CREATE TABLE frame (
    id          INTEGER PRIMARY KEY,
    taken_at_us INTEGER NOT NULL
) STRICT;
CREATE TABLE frame_person (
    frame_id        INTEGER NOT NULL REFERENCES frame (id),
    person_id       INTEGER NOT NULL,
    department_path TEXT NOT NULL,
    roles           TEXT NOT NULL,                -- JSON array
    is_manager      INTEGER NOT NULL CHECK (is_manager IN (0, 1)),
    employed_from   TEXT,
    employed_to     TEXT,
    position        INTEGER,                      -- 0, 1...: place in the round's order of invitation; NULL: not asked
    PRIMARY KEY (frame_id, person_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX frame_person_position ON frame_person (frame_id, position) WHERE position IS NOT NULL;

CREATE TABLE campaign (
    id             INTEGER PRIMARY KEY,
    name           TEXT NOT NULL UNIQUE,          -- short name for commands: a-z 0-9 -
    title_sv       TEXT NOT NULL,
    title_en       TEXT NOT NULL,
    kind           TEXT NOT NULL CHECK (kind IN ('training', 'knowledge', 'application', 'obstacles')),
    promise        TEXT NOT NULL CHECK (promise IN ('identified', 'confidential', 'anonymous')),
    announced      INTEGER NOT NULL DEFAULT 1 CHECK (announced IN (0, 1)),
    state          TEXT NOT NULL CHECK (state IN ('draft', 'scheduled', 'running', 'paused', 'closed')),
    definition     TEXT NOT NULL,                 -- JSON, as created
    control_phrase TEXT NOT NULL,                 -- two words, shown in mail and on /verify
    follows_id     INTEGER REFERENCES campaign (id), -- application: the training it follows
    form_id        INTEGER,                       -- made at launch
    starts_at_us   INTEGER,                       -- planned, from launch on
    closes_at_us   INTEGER,                       -- planned, from launch on
    note           TEXT NOT NULL DEFAULT '',      -- why the runner put it back to draft
    created_at_us  INTEGER NOT NULL,
    launched_at_us INTEGER,
    closed_at_us   INTEGER
) STRICT;

-- One run of a campaign over one frame with one form.
CREATE TABLE round (
    id            INTEGER PRIMARY KEY,
    campaign_id   INTEGER NOT NULL REFERENCES campaign (id),
    sequence      INTEGER NOT NULL,
    frame_id      INTEGER NOT NULL REFERENCES frame (id),
    form_id       INTEGER NOT NULL,
    design        TEXT NOT NULL CHECK (design IN ('census', 'srs', 'stratified')),
    seed          INTEGER NOT NULL,               -- of the sample; 0 for a census
    method_text   TEXT NOT NULL,                  -- how it was measured, in words (Swedish), for the evidence
    opens_at_us   INTEGER NOT NULL,
    closes_at_us  INTEGER NOT NULL,               -- answers are taken until then
    lesson_count  INTEGER NOT NULL,               -- pages of the form: lessons come first
    page_count    INTEGER NOT NULL,               -- lessons and item pages
    planned       INTEGER NOT NULL,               -- people of the frame with a position; 0 in a follow-up
    filled        INTEGER NOT NULL DEFAULT 0,     -- positions that have been gone through
    follow_at_us  INTEGER NOT NULL DEFAULT 0,     -- follow-up: completions up to this instant
    follow_person_id INTEGER NOT NULL DEFAULT 0,  -- and person have been gone through
    mail_open     INTEGER NOT NULL DEFAULT 0 CHECK (mail_open IN (0, 1)), -- 0: the mailings are held
    swept         INTEGER NOT NULL DEFAULT 0 CHECK (swept IN (0, 1)),     -- 1: closed, nothing left to cancel
    UNIQUE (campaign_id, sequence)
) STRICT;

-- A department of the round's frame. The tree that reports sum over; '' is the whole organisation.
CREATE TABLE stratum (
    id         INTEGER PRIMARY KEY,
    round_id   INTEGER NOT NULL REFERENCES round (id),
    parent_id  INTEGER REFERENCES stratum (id),   -- NULL for the whole organisation
    path       TEXT NOT NULL,
    name       TEXT NOT NULL,
    population INTEGER NOT NULL,                  -- people of the frame in this very node, children not counted
    invited    INTEGER NOT NULL,                  -- invitations whose stratum this very node is
    pool_id    INTEGER REFERENCES stratum (id),   -- anonymous: where this node's people are counted; else itself
    UNIQUE (round_id, path)
) STRICT;

-- One person's invitation to one round. Frozen at invitation: stratum, locale. In an anonymous round the
-- instants are rounded down to the day and respondent_id is never set.
CREATE TABLE invitation (
    id              INTEGER PRIMARY KEY,          -- random: it is inside the link
    round_id        INTEGER NOT NULL REFERENCES round (id),
    person_id       INTEGER NOT NULL,
    stratum_id      INTEGER NOT NULL REFERENCES stratum (id),
    locale          TEXT NOT NULL CHECK (locale IN ('sv', 'en')),
    due_at_us       INTEGER NOT NULL,             -- when the mail is to go
    queued_at_us    INTEGER,                      -- handed to the mailer
    status          TEXT NOT NULL DEFAULT 'none' CHECK (status = 'none' OR status = 'started' OR status = 'partial' OR
                                                              status = 'complete'), -- OR: see 0003-mailer
    started_at_us   INTEGER,
    completed_at_us INTEGER,
    respondent_id   INTEGER,                      -- current attempt; NULL before the first, and when anonymous
    measured_id     INTEGER,                      -- respondent_id of the first attempt, the one that counts
    attempt         INTEGER NOT NULL DEFAULT 0,
    page            INTEGER NOT NULL DEFAULT 0,   -- next page to show, lessons first
    reminders       INTEGER NOT NULL DEFAULT 0,   -- queued so far
    remind_at_us    INTEGER,                      -- next reminder, NULL when none is to come
    revoked_at_us   INTEGER,
    UNIQUE (round_id, person_id)
) STRICT;
CREATE INDEX invitation_due ON invitation (round_id, due_at_us)
    WHERE queued_at_us IS NULL AND revoked_at_us IS NULL;
CREATE INDEX invitation_remind ON invitation (round_id, remind_at_us) WHERE remind_at_us IS NOT NULL;
CREATE INDEX invitation_person ON invitation (person_id);
CREATE UNIQUE INDEX invitation_respondent ON invitation (respondent_id) WHERE respondent_id IS NOT NULL;
CREATE UNIQUE INDEX invitation_measured ON invitation (measured_id) WHERE measured_id IS NOT NULL;

-- Who completed which training when: what follow-ups and the questions 17 and 18 build on.
CREATE TABLE completion (
    person_id       INTEGER NOT NULL,
    campaign_id     INTEGER NOT NULL REFERENCES campaign (id),
    completed_at_us INTEGER NOT NULL,
    PRIMARY KEY (person_id, campaign_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX completion_campaign ON completion (campaign_id, completed_at_us);

CREATE VIEW v_campaign AS
SELECT c.id, c.name, c.title_sv, c.title_en, c.kind, c.promise, c.announced, c.state, c.control_phrase,
       c.follows_id, c.launched_at_us, c.closed_at_us,
       r.id AS round_id, r.form_id, r.frame_id, r.design, r.method_text, r.opens_at_us, r.closes_at_us,
       f.taken_at_us AS frame_at_us
FROM campaign c LEFT JOIN round r ON r.campaign_id = c.id LEFT JOIN frame f ON f.id = r.frame_id;
CREATE VIEW v_stratum AS
SELECT id, round_id, parent_id, path, name, population, invited FROM stratum;
-- Participation without persons: how far the invited of a stratum came.
CREATE VIEW v_participation AS
SELECT i.round_id, i.stratum_id, count(*) AS invited,
       sum(i.status = 'started') AS started, sum(i.status = 'partial') AS partial,
       sum(i.status = 'complete') AS complete,
       sum(i.status = 'none' AND EXISTS (SELECT 1 FROM v_mail_outcome m WHERE m.link_id = i.id
           AND m.purpose = 'invitation' AND m.state = 'failed')) AS undeliverable
FROM invitation i GROUP BY i.round_id, i.stratum_id;
-- For question 17: of a round's measured respondents, those who had completed a training before, and the
-- latest such completion's distance. No person is named.
CREATE VIEW v_respondent_training AS
SELECT i.round_id, i.stratum_id, i.measured_id AS respondent_id, i.completed_at_us AS answered_at_us,
       max(c.completed_at_us) AS trained_at_us
FROM invitation i JOIN completion c ON c.person_id = i.person_id AND c.completed_at_us < i.completed_at_us
WHERE i.measured_id IS NOT NULL AND i.status = 'complete'
GROUP BY i.round_id, i.stratum_id, i.measured_id, i.completed_at_us;
-- Distinct trained people by campaign and completion instant, for "how many are trained".
CREATE VIEW v_completion AS
SELECT campaign_id, person_id AS person_ref, completed_at_us FROM completion;
-- For question 18: how long after the training that it follows a round's invitations came, the shortest; how many
-- invited had completed it; and the first such completion. No person is named.
CREATE VIEW v_follow_up AS
SELECT i.round_id, count(*) AS invited, min(i.due_at_us - c.completed_at_us) AS shortest_us,
       min(c.completed_at_us) AS first_trained_at_us
FROM invitation i JOIN round r ON r.id = i.round_id JOIN campaign k ON k.id = r.campaign_id
JOIN completion c ON c.person_id = i.person_id AND c.campaign_id = k.follows_id
GROUP BY i.round_id;
