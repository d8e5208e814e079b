-- Who hears of the end of a group: everybody who got an SMS about it since its last end, whether of a page that is open, of
-- one that another superseded, or of one that was just being handed over.

-- What was superseded until now ended without a word; it is too late for one.
UPDATE pages SET closed_by = 'resolved' WHERE closed_by = 'superseded';

CREATE OR REPLACE FUNCTION close_page(
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
        WHERE p.group_key = p_group_key AND (p.closed_at IS NULL OR p.closed_by = 'superseded') RETURNING page_id
    ) SELECT array_agg(page_id) INTO v_closed FROM closed;
    IF NOT p_tell OR NOT EXISTS (
        SELECT FROM page_steps
        WHERE page_id = ANY (v_closed) AND channel = 'sms' AND coalesce(sent_at, claimed_at) IS NOT NULL
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

-- The provider has taken it. Where the group ended meanwhile, its person is told of the end after that.
CREATE FUNCTION page_steps_sent(p_pages bigint[], p_person text, p_way smallint, p_message_id text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    -- The group may end at the same moment.
    PERFORM pg_advisory_xact_lock(4702394921427289932);
    WITH told AS (
        UPDATE page_steps SET sent_at = now(), message_id = p_message_id, claimed_at = NULL
        WHERE page_id = ANY (p_pages) AND person = p_person AND way = p_way AND sent_at IS NULL
        RETURNING page_id, channel
    )
    INSERT INTO page_steps (page_id, person, way, channel)
    SELECT DISTINCT e.page_id, p_person, p_way, 'sms'
    FROM told
    JOIN pages p ON p.page_id = told.page_id AND p.status = 'firing'
    JOIN pages e ON e.group_key = p.group_key AND e.status = 'resolved' AND e.opened_at = p.closed_at
    WHERE told.channel = 'sms'
        AND NOT EXISTS (SELECT FROM page_steps s WHERE s.page_id = e.page_id AND s.person = p_person);
END $$;
