-- Account 1 has all channels, account 2 one. Seconds from an hour ago: statuses may still come.
INSERT INTO channel_twilio_sms (id, phone_number, auth_token, account_sid, account_id, created_at, updated_at, medium)
SELECT id, '+1202555010' || id, 'canary-token', 'AC' || id, 1, at, at, medium
FROM (VALUES (1, 0), (2, 1)) AS channel (id, medium), (SELECT now() AT TIME ZONE 'UTC' - interval '9 days') AS its (at);

INSERT INTO inboxes (id, channel_id, account_id, name, created_at, updated_at, channel_type)
SELECT id, channel_id, account_id, 'canary inbox', at, at, channel_type
FROM (VALUES
    (1, 1, 1, 'Channel::TwilioSms'),
    (2, 2, 1, 'Channel::TwilioSms'),
    (3, 1, 1, 'Channel::Whatsapp'),
    (4, 1, 1, 'Channel::WebWidget'),
    (5, 1, 1, 'Channel::Email'),
    (6, 1, 1, 'Channel::Telegram'),
    -- Its channel has the number of a Twilio channel, and is none.
    (7, 2, 2, 'Channel::FacebookPage')
) AS inbox (id, channel_id, account_id, channel_type), (SELECT now() AT TIME ZONE 'UTC' - interval '9 days') AS its (at);

-- status: open 0, resolved 1, pending 2, snoozed 3
INSERT INTO conversations (id, account_id, inbox_id, status, assignee_id, created_at, updated_at, display_id, waiting_since)
SELECT id, account_id, inbox_id, status, assignee_id, at, at, id, CASE WHEN waits THEN at END
FROM (VALUES
    (1, 1, 1, 0, 7, false),
    (2, 1, 2, 0, NULL, true),
    (3, 1, 3, 1, 7, false),
    (4, 1, 4, 2, NULL, true),
    (5, 1, 5, 3, NULL, false),
    (7, 2, 7, 0, NULL, true)
) AS conversation (id, account_id, inbox_id, status, assignee_id, waits),
(SELECT date_trunc('second', now() AT TIME ZONE 'UTC') - interval '1 hour') AS its (at);
SELECT setval('conversations_id_seq', 7);

-- message_type: incoming 0, outgoing 1, activity 2, template 3; status: sent 0, delivered 1, read 2, failed 3
INSERT INTO messages (
    id, content, account_id, inbox_id, conversation_id, message_type, created_at, updated_at, private, status, content_attributes,
    sender_type, sender_id)
SELECT
    id, 'canary text of +12025550199', account_id, conversation_id, conversation_id, message_type,
    begin_at + s * interval '1 second', begin_at + (s + 9) * interval '1 second', private, status, attributes::json, 'User', 7
FROM (SELECT date_trunc('second', now() AT TIME ZONE 'UTC') - interval '1 hour') AS base (begin_at), (VALUES
    -- SMS: a question, a greeting that answers nobody, the answer after 40 s, a note and an activity that are no messages.
    (1, 1, 1, 0, 0, false, 0, '{}'),
    (2, 1, 1, 3, 1, false, 1, '{}'),
    (3, 1, 1, 1, 40, false, 1, '{}'),
    (4, 1, 1, 1, 41, true, 0, '{}'),
    (5, 1, 1, 2, 42, false, 0, '{}'),
    -- WhatsApp over Twilio: not sent on yet; failed as its error is written by Rails, JSON in a JSON string.
    (6, 1, 2, 1, 50, false, 0, '{}'),
    (7, 1, 2, 1, 51, false, 3, '"{\"external_error\":\"63016 - Failed to send freeform message \\\"now\\\"\",\"deleted\":false}"'),
    -- WhatsApp over Meta: read; failed with an object; failed with nothing said, and with what nobody can read.
    (8, 1, 3, 1, 60, false, 2, '{}'),
    (9, 1, 3, 1, 61, false, 3, '{"external_error": "131026: Message undeliverable"}'),
    (10, 1, 3, 1, 62, false, 3, NULL),
    (11, 1, 3, 1, 63, false, 3, '"{not json"'),
    -- Web widget, mail and Telegram.
    (12, 1, 4, 0, 70, false, 0, '{}'),
    (13, 1, 4, 1, 71, false, 2, '{}'),
    (14, 1, 5, 0, 80, false, 0, '{}'),
    (15, 1, 6, 0, 90, false, 0, '{}'),
    -- The other account: a question that waits, a status that is NULL.
    (16, 2, 7, 1, 95, false, NULL, '{}'),
    (17, 2, 7, 0, 100, false, 0, '{}')
) AS said (id, account_id, conversation_id, message_type, s, private, status, attributes);
SELECT setval('messages_id_seq', 17);

INSERT INTO reporting_events (
    name, value, account_id, inbox_id, user_id, conversation_id, created_at, updated_at, event_start_time, event_end_time)
SELECT name, value, account_id, 1, 7, conversation_id, at, at, at - value * interval '1 second', at
FROM (SELECT date_trunc('hour', now() AT TIME ZONE 'UTC')) AS its (at), (VALUES
    ('first_response', 40, 1, 1),
    ('reply_time', 40, 1, 1),
    ('conversation_bot_handoff', 25.5, 1, 3),
    -- Resolved by the bot is resolved: it is written twice.
    ('conversation_bot_resolved', 90, 1, 3),
    ('conversation_resolved', 90, 1, 3),
    -- Opened again and resolved again, on the next day.
    ('conversation_opened', 10, 1, 3),
    ('conversation_resolved', 90000, 1, 3),
    ('conversation_resolved', NULL, 2, 7)
) AS event (name, value, account_id, conversation_id);
