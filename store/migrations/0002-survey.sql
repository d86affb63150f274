-- Why: what is asked and what was answered. Owner: survey/. Nothing here names a person: respondent_id is
-- a random number that only campaigns/ can tie to an invitation, and a ballot has not even that.

-- One version of an item (question). Once asked it never changes: a changed text is a new version.
CREATE TABLE item (
    id            INTEGER PRIMARY KEY,
    pack          TEXT NOT NULL,                  -- content pack it came from
    item_key      TEXT NOT NULL,                  -- the pack's id of it, e.g. k1-01
    version       INTEGER NOT NULL,               -- 1, 2... of that key
    kind          TEXT NOT NULL CHECK (kind IN ('single', 'multiple', 'true_false', 'scale', 'text')),
    measure       TEXT NOT NULL CHECK (measure IN ('knowledge', 'scenario', 'application', 'obstacle')),
    area          TEXT NOT NULL,                  -- area1..area5 of question 30, comb.<cell>, or comb.open
    polarity      TEXT NOT NULL CHECK (polarity IN ('none', 'positive', 'negative')), -- scale: is agreement good? text: asks what helps or hinders
    topic         TEXT NOT NULL,
    bank          TEXT NOT NULL CHECK (bank IN ('training', 'measurement')),
    referent      TEXT NOT NULL CHECK (referent IN ('self', 'unit', 'organisation')),
    state         TEXT NOT NULL CHECK (state IN ('draft', 'pilot', 'live', 'retired')),
    body          TEXT NOT NULL,                  -- JSON: text, options, explanation in sv and en; the key (survey/item.h)
    body_sha256   TEXT NOT NULL,                  -- of all that makes the version: kind, measure, area, topic, ..., body
    created_at_us INTEGER NOT NULL,
    asked_at_us   INTEGER,                        -- first put into a form; from then on immutable
    UNIQUE (pack, item_key, version)
) STRICT;
CREATE INDEX item_area ON item (pack, area);
CREATE TRIGGER item_immutable BEFORE UPDATE OF pack, item_key, version, kind, measure, area, polarity, topic, bank,
    referent, body, body_sha256 ON item
WHEN OLD.asked_at_us IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'an item version that has been asked is immutable'); END;

-- One version of a lesson, immutable once shown, like items.
CREATE TABLE lesson (
    id            INTEGER PRIMARY KEY,
    pack          TEXT NOT NULL,
    lesson_key    TEXT NOT NULL,
    version       INTEGER NOT NULL,
    area          TEXT NOT NULL,
    topic         TEXT NOT NULL,
    body          TEXT NOT NULL,                  -- JSON: {"sv": {"title", "markdown"}, "en": {...}}
    body_sha256   TEXT NOT NULL,
    created_at_us INTEGER NOT NULL,
    shown_at_us   INTEGER,
    UNIQUE (pack, lesson_key, version)
) STRICT;
CREATE TRIGGER lesson_immutable BEFORE UPDATE OF pack, lesson_key, version, area, topic, body, body_sha256 ON lesson
WHEN OLD.shown_at_us IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'a lesson version that has been shown is immutable'); END;

-- A questionnaire: fixed item versions in a fixed order, on numbered pages.
CREATE TABLE form (
    id            INTEGER PRIMARY KEY,
    created_at_us INTEGER NOT NULL
) STRICT;
CREATE TABLE form_lesson (
    form_id   INTEGER NOT NULL REFERENCES form (id),
    position  INTEGER NOT NULL,                   -- 0, 1...: one page each, before the items
    lesson_id INTEGER NOT NULL REFERENCES lesson (id),
    PRIMARY KEY (form_id, position)
) STRICT, WITHOUT ROWID;
CREATE TABLE form_item (
    form_id  INTEGER NOT NULL REFERENCES form (id),
    position INTEGER NOT NULL,                    -- 0, 1... in the whole form
    page     INTEGER NOT NULL,                    -- 0, 1...: items on one page share it
    item_id  INTEGER NOT NULL REFERENCES item (id),
    PRIMARY KEY (form_id, position),
    UNIQUE (form_id, item_id)
) STRICT, WITHOUT ROWID;

-- One respondent's answering of one form (identified and confidential modes).
CREATE TABLE response (
    respondent_id   INTEGER PRIMARY KEY,          -- random; a new attempt is a new respondent_id
    round_id        INTEGER NOT NULL,             -- opaque here
    stratum_id      INTEGER NOT NULL,             -- opaque here
    form_id         INTEGER NOT NULL REFERENCES form (id),
    attempt         INTEGER NOT NULL,             -- only attempt 1 is measured (tally, score)
    started_at_us   INTEGER NOT NULL,
    completed_at_us INTEGER
) STRICT;
CREATE INDEX response_round ON response (round_id);

-- An answer to an item. Absent row: not answered (every survey question is optional).
CREATE TABLE answer (
    respondent_id  INTEGER NOT NULL REFERENCES response (respondent_id),
    item_id        INTEGER NOT NULL REFERENCES item (id),
    choices        INTEGER NOT NULL,              -- bit i set: option i of the item's own order chosen
    not_applicable INTEGER NOT NULL CHECK (not_applicable IN (0, 1)), -- "vet inte" / "ej aktuellt"
    free_text      TEXT,
    correct        INTEGER CHECK (correct IN (0, 1)), -- NULL: not scored
    answered_at_us INTEGER NOT NULL,
    PRIMARY KEY (respondent_id, item_id)
) STRICT, WITHOUT ROWID;

-- A completed, measured respondent's result by area, kept when raw answers are erased.
CREATE TABLE score (
    respondent_id INTEGER NOT NULL,
    area          TEXT NOT NULL,
    item_count    INTEGER NOT NULL,               -- scored items asked
    correct_count INTEGER NOT NULL,               -- of them right; unanswered and "vet inte" count as wrong
    PRIMARY KEY (respondent_id, area)
) STRICT, WITHOUT ROWID;

-- An anonymous ballot. Random key and clustered by it, so that no order of arrival remains; no instant,
-- no respondent, and a stratum only where campaigns/ found the group large enough. No index: its pages would
-- keep the order in which rows came (survey/ballot.h).
CREATE TABLE ballot (
    round_id   INTEGER NOT NULL,
    stratum_id INTEGER NOT NULL,
    ballot_id  BLOB NOT NULL,                     -- 16 random bytes
    answers    TEXT NOT NULL,                     -- JSON: [[item_id, choices, not_applicable], ...] by item_id; no text items
    PRIMARY KEY (round_id, stratum_id, ballot_id)
) STRICT, WITHOUT ROWID;

-- Free text from anonymous ballots, apart from the ballot and from any stratum. No ballot tells whether its
-- person wrote any, so that a lone text has no lone ballot.
CREATE TABLE ballot_text (
    round_id  INTEGER NOT NULL,
    item_id   INTEGER NOT NULL REFERENCES item (id),
    text_id   BLOB NOT NULL,                      -- 16 random bytes
    free_text TEXT NOT NULL,
    PRIMARY KEY (round_id, item_id, text_id)
) STRICT, WITHOUT ROWID;

-- Aggregates, written in the answer's own transaction; survey/tally can rebuild them from the rows above.
-- stratum_id is the answering person's own; sums up the tree are made by reports/.
CREATE TABLE tally_item (
    round_id       INTEGER NOT NULL,
    stratum_id     INTEGER NOT NULL,
    item_id        INTEGER NOT NULL,
    answered       INTEGER NOT NULL,              -- gave an answer on the scale or list (or text)
    not_applicable INTEGER NOT NULL,              -- said "vet inte" / "ej aktuellt"
    correct        INTEGER NOT NULL,              -- of answered, right (0 where not scored)
    PRIMARY KEY (round_id, stratum_id, item_id)
) STRICT, WITHOUT ROWID;
CREATE TABLE tally_option (
    round_id   INTEGER NOT NULL,
    stratum_id INTEGER NOT NULL,
    item_id    INTEGER NOT NULL,
    option     INTEGER NOT NULL,                  -- 0-based index in the item's own order
    chosen     INTEGER NOT NULL,
    PRIMARY KEY (round_id, stratum_id, item_id, option)
) STRICT, WITHOUT ROWID;

CREATE VIEW v_item AS
SELECT id, pack, item_key, version, kind, measure, area, polarity, topic, bank, referent, state, body FROM item;
CREATE VIEW v_form_item AS
SELECT form_id, position, item_id FROM form_item;
CREATE VIEW v_tally_item AS
SELECT round_id, stratum_id, item_id, answered, not_applicable, correct FROM tally_item;
CREATE VIEW v_tally_option AS
SELECT round_id, stratum_id, item_id, option, chosen FROM tally_option;
-- One row a measured, completed respondent and area, for shares of people who reached a mark.
CREATE VIEW v_score AS
SELECT r.round_id, r.stratum_id, r.respondent_id, s.area, s.item_count, s.correct_count
FROM score s JOIN response r ON r.respondent_id = s.respondent_id WHERE r.attempt = 1;
-- Scored items of measured, completed respondents, for item analysis: one row for each that the form asked,
-- correct 0 where unanswered. Respondents without any answer row (erased, or nothing answered) are left out.
CREATE VIEW v_scored_answer AS
SELECT r.round_id, r.respondent_id, f.item_id, coalesce(a.correct, 0) AS correct
FROM response r
JOIN form_item f ON f.form_id = r.form_id
JOIN item i ON i.id = f.item_id AND i.measure IN ('knowledge', 'scenario')
LEFT JOIN answer a ON a.respondent_id = r.respondent_id AND a.item_id = f.item_id
WHERE r.attempt = 1 AND r.completed_at_us IS NOT NULL
  AND EXISTS (SELECT 1 FROM answer x WHERE x.respondent_id = r.respondent_id);
CREATE VIEW v_ballot_count AS
SELECT round_id, stratum_id, count(*) AS ballots FROM ballot GROUP BY round_id, stratum_id;
CREATE VIEW v_ballot_text_count AS
SELECT round_id, item_id, count(*) AS texts FROM ballot_text GROUP BY round_id, item_id;
