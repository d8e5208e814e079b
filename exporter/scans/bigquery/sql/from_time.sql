SELECT :columns
FROM :source AS r
WHERE :time >= CAST(@since AS :type) AND :time <= CAST(@until AS :type)
ORDER BY :time, :keys
LIMIT @most
