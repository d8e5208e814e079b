SELECT ensure_partitions((now() AT TIME ZONE 'UTC')::date - 1, $1 + 1)
