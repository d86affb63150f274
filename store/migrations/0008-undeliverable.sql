-- Why: who could not be reached is not somebody who did not answer, and who is away is reminded when back.
-- Owner: campaigns/.

-- Not reachable by mail: since when. Days in an anonymous round. Means nothing once the invitation is answered.
ALTER TABLE invitation ADD COLUMN undeliverable_at_us INTEGER;
-- Away by their own automatic reply: no reminder before this instant, the start of the day of return.
ALTER TABLE invitation ADD COLUMN absent_until_us INTEGER;
UPDATE invitation SET undeliverable_at_us = queued_at_us, remind_at_us = NULL
WHERE status <> 'complete' AND EXISTS (SELECT 1 FROM v_mail_outcome m WHERE m.link_id = invitation.id
    AND m.purpose = 'invitation' AND m.state = 'failed');

-- How far the runner has come in what others tell; one row.
CREATE TABLE runner_cursor (
    id        INTEGER PRIMARY KEY CHECK (id = 1),
    notice_id INTEGER NOT NULL                    -- v_mail_notice.id: up to and with this one is done
) STRICT;
INSERT INTO runner_cursor (id, notice_id) VALUES (1, 0);

-- Participation without persons: how far the invited of a stratum came. `undeliverable` are invitations that nobody
-- opened and that could not be delivered; they did not fail to answer.
DROP VIEW v_participation;
CREATE VIEW v_participation AS
SELECT round_id, stratum_id, count(*) AS invited,
       sum(status = 'started') AS started, sum(status = 'partial') AS partial, sum(status = 'complete') AS complete,
       sum(status = 'none' AND undeliverable_at_us IS NOT NULL) AS undeliverable
FROM invitation GROUP BY round_id, stratum_id;
