SELECT :columns
FROM unnest($1::bigint[], $2::bigint[]) AS gap (low, high)
JOIN :source AS r ON :key BETWEEN gap.low AND gap.high
ORDER BY :key
LIMIT $3
