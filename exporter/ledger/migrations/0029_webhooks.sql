-- Webhooks that tenants ask for: where to, and an outbox of what waits. Every key leads with tenant.

CREATE TABLE webhook_endpoints (
    tenant          text        NOT NULL,
    endpoint_id     uuid        NOT NULL DEFAULT gen_random_uuid(),
    name            text        NOT NULL,
    url             text        NOT NULL,
    event_types     text[]      NOT NULL,
    secret          text        NOT NULL,
    previous_secret text,
    previous_until  timestamptz,
    created_at      timestamptz NOT NULL DEFAULT now(),
    paused_at       timestamptz,
    paused_by       text,
    failing_since   timestamptz,
    succeeded_at    timestamptz,
    dropped         bigint      NOT NULL DEFAULT 0,
    PRIMARY KEY (tenant, endpoint_id),
    UNIQUE (tenant, name)
);

COMMENT ON COLUMN webhook_endpoints.event_types IS 'What it is told of; empty for everything.';
COMMENT ON COLUMN webhook_endpoints.previous_secret IS 'Signs beside the new one until previous_until.';
COMMENT ON COLUMN webhook_endpoints.paused_by IS 'tenant, failures, or gone where it answered 410.';
COMMENT ON COLUMN webhook_endpoints.dropped IS 'Messages for which there was no room in the outbox.';
COMMENT ON COLUMN webhook_endpoints.failing_since IS 'The first failure after the last success.';

CREATE TABLE webhook_deliveries (
    tenant        text        NOT NULL,
    delivery_id   uuid        NOT NULL DEFAULT gen_random_uuid(),
    endpoint_id   uuid        NOT NULL,
    event_type    text        NOT NULL,
    user_id       text,
    payload       bytea       NOT NULL,
    created_at    timestamptz NOT NULL DEFAULT now(),
    due_at        timestamptz NOT NULL DEFAULT now(),
    claimed_until timestamptz,
    attempts      integer     NOT NULL DEFAULT 0,
    retried_from  integer     NOT NULL DEFAULT 0,
    last_outcome  text,
    delivered_at  timestamptz,
    dead_at       timestamptz,
    PRIMARY KEY (tenant, delivery_id),
    FOREIGN KEY (tenant, endpoint_id) REFERENCES webhook_endpoints ON DELETE CASCADE
);

CREATE INDEX webhook_deliveries_waiting ON webhook_deliveries (tenant, endpoint_id, due_at)
    WHERE delivered_at IS NULL AND dead_at IS NULL;
CREATE INDEX webhook_deliveries_dead ON webhook_deliveries (tenant, endpoint_id, dead_at) WHERE dead_at IS NOT NULL;
CREATE INDEX webhook_deliveries_created ON webhook_deliveries USING brin (created_at);

COMMENT ON TABLE webhook_deliveries IS 'An outbox: a row is committed with its cause, and sent at least once; its id is the webhook-id of every attempt.';
COMMENT ON COLUMN webhook_deliveries.user_id IS 'Whom it is about, so that it goes with them.';
COMMENT ON COLUMN webhook_deliveries.retried_from IS 'Attempts made before somebody asked for another day of them.';

SELECT open_to_readers(name::regclass) FROM unnest(ARRAY['webhook_endpoints', 'webhook_deliveries']) AS name;

-- Secrets are for the sender only.
DO $$
BEGIN
    IF to_regrole('comms_reader') IS NOT NULL THEN
        REVOKE SELECT ON webhook_endpoints FROM comms_reader;
        GRANT SELECT (
            tenant, endpoint_id, name, url, event_types, created_at, paused_at, paused_by, failing_since,
            succeeded_at, dropped
        ) ON webhook_endpoints TO comms_reader;
    END IF;
END $$;

-- Puts a message into the outbox of each endpoint that wants it. An endpoint with too many waiting gets no more.
CREATE FUNCTION enqueue_webhook(
    p_tenant text, p_event_type text, p_user_id text, p_payload bytea, p_most integer, p_endpoint_id uuid,
    OUT queued bigint, OUT dropped bigint
) LANGUAGE plpgsql AS $$
BEGIN
    WITH wanting AS (
        SELECT e.endpoint_id, (
            SELECT count(*) FROM (
                SELECT FROM webhook_deliveries d
                WHERE d.tenant = p_tenant AND d.endpoint_id = e.endpoint_id
                    AND d.delivered_at IS NULL AND d.dead_at IS NULL
                LIMIT p_most
            ) AS waiting
        ) < p_most AS fits
        FROM webhook_endpoints e
        WHERE e.tenant = p_tenant AND e.paused_at IS NULL
            AND CASE
                WHEN p_endpoint_id IS NULL THEN e.event_types = '{}' OR p_event_type = ANY (e.event_types)
                ELSE e.endpoint_id = p_endpoint_id
            END
    ), stored AS (
        INSERT INTO webhook_deliveries (tenant, endpoint_id, event_type, user_id, payload)
        SELECT p_tenant, endpoint_id, p_event_type, p_user_id, p_payload FROM wanting WHERE fits
    ), without_room AS (
        UPDATE webhook_endpoints e SET dropped = e.dropped + 1
        FROM wanting w WHERE e.tenant = p_tenant AND e.endpoint_id = w.endpoint_id AND NOT w.fits
    )
    SELECT count(*) FILTER (WHERE fits), count(*) FILTER (WHERE NOT fits) INTO queued, dropped FROM wanting;
END $$;
