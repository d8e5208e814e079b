DELETE FROM threads
WHERE tenant = $1 AND thread IN (
    SELECT hashtextextended($1 || E'\n' || provider || E'\n' || customer, 0)
    FROM (SELECT DISTINCT provider FROM messages WHERE tenant = $1 AND provider IS NOT NULL) AS p,
        unnest($2::text[]) AS customer
)
