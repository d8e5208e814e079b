-- Source: seed document 004 names the model and what it is for; columns, types and indexes are those of the same
-- application's public Prisma migration (add_whatsapp_analytics_models). Prisma keeps the letters of its names.
CREATE TABLE "WhatsAppConfig" ("id" text PRIMARY KEY);

CREATE TABLE "WhatsAppMessageAnalytics" (
    "id" text PRIMARY KEY,
    "whatsappConfigId" text NOT NULL REFERENCES "WhatsAppConfig" ("id") ON DELETE CASCADE ON UPDATE CASCADE,
    "date" date NOT NULL,
    "hour" integer NOT NULL,
    "messagesReceived" integer NOT NULL DEFAULT 0,
    "messagesSent" integer NOT NULL DEFAULT 0,
    "messagesDelivered" integer NOT NULL DEFAULT 0,
    "messagesRead" integer NOT NULL DEFAULT 0,
    "messagesFailed" integer NOT NULL DEFAULT 0,
    "uniqueUsers" integer NOT NULL DEFAULT 0,
    "avgResponseTime" double precision,
    "maxResponseTime" double precision,
    "minResponseTime" double precision,
    "avgMessagesPerUser" double precision,
    "avgConversationLength" double precision,
    "totalConversations" integer NOT NULL DEFAULT 0,
    "errorCount" integer NOT NULL DEFAULT 0,
    "errorRate" double precision,
    "createdAt" timestamp(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" timestamp(3) NOT NULL
);

CREATE INDEX "WhatsAppMessageAnalytics_whatsappConfigId_date_idx"
ON "WhatsAppMessageAnalytics" ("whatsappConfigId", "date");
CREATE INDEX "WhatsAppMessageAnalytics_date_idx" ON "WhatsAppMessageAnalytics" ("date");
CREATE UNIQUE INDEX "WhatsAppMessageAnalytics_whatsappConfigId_date_hour_key"
ON "WhatsAppMessageAnalytics" ("whatsappConfigId", "date", "hour");
