SELECT tenant, user_id, credits_low, credits_at FROM notification_users
WHERE (tenant, user_id) IN (SELECT * FROM unnest($1::text[], $2::text[])) AND credits_at IS NOT NULL
