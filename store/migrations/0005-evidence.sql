-- Why: what was claimed, on what grounds, and when. Owner: reports/. Append-only.
CREATE TABLE evidence (
    id             INTEGER PRIMARY KEY,
    made_at_us     INTEGER NOT NULL,
    as_of          TEXT NOT NULL,                 -- date YYYY-MM-DD
    window_from    TEXT NOT NULL,                 -- first day of the 24 calendar months
    window_to      TEXT NOT NULL,                 -- last day
    question       INTEGER NOT NULL,              -- 17, 18, 30, 39
    part           TEXT NOT NULL,                 -- '' or area1..area5 for question 30
    campaigns      TEXT NOT NULL,                 -- JSON array of campaign names
    gate_version   TEXT NOT NULL,
    gate_pass      INTEGER NOT NULL CHECK (gate_pass IN (0, 1)),
    gate_log       TEXT NOT NULL,                 -- JSON: each rule, what it needs, what was found, met or not
    file_sha256    TEXT NOT NULL,                 -- of evidence.json
    verified_by    TEXT,                          -- the second person, when there is one
    verified_at_us INTEGER
) STRICT;
CREATE TRIGGER evidence_no_delete BEFORE DELETE ON evidence
BEGIN SELECT RAISE(ABORT, 'evidence is append-only'); END;
CREATE TRIGGER evidence_no_update BEFORE UPDATE OF made_at_us, as_of, window_from, window_to, question, part,
    campaigns, gate_version, gate_pass, gate_log, file_sha256 ON evidence
BEGIN SELECT RAISE(ABORT, 'evidence is append-only'); END;
