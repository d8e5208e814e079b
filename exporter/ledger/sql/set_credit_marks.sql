INSERT INTO notification_users (tenant, user_id, credits_low, credits_at)
SELECT * FROM unnest($1::text[], $2::text[], $3::boolean[], $4::timestamptz[])
ON CONFLICT (tenant, user_id) DO UPDATE SET credits_low = excluded.credits_low, credits_at = excluded.credits_at
