SELECT source, reason, count(*) AS events FROM parked_events GROUP BY 1, 2
