-- Reads or deletes one notification, or reads all that are unread; what the user does not see is left alone.
WITH seen AS (
    SELECT id FROM notifications_of($1, $2, $3) WHERE CASE WHEN $4::uuid IS NULL THEN NOT is_read ELSE id = $4 END
), users AS (
    INSERT INTO notification_users (tenant, user_id) SELECT $1, $2 WHERE EXISTS (SELECT FROM seen)
    ON CONFLICT DO NOTHING
), marked AS (
    INSERT INTO notification_marks AS m (tenant, user_id, notification_id, read_at, deleted_at)
    SELECT $1, $2, id, clock_timestamp(), CASE WHEN $5 THEN clock_timestamp() END FROM seen
    ON CONFLICT (tenant, user_id, notification_id) DO UPDATE
    SET read_at = coalesce(m.read_at, excluded.read_at), deleted_at = coalesce(m.deleted_at, excluded.deleted_at)
    RETURNING 1
)
SELECT count(*) FROM marked
