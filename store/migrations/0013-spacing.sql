-- Why: what a person missed in a training comes back to that person, some days later, by another question.
-- Owner: campaigns/. Only trainings under a person's own name feed it; no measured answer comes in here.

-- A person and a topic of a pack: how far apart it is asked now, and when next (campaigns/spacing.h).
-- Written when a training or a practice is completed; erased with the person.
CREATE TABLE practice_topic (
    person_id    INTEGER NOT NULL,
    pack         TEXT NOT NULL,
    topic        TEXT NOT NULL,
    gap_days     INTEGER NOT NULL,                -- 3 after a miss, then 8, 20, 50, 125, 180; 180 is at rest
    due_at_us    INTEGER NOT NULL,                -- not asked before
    asked_at_us  INTEGER NOT NULL,                -- last answered; put off: when that was decided
    right_count  INTEGER NOT NULL,                -- times all was right, training and practice
    missed_count INTEGER NOT NULL,
    had          TEXT NOT NULL,                   -- item keys asked, the oldest first, parted by spaces
    PRIMARY KEY (person_id, pack, topic)
) STRICT, WITHOUT ROWID;

-- A person who has such topics: when the runner is to look at them next.
CREATE TABLE practice_person (
    person_id     INTEGER PRIMARY KEY,
    next_at_us    INTEGER,                        -- NULL: never, as long as they want none
    stopped_at_us INTEGER,                        -- asked for no more practice; NULL: did not
    hold_until_us INTEGER NOT NULL DEFAULT 0,     -- away, or not to be reached by mail: nothing before
    unanswered    INTEGER NOT NULL DEFAULT 0      -- practices in a row that closed without an answer
) STRICT;
CREATE INDEX practice_person_next ON practice_person (next_at_us) WHERE next_at_us IS NOT NULL;

-- One practice: one mail to one person with one to three questions, answered through its own link.
CREATE TABLE practice (
    id              INTEGER PRIMARY KEY,          -- random: it is inside the link, as an invitation's is
    person_id       INTEGER NOT NULL,
    form_id         INTEGER NOT NULL,
    page_count      INTEGER NOT NULL,
    locale          TEXT NOT NULL,                -- as an invitation's
    queued_at_us    INTEGER NOT NULL,             -- handed to the mailer: what the limits count
    closes_at_us    INTEGER NOT NULL,             -- answers are taken until then
    status          TEXT NOT NULL DEFAULT 'none' CHECK (status = 'none' OR status = 'started' OR status = 'partial' OR
                                                        status = 'complete'),
    started_at_us   INTEGER,
    completed_at_us INTEGER,
    respondent_id   INTEGER,                      -- NULL before it is started
    page            INTEGER NOT NULL DEFAULT 0,   -- next page to show
    silent          INTEGER NOT NULL DEFAULT 0 CHECK (silent = 0 OR silent = 1), -- 1: closed without an answer, and counted as such
    forgotten       INTEGER NOT NULL DEFAULT 0 CHECK (forgotten = 0 OR forgotten = 1) -- 1: mail and answers erased; counts in the limits still
) STRICT;
CREATE INDEX practice_of_person ON practice (person_id, queued_at_us);
CREATE INDEX practice_closes ON practice (closes_at_us);
CREATE UNIQUE INDEX practice_respondent ON practice (respondent_id) WHERE respondent_id IS NOT NULL;

-- Which form asks these items, so that people who miss the same share one.
CREATE TABLE practice_form (
    items   TEXT PRIMARY KEY,                     -- "pack:id,id": item versions in order
    form_id INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What all practice mails share; one row, made with the first of them.
CREATE TABLE practice_mail (
    id             INTEGER PRIMARY KEY CHECK (id = 1),
    control_phrase TEXT NOT NULL,                 -- two words, shown in mail and on /verify
    mail_open      INTEGER NOT NULL CHECK (mail_open = 0 OR mail_open = 1) -- 0: outside the window, the mails are held
) STRICT;
