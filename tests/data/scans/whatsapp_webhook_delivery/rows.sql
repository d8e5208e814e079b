INSERT INTO "WhatsAppConfig" VALUES ('config-1');

INSERT INTO "WhatsAppWebhookDelivery" ("id", "whatsappConfigId", "webhookId", "eventType", "payload", "receivedAt",
    "processedAt", "status", "attempts", "lastAttemptAt", "processingTime", "errorMessage")
SELECT 'delivery-' || number, 'config-1', 'webhook-' || number, type, '{"text": "canary text"}', received_at,
    received_at + took_s * interval '1 second', status, attempts, received_at + tried_s * interval '1 second', ms, NULL
FROM (
    VALUES
    (1, 'messages', 'processed', 1, 1, 1, 50.0),
    (2, 'messages', 'processed', 3, 9, 9, 3001.5),
    (3, 'messages', 'processed', 1, 1, NULL, NULL),      -- how long is not known
    (4, 'statuses', 'processed', 1, 1, 1, 0.0),
    (5, 'messages', 'failed', 5, NULL, 60, 250.0),
    (6, 'messages', 'failed', 1, NULL, NULL, NULL),
    (7, 'messages', 'pending', 0, NULL, NULL, NULL),
    (8, 'statuses', 'processing', 1, NULL, 2, NULL),
    (9, 'statuses', 'pending', 2, NULL, 30, NULL),
    (10, 'statuses', 'ignored', 1, NULL, NULL, NULL),    -- a status nobody foresaw
    (11, 'messages', 'processed', 1, 1, 1, -5.0)
) AS delivery (number, type, status, attempts, took_s, tried_s, ms),
LATERAL (
    SELECT date_trunc('hour', now() AT TIME ZONE 'UTC') - interval '1 day' + number * interval '1 minute' AS received_at
) AS its;
