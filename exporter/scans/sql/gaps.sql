SELECT low, high, (extract(epoch FROM next_at) * 1000000)::text AS next_at
FROM (
    SELECT lag(:key, 1, $1) OVER (ORDER BY :key) + 1 AS low, :key - 1 AS high, :time AS next_at
    FROM :source AS r
    WHERE :key > $1 AND :key <= $2
) AS ids
WHERE low <= high
ORDER BY low DESC
LIMIT $3
