-- Why: the start page promises that results are shown only for groups of at least k. A setting that is lowered between
-- the answers and the report must not break that, so what was promised is kept with the round. Owner: campaigns/.

-- The smallest group that a report may show, as the people are told; of an anonymous round the larger of privacy.k and
-- privacy.k_anonymous. A campaign gets it at launch, its round when it opens. NULL: launched before this was stored;
-- `vetkoll init`, which brings a database here, writes the settings of that day (campaigns/promised.h).
ALTER TABLE campaign ADD COLUMN promised_k INTEGER CHECK (promised_k >= 5);
ALTER TABLE round ADD COLUMN promised_k INTEGER CHECK (promised_k >= 5);
CREATE TRIGGER round_promised_k BEFORE UPDATE OF promised_k ON round
WHEN OLD.promised_k IS NOT NULL AND (NEW.promised_k IS NULL OR NEW.promised_k < OLD.promised_k)
BEGIN SELECT RAISE(ABORT, 'the smallest group that a round promised is never lowered'); END;

DROP VIEW v_campaign;
CREATE VIEW v_campaign AS
SELECT c.id, c.name, c.title_sv, c.title_en, c.kind, c.promise, c.announced, c.state, c.control_phrase,
       c.follows_id, c.launched_at_us, c.closed_at_us,
       r.id AS round_id, r.form_id, r.frame_id, r.design, r.method_text, r.opens_at_us, r.closes_at_us,
       f.taken_at_us AS frame_at_us,
       coalesce(r.promised_k, CASE c.promise WHEN 'anonymous' THEN 10 ELSE 5 END) AS promised_k
FROM campaign c LEFT JOIN round r ON r.campaign_id = c.id LEFT JOIN frame f ON f.id = r.frame_id;
