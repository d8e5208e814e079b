-- Only where nobody claimed it since; without an outcome it is due again.
UPDATE notification_deliveries SET outcome = $6, due_at = coalesce($7, due_at), tries = $8
WHERE tenant = $1 AND user_id = $2 AND notification_id = $3 AND channel = $4 AND tries = $5 AND outcome IS NULL
