SELECT email, phone, time_zone, quiet_from, quiet_to FROM notification_users WHERE tenant = $1 AND user_id = $2
