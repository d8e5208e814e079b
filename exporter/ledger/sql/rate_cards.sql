SELECT country, valid_from, fetched_at, body
FROM rate_cards
WHERE provider = $1 AND account = $2
ORDER BY country, valid_from
