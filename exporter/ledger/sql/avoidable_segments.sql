-- By tenant and template since $1: messages with segments that Smart Encoding saves, those segments and their money.
-- A message counts once, by the first of its steps that says what it cost. jsonb cannot hold the character 0.
WITH step AS MATERIALIZED (
    SELECT DISTINCT ON (tenant, coalesce(message_id, seq::text)) tenant, convert_from(data, 'UTF8')::jsonb AS event
    FROM events
    WHERE received_at >= $1 AND kind = 'message'
        AND position('"avoidable_segments":'::bytea IN data) > 0
        AND (position('"cost_usd":'::bytea IN data) > 0 OR position('"costs":'::bytea IN data) > 0)
        AND position('\\u0000'::bytea IN data) = 0
    ORDER BY tenant, coalesce(message_id, seq::text), seq
), counted AS MATERIALIZED (
    SELECT
        tenant,
        event ->> 'template' AS template,
        least((event ->> 'avoidable_segments')::numeric, (event ->> 'segments')::numeric) AS avoidable,
        (event ->> 'segments')::numeric AS segments,
        coalesce((event ->> 'cost_usd')::numeric, (
            SELECT sum((part ->> 'amount_usd')::numeric)
            FROM jsonb_array_elements(event -> 'costs') AS part
            WHERE part ->> 'component' = 'message'
        )) AS cost_usd
    FROM step
)
SELECT
    tenant, template, count(*) AS messages, sum(avoidable)::bigint AS segments,
    sum(cost_usd * avoidable / segments) AS avoidable_usd
FROM counted
WHERE avoidable > 0 AND segments > 0 AND cost_usd > 0
GROUP BY tenant, template
