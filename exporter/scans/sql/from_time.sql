SELECT :columns
FROM :source AS r
WHERE :time >= $1::timestamptz:zone AND :time <= $2::timestamptz:zone
ORDER BY :time, :keys
LIMIT $3
