-- Source: seed document 001, "BigQuery Integration / Schema Design", in PostgreSQL's words for the same types:
-- STRING is text, TIMESTAMP is timestamptz. BigQuery has no keys; the primary keys and the indexes are what the
-- profile needs.
CREATE TABLE conversations (
    id text PRIMARY KEY,
    tenant_id text NOT NULL,
    outlet_id text,
    customer_phone text NOT NULL,
    status text NOT NULL,
    started_at timestamptz NOT NULL,
    ended_at timestamptz,
    last_message_at timestamptz
);

CREATE TABLE messages (
    id text PRIMARY KEY,
    conversation_id text NOT NULL,
    sender_type text NOT NULL,
    sender_id text,
    content text NOT NULL,
    timestamp timestamptz NOT NULL,
    metadata json
);

CREATE INDEX conversations_started_at ON conversations (started_at, id);
CREATE INDEX messages_timestamp ON messages (timestamp, id);
