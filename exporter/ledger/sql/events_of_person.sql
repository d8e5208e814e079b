-- In the escape format any bytes can be searched as text.
SELECT seq, key, message_id, outlet, data, theirs
FROM (
    SELECT seq, key, message_id, outlet, data, raw, user_id = $4 OR EXISTS (
        SELECT FROM messages m WHERE m.tenant = $3 AND m.message_id = events.message_id AND m.user_id = $4
    ) AS theirs
    FROM events
    WHERE seq > $1 AND seq <= $2 AND tenant = $3
) AS part
WHERE theirs OR key ~* $5 OR outlet ~* $5 OR encode(data, 'escape') ~* $5 OR encode(raw, 'escape') ~* $5
ORDER BY seq
