SELECT drop_partitions((now() AT TIME ZONE 'UTC')::date - $1::integer, $2)
