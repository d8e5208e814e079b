-- By tenant, provider and model since $1: chat calls with at most $2 tokens in and $3 out, and their tokens.
-- Materialized, so that each event is parsed once; jsonb cannot hold the character 0.
WITH stored AS MATERIALIZED (
    SELECT tenant, convert_from(data, 'UTF8')::jsonb AS event
    FROM events
    WHERE received_at >= $1 AND kind = 'llm' AND position('\\u0000'::bytea IN data) = 0
), call AS MATERIALIZED (
    SELECT
        tenant,
        event ->> 'provider' AS provider,
        event ->> 'model' AS model,
        coalesce((event #>> '{usage,input_tokens}')::bigint, 0) AS input_tokens,
        coalesce((event #>> '{usage,cached_input_tokens}')::bigint, 0) AS cached_input_tokens,
        coalesce((event #>> '{usage,output_tokens}')::bigint, 0) AS output_tokens
    FROM stored
    WHERE coalesce(event ->> 'operation', 'chat') = 'chat'
)
SELECT
    tenant, provider, model, count(*) AS calls,
    sum(input_tokens)::bigint AS input_tokens,
    sum(cached_input_tokens)::bigint AS cached_input_tokens,
    sum(output_tokens)::bigint AS output_tokens
FROM call
WHERE input_tokens <= $2 AND output_tokens BETWEEN 1 AND $3
GROUP BY tenant, provider, model
