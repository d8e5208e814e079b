SELECT :columns
FROM :source AS r
WHERE :key > $1 AND :key <= $2
    AND (:time >= '2000-01-01' AND :time < :soon) IS NOT TRUE
ORDER BY :key
LIMIT $3
