INSERT INTO :table (tenant, scope, subject, family, begins, labels, value)
SELECT t.tenant, t.scope, '', f.family, begins, f.labels, f.value
FROM (
    SELECT 't' || n AS tenant, 1 AS scope FROM generate_series(1, $4) AS n UNION ALL SELECT '', 0
) AS t,
    generate_series($1::timestamptz, $2::timestamptz, $3::interval) AS begins,
    (
        SELECT 'comms_messages_total' AS family, ARRAY[channel, provider, direction, status] AS labels, 40 AS value
        FROM unnest(ARRAY['sms', 'whatsapp']) AS channel, unnest(ARRAY['twilio', 'whatsapp']) AS provider,
            (VALUES ('outbound', 'sent'), ('outbound', 'delivered'), ('outbound', 'failed'), ('inbound', 'received'))
                AS step (direction, status)
        UNION ALL
        SELECT 'comms_message_processing_seconds', ARRAY['sms', 'twilio', bucket::text], 7
        FROM generate_series(0, 11) AS bucket
        UNION ALL
        SELECT 'comms_message_delivery_seconds', ARRAY['sms', 'twilio', bucket::text], 7
        FROM generate_series(0, 12) AS bucket
        UNION ALL
        SELECT
            family,
            ARRAY['openai', 'm' || n] || CASE family WHEN 'model_costs' THEN '{}'::text[] ELSE ARRAY['ok'] END,
            0.25
        FROM generate_series(1, 6) AS n, unnest(ARRAY['comms_llm_requests_total', 'model_costs']) AS family
        UNION ALL
        SELECT 'comms_cost_usd_total', ARRAY[channel, 'twilio', 'message', 'estimated'], 0.31
        FROM unnest(ARRAY['sms', 'whatsapp']) AS channel
    ) AS f
