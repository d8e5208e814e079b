SELECT
    coalesce(message_type, template, 'not said') AS message_type,
    channel,
    sum(messages) AS messages,
    sum(delivered) AS delivered,
    sum(failed) AS failed,
    CASE WHEN ${cost} = 1 THEN sum(cost_usd) END AS cost_usd
FROM boards.message_days
WHERE tenant = ${tenant:sqlstring}
    AND day >= date_trunc('day', $__timeFrom()::timestamptz, 'UTC') AND day <= $__timeTo()
GROUP BY 1, 2
ORDER BY messages DESC, 1, 2
LIMIT 50
