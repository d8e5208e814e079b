-- Countries come from outside: what is no code of two capital letters has no price list.
SELECT DISTINCT country FROM messages
WHERE first_at >= $2 AND provider = $1 AND channel IN ('sms', 'mms') AND country ~ '^[A-Z]{2}$'
