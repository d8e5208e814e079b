SELECT day, category, amount
FROM bills
WHERE provider = $1 AND account = $2 AND day >= $3 AND category = ANY ($4) AND currency = 'USD'
ORDER BY id
