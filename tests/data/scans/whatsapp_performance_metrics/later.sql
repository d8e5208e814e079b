INSERT INTO "WhatsAppPerformanceMetrics" ("id", "whatsappConfigId", "timestamp", "queueSize", "queueBacklog")
VALUES ('row-7', 'config-1', now() AT TIME ZONE 'UTC', 0, 30);
DELETE FROM "WhatsAppPerformanceMetrics" WHERE "id" = 'row-1';
