-- Source: seed document 004 names the model and what it is for; columns, types and indexes are those of the same
-- application's public Prisma migration (add_whatsapp_analytics_models). Prisma keeps the letters of its names.
CREATE TABLE "WhatsAppConfig" ("id" text PRIMARY KEY);

CREATE TABLE "WhatsAppWebhookDelivery" (
    "id" text PRIMARY KEY,
    "whatsappConfigId" text NOT NULL REFERENCES "WhatsAppConfig" ("id") ON DELETE CASCADE ON UPDATE CASCADE,
    "webhookId" text NOT NULL,
    "eventType" text NOT NULL,
    "payload" jsonb NOT NULL,
    "receivedAt" timestamp(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "processedAt" timestamp(3),
    "status" text NOT NULL DEFAULT 'pending',
    "attempts" integer NOT NULL DEFAULT 0,
    "lastAttemptAt" timestamp(3),
    "processingTime" double precision,
    "queueTime" double precision,
    "errorMessage" text,
    "errorStack" text
);

CREATE UNIQUE INDEX "WhatsAppWebhookDelivery_webhookId_key" ON "WhatsAppWebhookDelivery" ("webhookId");
CREATE INDEX "WhatsAppWebhookDelivery_whatsappConfigId_status_idx"
ON "WhatsAppWebhookDelivery" ("whatsappConfigId", "status");
CREATE INDEX "WhatsAppWebhookDelivery_receivedAt_idx" ON "WhatsAppWebhookDelivery" ("receivedAt");
