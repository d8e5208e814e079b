-- What users are told. Everything of a person hangs on notification_users, so that one DELETE there removes it.

CREATE TABLE notification_users (
    tenant     text        NOT NULL,
    user_id    text        NOT NULL,
    email      text,
    phone      text,
    time_zone  text        NOT NULL DEFAULT 'UTC',
    quiet_from time,
    quiet_to   time,
    role       text        NOT NULL DEFAULT 'user',
    credits_low boolean    NOT NULL DEFAULT false,
    credits_at timestamptz,
    PRIMARY KEY (tenant, user_id)
);

COMMENT ON TABLE notification_users IS 'Who was told something or says how they want to be told. An empty tenant holds administrators of no tenant.';
COMMENT ON COLUMN notification_users.quiet_from IS 'Local time from which on, until quiet_to, mails and SMS wait.';
COMMENT ON COLUMN notification_users.role IS 'That of the token by which the preferences were written last.';
COMMENT ON COLUMN notification_users.credits_low IS 'Whether the newest balance that was looked at, of credits_at, is low.';

CREATE TABLE notification_preferences (
    tenant  text    NOT NULL,
    user_id text    NOT NULL,
    type    text    NOT NULL,
    channel text    NOT NULL,
    wanted  boolean NOT NULL,
    PRIMARY KEY (tenant, user_id, type, channel),
    FOREIGN KEY (tenant, user_id) REFERENCES notification_users ON DELETE CASCADE
);

COMMENT ON TABLE notification_preferences IS 'What differs from the defaults.';

CREATE TABLE notifications (
    tenant         text        NOT NULL,
    id             uuid        NOT NULL DEFAULT gen_random_uuid(),
    user_id        text,
    role           text        NOT NULL DEFAULT 'user',
    type           text        NOT NULL CHECK (type IN ('info', 'warning', 'error', 'success')),
    title          text        NOT NULL CHECK (length(title) <= 255),
    message        text        NOT NULL,
    data           json,
    cause          text,
    channels       text[]      NOT NULL DEFAULT '{}',
    created_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
    deliver_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
    planned_tenant text        NOT NULL DEFAULT '',
    planned_user   text        NOT NULL DEFAULT '',
    planned        boolean     NOT NULL DEFAULT false,
    PRIMARY KEY (tenant, id),
    UNIQUE (tenant, cause),
    FOREIGN KEY (tenant, user_id) REFERENCES notification_users ON DELETE CASCADE
);

COMMENT ON TABLE notifications IS 'One row a notification, however many users it is for; who has read it stands in notification_marks.';
COMMENT ON COLUMN notifications.user_id IS 'Whom it is for; NULL is everybody of the tenant, and with an empty tenant everybody.';
COMMENT ON COLUMN notifications.role IS 'The lowest role that it is for.';
COMMENT ON COLUMN notifications.data IS 'Not jsonb: numbers keep their digits as written.';
COMMENT ON COLUMN notifications.cause IS 'What made it, so that it is told once; NULL where an administrator wrote it.';
COMMENT ON COLUMN notifications.channels IS 'Channels beside in-app that it asks for.';
COMMENT ON COLUMN notifications.planned IS 'Its deliveries are all planned; planned_tenant and planned_user say how far that is.';

-- CREATE TABLE takes no indexes in PostgreSQL, as the source document has them.
CREATE INDEX idx_notifications_user_id ON notifications (tenant, user_id, deliver_at DESC);
CREATE INDEX idx_notifications_type ON notifications (tenant, user_id, type, deliver_at DESC);
CREATE INDEX idx_notifications_created_at ON notifications USING brin (created_at);
CREATE INDEX idx_notifications_unplanned ON notifications (deliver_at) WHERE NOT planned;

CREATE TABLE notification_marks (
    tenant          text        NOT NULL,
    user_id         text        NOT NULL,
    notification_id uuid        NOT NULL,
    read_at         timestamptz,
    deleted_at      timestamptz,
    marked_at       timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (tenant, user_id, notification_id),
    FOREIGN KEY (tenant, user_id) REFERENCES notification_users ON DELETE CASCADE
);

COMMENT ON TABLE notification_marks IS 'What a user has read, or wants to see no more.';

CREATE TABLE notification_deliveries (
    tenant              text        NOT NULL,
    user_id             text        NOT NULL,
    notification_tenant text        NOT NULL,
    notification_id     uuid        NOT NULL,
    channel             text        NOT NULL,
    due_at              timestamptz NOT NULL,
    tries               smallint    NOT NULL DEFAULT 0,
    outcome             text,
    planned_at          timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (tenant, user_id, notification_id, channel),
    FOREIGN KEY (tenant, user_id) REFERENCES notification_users ON DELETE CASCADE
);

COMMENT ON TABLE notification_deliveries IS 'The outbox: what is to be handed to a channel, and what became of it. A claim moves due_at ahead.';

CREATE INDEX notification_deliveries_due ON notification_deliveries (due_at) WHERE outcome IS NULL;
CREATE INDEX notification_deliveries_planned ON notification_deliveries USING brin (planned_at);

-- What a user sees: what is for them, for everybody of their tenant, and for everybody.
CREATE FUNCTION notifications_of(p_tenant text, p_user text, p_roles text[]) RETURNS TABLE (
    id uuid, user_id text, type text, title text, message text, data json, is_read boolean, read_at timestamptz,
    created_at timestamptz, deliver_at timestamptz
)
LANGUAGE sql STABLE AS $$
    SELECT
        n.id, n.user_id, n.type, n.title, n.message, n.data, m.read_at IS NOT NULL, m.read_at, n.created_at,
        n.deliver_at
    FROM notifications n
    LEFT JOIN notification_marks m ON m.tenant = p_tenant AND m.user_id = p_user AND m.notification_id = n.id
    WHERE ((n.tenant = p_tenant AND (n.user_id = p_user OR n.user_id IS NULL)) OR (n.tenant = '' AND n.user_id IS NULL))
        AND n.role = ANY (p_roles) AND n.deliver_at <= now() AND m.deleted_at IS NULL
$$;

-- Whether a user can be reached by a channel, and wants what is of this type there. SMS cost money: only on demand.
CREATE FUNCTION is_wanted_by(p_user notification_users, p_type text, p_channel text) RETURNS boolean
LANGUAGE sql STABLE AS $$
    SELECT CASE p_channel WHEN 'email' THEN p_user.email IS NOT NULL WHEN 'sms' THEN p_user.phone IS NOT NULL ELSE true END
        AND coalesce(
            (
                SELECT wanted FROM notification_preferences p
                WHERE (p.tenant, p.user_id, p.type, p.channel) = (p_user.tenant, p_user.user_id, p_type, p_channel)
            ),
            p_channel <> 'sms'
        )
$$;

-- What happened before there were notifications is no news.
INSERT INTO checkpoints (name, seq, state, written_at)
SELECT 'notifications', coalesce(max(seq), 0), '', clock_timestamp() FROM events;

SELECT open_to_readers(name::regclass)
FROM unnest(ARRAY['notification_users', 'notification_preferences', 'notifications', 'notification_marks']) AS name;

DO $$
BEGIN
    IF to_regrole('comms_reader') IS NOT NULL THEN
        CREATE POLICY for_everybody ON notifications FOR SELECT TO comms_reader
            USING (tenant = '' AND user_id IS NULL);
    END IF;
END $$;
