-- Why: what is known of a person is erased when asked for, or in its time, and no report changes by it.
-- Owner: campaigns/.

-- When the links of a closed round show nothing more, not even a result. Written by the scheduler once it is closed.
ALTER TABLE round ADD COLUMN links_end_at_us INTEGER;

-- What question 17 needs of a measured respondent whose person was erased: days, not times of day; the distance
-- between the two is kept as it was. Erased with the round's scores.
CREATE TABLE erased_training (
    respondent_id  INTEGER PRIMARY KEY,           -- as in response; no invitation has it any more
    round_id       INTEGER NOT NULL REFERENCES round (id),
    answered_at_us INTEGER NOT NULL,              -- trained_at_us and the true distance
    trained_at_us  INTEGER NOT NULL               -- 00:00 of the day
) STRICT;
CREATE INDEX erased_training_round ON erased_training (round_id);

-- What question 18 needs of those invited to a follow-up who were erased: the sum of them, no person.
CREATE TABLE erased_follow_up (
    round_id            INTEGER PRIMARY KEY REFERENCES round (id),
    invited             INTEGER NOT NULL,
    shortest_us         INTEGER NOT NULL,
    first_trained_at_us INTEGER NOT NULL          -- 00:00 of the day
) STRICT;

-- What was erased, when and why, in numbers. No person is named. Append-only but for its own counts; kept.
CREATE TABLE retention_log (
    id            INTEGER PRIMARY KEY,
    kind          TEXT NOT NULL,                  -- answers, scores, anonymous, mail, bounces, left, request (retention.h)
    round_id      INTEGER REFERENCES round (id),  -- NULL where it is not about a round
    months        INTEGER NOT NULL,               -- the period that was set; 0 for what was asked for
    started_at_us INTEGER NOT NULL,               -- 00:00 of the day where it is about people
    done_at_us    INTEGER,                        -- NULL: not yet through
    rows_erased   INTEGER NOT NULL,               -- respondents, invitations, mails, notices or people
    UNIQUE (kind, round_id)
) STRICT;

-- How far the scheduler has come: the day whose round of erasures is done; one row.
CREATE TABLE retention_run (
    id          INTEGER PRIMARY KEY CHECK (id = 1),
    done_day_us INTEGER NOT NULL
) STRICT;
INSERT INTO retention_run (id, done_day_us) VALUES (1, 0);

DROP VIEW v_respondent_training;
CREATE VIEW v_respondent_training AS
SELECT i.round_id, i.stratum_id, i.measured_id AS respondent_id, i.completed_at_us AS answered_at_us,
       max(c.completed_at_us) AS trained_at_us
FROM invitation i JOIN completion c ON c.person_id = i.person_id AND c.completed_at_us < i.completed_at_us
WHERE i.measured_id IS NOT NULL AND i.status = 'complete'
GROUP BY i.round_id, i.stratum_id, i.measured_id, i.completed_at_us
UNION ALL
SELECT round_id, 0, respondent_id, answered_at_us, trained_at_us FROM erased_training;

DROP VIEW v_follow_up;
CREATE VIEW v_follow_up AS
SELECT round_id, sum(invited) AS invited, min(shortest_us) AS shortest_us, min(first_trained_at_us) AS first_trained_at_us
FROM (SELECT i.round_id AS round_id, count(*) AS invited, min(i.due_at_us - c.completed_at_us) AS shortest_us,
             min(c.completed_at_us) AS first_trained_at_us
      FROM invitation i JOIN round r ON r.id = i.round_id JOIN campaign k ON k.id = r.campaign_id
      JOIN completion c ON c.person_id = i.person_id AND c.campaign_id = k.follows_id
      GROUP BY i.round_id
      UNION ALL
      SELECT round_id, invited, shortest_us, first_trained_at_us FROM erased_follow_up) AS f
GROUP BY round_id;

-- Attempts that were begun anew left their answers behind, tied to nobody and counted nowhere.
DELETE FROM answer WHERE respondent_id IN (SELECT respondent_id FROM response r WHERE r.attempt > 1
    AND NOT EXISTS (SELECT 1 FROM invitation i WHERE i.respondent_id = r.respondent_id));
DELETE FROM response WHERE attempt > 1
    AND NOT EXISTS (SELECT 1 FROM invitation i WHERE i.respondent_id = response.respondent_id);
