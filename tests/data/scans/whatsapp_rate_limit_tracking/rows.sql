INSERT INTO "WhatsAppConfig" VALUES ('config-1'), ('config-2');

INSERT INTO "WhatsAppRateLimitTracking" ("id", "whatsappConfigId", "endpoint", "limitType", "limitValue", "currentUsage",
    "remainingQuota", "resetsAt", "windowStart", "updatedAt")
SELECT id, config, endpoint, type, highest, used, greatest(0, highest - used),
    now() AT TIME ZONE 'UTC' + minutes * interval '1 minute', now() AT TIME ZONE 'UTC' - interval '1 minute',
    now() AT TIME ZONE 'UTC'
FROM (VALUES
    ('limit-1', 'config-1', '/messages', 'per_hour', 36000, 9000, 30),
    ('limit-2', 'config-2', '/messages', 'per_hour', 36000, 28800, 30),    -- the fuller of two
    ('limit-3', 'config-1', '/messages', 'per_day', 500000, 500001, 600),  -- over its limit
    ('limit-4', 'config-1', '/media', 'per_hour', 18000, 0, 30),
    ('limit-5', 'config-1', '/media', 'per_second', 50, 50, -5),           -- its window is over
    ('limit-6', 'config-1', '/message_templates', 'per_day', 0, 3, 600)    -- no limit at all
) AS row (id, config, endpoint, type, highest, used, minutes);
