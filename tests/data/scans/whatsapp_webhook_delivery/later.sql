-- A pending one is processed, a failed one succeeds when tried again, a new one fails, old ones are cleaned up.
UPDATE "WhatsAppWebhookDelivery"
SET "status" = 'processed', "processedAt" = now() AT TIME ZONE 'UTC', "attempts" = 1, "processingTime" = 1000
WHERE "id" = 'delivery-7';
UPDATE "WhatsAppWebhookDelivery"
SET "status" = 'processed', "processedAt" = now() AT TIME ZONE 'UTC', "attempts" = 6, "processingTime" = 250
WHERE "id" = 'delivery-5';
INSERT INTO "WhatsAppWebhookDelivery" ("id", "whatsappConfigId", "webhookId", "eventType", "payload", "receivedAt",
    "status", "attempts", "processingTime")
VALUES ('delivery-12', 'config-1', 'webhook-12', 'statuses', '{}', now() AT TIME ZONE 'UTC', 'failed', 3, 100);
DELETE FROM "WhatsAppWebhookDelivery" WHERE "id" IN ('delivery-1', 'delivery-9');
