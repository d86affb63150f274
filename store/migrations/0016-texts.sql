-- Why: what people wrote in answer to open questions is to be read and coded, apart from everything that could tell
-- who wrote it. Owner: survey/.

-- Each text that is there, with its round and question and nothing else: no respondent, stratum, instant or key. Of
-- named rounds those of the attempt that counts, as in tally_item; of anonymous ones what has been opened. Erased
-- texts are left out.
CREATE VIEW v_free_text AS
SELECT r.round_id, a.item_id, a.free_text
FROM response r JOIN answer a ON a.respondent_id = r.respondent_id
WHERE r.attempt = 1 AND a.free_text <> ''
UNION ALL
SELECT round_id, item_id, free_text FROM ballot_text WHERE free_text <> '';
