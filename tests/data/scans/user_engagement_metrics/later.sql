UPDATE user_engagement_metrics SET engagement_trend = 'decreasing', updated_at = '2026-11-20 13:00Z' WHERE user_id = 2;
DELETE FROM user_engagement_metrics WHERE user_id IN (7, 8, 9);
