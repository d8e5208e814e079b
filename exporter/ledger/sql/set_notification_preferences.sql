INSERT INTO notification_preferences (tenant, user_id, type, channel, wanted)
SELECT $1, $2, * FROM unnest($3::text[], $4::text[], $5::boolean[])
ON CONFLICT (tenant, user_id, type, channel) DO UPDATE SET wanted = excluded.wanted
