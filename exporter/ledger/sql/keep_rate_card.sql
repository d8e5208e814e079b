-- The newest list stays where the one at hand says the same, and is followed by it where not. One that comes out of
-- order says nothing: what was priced stays priced.
WITH newest AS (
    SELECT valid_from, digest FROM rate_cards
    WHERE provider = $1 AND account = $2 AND country = $3
    ORDER BY valid_from DESC LIMIT 1
), confirmed AS (
    UPDATE rate_cards r SET fetched_at = greatest(r.fetched_at, $4)
    FROM newest n
    WHERE r.provider = $1 AND r.account = $2 AND r.country = $3 AND r.valid_from = n.valid_from AND n.digest = $5
), added AS (
    INSERT INTO rate_cards (provider, account, country, valid_from, fetched_at, digest, body)
    SELECT $1, $2, $3, $4, $4, $5, $6
    WHERE NOT EXISTS (SELECT FROM newest WHERE digest = $5 OR valid_from >= $4)
    ON CONFLICT DO NOTHING
    RETURNING true
)
SELECT coalesce((SELECT * FROM added), false)
