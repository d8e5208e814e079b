-- Two new rows; rows that were read change and go.
INSERT INTO sms_usage_logs (user_id, phone_number, message_direction, message_length, success, processing_time_ms,
    error_message)
VALUES
    (1, '+12025550101', 'inbound', 20, true, 75, NULL),
    (1, '+12025550101', 'outbound', 20, false, 5000, 'Request timed out');
UPDATE sms_usage_logs SET message_content = NULL WHERE id = 1;
DELETE FROM sms_usage_logs WHERE id IN (2, 9, 17);
