SELECT coalesce(min(:key) - 1, 0) AS before FROM :source AS r WHERE :time >= $1::timestamptz:zone
