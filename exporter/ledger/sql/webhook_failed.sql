-- Without a wait there is no other attempt. The endpoint is paused once it has failed for too long, or is gone; the
-- answer is one row when this attempt did that.
WITH done AS (
    UPDATE webhook_deliveries SET
        claimed_until = NULL,
        last_outcome = $3,
        due_at = CASE WHEN $4::float8 IS NOT NULL THEN now() + make_interval(secs => $4) ELSE due_at END,
        dead_at = CASE WHEN $4::float8 IS NULL THEN now() END
    WHERE tenant = $1 AND delivery_id = $2
    RETURNING endpoint_id
), failing AS (
    UPDATE webhook_endpoints e SET failing_since = coalesce(e.failing_since, now())
    FROM done WHERE e.tenant = $1 AND e.endpoint_id = done.endpoint_id
        AND NOT ($6 OR coalesce(e.failing_since < now() - make_interval(secs => $5), false))
)
UPDATE webhook_endpoints e SET paused_at = now(), paused_by = CASE WHEN $6 THEN 'gone' ELSE 'failures' END
FROM done
WHERE e.tenant = $1 AND e.endpoint_id = done.endpoint_id AND e.paused_at IS NULL
    AND ($6 OR e.failing_since < now() - make_interval(secs => $5))
RETURNING e.name
