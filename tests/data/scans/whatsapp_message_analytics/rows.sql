INSERT INTO "WhatsAppConfig" VALUES ('config-1'), ('config-2');

INSERT INTO "WhatsAppMessageAnalytics" ("id", "whatsappConfigId", "date", "hour", "messagesReceived", "messagesSent",
    "messagesDelivered", "messagesRead", "messagesFailed", "uniqueUsers", "avgResponseTime", "errorCount", "createdAt",
    "updatedAt")
SELECT id, config, hour::date, extract(hour FROM hour), received, sent, delivered, read, failed, 3, 1500.5, failed,
    hour + interval '1 hour', hour + interval '1 hour'
FROM (SELECT date_trunc('hour', now() AT TIME ZONE 'UTC')) AS base (begin_at), (VALUES
    ('hour-1', 'config-1', 30, 10, 12, 8, 5, 1),
    ('hour-2', 'config-1', 29, 0, 0, 0, 0, 0),
    ('hour-3', 'config-1', 28, 100, 90, 70, 60, 20),
    ('hour-4', 'config-2', 28, 1, 2, 3, 4, 5),
    -- Nobody should write this.
    ('hour-5', 'config-2', 27, -7, 1, -1, 0, 0),
    -- Written an hour ago: it may still be counted anew.
    ('hour-6', 'config-1', 2, 1000, 1000, 1000, 1000, 1000)
) AS counted (id, config, hours_ago, received, sent, delivered, read, failed),
LATERAL (SELECT begin_at - hours_ago * interval '1 hour' AS hour) AS its;
