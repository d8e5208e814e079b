SELECT
    day AS time,
    sum(delivered) AS delivered,
    sum(failed) AS failed,
    sum(messages - delivered - failed) AS waiting
FROM boards.message_days
WHERE tenant = ${tenant:sqlstring}
    AND day >= date_trunc('day', $__timeFrom()::timestamptz, 'UTC') AND day <= $__timeTo()
GROUP BY day
ORDER BY day
