-- WhatsApp over Twilio goes from sent to read, and nobody saw it delivered; an SMS that failed after all; an answer after
-- 300 s; a conversation is resolved; account 1 deletes a conversation with its messages.
UPDATE messages SET status = 2, updated_at = updated_at + interval '5 minutes' WHERE id = 6;
UPDATE messages SET status = 3, content_attributes = '{"external_error": "30003 - Unreachable"}', updated_at = updated_at + interval '5 minutes' WHERE id = 3;
INSERT INTO messages (content, account_id, inbox_id, conversation_id, message_type, created_at, updated_at, status, sender_type, sender_id)
SELECT 'canary text', 2, 7, 7, 1, created_at + interval '300 seconds', created_at + interval '300 seconds', 0, 'User', 7
FROM messages WHERE id = 17;
UPDATE conversations SET waiting_since = NULL, assignee_id = 7 WHERE id = 7;
UPDATE conversations SET status = 1 WHERE id = 2;
INSERT INTO reporting_events (name, value, account_id, conversation_id, created_at, updated_at)
VALUES ('conversation_resolved', 3600, 1, 2, now() AT TIME ZONE 'UTC', now() AT TIME ZONE 'UTC');
DELETE FROM messages WHERE conversation_id = 3;
DELETE FROM conversations WHERE id = 3;
