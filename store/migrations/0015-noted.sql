-- Why: what a message came to is noted in files beside the database until it is taken over. Owner: mailer/.

-- What a sender that was killed had noted here.
INSERT INTO mail_attempt (outbox_id, at_us, relay, class, smtp_code, enhanced, reply)
SELECT j.outbox_id, j.at_us, l.relay, j.class, j.smtp_code, j.enhanced, j.reply
FROM mail_journal j JOIN mail_lease l ON l.id = j.lease_id WHERE j.class = 'sent' ORDER BY j.id;
UPDATE outbox SET state = 'sent', settled_at_us = j.at_us, lease_id = NULL, lease_position = NULL,
    attempts = attempts + 1, tried_at_us = coalesce(tried_at_us, j.at_us)
FROM mail_journal j WHERE j.class = 'sent' AND outbox.id = j.outbox_id AND outbox.state = 'leased' AND
    outbox.lease_id = j.lease_id;
DROP TABLE mail_journal;

-- A lease lasts as long as its sender.
ALTER TABLE mail_lease DROP COLUMN until_us;
