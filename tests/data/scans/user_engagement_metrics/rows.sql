INSERT INTO users SELECT generate_series(1, 9);

INSERT INTO user_engagement_metrics (user_id, engagement_trend, engagement_score, updated_at)
SELECT user_id, trend, 50, updated_at::timestamptz
FROM (VALUES
    (1, 'increasing', '2026-11-19 08:00Z'),
    (2, 'increasing', '2026-11-19 09:00Z'),
    (3, 'decreasing', '2026-11-20 12:00Z'),
    (4, 'stable', '2026-11-18 12:00Z'),
    (5, 'stable', '2026-11-18 12:00Z'),
    (6, 'stable', '2026-11-18 12:00Z'),
    (7, 'STABLE', '2026-11-18 12:00Z'),
    (8, NULL, '2026-11-18 12:00Z'),
    (9, 'wobbling', NULL)
) AS metric (user_id, trend, updated_at);
