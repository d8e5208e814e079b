SELECT
    user_id,
    sum(messages) AS messages,
    sum(delivered) AS delivered,
    sum(failed) AS failed,
    sum(opened) AS opened,
    CASE WHEN ${cost} = 1 THEN sum(cost_usd) END AS cost_usd,
    max(last_at) AS last_at
FROM boards.message_days
WHERE tenant = ${tenant:sqlstring} AND user_id IS NOT NULL
    AND day >= date_trunc('day', $__timeFrom()::timestamptz, 'UTC') AND day <= $__timeTo()
GROUP BY user_id
ORDER BY messages DESC, user_id
LIMIT 50
