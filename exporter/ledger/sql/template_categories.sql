-- By tenant, template, country and category since $1: WhatsApp messages that cost something, and what.
-- A message counts once, by the first of its steps that says its category. jsonb cannot hold the character 0.
WITH step AS MATERIALIZED (
    SELECT tenant, message_id, seq, lower(convert_from(data, 'UTF8')::jsonb ->> 'category') AS category
    FROM events
    WHERE received_at >= $1 AND kind = 'message' AND message_id IS NOT NULL
        AND position('"category":'::bytea IN data) > 0
        AND position('\\u0000'::bytea IN data) = 0
), charged AS (
    SELECT DISTINCT ON (tenant, message_id) tenant, message_id, template, country, category, cost_usd
    FROM step
    JOIN messages USING (tenant, message_id)
    WHERE channel = 'whatsapp' AND template IS NOT NULL AND country IS NOT NULL AND cost_usd > 0
    ORDER BY tenant, message_id, seq
)
SELECT tenant, template, country, category, count(*) AS messages, sum(cost_usd) AS cost_usd
FROM charged
WHERE category IN ('marketing', 'utility')
GROUP BY tenant, template, country, category
