SELECT tenant, kind, subject, addresses, salt, done_seq FROM erasures
WHERE erasure_id = $1 AND tenant = $2 AND finished_at IS NULL
