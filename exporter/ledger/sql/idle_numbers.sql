-- Numbers on the newest list that no message has used since $1, where the ledger has seen all of that time. Events are
-- read only where a number can be idle; jsonb cannot hold the character 0.
WITH listed AS MATERIALIZED (
    SELECT * FROM own_numbers
    WHERE first_listed_at <= $1 AND listed_at > now() - interval '3 days'
        AND (SELECT received_at FROM events ORDER BY seq LIMIT 1) < $1 + interval '1 day'
), used AS MATERIALIZED (
    SELECT DISTINCT convert_from(data, 'UTF8')::jsonb ->> 'own_number' AS number
    FROM events
    WHERE received_at >= $1 AND kind = 'message' AND EXISTS (SELECT FROM listed)
        AND position('"own_number":'::bytea IN data) > 0 AND position('\\u0000'::bytea IN data) = 0
)
SELECT tenant, provider, coalesce(alias, 'number ending ' || right(number, 4)) AS name, monthly_rent_usd
FROM listed
WHERE number NOT IN (SELECT number FROM used WHERE number IS NOT NULL)
