-- A time that is later than we heard of it is not believed, as in the rollups.
SELECT least(at, received_at) AS at, data FROM events
WHERE tenant = $1 AND kind IN ('llm', 'tally') AND ($2::text IS NULL OR user_id = $2)
    AND least(at, received_at) >= $3 AND least(at, received_at) < $4 AND received_at >= $3
ORDER BY least(at, received_at), seq
