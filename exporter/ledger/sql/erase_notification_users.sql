-- Their wishes, what was told to them alone, their marks and letters go with them.
DELETE FROM notification_users
WHERE tenant = $1 AND (user_id = $3 OR user_id ~* $2 OR email ~* $2 OR phone ~* $2)
