UPDATE messages SET
    user_id = NULL,
    thread = NULL,
    message_id = CASE WHEN message_id ~* $2 THEN erased_id($3, message_id) ELSE message_id END
WHERE tenant = $1 AND (
    user_id = $4 OR user_id ~* $2 OR message_id ~* $2
    OR thread IN (
        SELECT hashtextextended($1 || E'\n' || provider || E'\n' || customer, 0)
        FROM (SELECT DISTINCT provider FROM messages WHERE tenant = $1 AND provider IS NOT NULL) AS p,
            unnest($5::text[]) AS customer
    )
)
