SELECT :columns
FROM :source AS r
WHERE :key > $1
ORDER BY :key
LIMIT $2
