-- As rollup_days, by hour.
SELECT family, labels, array_agg(date_part('epoch', begins)::bigint) AS begins_s, array_agg(value) AS values
FROM rollup_hour
WHERE tenant = $1 AND scope = $2 AND subject = $3 AND family = ANY ($4::text[])
    AND begins >= $5 AND begins < $6
GROUP BY family, labels
