-- Why: questionnaires that draw, branch and show pictures. Owner: survey/.

-- One more kind, 'order'. The table is made anew because a CHECK cannot be changed; rows keep their ids.
PRAGMA defer_foreign_keys = ON;
CREATE TEMP TABLE item_old AS SELECT * FROM item;
DROP TABLE item;
CREATE TABLE item (
    id            INTEGER PRIMARY KEY,
    pack          TEXT NOT NULL,                  -- content pack it came from
    item_key      TEXT NOT NULL,                  -- the pack's id of it, e.g. k1-01
    version       INTEGER NOT NULL,               -- 1, 2... of that key
    kind          TEXT NOT NULL CHECK (kind = 'single' OR kind = 'multiple' OR kind = 'true_false' OR kind = 'scale' OR
                                       kind = 'text' OR kind = 'order'),
    measure       TEXT NOT NULL CHECK (measure = 'knowledge' OR measure = 'scenario' OR measure = 'application' OR
                                       measure = 'obstacle'),
    area          TEXT NOT NULL,                  -- area1..area5 of question 30, comb.<cell>, or comb.open
    polarity      TEXT NOT NULL CHECK (polarity = 'none' OR polarity = 'positive' OR polarity = 'negative'), -- scale: is agreement good? text: asks what helps or hinders
    topic         TEXT NOT NULL,
    bank          TEXT NOT NULL CHECK (bank = 'training' OR bank = 'measurement'),
    referent      TEXT NOT NULL CHECK (referent = 'self' OR referent = 'unit' OR referent = 'organisation'),
    state         TEXT NOT NULL CHECK (state = 'draft' OR state = 'pilot' OR state = 'live' OR state = 'retired'),
    body          TEXT NOT NULL,                  -- JSON: text, options, explanation in sv and en; the key (survey/item.h)
    body_sha256   TEXT NOT NULL,                  -- of all that makes the version: kind, measure, area, topic, ..., body
    created_at_us INTEGER NOT NULL,
    asked_at_us   INTEGER,                        -- first put into a form; from then on immutable
    UNIQUE (pack, item_key, version)
) STRICT;
INSERT INTO item SELECT * FROM item_old;
DROP TABLE item_old;
CREATE INDEX item_area ON item (pack, area);
CREATE TRIGGER item_immutable BEFORE UPDATE OF pack, item_key, version, kind, measure, area, polarity, topic, bank,
    referent, body, body_sha256 ON item
WHEN OLD.asked_at_us IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'an item version that has been asked is immutable'); END;

-- A picture of a scenario item, named by its content.
CREATE TABLE picture (
    name  TEXT PRIMARY KEY,                       -- hex SHA-256 of bytes, and .png, .jpg or .webp
    bytes BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- What a pack's questionnaires/NAME.json says. Replaced by the next import; a form keeps its own layout.
CREATE TABLE questionnaire (
    pack TEXT NOT NULL,
    name TEXT NOT NULL,
    body TEXT NOT NULL,                           -- JSON, as in the file (survey/questionnaire.h)
    PRIMARY KEY (pack, name)
) STRICT, WITHOUT ROWID;

-- Pools, conditions, sections and grids over the form's positions (survey/form_private.h). NULL: everybody is asked
-- all of it.
ALTER TABLE form ADD COLUMN layout TEXT;

-- Forms that draw: the positions that this respondent is asked, JSON. NULL: all.
ALTER TABLE response ADD COLUMN sheet TEXT;
-- Forms that vary, once complete: the ids of the items that were asked, JSON. What is missing here was not asked;
-- what is here and has no answer was passed over. NULL: all of the form.
ALTER TABLE response ADD COLUMN asked TEXT;

-- Whose turn it is to draw: how many of the stratum's people have drawn.
CREATE TABLE draw_turn (
    round_id   INTEGER NOT NULL,
    stratum_id INTEGER NOT NULL,
    turns      INTEGER NOT NULL,
    PRIMARY KEY (round_id, stratum_id)
) STRICT, WITHOUT ROWID;

-- Of a form that varies: how many were asked and have handed in, answered or not. 0 for other forms: all were.
ALTER TABLE tally_item ADD COLUMN asked INTEGER NOT NULL DEFAULT 0;
DROP VIEW v_tally_item;
CREATE VIEW v_tally_item AS
SELECT round_id, stratum_id, item_id, answered, not_applicable, correct, asked FROM tally_item;

-- As before, but only what the respondent was asked.
DROP VIEW v_scored_answer;
CREATE VIEW v_scored_answer AS
SELECT r.round_id, r.respondent_id, f.item_id, coalesce(a.correct, 0) AS correct
FROM response r
JOIN form_item f ON f.form_id = r.form_id
JOIN item i ON i.id = f.item_id AND (i.measure = 'knowledge' OR i.measure = 'scenario')
LEFT JOIN answer a ON a.respondent_id = r.respondent_id AND a.item_id = f.item_id
WHERE r.attempt = 1 AND r.completed_at_us IS NOT NULL
  AND (r.asked IS NULL OR EXISTS (SELECT 1 FROM json_each(r.asked) j WHERE j.value = f.item_id))
  AND EXISTS (SELECT 1 FROM answer x WHERE x.respondent_id = r.respondent_id);
