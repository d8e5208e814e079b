SELECT coalesce(min(seq), 1) AS first, coalesce(max(seq), 0) AS last FROM events
