SELECT array_agg(a.attname::text ORDER BY k.place) AS columns
FROM pg_index AS i
CROSS JOIN LATERAL unnest(i.indkey) WITH ORDINALITY AS k (attnum, place)
JOIN pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = k.attnum
WHERE i.indrelid = to_regclass($1) AND i.indpred IS NULL AND i.indisvalid
GROUP BY i.indexrelid
