SELECT DISTINCT ON (day, category) day, category, amount, currency, units, is_total
FROM bills
WHERE provider = $1 AND account = $2 AND day >= $3
ORDER BY day, category, id DESC
