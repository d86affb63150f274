-- Why: a person's answers can be erased while the sums that were made of them stay. Owner: survey/.

-- Rounds in which raw answers were erased: their tallies are all there is, and are not counted anew. Never erased.
CREATE TABLE tally_frozen (
    round_id INTEGER PRIMARY KEY                  -- opaque here
) STRICT;
