-- Source: github.com/chatwoot/chatwoot, db/schema.rb (commit 0032d604, version 2025_08_16_044639), in SQL as Rails makes it:
-- string is varchar, float double precision, datetime timestamp(6), with `precision: nil` timestamp. All columns of the
-- five tables that the profile reads; of their indexes those that it may use.
CREATE TABLE inboxes (
    id serial PRIMARY KEY,
    channel_id integer NOT NULL,
    account_id integer NOT NULL,
    name varchar NOT NULL,
    created_at timestamp NOT NULL,
    updated_at timestamp NOT NULL,
    channel_type varchar,
    enable_auto_assignment boolean DEFAULT true,
    greeting_enabled boolean DEFAULT false,
    greeting_message varchar,
    email_address varchar,
    working_hours_enabled boolean DEFAULT false,
    out_of_office_message varchar,
    timezone varchar DEFAULT 'UTC',
    enable_email_collect boolean DEFAULT true,
    csat_survey_enabled boolean DEFAULT false,
    allow_messages_after_resolved boolean DEFAULT true,
    auto_assignment_config jsonb DEFAULT '{}',
    lock_to_single_conversation boolean NOT NULL DEFAULT false,
    portal_id bigint,
    sender_name_type integer NOT NULL DEFAULT 0,
    business_name varchar,
    csat_config jsonb NOT NULL DEFAULT '{}'
);

CREATE TABLE channel_twilio_sms (
    id bigserial PRIMARY KEY,
    phone_number varchar,
    auth_token varchar NOT NULL,
    account_sid varchar NOT NULL,
    account_id integer NOT NULL,
    created_at timestamp(6) NOT NULL,
    updated_at timestamp(6) NOT NULL,
    medium integer DEFAULT 0,
    messaging_service_sid varchar,
    api_key_sid varchar
);

CREATE TABLE conversations (
    id serial PRIMARY KEY,
    account_id integer NOT NULL,
    inbox_id integer NOT NULL,
    status integer NOT NULL DEFAULT 0,
    assignee_id integer,
    created_at timestamp NOT NULL,
    updated_at timestamp NOT NULL,
    contact_id bigint,
    display_id integer NOT NULL,
    contact_last_seen_at timestamp,
    agent_last_seen_at timestamp,
    additional_attributes jsonb DEFAULT '{}',
    contact_inbox_id bigint,
    uuid uuid NOT NULL DEFAULT gen_random_uuid(),
    identifier varchar,
    last_activity_at timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP,
    team_id bigint,
    campaign_id bigint,
    snoozed_until timestamp,
    custom_attributes jsonb DEFAULT '{}',
    assignee_last_seen_at timestamp,
    first_reply_created_at timestamp,
    priority integer,
    sla_policy_id bigint,
    waiting_since timestamp(6),
    cached_label_list text
);

CREATE INDEX conv_acid_inbid_stat_asgnid_idx ON conversations (account_id, inbox_id, status, assignee_id);
CREATE INDEX index_conversations_on_status_and_account_id ON conversations (status, account_id);
CREATE INDEX index_conversations_on_waiting_since ON conversations (waiting_since);

CREATE TABLE messages (
    id serial PRIMARY KEY,
    content text,
    account_id integer NOT NULL,
    inbox_id integer NOT NULL,
    conversation_id integer NOT NULL,
    message_type integer NOT NULL,
    created_at timestamp NOT NULL,
    updated_at timestamp NOT NULL,
    private boolean NOT NULL DEFAULT false,
    status integer DEFAULT 0,
    source_id varchar,
    content_type integer NOT NULL DEFAULT 0,
    content_attributes json DEFAULT '{}',
    sender_type varchar,
    sender_id bigint,
    external_source_ids jsonb DEFAULT '{}',
    additional_attributes jsonb DEFAULT '{}',
    processed_message_content text,
    sentiment jsonb DEFAULT '{}'
);

CREATE INDEX index_messages_on_created_at ON messages (created_at);
CREATE INDEX index_messages_on_inbox_id ON messages (inbox_id);

CREATE TABLE reporting_events (
    id bigserial PRIMARY KEY,
    name varchar,
    value double precision,
    account_id integer,
    inbox_id integer,
    user_id integer,
    conversation_id integer,
    created_at timestamp(6) NOT NULL,
    updated_at timestamp(6) NOT NULL,
    value_in_business_hours double precision,
    event_start_time timestamp,
    event_end_time timestamp
);

CREATE INDEX index_reporting_events_on_created_at ON reporting_events (created_at);
CREATE INDEX index_reporting_events_on_name ON reporting_events (name);
