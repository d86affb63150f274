-- Why: an anonymous answer must not stand alone anywhere: not in the file, its log, its free pages, nor in the
-- difference between two copies of them. Ballots lie sealed until at least ten of one group are opened together.
-- Owner: survey/. The columns of round, invitation and campaign are campaigns/'.

-- A ballot as it was cast: sealed to the round's key, whose secret half is not in the database, and padded so that
-- all of a form have one size. Deleted in the transaction that opens it under another random key (survey/unseal.h).
CREATE TABLE ballot_sealed (
    round_id   INTEGER NOT NULL,
    stratum_id INTEGER NOT NULL,
    sealed_id  BLOB NOT NULL,                     -- 16 random bytes, not the later ballot_id
    sealed     BLOB NOT NULL,
    PRIMARY KEY (round_id, stratum_id, sealed_id)
) STRICT, WITHOUT ROWID;
CREATE VIEW v_ballot_sealed AS
SELECT round_id, stratum_id, count(*) AS ballots FROM ballot_sealed GROUP BY round_id, stratum_id;

-- The key that a round's ballots are sealed to; all NULL where the round is not anonymous. The secret half follows
-- from the installation's key file and the salt (campaigns/seal.h).
ALTER TABLE round ADD COLUMN seal_key_id INTEGER;  -- which of the installation's keys
ALTER TABLE round ADD COLUMN seal_salt BLOB;       -- 16 random bytes; erased when the last ballot is opened
ALTER TABLE round ADD COLUMN seal_public BLOB;     -- 32 bytes; erased with the salt
ALTER TABLE round ADD COLUMN unsealed INTEGER NOT NULL DEFAULT 0 CHECK (unsealed = 0 OR unsealed = 1); -- 1: closed, and what may be opened is open
UPDATE round SET unsealed = 1 WHERE campaign_id IN (SELECT id FROM campaign WHERE promise <> 'anonymous' OR state = 'closed');

-- What an anonymous invitation can never hold: a respondent, a page, or an instant finer than an hour (it is always
-- the day on which the round opened; a day begins at a whole hour of UTC).
ALTER TABLE invitation ADD COLUMN anonymous INTEGER NOT NULL DEFAULT 0 CHECK (anonymous = 0 OR
    (respondent_id IS NULL AND measured_id IS NULL AND attempt = 0 AND page = 0 AND
     coalesce(started_at_us, 0) % 3600000000 = 0 AND coalesce(completed_at_us, 0) % 3600000000 = 0));
UPDATE invitation SET
    started_at_us = CASE WHEN started_at_us IS NOT NULL THEN started_at_us - started_at_us % 3600000000 END,
    completed_at_us = CASE WHEN completed_at_us IS NOT NULL THEN completed_at_us - completed_at_us % 3600000000 END,
    anonymous = 1
WHERE round_id IN (SELECT r.id FROM round r JOIN campaign c ON c.id = r.campaign_id WHERE c.promise = 'anonymous');
CREATE TRIGGER invitation_promise BEFORE UPDATE OF anonymous, round_id ON invitation
BEGIN SELECT RAISE(ABORT, 'what an invitation promises does not change'); END;

-- A promise that was given is kept.
CREATE TRIGGER campaign_promise BEFORE UPDATE OF promise ON campaign
WHEN OLD.state <> 'draft'
BEGIN SELECT RAISE(ABORT, 'the promise of a launched campaign does not change'); END;
