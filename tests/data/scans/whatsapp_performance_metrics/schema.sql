-- Source: seed document 004 names the model and what it is for; columns, types and indexes are those of the same
-- application's public Prisma migration (add_whatsapp_analytics_models). Prisma keeps the letters of its names.
CREATE TABLE "WhatsAppConfig" ("id" text PRIMARY KEY);

CREATE TABLE "WhatsAppPerformanceMetrics" (
    "id" text PRIMARY KEY,
    "whatsappConfigId" text NOT NULL REFERENCES "WhatsAppConfig" ("id") ON DELETE CASCADE ON UPDATE CASCADE,
    "timestamp" timestamp(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "apiCallsCount" integer NOT NULL DEFAULT 0,
    "apiSuccessCount" integer NOT NULL DEFAULT 0,
    "apiErrorCount" integer NOT NULL DEFAULT 0,
    "avgApiLatency" double precision,
    "maxApiLatency" double precision,
    "webhooksReceived" integer NOT NULL DEFAULT 0,
    "webhooksProcessed" integer NOT NULL DEFAULT 0,
    "webhooksFailed" integer NOT NULL DEFAULT 0,
    "avgWebhookLatency" double precision,
    "queueSize" integer NOT NULL DEFAULT 0,
    "queueBacklog" integer NOT NULL DEFAULT 0,
    "cacheHitRate" double precision,
    "circuitBreakerTrips" integer NOT NULL DEFAULT 0,
    "memoryUsage" double precision,
    "cpuUsage" double precision
);

CREATE INDEX "WhatsAppPerformanceMetrics_whatsappConfigId_timestamp_idx"
ON "WhatsAppPerformanceMetrics" ("whatsappConfigId", "timestamp");
CREATE INDEX "WhatsAppPerformanceMetrics_timestamp_idx" ON "WhatsAppPerformanceMetrics" ("timestamp");
