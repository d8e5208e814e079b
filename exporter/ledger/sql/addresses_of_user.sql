-- json and not jsonb: an event may hold what jsonb may not.
WITH found AS (
    SELECT DISTINCT convert_from(data, 'UTF8')::json ->> 'peer' AS peer
    FROM events
    WHERE tenant = $1 AND (user_id = $2 OR EXISTS (
        SELECT FROM messages m WHERE m.tenant = $1 AND m.message_id = events.message_id AND m.user_id = $2
    ))
)
UPDATE erasures SET addresses = ARRAY(SELECT peer FROM found WHERE peer IS NOT NULL LIMIT 1000)
WHERE erasure_id = $3 AND tenant = $1
RETURNING addresses
