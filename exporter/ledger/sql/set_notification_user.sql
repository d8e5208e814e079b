INSERT INTO notification_users (tenant, user_id, role, email, phone, time_zone, quiet_from, quiet_to)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (tenant, user_id) DO UPDATE SET
    role = excluded.role, email = excluded.email, phone = excluded.phone, time_zone = excluded.time_zone,
    quiet_from = excluded.quiet_from, quiet_to = excluded.quiet_to
