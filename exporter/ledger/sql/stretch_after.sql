SELECT count(*) AS events, max(seq) AS seq, max(received_at) AS received_at
FROM (SELECT seq, received_at FROM events WHERE seq > $1 AND received_at >= $2 ORDER BY seq LIMIT $3) AS stretch
