-- What Grafana's SQL panels read: a schema of its own, so that their role sees no raw event, address or secret.
-- The columns are a contract with grafana/sql; the tables behind them may change.

CREATE SCHEMA IF NOT EXISTS boards;

-- Bits of messages.seen, as exporter.vocabulary.BIT; a test compares: 3584 is delivered, read or played, 192 is
-- undelivered or failed, 3072 is read or played.
CREATE VIEW boards.message_days AS
SELECT
    tenant,
    date_trunc('day', first_at, 'UTC') AS day,
    channel,
    user_id,
    message_type,
    template,
    count(*) AS messages,
    count(*) FILTER (WHERE seen & 3584 <> 0) AS delivered,
    count(*) FILTER (WHERE seen & 3584 = 0 AND seen & 192 <> 0) AS failed,
    count(*) FILTER (WHERE opened_at IS NOT NULL OR seen & 3072 <> 0) AS opened,
    coalesce(sum(cost_usd), 0) AS cost_usd,
    max(first_at) AS last_at
FROM messages
WHERE direction = 'outbound'
GROUP BY 1, 2, 3, 4, 5, 6;

COMMENT ON VIEW boards.message_days IS 'Outbound messages by the UTC day they began; numbers only, and ids that applications gave.';
