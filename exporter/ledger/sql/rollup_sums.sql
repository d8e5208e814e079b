-- Sums over whole days from $5 to $6, and over the hours of up to two edges. Empty ranges are asked by equal ends.
SELECT family, labels, sum(value) AS value
FROM (
    SELECT family, labels, value FROM rollup_day
    WHERE tenant = $1 AND scope = $2 AND subject = $3 AND family = ANY ($4::text[])
        AND begins >= $5 AND begins < $6
    UNION ALL
    SELECT family, labels, value FROM rollup_hour
    WHERE tenant = $1 AND scope = $2 AND subject = $3 AND family = ANY ($4::text[])
        AND (begins >= $7 AND begins < $8 OR begins >= $9 AND begins < $10)
) AS part
GROUP BY family, labels
