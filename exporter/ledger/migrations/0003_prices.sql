-- What a message costs is counted once, whichever of its steps brings a price first. A step that is told again is
-- taken for what is new in it.

ALTER TABLE messages ADD COLUMN charged smallint NOT NULL DEFAULT 0;
ALTER TABLE events ADD COLUMN charged boolean, ADD COLUMN told_again boolean;
ALTER TYPE taken_event ADD ATTRIBUTE charged boolean, ADD ATTRIBUTE told_again boolean;

UPDATE messages SET charged = 2 WHERE cost_usd IS NOT NULL;

COMMENT ON COLUMN messages.charged IS 'Which price was counted, as exporter.ledger.rows.Charged; 0 for none yet.';
COMMENT ON COLUMN events.told_again IS 'A step that was counted before, told by somebody who knows more of the message: its user, template or cost.';
COMMENT ON COLUMN messages.cost_usd IS 'The sum of what was counted of it.';
COMMENT ON COLUMN events.charged IS 'Whether what this step of a message costs counts; null for what is no step, or is older than this column.';

DROP FUNCTION append_events;

-- Takes a batch once and answers the rows that were new. `round` is the n-th time a message or key occurs in the
-- batch: rows of one round touch different rows, so each round is one set-based statement.
-- A `bit` is of messages.seen for a step and of messages.engaged for an engagement. A `customer` is named by what
-- takes part in a conversation: a message of the customer, and `sent` of ours. A `charge` says which price a step
-- brings, as exporter.ledger.rows.Charged. Messages with one
-- `conversation_charge` are charged together, on the first of them.
CREATE FUNCTION append_events(
    p_round smallint[], p_source text[], p_tenant text[], p_key_tenant text[], p_key text[], p_kind text[], p_at timestamptz[],
    p_user_id text[], p_outlet text[], p_conversation_id text[], p_message_id text[], p_channel text[],
    p_provider text[], p_direction text[], p_country text[], p_status text[], p_rank smallint[], p_bit integer[],
    p_message_type text[], p_template text[], p_cost_usd numeric[], p_charge smallint[], p_conversation_charge text[], p_customer text[], p_states_response boolean[],
    p_data bytea[], p_raw bytea[], p_rounds integer
) RETURNS TABLE (
    event_place bigint, new_seq bigint, stored_at timestamptz, was_late boolean, delivered_us bigint,
    answered_us bigint, of_channel text, now_engaged integer, of_template text, now_template_steps integer,
    now_charged boolean, is_told_again boolean
)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    v_now timestamptz;
    v_round smallint;
    v_part taken_event[];
    v_taken taken_event[];
    v_thread bigint[];
    v_live bigint[];
    v_turn record;
    v_question record;
    v_response_us bigint[];
    v_channel text[];
BEGIN
    -- Held to the commit: numbers are given in the order in which transactions become visible.
    PERFORM pg_advisory_xact_lock(4702394921427289928);
    v_now := clock_timestamp();
    SELECT array_agg(hashtextextended(tenant || E'\n' || provider || E'\n' || customer, 0) ORDER BY place) INTO v_thread
    FROM unnest(p_tenant, p_provider, p_customer) WITH ORDINALITY AS t (tenant, provider, customer, place);
    FOR v_round IN 1..p_rounds LOOP
        WITH input AS MATERIALIZED (
            SELECT * FROM unnest(
                p_round, p_source, p_tenant, p_key_tenant, p_key, p_at, p_user_id, p_message_id, p_channel, p_provider,
                p_direction, p_country, p_status, p_rank, p_bit, p_message_type, p_template, p_cost_usd,
                p_charge, p_conversation_charge, v_thread
            ) WITH ORDINALITY AS t (
                round, source, tenant, key_tenant, key, at, user_id, message_id, channel, provider,
                direction, country, status, rank, bit, message_type, template, cost_usd,
                charge, conversation_charge, thread, place
            ) WHERE round = v_round
        ), taken AS (
            INSERT INTO event_keys (tenant, source, key, received_on)
            SELECT key_tenant, source, key, (v_now AT TIME ZONE 'UTC')::date FROM input WHERE key IS NOT NULL
            ON CONFLICT DO NOTHING
            RETURNING tenant, source, key
        ), unpaid AS MATERIALIZED (
            SELECT
                nextval('event_seq') AS seq,
                i.*,
                coalesce(i.status IS NOT NULL AND m.seen & i.bit <> 0, false) AS told_again,
                coalesce(i.rank < m.rank AND m.seen & i.bit = 0, false) AS late,
                (extract(epoch FROM CASE
                    WHEN m.seen & i.bit <> 0 THEN NULL
                    WHEN i.status = 'delivered' THEN i.at - m.sent_at
                    WHEN i.status = 'sent' THEN m.delivered_at - i.at
                END) * 1000000)::bigint AS delivery_us,
                coalesce(m.channel, i.channel) AS message_channel,
                coalesce(m.template, i.template) AS message_template,
                -- What of the message had counted before this event: engagements with its channel, steps with its template.
                CASE WHEN m.channel IS NOT NULL THEN m.engaged ELSE 0 END AS counted_engaged,
                CASE WHEN m.template IS NOT NULL THEN m.seen | m.engaged ELSE 0 END AS counted_steps,
                coalesce(m.seen, 0) | CASE WHEN i.status IS NULL THEN 0 ELSE i.bit END AS seen,
                coalesce(m.engaged, 0) | CASE WHEN i.status IS NULL THEN i.bit ELSE 0 END AS engaged,
                -- One price a message: a computed one (3) only before any other, a stated one (2) unless one was
                -- computed, a missing one (1) only while nothing is known.
                CASE WHEN i.status IS NOT NULL THEN
                    coalesce(coalesce(m.charged, 0) < CASE i.charge WHEN 1 THEN 1 WHEN 2 THEN 3 WHEN 3 THEN 2 END, false)
                END AS charged
            FROM input i
            LEFT JOIN LATERAL (
                SELECT * FROM messages m WHERE m.tenant = i.tenant AND m.message_id = i.message_id LIMIT 1
            ) m ON true
            WHERE (i.key IS NULL OR (i.key_tenant, i.source, i.key) IN (SELECT tenant, source, key FROM taken))
                AND (
                    i.status IS NULL OR m.seen IS NULL OR m.seen & i.bit = 0
                    OR i.template IS NOT NULL AND m.template IS NULL
                    OR i.user_id IS NOT NULL AND m.user_id IS NULL
                    OR i.charge = 2 AND m.charged < 2
                )
        ), paid_conversation AS (
            INSERT INTO event_keys (tenant, source, key, received_on)
            SELECT tenant, 'conversation', conversation_charge, (v_now AT TIME ZONE 'UTC')::date FROM unpaid
            WHERE charged AND conversation_charge IS NOT NULL
            ON CONFLICT DO NOTHING
            RETURNING tenant, key
        ), fresh AS MATERIALIZED (
            SELECT
                *,
                charged AND (
                    conversation_charge IS NULL
                    OR (tenant, conversation_charge) IN (SELECT tenant, key FROM paid_conversation)
                ) AS counts
            FROM unpaid
        ), ladder AS (
            INSERT INTO messages AS m (
                tenant, message_id, channel, provider, direction, country, status, rank, seen, first_at, updated_at,
                sent_at, delivered_at, read_at, ended_at,
                user_id, message_type, template, cost_usd, charged, engaged, opened_at, clicked_at, thread
            )
            SELECT
                tenant, message_id, channel, provider, direction, country, status, coalesce(rank, -1), seen, at, v_now,
                CASE WHEN status = 'sent' THEN at END,
                CASE WHEN status = 'delivered' THEN at END,
                CASE WHEN status = 'read' THEN at END,
                CASE WHEN status IN ('undelivered', 'failed', 'canceled') THEN at END,
                user_id, message_type, template,
                CASE WHEN counts THEN cost_usd END,
                CASE WHEN charged THEN charge ELSE 0 END,
                engaged,
                -- 1 << 24 and 1 << 26 are exporter.vocabulary.ENGAGED_BIT of a person who opens and clicks; a test compares.
                CASE WHEN status IS NULL AND bit = 1 << 24 THEN at END,
                CASE WHEN status IS NULL AND bit = 1 << 26 THEN at END,
                thread
            FROM fresh WHERE message_id IS NOT NULL AND bit <> 0
            ON CONFLICT (tenant, message_id) DO UPDATE SET
                -- The first step knows the channel better than an engagement before it.
                channel = CASE
                    WHEN m.rank < 0 AND excluded.rank >= 0 THEN excluded.channel
                    ELSE coalesce(m.channel, excluded.channel)
                END,
                provider = coalesce(m.provider, excluded.provider),
                direction = coalesce(m.direction, excluded.direction),
                country = coalesce(m.country, excluded.country),
                status = CASE WHEN excluded.rank > m.rank THEN excluded.status ELSE m.status END,
                rank = greatest(m.rank, excluded.rank),
                seen = m.seen | excluded.seen,
                -- An engagement says nothing about when its message began.
                first_at = CASE
                    WHEN excluded.rank < 0 THEN m.first_at
                    WHEN m.rank < 0 THEN excluded.first_at
                    ELSE least(m.first_at, excluded.first_at)
                END,
                updated_at = excluded.updated_at,
                sent_at = coalesce(m.sent_at, excluded.sent_at),
                delivered_at = coalesce(m.delivered_at, excluded.delivered_at),
                read_at = coalesce(m.read_at, excluded.read_at),
                ended_at = coalesce(m.ended_at, excluded.ended_at),
                user_id = coalesce(m.user_id, excluded.user_id),
                message_type = coalesce(m.message_type, excluded.message_type),
                template = coalesce(m.template, excluded.template),
                cost_usd = coalesce(m.cost_usd + excluded.cost_usd, m.cost_usd, excluded.cost_usd),
                charged = greatest(m.charged, excluded.charged),
                engaged = m.engaged | excluded.engaged,
                opened_at = coalesce(m.opened_at, excluded.opened_at),
                clicked_at = coalesce(m.clicked_at, excluded.clicked_at),
                thread = coalesce(m.thread, excluded.thread)
        )
        SELECT array_agg(ROW(
            place, seq, late, delivery_us,
            CASE WHEN status IS NULL THEN message_channel END,
            CASE WHEN message_channel IS NOT NULL THEN nullif(engaged & ~counted_engaged, 0) END,
            message_template,
            CASE WHEN message_template IS NOT NULL THEN nullif((seen | engaged) & ~counted_steps, 0) END,
            counts, told_again
        )::taken_event)
        INTO v_part
        FROM fresh;
        v_taken := v_taken || v_part;
    END LOOP;

    -- Answers are matched once every message of the batch is known, in the order of their own times. Only threads in
    -- which a customer wrote take part.
    v_thread := CASE WHEN array_remove(v_thread, NULL) <> '{}' THEN v_thread END;
    SELECT array_agg(thread) INTO v_live FROM threads
    WHERE tenant = ANY (ARRAY(SELECT DISTINCT unnest(p_tenant))) AND thread = ANY (v_thread);
    SELECT array_agg(thread) || v_live INTO v_live FROM unnest(v_thread, p_direction) AS t (thread, direction)
    WHERE direction = 'inbound';
    IF v_live IS NOT NULL THEN
        FOR v_turn IN
            SELECT
                place, p_tenant[place] AS tenant, v_thread[place] AS thread, p_at[place] AS at,
                p_direction[place] AS direction
            FROM unnest(v_taken)
            WHERE v_thread[place] = ANY (v_live) AND NOT told_again
            ORDER BY at, direction
        LOOP
            IF v_turn.direction = 'inbound' THEN
                SELECT * INTO v_question FROM take_question(v_turn.tenant, v_turn.thread, v_turn.at, v_now);
                v_response_us[v_turn.place] := v_question.response_us;
                v_channel[v_turn.place] := v_question.channel;
            ELSE
                v_response_us[v_turn.place] := take_answer(
                    v_turn.tenant, v_turn.thread, v_turn.at, p_channel[v_turn.place],
                    p_states_response[v_turn.place], v_now
                );
            END IF;
        END LOOP;
    END IF;

    -- The arrays are read by subscript: a join with them would be planned for ten rows.
    RETURN QUERY
    WITH taken AS MATERIALIZED (
        SELECT
            place, seq, late, delivery_us, v_response_us[place] AS response_us,
            coalesce(channel, v_channel[place]) AS channel, engaged,
            CASE WHEN template_steps IS NOT NULL THEN template END AS template, template_steps, charged,
            nullif(told_again, false) AS told_again
        FROM unnest(v_taken)
    ), stored AS (
        INSERT INTO events (
            seq, tenant, source, key, kind, at, received_at, user_id, outlet, conversation_id, message_id,
            late, delivery_us, response_us, channel, engaged, template, template_steps, charged, told_again, data, raw
        )
        SELECT
            seq, p_tenant[place], p_source[place], p_key[place], p_kind[place], p_at[place], v_now, p_user_id[place],
            p_outlet[place], p_conversation_id[place], p_message_id[place],
            late, delivery_us, response_us, channel, engaged, template, template_steps, charged, told_again,
            p_data[place], p_raw[place]
        FROM taken
    )
    SELECT
        place, seq, v_now, late, delivery_us, response_us, channel, engaged, template, template_steps, charged, told_again
    FROM taken;
END $$;
