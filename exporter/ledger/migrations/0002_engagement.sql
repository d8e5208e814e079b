-- What a message is about, who engaged with it, and which answer a customer's message got.

ALTER TABLE messages
    ALTER COLUMN channel DROP NOT NULL,
    ALTER COLUMN provider DROP NOT NULL,
    ALTER COLUMN direction DROP NOT NULL,
    ALTER COLUMN status DROP NOT NULL,
    ADD COLUMN user_id text,
    ADD COLUMN message_type text,
    ADD COLUMN template text,
    ADD COLUMN cost_usd numeric,
    ADD COLUMN engaged integer NOT NULL DEFAULT 0,
    ADD COLUMN opened_at timestamptz,
    ADD COLUMN clicked_at timestamptz,
    ADD COLUMN thread bigint;

COMMENT ON COLUMN messages.status IS 'Null, with rank -1 and seen 0, while only engagements are known of the message.';
COMMENT ON COLUMN messages.cost_usd IS 'The sum of what its steps state.';
COMMENT ON COLUMN messages.engaged IS 'One bit an action and actor, as exporter.vocabulary.ENGAGED_BIT.';
COMMENT ON COLUMN messages.opened_at IS 'When a person first opened it; machines have their bit only.';
COMMENT ON COLUMN messages.clicked_at IS 'When a person first clicked; machines have their bit only.';
COMMENT ON COLUMN messages.thread IS 'The customer it was exchanged with, as threads.thread.';

CREATE INDEX messages_user ON messages (tenant, user_id, first_at) WHERE user_id IS NOT NULL;
CREATE INDEX messages_thread ON messages (thread, first_at) WHERE thread IS NOT NULL;

ALTER TABLE events
    ADD COLUMN response_us bigint,
    ADD COLUMN channel text,
    ADD COLUMN engaged integer,
    ADD COLUMN template text,
    ADD COLUMN template_steps integer;

COMMENT ON COLUMN events.delivery_us IS 'Sent to delivered in microseconds, on whichever of the two came last; negative where clocks disagree.';
COMMENT ON COLUMN events.response_us IS 'Customer''s message to answer in microseconds, on whichever of the two was matched last.';
COMMENT ON COLUMN events.channel IS 'The channel of its message (engagements), or of the answer it had (customers'' messages).';
COMMENT ON COLUMN events.engaged IS 'Bits of messages.engaged that count for the message from this event on.';
COMMENT ON COLUMN events.template_steps IS 'Bits of messages.seen and engaged that count for the template from this event on.';

CREATE TABLE threads (
    tenant       text        NOT NULL,
    thread       bigint      NOT NULL,
    waiting_at   timestamptz,
    received_at  timestamptz NOT NULL,
    sent_at      timestamptz,
    sent_channel text,
    answered     boolean     NOT NULL,
    updated_at   timestamptz NOT NULL,
    PRIMARY KEY (tenant, thread)
);

COMMENT ON TABLE threads IS 'One row a customer who wrote: what an answer needs to find its question.';
COMMENT ON COLUMN threads.thread IS 'A hash of the tenant, the provider and the customer''s address.';
COMMENT ON COLUMN threads.waiting_at IS 'The earliest message of the customer that has no answer.';
COMMENT ON COLUMN threads.received_at IS 'The latest message of the customer.';
COMMENT ON COLUMN threads.sent_at IS 'Our latest message.';
COMMENT ON COLUMN threads.answered IS 'Whether our latest message answered something.';

CREATE INDEX threads_updated ON threads USING brin (updated_at);

-- The customer wrote: the time to the answer if that is known already, as when the two swap on their way.
CREATE FUNCTION take_question(
    p_tenant text, p_thread bigint, p_at timestamptz, p_now timestamptz, OUT response_us bigint, OUT channel text
) LANGUAGE plpgsql AS $$
DECLARE
    v_thread threads;
    v_answer_at timestamptz;
BEGIN
    SELECT * INTO v_thread FROM threads t WHERE t.tenant = p_tenant AND t.thread = p_thread;
    IF NOT FOUND THEN
        -- Before the first question a thread has no row, so that a campaign makes none: its answer may be in messages.
        -- Those of this batch have their own turn.
        SELECT min(m.sent_at), max(m.sent_at), max(m.channel) INTO v_answer_at, v_thread.sent_at, v_thread.sent_channel
        FROM messages m
        WHERE m.thread = p_thread AND m.first_at >= p_at - interval '1 day' AND m.tenant = p_tenant
            AND m.direction = 'outbound' AND m.sent_at >= p_at AND m.updated_at < p_now;
        v_thread.answered := v_answer_at IS NOT NULL;
    ELSIF p_at BETWEEN v_thread.sent_at - interval '1 day' AND v_thread.sent_at AND NOT v_thread.answered THEN
        v_answer_at := v_thread.sent_at;
        v_thread.answered := true;
    END IF;
    IF v_answer_at IS NOT NULL THEN
        response_us := extract(epoch FROM v_answer_at - p_at) * 1000000;
        channel := v_thread.sent_channel;
    ELSIF v_thread.sent_at IS NULL OR p_at > v_thread.sent_at THEN
        v_thread.waiting_at := least(v_thread.waiting_at, p_at);
    END IF;
    INSERT INTO threads VALUES (
        p_tenant, p_thread, v_thread.waiting_at, greatest(v_thread.received_at, p_at), v_thread.sent_at,
        v_thread.sent_channel, v_thread.answered, p_now
    )
    ON CONFLICT (tenant, thread) DO UPDATE SET
        waiting_at = excluded.waiting_at, received_at = excluded.received_at, answered = excluded.answered,
        updated_at = excluded.updated_at;
END $$;

-- We wrote: the time since the earliest message of the customer that waits, if one does. After a day nobody waits any
-- more: WhatsApp closes its window then, and what comes later was not caused by the question.
CREATE FUNCTION take_answer(
    p_tenant text, p_thread bigint, p_at timestamptz, p_channel text, p_states_response boolean, p_now timestamptz,
    OUT response_us bigint
) LANGUAGE plpgsql AS $$
DECLARE
    v_thread threads;
BEGIN
    SELECT * INTO v_thread FROM threads t WHERE t.tenant = p_tenant AND t.thread = p_thread;
    IF v_thread.waiting_at < p_at - interval '1 day' THEN
        v_thread.waiting_at := CASE WHEN v_thread.received_at >= p_at - interval '1 day' THEN v_thread.received_at END;
    END IF;
    IF v_thread.waiting_at <= p_at THEN
        response_us := extract(epoch FROM p_at - v_thread.waiting_at) * 1000000;
        v_thread.waiting_at := CASE WHEN v_thread.received_at > p_at THEN v_thread.received_at END;
        v_thread.answered := true;
    ELSIF p_at <= v_thread.sent_at THEN
        RETURN;
    ELSE
        v_thread.answered := p_states_response;
    END IF;
    UPDATE threads t SET
        waiting_at = v_thread.waiting_at, sent_at = p_at, sent_channel = p_channel, answered = v_thread.answered,
        updated_at = p_now
    WHERE t.tenant = p_tenant AND t.thread = p_thread;
END $$;

-- What is new of a batch, and what it means for its message.
CREATE TYPE taken_event AS (
    place bigint, seq bigint, late boolean, delivery_us bigint, channel text, engaged integer, template text,
    template_steps integer
);
