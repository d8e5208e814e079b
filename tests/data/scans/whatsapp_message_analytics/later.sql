-- An hour that was counted is written again; one that is old enough appears; the oldest goes.
UPDATE "WhatsAppMessageAnalytics" SET "messagesSent" = 500, "updatedAt" = now() AT TIME ZONE 'UTC' WHERE "id" = 'hour-1';
INSERT INTO "WhatsAppMessageAnalytics" ("id", "whatsappConfigId", "date", "hour", "messagesReceived", "messagesSent",
    "createdAt", "updatedAt")
SELECT 'hour-7', 'config-2', hour::date, extract(hour FROM hour), 5, 6, hour + interval '1 hour', hour + interval '1 hour'
FROM (SELECT date_trunc('hour', now() AT TIME ZONE 'UTC') - interval '4 hours' AS hour) AS its;
DELETE FROM "WhatsAppMessageAnalytics" WHERE "id" = 'hour-3';
