SELECT type, channel, wanted FROM notification_preferences WHERE tenant = $1 AND user_id = $2
