-- Calls whose end is not known, of the last hour.
SELECT DISTINCT message_id FROM page_steps
WHERE channel = 'call' AND sent_at > now() - interval '1 hour' AND (outcome IS NULL OR outcome = 'timed_out') AND message_id IS NOT NULL
