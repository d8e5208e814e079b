-- Pages: who is woken, on which way, and what became of it. Small tables of the whole installation: reference tables
-- where the ledger is distributed. People stand here under their alias; their numbers are in the configuration only.

CREATE TABLE pages (
    page_id       bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    group_key     text        NOT NULL,
    status        text        NOT NULL,
    alerts        text[]      NOT NULL,
    group_labels  bytea       NOT NULL,
    title         text        NOT NULL,
    text          text        NOT NULL,
    opened_at     timestamptz NOT NULL DEFAULT now(),
    closed_at     timestamptz,
    closed_by     text,
    acked_at      timestamptz,
    acked_by      text,
    silence_until timestamptz,
    silenced_at   timestamptz
);

CREATE INDEX pages_open ON pages (group_key) WHERE closed_at IS NULL;

COMMENT ON TABLE pages IS 'One row a notification of Alertmanager that was new: a group of alerts that fires, or its end.';
COMMENT ON COLUMN pages.group_key IS 'A digest: Alertmanager puts label values into its own.';
COMMENT ON COLUMN pages.group_labels IS 'As JSON; a label may hold what text and jsonb may not.';
COMMENT ON COLUMN pages.alerts IS 'Its alerts, each by fingerprint and beginning: a notification of these or of some of them is a repeat.';
COMMENT ON COLUMN pages.closed_by IS 'resolved, superseded or expired.';
COMMENT ON COLUMN pages.silence_until IS 'Set with acked_at; the silence itself is asked for afterwards, until silenced_at says that it stands.';

CREATE TABLE page_steps (
    page_id      bigint      NOT NULL REFERENCES pages ON DELETE CASCADE,
    person       text        NOT NULL,
    way          smallint    NOT NULL,
    channel      text        NOT NULL,
    planned_at   timestamptz NOT NULL DEFAULT now(),
    claimed_at   timestamptz,
    unsure_tries integer     NOT NULL DEFAULT 0,
    sent_at      timestamptz,
    message_id   text,
    ended_at     timestamptz,
    outcome      text,
    PRIMARY KEY (page_id, person, way)
);

CREATE INDEX page_steps_waiting ON page_steps (planned_at) WHERE sent_at IS NULL AND outcome IS NULL;
CREATE INDEX page_steps_sent ON page_steps (sent_at);

COMMENT ON TABLE page_steps IS 'An outbox: a row is committed before its provider is called, so that a crash forgets nobody.';
COMMENT ON COLUMN page_steps.way IS 'Which of the person''s ways, from 0.';
COMMENT ON COLUMN page_steps.unsure_tries IS 'Calls to the provider of which nobody knows whether they were heard.';
COMMENT ON COLUMN page_steps.outcome IS 'delivered, failed or timed_out; null while nothing is known. A receipt may come after the time.';

-- Takes a notification of a group that fires, with the first steps beside it. A repeat of an open page answers that
-- page; older pages of the group end, because this one says more.
CREATE FUNCTION open_page(
    p_group_key text, p_alerts text[], p_group_labels bytea, p_title text, p_text text, p_repeat interval,
    p_person text[], p_way integer[], p_channel text[]
) RETURNS TABLE (page bigint, is_new boolean)
LANGUAGE plpgsql AS $$
DECLARE
    v_page bigint;
BEGIN
    -- Two replicas may be told of one group at the same moment.
    PERFORM pg_advisory_xact_lock(4702394921427289932);
    SELECT p.page_id INTO v_page FROM pages p
    WHERE p.group_key = p_group_key AND p.closed_at IS NULL AND p.status = 'firing'
        AND p.alerts @> p_alerts AND p.opened_at > now() - p_repeat
    ORDER BY p.page_id DESC LIMIT 1;
    IF FOUND THEN
        RETURN QUERY SELECT v_page, false;
        RETURN;
    END IF;
    UPDATE pages p SET closed_at = now(), closed_by = 'superseded'
    WHERE p.group_key = p_group_key AND p.closed_at IS NULL;
    INSERT INTO pages (group_key, status, alerts, group_labels, title, text)
    VALUES (p_group_key, 'firing', p_alerts, p_group_labels, p_title, p_text) RETURNING page_id INTO v_page;
    INSERT INTO page_steps (page_id, person, way, channel)
    SELECT v_page, s.person, s.way, s.channel FROM unnest(p_person, p_way, p_channel) AS s (person, way, channel);
    RETURN QUERY SELECT v_page, true;
END $$;

-- Ends the open pages of a group. Who was told of one by SMS is told of the end, once and without escalation; the
-- answer is the page that does so, or null where nobody was told or the end is known.
CREATE FUNCTION close_page(
    p_group_key text, p_alerts text[], p_group_labels bytea, p_title text, p_text text, p_tell boolean
) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
    v_closed bigint[];
    v_page   bigint;
BEGIN
    PERFORM pg_advisory_xact_lock(4702394921427289932);
    WITH closed AS (
        UPDATE pages p SET closed_at = now(), closed_by = 'resolved'
        WHERE p.group_key = p_group_key AND p.closed_at IS NULL RETURNING page_id
    ) SELECT array_agg(page_id) INTO v_closed FROM closed;
    IF NOT p_tell OR NOT EXISTS (
        SELECT FROM page_steps WHERE page_id = ANY (v_closed) AND channel = 'sms' AND sent_at IS NOT NULL
    ) THEN
        RETURN NULL;
    END IF;
    INSERT INTO pages (group_key, status, alerts, group_labels, title, text, closed_at, closed_by)
    VALUES (p_group_key, 'resolved', p_alerts, p_group_labels, p_title, p_text, now(), 'resolved')
    RETURNING page_id INTO v_page;
    INSERT INTO page_steps (page_id, person, way, channel)
    SELECT v_page, person, min(way), 'sms' FROM page_steps
    WHERE page_id = ANY (v_closed) AND channel = 'sms' AND sent_at IS NOT NULL GROUP BY person;
    RETURN v_page;
END $$;

-- Takes everything that waits for the same person on the same way, to be told at once. Whoever takes it has the lease;
-- after that the try counts as one of which nobody knows the end. Nobody gets more than p_storm_sms SMS in p_storm: what
-- is beyond waits and goes together. p_tried leaves out what was tried already in this round.
CREATE FUNCTION claim_page_steps(p_lease interval, p_storm interval, p_storm_sms integer, p_tried text[])
RETURNS TABLE (
    page bigint, to_person text, by_way smallint, by_channel text, unsure boolean, planned timestamptz,
    status text, title text, text text
)
LANGUAGE plpgsql AS $$
DECLARE
    v_first page_steps;
BEGIN
    -- Two replicas that take the rows of one person in another order would wait for each other.
    PERFORM pg_advisory_xact_lock(4702394921427289932);
    SELECT s.* INTO v_first
    FROM page_steps s JOIN pages p USING (page_id)
    WHERE s.sent_at IS NULL AND s.outcome IS NULL
        AND (s.claimed_at IS NULL OR s.claimed_at < now() - p_lease)
        AND (p.status = 'resolved' OR (p.closed_at IS NULL AND p.acked_at IS NULL))
        AND NOT (s.person || ' ' || s.way) = ANY (p_tried)
        AND (
            s.channel <> 'sms'
            OR p_storm_sms > (
                SELECT count(DISTINCT t.message_id) FROM page_steps t
                WHERE t.person = s.person AND t.channel = 'sms' AND t.sent_at > now() - p_storm
            )
        )
    ORDER BY s.planned_at, s.way
    LIMIT 1;
    RETURN QUERY
    UPDATE page_steps s
    SET claimed_at = now(), unsure_tries = s.unsure_tries + 1
    FROM pages p
    WHERE p.page_id = s.page_id AND s.person = v_first.person AND s.way = v_first.way
        AND s.sent_at IS NULL AND s.outcome IS NULL
        AND (s.claimed_at IS NULL OR s.claimed_at < now() - p_lease)
        AND (p.status = 'resolved' OR (p.closed_at IS NULL AND p.acked_at IS NULL))
    RETURNING s.page_id, s.person, s.way, s.channel, s.unsure_tries > 1, s.planned_at, p.status, p.title, p.text;
END $$;
