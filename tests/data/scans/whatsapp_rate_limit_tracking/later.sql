-- The fuller window is over, one fills, one is cleaned up.
UPDATE "WhatsAppRateLimitTracking" SET "resetsAt" = now() AT TIME ZONE 'UTC' - interval '1 minute' WHERE "id" = 'limit-2';
UPDATE "WhatsAppRateLimitTracking" SET "currentUsage" = 4500 WHERE "id" = 'limit-4';
DELETE FROM "WhatsAppRateLimitTracking" WHERE "id" = 'limit-3';
