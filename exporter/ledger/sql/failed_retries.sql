-- By tenant and channel since $1: what failed for a customer whom nothing reached, after the first $2 failures.
WITH outbound AS (
    SELECT
        tenant, channel, thread, status, cost_usd,
        row_number() OVER (PARTITION BY tenant, channel, thread ORDER BY first_at, message_id) AS attempt,
        bool_or(rank >= $3) OVER (PARTITION BY tenant, channel, thread) AS reached
    FROM messages
    WHERE first_at >= $1 AND direction = 'outbound' AND thread IS NOT NULL
        AND (rank >= $3 OR status IN ('failed', 'undelivered'))
)
SELECT
    tenant, channel, count(DISTINCT thread) AS customers, count(*) AS messages, sum(cost_usd) AS avoidable_usd
FROM outbound
WHERE NOT reached AND attempt > $2 AND cost_usd > 0
GROUP BY tenant, channel
