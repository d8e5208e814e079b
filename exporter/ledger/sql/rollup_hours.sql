SELECT begins, family, labels, value FROM rollup_hour
WHERE tenant = $1 AND scope = $2 AND subject = $3 AND family = ANY ($4::text[])
    AND begins >= $5 AND begins < $6
ORDER BY begins
