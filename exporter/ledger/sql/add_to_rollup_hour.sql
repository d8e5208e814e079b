INSERT INTO rollup_hour AS r (tenant, scope, subject, family, begins, labels, value)
SELECT tenant, scope, subject, family, begins, string_to_array(labels, chr(31)), value
FROM unnest($1::text[], $2::smallint[], $3::text[], $4::text[], $5::timestamptz[], $6::text[], $7::numeric[])
    AS n (tenant, scope, subject, family, begins, labels, value)
ON CONFLICT (tenant, scope, subject, family, begins, labels) DO UPDATE SET value = r.value + excluded.value
