-- Source: seed document 004 names the model and what it is for; columns, types and indexes are those of the same
-- application's public Prisma migration (add_whatsapp_analytics_models). Prisma keeps the letters of its names.
CREATE TABLE "WhatsAppConfig" ("id" text PRIMARY KEY);

CREATE TABLE "WhatsAppRateLimitTracking" (
    "id" text PRIMARY KEY,
    "whatsappConfigId" text NOT NULL REFERENCES "WhatsAppConfig" ("id") ON DELETE CASCADE ON UPDATE CASCADE,
    "endpoint" text NOT NULL,
    "limitType" text NOT NULL,
    "limitValue" integer NOT NULL,
    "currentUsage" integer NOT NULL DEFAULT 0,
    "remainingQuota" integer NOT NULL,
    "resetsAt" timestamp(3) NOT NULL,
    "windowStart" timestamp(3) NOT NULL,
    "warningThreshold" double precision NOT NULL DEFAULT 0.8,
    "criticalThreshold" double precision NOT NULL DEFAULT 0.95,
    "lastAlertAt" timestamp(3),
    "createdAt" timestamp(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" timestamp(3) NOT NULL
);

CREATE INDEX "WhatsAppRateLimitTracking_whatsappConfigId_idx" ON "WhatsAppRateLimitTracking" ("whatsappConfigId");
CREATE INDEX "WhatsAppRateLimitTracking_resetsAt_idx" ON "WhatsAppRateLimitTracking" ("resetsAt");
CREATE UNIQUE INDEX "WhatsAppRateLimitTracking_whatsappConfigId_endpoint_limitTy_key"
ON "WhatsAppRateLimitTracking" ("whatsappConfigId", "endpoint", "limitType");
