SELECT
    tenant, channel, provider,
    CASE
        WHEN first_at > now() - interval '5 minutes' THEN 'lt_5m'
        WHEN first_at > now() - interval '1 hour' THEN 'lt_1h'
        ELSE 'ge_1h'
    END AS age,
    count(*) AS messages
FROM messages
WHERE direction = 'outbound' AND rank < 6 AND first_at > now() - interval '7 days'
GROUP BY 1, 2, 3, 4
