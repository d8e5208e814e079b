INSERT INTO parked_events (tenant, source, digest, reason, detail, raw, received_at)
SELECT tenant, source, sha256(raw), reason, detail, raw, clock_timestamp()
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bytea[]) AS t (tenant, source, reason, detail, raw)
WHERE (SELECT count(*) FROM (SELECT 1 FROM parked_events LIMIT $6) AS kept) < $6
ON CONFLICT DO NOTHING
