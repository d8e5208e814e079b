-- $7 holds the bits of the statuses that only a delivered message can have, $8 of those that only an opened one can.
WITH counted AS (
    SELECT
        count(*) AS total,
        count(*) FILTER (WHERE seen & $7 <> 0) AS delivered,
        count(*) FILTER (WHERE opened_at IS NOT NULL OR seen & $8 <> 0) AS opened,
        coalesce(sum(cost_usd), 0) AS cost_usd
    FROM messages
    WHERE tenant = $1 AND direction = 'outbound'
        AND ($2::text IS NULL OR user_id = $2)
        AND ($3::text IS NULL OR message_type = $3)
        AND ($4::text IS NULL OR channel = $4)
        AND ($5::timestamptz IS NULL OR first_at >= $5)
        AND ($6::timestamptz IS NULL OR first_at < $6)
)
SELECT
    total, delivered, opened,
    round(100.0 * delivered / nullif(total, 0), 1)::float8 AS delivery_rate_percent,
    round(100.0 * opened / nullif(total, 0), 1)::float8 AS open_rate_percent,
    cost_usd
FROM counted
