-- Materialized, so that the limit does not make the planner sort all rows: hashed, they take a third less.
WITH counted AS MATERIALIZED (
    SELECT count(*) AS rows, (extract(epoch FROM max(at)) * 1000000)::text AS newest:answers
    FROM (
        SELECT
            CASE WHEN :time >= '2000-01-01' AND :time < :soon THEN :time END AS at:named
        FROM :source AS r
        WHERE :key > $1 AND :key <= $2
    ) AS named
    GROUP BY date_trunc('hour', at):groups
)
SELECT * FROM counted LIMIT $3
