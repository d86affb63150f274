-- Why: what a message came to is noted in files beside the database until it is taken over. Owner: mailer/.

-- What a sender that was killed had noted here. A notice of what failed was never written; the attempt tells.
INSERT INTO mail_attempt (outbox_id, at_us, relay, class, smtp_code, enhanced, reply)
SELECT j.outbox_id, j.at_us, l.relay, j.class, j.smtp_code, j.enhanced, j.reply
FROM mail_journal j JOIN mail_lease l ON l.id = j.lease_id
JOIN outbox o ON o.id = j.outbox_id AND o.state = 'leased' AND o.lease_id = j.lease_id ORDER BY j.id;
UPDATE outbox SET
    state = CASE WHEN j.class = 'sent' THEN 'sent' WHEN j.class = 'permanent' THEN 'failed'
                 WHEN outbox.cancel = 1 THEN 'cancelled' ELSE 'deferred' END,
    settled_at_us = CASE WHEN j.class = 'sent' OR j.class = 'permanent' OR outbox.cancel = 1 THEN j.at_us END,
    due_at_us = CASE WHEN j.class = 'sent' THEN outbox.due_at_us ELSE j.at_us + 900000000 END, -- 15 minutes
    lease_id = NULL, lease_position = NULL, attempts = attempts + 1, tried_at_us = coalesce(tried_at_us, j.at_us),
    in_doubt = in_doubt + (j.class = 'in_doubt'), unanswered = unanswered + (j.class = 'in_doubt')
FROM mail_journal j
WHERE outbox.id = j.outbox_id AND outbox.state = 'leased' AND outbox.lease_id = j.lease_id;
DROP TABLE mail_journal;

-- A lease lasts as long as its sender.
ALTER TABLE mail_lease DROP COLUMN until_us;
