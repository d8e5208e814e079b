UPDATE webhook_deliveries d
SET claimed_until = now() + make_interval(secs => $3), attempts = d.attempts + 1
FROM webhook_endpoints e
WHERE e.tenant = $1 AND e.endpoint_id = $2 AND e.paused_at IS NULL AND d.tenant = $1
    AND d.delivery_id = ANY (ARRAY(
        SELECT w.delivery_id FROM webhook_deliveries w
        WHERE w.tenant = $1 AND w.endpoint_id = $2 AND w.delivered_at IS NULL AND w.dead_at IS NULL
            AND w.due_at <= now() AND (w.claimed_until IS NULL OR w.claimed_until < now())
        ORDER BY w.due_at
        LIMIT $4
        FOR UPDATE SKIP LOCKED
    ))
RETURNING
    d.tenant, d.delivery_id, d.attempts, d.attempts - d.retried_from AS tries, d.event_type, d.payload, e.name, e.url,
    e.secret,
    CASE WHEN e.previous_until > now() THEN e.previous_secret END AS previous_secret
