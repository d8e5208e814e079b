-- The ledger. Every key leads with tenant, so that the tables can be spread over machines
-- (Citus: create_distributed_table(…, 'tenant')) with no change here.

CREATE SEQUENCE event_seq;

CREATE TABLE events (
    seq             bigint      NOT NULL,
    tenant          text        NOT NULL,
    source          text        NOT NULL,
    key             text,
    kind            text        NOT NULL,
    at              timestamptz NOT NULL,
    received_at     timestamptz NOT NULL,
    user_id         text,
    outlet          text,
    conversation_id text,
    message_id      text,
    late            boolean     NOT NULL,
    delivery_us     bigint,
    data            bytea       NOT NULL,
    raw             bytea       NOT NULL
) PARTITION BY RANGE (received_at);

CREATE INDEX events_seq ON events (seq);

COMMENT ON TABLE events IS 'Append-only. seq order is commit order: append_events holds a lock while it numbers rows.';
COMMENT ON COLUMN events.at IS 'The provider''s own time.';
COMMENT ON COLUMN events.late IS 'A status below one already seen of the same message.';
COMMENT ON COLUMN events.delivery_us IS 'Sent to delivered in microseconds, on whichever of the two came last.';
COMMENT ON COLUMN events.data IS 'The event as JSON, in our own schema.';
COMMENT ON COLUMN events.raw IS 'The event as its sender wrote it.';

CREATE TABLE event_keys (
    tenant      text NOT NULL,
    source      text NOT NULL,
    key         text NOT NULL,
    received_on date NOT NULL,
    PRIMARY KEY (tenant, source, key)
);

COMMENT ON TABLE event_keys IS 'What was taken once and is never taken again; an empty tenant holds keys valid across tenants. Message steps need no row: the pair (message, status) is their key.';

CREATE INDEX event_keys_received ON event_keys USING brin (received_on);

CREATE TABLE messages (
    tenant       text        NOT NULL,
    message_id   text        NOT NULL,
    channel      text        NOT NULL,
    provider     text        NOT NULL,
    direction    text        NOT NULL,
    country      text,
    status       text        NOT NULL,
    rank         smallint    NOT NULL,
    seen         integer     NOT NULL,
    first_at     timestamptz NOT NULL,
    updated_at   timestamptz NOT NULL,
    sent_at      timestamptz,
    delivered_at timestamptz,
    read_at      timestamptz,
    ended_at     timestamptz,
    PRIMARY KEY (tenant, message_id)
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.05);

COMMENT ON TABLE messages IS 'One row a message: the highest status seen, the set of all seen, and the time of each.';
COMMENT ON COLUMN messages.seen IS 'One bit a status, as exporter.vocabulary.BIT.';
COMMENT ON COLUMN messages.ended_at IS 'When it was undelivered, failed or canceled.';

-- 6 is exporter.vocabulary.FINAL_RANK; a test compares the two.
CREATE INDEX messages_pending ON messages (first_at) WHERE direction = 'outbound' AND rank < 6;

CREATE INDEX messages_first ON messages USING brin (first_at);

CREATE TABLE credit_balances (
    tenant  text        NOT NULL,
    user_id text        NOT NULL,
    balance numeric     NOT NULL,
    at      timestamptz NOT NULL,
    PRIMARY KEY (tenant, user_id)
);

CREATE TABLE parked_events (
    tenant      text        NOT NULL,
    source      text        NOT NULL,
    digest      bytea       NOT NULL,
    reason      text        NOT NULL,
    detail      text        NOT NULL,
    raw         bytea       NOT NULL,
    received_at timestamptz NOT NULL,
    PRIMARY KEY (tenant, source, digest)
);

COMMENT ON TABLE parked_events IS 'What could not be counted, with its raw bytes; a repeat of the same bytes is one row.';
CREATE INDEX parked_events_received ON parked_events (received_at);

-- Small tables of the whole installation: reference tables where the ledger is distributed.
CREATE TABLE checkpoints (
    name       text        PRIMARY KEY,
    seq        bigint      NOT NULL,
    state      bytea       NOT NULL,
    written_at timestamptz NOT NULL
);

CREATE TABLE scan_cursors (
    scan       text        PRIMARY KEY,
    version    bigint      NOT NULL,
    state      jsonb       NOT NULL,
    written_at timestamptz NOT NULL
);

CREATE FUNCTION ensure_partitions(first_day date, days integer) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    day date;
BEGIN
    FOR day IN SELECT first_day + n FROM generate_series(0, days - 1) AS n LOOP
        EXECUTE format(
            'CREATE TABLE IF NOT EXISTS %I PARTITION OF events FOR VALUES FROM (%L) TO (%L)',
            'events_' || to_char(day, 'YYYYMMDD'),
            day::timestamp AT TIME ZONE 'UTC',
            (day + 1)::timestamp AT TIME ZONE 'UTC'
        );
    END LOOP;
END $$;

-- Drops whole days before first_day that the checkpoint has behind it, and answers how many.
CREATE FUNCTION drop_partitions(first_day date, checkpoint_seq bigint) RETURNS integer
LANGUAGE plpgsql AS $$
DECLARE
    part regclass;
    newest bigint;
    dropped integer := 0;
BEGIN
    FOR part IN
        SELECT inhrelid::regclass FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid
        WHERE inhparent = 'events'::regclass AND relname < 'events_' || to_char(first_day, 'YYYYMMDD')
    LOOP
        EXECUTE format('SELECT coalesce(max(seq), 0) FROM %s', part) INTO newest;
        IF newest <= checkpoint_seq THEN
            EXECUTE format('DROP TABLE %s', part);
            dropped := dropped + 1;
        END IF;
    END LOOP;
    RETURN dropped;
END $$;

-- Takes a batch once and answers the rows that were new. `round` is the n-th time a message or key occurs in the
-- batch: rows of one round touch different rows, so each round is one set-based statement.
CREATE FUNCTION append_events(
    p_round smallint[], p_source text[], p_tenant text[], p_key_tenant text[], p_key text[], p_kind text[], p_at timestamptz[],
    p_user_id text[], p_outlet text[], p_conversation_id text[], p_message_id text[], p_channel text[],
    p_provider text[], p_direction text[], p_country text[], p_status text[], p_rank smallint[], p_bit integer[],
    p_data bytea[], p_raw bytea[], p_rounds integer
) RETURNS TABLE (place bigint, new_seq bigint, stored_at timestamptz, was_late boolean, took_us bigint)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    v_now timestamptz;
    v_round smallint;
BEGIN
    -- Held to the commit: numbers are given in the order in which transactions become visible.
    PERFORM pg_advisory_xact_lock(4702394921427289928);
    v_now := clock_timestamp();
    FOR v_round IN 1..p_rounds LOOP
        RETURN QUERY
        WITH input AS MATERIALIZED (
            SELECT * FROM unnest(
                p_round, p_source, p_tenant, p_key_tenant, p_key, p_kind, p_at, p_user_id, p_outlet, p_conversation_id,
                p_message_id, p_channel, p_provider, p_direction, p_country, p_status, p_rank, p_bit, p_data, p_raw
            ) WITH ORDINALITY AS t (
                round, source, tenant, key_tenant, key, kind, at, user_id, outlet, conversation_id,
                message_id, channel, provider, direction, country, status, rank, bit, data, raw, place
            ) WHERE round = v_round
        ), taken AS (
            INSERT INTO event_keys (tenant, source, key, received_on)
            SELECT key_tenant, source, key, (v_now AT TIME ZONE 'UTC')::date FROM input WHERE key IS NOT NULL
            ON CONFLICT DO NOTHING
            RETURNING tenant, source, key
        ), fresh AS MATERIALIZED (
            SELECT
                nextval('event_seq') AS seq,
                i.*,
                coalesce(i.rank < m.rank, false) AS late,
                -- A clock that runs backwards between the two counts as no time at all.
                (extract(epoch FROM CASE i.status
                    WHEN 'delivered' THEN greatest(i.at, m.sent_at) - m.sent_at
                    WHEN 'sent' THEN m.delivered_at - least(m.delivered_at, i.at)
                END) * 1000000)::bigint AS delivery_us
            FROM input i
            LEFT JOIN LATERAL (
                SELECT * FROM messages m WHERE m.tenant = i.tenant AND m.message_id = i.message_id LIMIT 1
            ) m ON true
            WHERE (i.key IS NULL OR (i.key_tenant, i.source, i.key) IN (SELECT tenant, source, key FROM taken))
                AND (m.seen IS NULL OR i.bit IS NULL OR m.seen & i.bit = 0)
        ), ladder AS (
            INSERT INTO messages AS m (
                tenant, message_id, channel, provider, direction, country, status, rank, seen,
                first_at, updated_at, sent_at, delivered_at, read_at, ended_at
            )
            SELECT
                tenant, message_id, channel, provider, direction, country, status, rank, bit, at, v_now,
                CASE WHEN status = 'sent' THEN at END,
                CASE WHEN status = 'delivered' THEN at END,
                CASE WHEN status = 'read' THEN at END,
                CASE WHEN status IN ('undelivered', 'failed', 'canceled') THEN at END
            FROM fresh WHERE message_id IS NOT NULL AND bit IS NOT NULL
            ON CONFLICT (tenant, message_id) DO UPDATE SET
                status = CASE WHEN excluded.rank > m.rank THEN excluded.status ELSE m.status END,
                rank = greatest(m.rank, excluded.rank),
                seen = m.seen | excluded.seen,
                country = coalesce(m.country, excluded.country),
                first_at = least(m.first_at, excluded.first_at),
                updated_at = excluded.updated_at,
                sent_at = coalesce(m.sent_at, excluded.sent_at),
                delivered_at = coalesce(m.delivered_at, excluded.delivered_at),
                read_at = coalesce(m.read_at, excluded.read_at),
                ended_at = coalesce(m.ended_at, excluded.ended_at)
        ), stored AS (
            INSERT INTO events (
                seq, tenant, source, key, kind, at, received_at, user_id, outlet, conversation_id, message_id,
                late, delivery_us, data, raw
            )
            SELECT
                seq, tenant, source, key, kind, at, v_now, user_id, outlet, conversation_id, message_id,
                late, delivery_us, data, raw
            FROM fresh
        )
        SELECT place, seq, v_now, late, delivery_us FROM fresh;
    END LOOP;
END $$;
