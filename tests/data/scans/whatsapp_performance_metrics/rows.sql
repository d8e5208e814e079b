INSERT INTO "WhatsAppConfig" VALUES ('config-1'), ('config-2'), ('config-3');

INSERT INTO "WhatsAppPerformanceMetrics" ("id", "whatsappConfigId", "timestamp", "queueSize", "queueBacklog",
    "avgApiLatency", "cacheHitRate")
SELECT id, config, now() AT TIME ZONE 'UTC' - minutes * interval '1 minute', size, backlog, NULL, 97.5
FROM (VALUES
    ('row-1', 'config-1', 180, 500, 400),
    ('row-2', 'config-1', 70, 50, 40),
    ('row-3', 'config-1', 10, 7, 2),      -- the newest of config-1
    ('row-4', 'config-2', 65, 9, 9),
    ('row-5', 'config-2', 5, 4, 0),       -- the newest of config-2
    ('row-6', 'config-3', 600, 99, 99)    -- too old to say how things are
) AS row (id, config, minutes, size, backlog);
