SELECT CAST(:value AS STRING) AS value:labels
FROM :source AS r
WHERE :conditions
:grouping
LIMIT :most
