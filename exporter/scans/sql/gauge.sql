SELECT :value AS value:labels
FROM :source AS r
WHERE :conditions
GROUP BY :groups
LIMIT $1
