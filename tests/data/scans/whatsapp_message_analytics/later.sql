-- An hour that was counted is written again; one will be two hours old in a second; one goes.
UPDATE "WhatsAppMessageAnalytics" SET "messagesSent" = 500, "updatedAt" = now() AT TIME ZONE 'UTC' WHERE "id" = 'hour-1';
INSERT INTO "WhatsAppMessageAnalytics" ("id", "whatsappConfigId", "date", "hour", "messagesReceived", "messagesSent",
    "createdAt", "updatedAt")
SELECT 'hour-7', 'config-2', hour::date, extract(hour FROM hour), 5, 6, made_at, made_at
FROM (SELECT now() AT TIME ZONE 'UTC' - interval '2 hours' + interval '1 second' AS made_at) AS its,
    LATERAL (SELECT date_trunc('hour', made_at) - interval '1 hour' AS hour) AS counted;
DELETE FROM "WhatsAppMessageAnalytics" WHERE "id" = 'hour-3';
