-- Why: how far a person has come changes with every page. It stands with the answers, on the same few pages of the file
-- as those of everybody who began at the same time; the invitations lie all over it. Owner: survey/ (response),
-- campaigns/ (invitation).

ALTER TABLE response ADD COLUMN page INTEGER NOT NULL DEFAULT 0;  -- next page to show, lessons first
ALTER TABLE response ADD COLUMN saved INTEGER NOT NULL DEFAULT 0 CHECK (saved = 0 OR saved = 1); -- 1: a page of items was
UPDATE response SET (page, saved) = (SELECT i.page, i.status <> 'started' FROM invitation i
                                     WHERE i.respondent_id = response.respondent_id)
WHERE EXISTS (SELECT 1 FROM invitation i WHERE i.respondent_id = response.respondent_id);
CREATE VIEW v_progress AS SELECT respondent_id, page, saved FROM response;

-- An anonymous invitation never had a page: it need not say so.
PRAGMA writable_schema = ON;
UPDATE sqlite_schema SET sql = replace(sql, ' AND page = 0', '') WHERE type = 'table' AND name = 'invitation';
PRAGMA writable_schema = RESET;
ALTER TABLE invitation DROP COLUMN page;

-- "Partial" is what has begun and saved something; the word itself stands with an invitation when the response is gone.
DROP VIEW v_participation;
CREATE VIEW v_participation AS
SELECT round_id, stratum_id, count(*) AS invited,
       sum(status = 'started' AND NOT saved) AS started,
       sum(status = 'partial' OR status = 'started' AND saved) AS partial, sum(status = 'complete') AS complete,
       sum(status = 'none' AND undeliverable_at_us IS NOT NULL) AS undeliverable
FROM (SELECT i.round_id, i.stratum_id, i.status, i.undeliverable_at_us,
             CASE WHEN i.status = 'started' THEN coalesce((SELECT g.saved FROM v_progress g
                  WHERE g.respondent_id = i.respondent_id), 0) ELSE 0 END AS saved
      FROM invitation i) AS v
GROUP BY round_id, stratum_id;
