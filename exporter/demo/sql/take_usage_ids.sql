SELECT nextval('sms_usage_logs_id_seq') AS id FROM generate_series(1, $1)
