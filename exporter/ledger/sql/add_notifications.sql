WITH given AS (
    SELECT * FROM unnest(
        $1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[],
        $10::timestamptz[]
    ) AS t (tenant, user_id, role, type, title, message, data, cause, channels, deliver_at)
), users AS (
    INSERT INTO notification_users (tenant, user_id)
    SELECT DISTINCT tenant, user_id FROM given WHERE user_id IS NOT NULL
    ON CONFLICT DO NOTHING
)
INSERT INTO notifications (tenant, user_id, role, type, title, message, data, cause, channels, deliver_at, planned_tenant)
SELECT
    tenant, user_id, role, type, title, message, data::json, cause, string_to_array(channels, ','),
    greatest(deliver_at, clock_timestamp()), tenant
FROM given
ON CONFLICT (tenant, cause) DO NOTHING
RETURNING id, user_id, type, title, message, data, false AS is_read, NULL::timestamptz AS read_at, created_at, deliver_at
