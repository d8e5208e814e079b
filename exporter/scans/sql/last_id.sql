SELECT newest, CASE WHEN newest - $1 > $2 THEN (
    SELECT :key FROM :source AS r WHERE :key > $1 ORDER BY :key OFFSET $2 - 1 LIMIT 1
) END AS end_of_page
FROM (SELECT max(:key) AS newest FROM :source AS r WHERE :key > $1) AS ids
